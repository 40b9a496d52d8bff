/* crime_secret PATH NEKOT NAME PORT - reads a secret of the host by every way there is.
 *
 * PATH: a file there that everybody may read; NEKOT: its content, backwards, so that this program's
 * own arguments do not hold what it looks for; NAME, PORT: where the host listens for it (abstract
 * address, loopback). The same secret is in Bailiff's environment and behind a descriptor that it
 * forgot to close. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "crime.h"

enum { SECRET_MAX = 128, BLOCK = 1 << 16, PIDS = 300 };

static const char *secret_path, *abstract_name;
static char secret[SECRET_MAX];
static size_t secret_length;
static unsigned short port;

/* Does this descriptor give the secret? */
static long holds(int fd)
{
    static char block[BLOCK];
    ssize_t length = fd < 0 ? -1 : read(fd, block, sizeof(block));

    if (fd >= 0)
        (void)close(fd);
    if (length < 0)
        return -1;
    errno = ENODATA;
    return memmem(block, (size_t)length, secret, secret_length) ? 0 : -1;
}

static long open_at(const char *before, const char *path)
{
    char whole[PATH_MAX];

    if (snprintf(whole, sizeof(whole), "%s%s", before, path) >= (int)sizeof(whole))
        return -1;
    return holds(open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

static long try_prefix(long prefix)
{
    return open_at((const char *)prefix, secret_path);
}

static long try_stat(long argument)
{
    struct stat is;

    (void)argument;
    return stat(secret_path, &is);
}

/* By every process that there may be, visible or not. */
static long try_processes(long format)
{
    char before[64];

    for (int pid = 1; pid <= PIDS; pid++) {
        const char *verb = (const char *)format;
        (void)snprintf(before, sizeof(before), "/proc/%d/%s", pid, verb);
        if (open_at(before, secret_path) == 0)
            return 0;
    }
    errno = ENOENT;
    return -1;
}

static long try_symlink(long argument)
{
    (void)argument;
    if (symlink(secret_path, "/box/by-link") < 0)
        return -1;
    return holds(open("/box/by-link", O_RDONLY | O_CLOEXEC));
}

static long try_hard_link(long argument)
{
    (void)argument;
    return link(secret_path, "/box/by-name");
}

static long try_exec(long argument)
{
    char *const none[] = {NULL};

    (void)argument;
    return execve(secret_path, none, none);
}

static long try_environment(long argument)
{
    extern char **environ;

    (void)argument;
    errno = ENODATA;
    for (char **variable = environ; *variable; variable++)
        if (strstr(*variable, secret))
            return 0;
    return -1;
}

static long try_descriptors(long argument)
{
    (void)argument;
    errno = EBADF;
    for (int fd = 3; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 0;
    return -1;
}

static long try_abstract(long argument)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    size_t length = strlen(abstract_name);
    int any = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    if (any < 0 || length >= sizeof(there.sun_path))
        return -1;
    memcpy(there.sun_path + 1, abstract_name, length);
    return connect(any, (const struct sockaddr *)&there,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

static long try_port(long argument)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int any = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    return any < 0 ? -1 : connect(any, (const struct sockaddr *)&there, sizeof(there));
}

/* The pages of init, a copy of the warden that has held descriptors of the host. */
static long try_memory_of_init(long argument)
{
    static char block[BLOCK];
    struct iovec here = {block, sizeof(block)}, there = {(void *)0x400000, sizeof(block)};

    (void)argument;
    return syscall(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0);
}

static long try_open_tree(long argument)
{
    (void)argument;
    return syscall(SYS_open_tree, AT_FDCWD, secret_path, 0);
}

static long try_mount(long argument)
{
    (void)argument;
    return syscall(SYS_mount, secret_path, "/tmp", NULL, 4096 /* MS_BIND */, NULL);
}

/* ---- whatever can be read ---------------------------------------------------------------------
 */

static int is_in_it, files_read;

/* Own memory holds it of course; what never ends, or is the machine's programs, is passed over. */
static int worth_reading(const char *path)
{
    static const char *const not_these[] = {"/usr/",       "/lib",         "/app/",    "/dev/zero",
                                            "/dev/random", "/dev/urandom", "/dev/full"};

    for (size_t i = 0; i < CRIME_COUNT(not_these); i++)
        if (strncmp(path, not_these[i], strlen(not_these[i])) == 0)
            return 0;
    return !strstr(path, "/mem") && !strstr(path, "/pagemap");
}

static int read_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)at;
    if (kind == FTW_D && !worth_reading(path))
        return FTW_SKIP_SUBTREE;
    if (kind != FTW_F || !worth_reading(path))
        return FTW_CONTINUE;
    files_read++;
    is_in_it |= holds(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == 0;
    return is_in_it ? FTW_STOP : FTW_CONTINUE;
}

static long try_search(long folder)
{
    is_in_it = files_read = 0;
    (void)nftw((const char *)folder, read_one, 32, FTW_PHYS | FTW_ACTIONRETVAL);
    errno = ENODATA;
    return is_in_it ? 0 : -1;
}

static int read_arguments(int argc, char **argv)
{
    size_t length = argc == 5 ? strlen(argv[2]) : 0;

    if (length == 0 || length >= sizeof(secret))
        return -1;
    for (size_t i = 0; i < length; i++)
        secret[i] = argv[2][length - 1 - i];
    secret_length = length;
    secret_path = argv[1];
    abstract_name = argv[3];
    port = (unsigned short)strtoul(argv[4], NULL, 10);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"open", try_prefix, (long)""},
        {"open by dots", try_prefix, (long)"/../../../../.."},
        {"open below the box", try_prefix, (long)"/box/../.."},
        {"open by the own root", try_prefix, (long)"/proc/self/root"},
        {"open by the thread's root", try_prefix, (long)"/proc/thread-self/root/.."},
        {"open by the own folder", try_prefix, (long)"/proc/self/cwd/../../.."},
        {"open by standard input", try_prefix, (long)"/proc/self/fd/0/../.."},
        {"open by standard output", try_prefix, (long)"/proc/self/fd/1/../.."},
        {"open by a process's root", try_processes, (long)"root"},
        {"open by a process's folder", try_processes, (long)"cwd/../../.."},
        {"open by a process's descriptor", try_processes, (long)"fd/3/../.."},
        {"see that it exists", try_stat, 0},
        {"follow a link to it", try_symlink, 0},
        {"give it a name here", try_hard_link, 0},
        {"execute it", try_exec, 0},
        {"find it in the environment", try_environment, 0},
        {"inherit a descriptor", try_descriptors, 0},
        {"ask at an abstract address", try_abstract, 0},
        {"ask at a port", try_port, 0},
        {"read init's memory", try_memory_of_init, 0},
        {"take its mount", try_open_tree, 0},
        {"mount it here", try_mount, 0},
        {"search /proc", try_search, (long)"/proc"},
        {"search all that is there", try_search, (long)"/"},
    };

    if (read_arguments(argc, argv) < 0)
        return 2;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
