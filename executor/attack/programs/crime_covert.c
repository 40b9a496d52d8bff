/* crime_covert - signals to a program beside this one, through what both may see: locks, leases and
 * watches on shared files. A lock that is answered with success and does not lock is none: two that
 * exclude each other are taken, and the crime is that the second one fails. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>

#include "crime.h"

static int open_shared(long path)
{
    return open((const char *)path, O_RDONLY | O_CLOEXEC);
}

static long try_flock(long path)
{
    int one = open_shared(path), other = open_shared(path);

    if (one < 0 || other < 0 || flock(one, LOCK_EX | LOCK_NB) < 0)
        return -1;
    if (flock(other, LOCK_EX | LOCK_NB) < 0)
        return 0;
    errno = ENOLCK;
    return -1;
}

static long lock_region(long path, int command)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int one = open_shared(path);

    return one < 0 ? -1 : fcntl(one, command, &whole);
}

static long try_region(long path)
{
    return lock_region(path, F_SETLK);
}

static long try_open_region(long path)
{
    return lock_region(path, F_OFD_SETLK);
}

static long try_lease(long path)
{
    int one = open_shared(path);

    return one < 0 ? -1 : fcntl(one, F_SETLEASE, F_RDLCK);
}

static long try_notify(long path)
{
    int one = open_shared(path);

    return one < 0 ? -1 : fcntl(one, F_NOTIFY, DN_ACCESS | DN_MULTISHOT);
}

static long try_watch(long path)
{
    int watch = inotify_init1(IN_CLOEXEC);

    return watch < 0 ? -1 : inotify_add_watch(watch, (const char *)path, IN_OPEN | IN_ACCESS);
}

static long try_hint(long path)
{
    enum { F_SET_RW_HINT_ = 1036, RWH_WRITE_LIFE_LONG_ = 4 };
    unsigned long hint = RWH_WRITE_LIFE_LONG_;
    int one = open_shared(path);

    return one < 0 ? -1 : fcntl(one, F_SET_RW_HINT_, &hint);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"flock a program", try_flock, (long)"/usr/bin/env"},
        {"flock the own file", try_flock, (long)"/proc/self/exe"},
        {"flock a namespace", try_flock, (long)"/proc/self/ns/user"},
        {"flock a folder", try_flock, (long)"/usr"},
        {"flock /dev/null", try_flock, (long)"/dev/null"},
        {"lock a region of a program", try_region, (long)"/usr/bin/env"},
        {"lock a region of the own file", try_region, (long)"/proc/self/exe"},
        {"lock a region of a namespace", try_region, (long)"/proc/self/ns/user"},
        {"lock by description", try_open_region, (long)"/usr/bin/env"},
        {"lease a program", try_lease, (long)"/usr/bin/env"},
        {"be notified of a folder", try_notify, (long)"/usr/bin"},
        {"watch a folder", try_watch, (long)"/usr/bin"},
        {"watch /dev/null", try_watch, (long)"/dev/null"},
        {"hint at a program's life", try_hint, (long)"/usr/bin/env"},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
