/* crime_write - makes or changes a file outside of its own folders by every call that can, one of
 * which a list of forbidden ones may have forgotten. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "crime.h"

static const char *const folders[] = {"/",    "/usr", "/usr/bin",         "/etc", "/app",
                                      "/run", "/dev", "/proc/sys/kernel", "/proc"};

/* The first folder in which it worked, or the last refusal. */
static long in_each_folder(long (*make)(const char *path))
{
    char path[128];

    for (size_t i = 0; i < CRIME_COUNT(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/crime", folders[i]);
        if (make(path) >= 0)
            return 0;
    }
    errno = EROFS; /* which of the refusals it was is told elsewhere */
    return -1;
}

static long by_open(const char *path)
{
    return syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0666);
}

static long by_openat2(const char *path)
{
    struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0666};

    return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

#ifdef SYS_open
static long by_old_open(const char *path)
{
    return syscall(SYS_open, path, O_WRONLY | O_CREAT, 0666);
}

static long by_creat(const char *path)
{
    return syscall(SYS_creat, path, 0666);
}
#else
#define by_old_open by_open
#define by_creat by_open
#endif

static long by_mkdir(const char *path)
{
    return syscall(SYS_mkdirat, AT_FDCWD, path, 0777);
}

static long by_mknod(const char *path)
{
    return syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | 0666, 0);
}

static long by_fifo(const char *path)
{
    return syscall(SYS_mknodat, AT_FDCWD, path, S_IFIFO | 0666, 0);
}

static long by_symlink(const char *path)
{
    return syscall(SYS_symlinkat, "/box", AT_FDCWD, path);
}

static long by_link(const char *path)
{
    return syscall(SYS_linkat, AT_FDCWD, "/usr/bin/env", AT_FDCWD, path, 0);
}

static long by_rename(const char *path)
{
    int own = open("/box/own", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

    (void)close(own);
    return syscall(SYS_renameat2, AT_FDCWD, "/box/own", AT_FDCWD, path, 0);
}

static long by_socket(const char *path)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    int any = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(here.sun_path, sizeof(here.sun_path), "%s", path);
    return any < 0 ? -1 : bind(any, (const struct sockaddr *)&here, sizeof(here));
}

/* A nameless file in the folder, then a name for it. */
static long by_tmpfile(const char *path)
{
    char folder[128], name[64];

    (void)snprintf(folder, sizeof(folder), "%s", path);
    *(strrchr(folder, '/') + 1) = '\0';
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static long try_make(long make)
{
    return in_each_folder((long (*)(const char *))make);
}

/* A file that it may read, opened for reading, and written to all the same. */
static long through_proc(long path)
{
    char name[64];
    int fd = open((const char *)path, O_RDONLY | O_CLOEXEC);

    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return fd < 0 ? -1 : open(name, O_WRONLY | O_CLOEXEC);
}

static long by_map(long path)
{
    int fd = open((const char *)path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

/* The page cache through a private mapping and a pipe (dirty pipe): spliced, then written over. */
static long by_splice(long path)
{
    int fd = open((const char *)path, O_RDONLY | O_CLOEXEC), ends[2];

    if (fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    return syscall(SYS_splice, fd, NULL, ends[1], NULL, 1, 0);
}

static long by_sealed_exec(long argument)
{
    char *const argv[] = {"-", NULL};
    int fd = (int)syscall(SYS_memfd_create, "crime", 0);

    (void)argument;
    return fd < 0 ? -1 : syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH);
}

#define MAKE(name, how)             \
    {                               \
        name, try_make, (long)(how) \
    }

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        MAKE("openat", by_open),
        MAKE("openat2", by_openat2),
        MAKE("open", by_old_open),
        MAKE("creat", by_creat),
        MAKE("mkdirat", by_mkdir),
        MAKE("mknodat file", by_mknod),
        MAKE("mknodat fifo", by_fifo),
        MAKE("symlinkat", by_symlink),
        MAKE("linkat", by_link),
        MAKE("renameat2", by_rename),
        MAKE("bind", by_socket),
        MAKE("O_TMPFILE", by_tmpfile),
        {"reopen a program for writing", through_proc, (long)"/usr/bin/env"},
        {"reopen the own file for writing", through_proc, (long)"/proc/self/exe"},
        {"map a program to write", by_map, (long)"/usr/bin/env"},
        {"map the own file to write", by_map, (long)"/proc/self/exe"},
        {"splice a program", by_splice, (long)"/usr/bin/env"},
        {"execute a file in memory", by_sealed_exec, 0},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
