/* crime_processes - tries to reach init and whoever else there may be. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "crime.h"

static long try_kill(long pid)
{
    return kill((pid_t)pid, SIGKILL);
}

static long try_sigqueue(long pid)
{
    return sigqueue((pid_t)pid, SIGTERM, (union sigval){0});
}

static long try_pidfd_signal(long pid)
{
    long pidfd = syscall(SYS_pidfd_open, pid, 0);

    return pidfd < 0 ? -1 : syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

static long try_pidfd_getfd(long pid)
{
    long pidfd = syscall(SYS_pidfd_open, pid, 0);

    return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 3, 0);
}

static long try_seize(long pid)
{
    return syscall(SYS_ptrace, PTRACE_SEIZE, pid, NULL, NULL);
}

static long try_attach(long pid)
{
    return syscall(SYS_ptrace, PTRACE_ATTACH, pid, NULL, NULL);
}

static long try_read_memory(long pid)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)0x400000, 1};

    return syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0);
}

static long try_kcmp(long pid)
{
    return syscall(SYS_kcmp, pid, getpid(), 0 /* KCMP_FILE */, 0, 0);
}

static long try_prlimit(long pid)
{
    struct rlimit none = {0, 0};

    return syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, &none, NULL);
}

static long try_look(long path)
{
    return open((const char *)path, O_RDONLY | O_CLOEXEC);
}

static long try_renice(long pid)
{
    return syscall(SYS_setpriority, PRIO_PROCESS, pid, 19);
}

static long try_affinity(long pid)
{
    unsigned long first = 1;

    return syscall(SYS_sched_setaffinity, pid, sizeof(first), &first);
}

/* Every number that could be a process, but its own family: 0 found is what it should be. */
static long try_find_others(long highest)
{
    for (long pid = 2; pid < highest; pid++) {
        char path[32];

        if (pid == getpid() || pid == getppid())
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%ld", pid);
        if (kill((pid_t)pid, 0) == 0 || errno != ESRCH || access(path, F_OK) == 0)
            return 0;
    }
    errno = ESRCH;
    return -1;
}

/* Whatever /proc lists beside its own family. */
static long try_list_others(long argument)
{
    DIR *proc = opendir("/proc");

    (void)argument;
    if (!proc)
        return -1;
    for (const struct dirent *entry; (entry = readdir(proc));) {
        long pid = strtol(entry->d_name, NULL, 10);

        if (pid > 0 && pid != getpid() && pid != getppid())
            return 0;
    }
    errno = ESRCH;
    return -1;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"kill init", try_kill, 1},
        {"sigqueue init", try_sigqueue, 1},
        {"pidfd signal init", try_pidfd_signal, 1},
        {"pidfd_getfd init", try_pidfd_getfd, 1},
        {"ptrace seize init", try_seize, 1},
        {"ptrace attach init", try_attach, 1},
        {"read memory of init", try_read_memory, 1},
        {"kcmp init", try_kcmp, 1},
        {"prlimit init", try_prlimit, 1},
        {"renice init", try_renice, 1},
        {"set affinity of init", try_affinity, 1},
        {"open /proc/1", try_look, (long)"/proc/1"},
        {"open /proc/1/exe", try_look, (long)"/proc/1/exe"},
        {"open /proc/1/root", try_look, (long)"/proc/1/root"},
        {"open /proc/1/ns/mnt", try_look, (long)"/proc/1/ns/mnt"},
        {"open /proc/1/mem", try_look, (long)"/proc/1/mem"},
        {"open /proc/1/environ", try_look, (long)"/proc/1/environ"},
        {"open /proc/self/../1/cwd", try_look, (long)"/proc/self/../1/cwd"},
        {"find others by number", try_find_others, 40000},
        {"find others in /proc", try_list_others, 0},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
