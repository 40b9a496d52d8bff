/* crime_landlock - writes to files of its own in /proc, which the mount and the file's owner allow:
 * what is refused here is refused by Landlock. And tells the kernel's Landlock version. */
#include <fcntl.h>

#include "crime.h"

enum { CREATE_RULESET_VERSION = 1 };

static long try_write(long path)
{
    return open((const char *)path, O_WRONLY | O_CLOEXEC);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"/proc/self/comm", try_write, (long)"/proc/self/comm"},
        {"/proc/self/coredump_filter", try_write, (long)"/proc/self/coredump_filter"},
        {"/dev/null", try_write, (long)"/dev/null"},
    };

    (void)argc;
    (void)argv;
    (void)printf("version: %d\n",
                 (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION));
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
