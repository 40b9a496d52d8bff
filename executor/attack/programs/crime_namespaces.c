/* crime_namespaces - tries to get into other namespaces than its own, in every way there is. */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>

#include "crime.h"

static long try_unshare(long flag)
{
    return syscall(SYS_unshare, flag);
}

static long try_clone(long flag)
{
    long child = syscall(SYS_clone, flag | SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0)
        _exit(0);
    return child;
}

static long try_clone3(long flag)
{
    struct clone_args args = {.flags = (uint64_t)flag, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &args, sizeof(args));

    if (child == 0)
        _exit(0);
    return child;
}

/* Into the namespace that it is in: where even that is refused, none can be entered. */
static long try_setns(long flag)
{
    const char *path = flag == CLONE_NEWUSER     ? "/proc/self/ns/user"
                       : flag == CLONE_NEWNS     ? "/proc/self/ns/mnt"
                       : flag == CLONE_NEWPID    ? "/proc/self/ns/pid"
                       : flag == CLONE_NEWNET    ? "/proc/self/ns/net"
                       : flag == CLONE_NEWIPC    ? "/proc/self/ns/ipc"
                       : flag == CLONE_NEWUTS    ? "/proc/self/ns/uts"
                       : flag == CLONE_NEWCGROUP ? "/proc/self/ns/cgroup"
                                                 : "/proc/self/ns/time";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -1 : syscall(SYS_setns, fd, flag);
}

static long try_setns_init(long flag)
{
    long pidfd = syscall(SYS_pidfd_open, 1, 0);

    return pidfd < 0 ? -1 : syscall(SYS_setns, pidfd, flag);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"unshare user", try_unshare, CLONE_NEWUSER},
        {"unshare mount", try_unshare, CLONE_NEWNS},
        {"unshare pid", try_unshare, CLONE_NEWPID},
        {"unshare net", try_unshare, CLONE_NEWNET},
        {"unshare ipc", try_unshare, CLONE_NEWIPC},
        {"unshare uts", try_unshare, CLONE_NEWUTS},
        {"unshare cgroup", try_unshare, CLONE_NEWCGROUP},
        {"unshare time", try_unshare, CLONE_NEWTIME},
        {"unshare user+mount", try_unshare, CLONE_NEWUSER | CLONE_NEWNS},
        {"clone user", try_clone, CLONE_NEWUSER},
        {"clone user+net", try_clone, CLONE_NEWUSER | CLONE_NEWNET},
        {"clone mount", try_clone, CLONE_NEWNS},
        {"clone3 user", try_clone3, CLONE_NEWUSER},
        {"clone3 net", try_clone3, CLONE_NEWNET},
        {"setns user", try_setns, CLONE_NEWUSER},
        {"setns mount", try_setns, CLONE_NEWNS},
        {"setns pid", try_setns, CLONE_NEWPID},
        {"setns net", try_setns, CLONE_NEWNET},
        {"setns ipc", try_setns, CLONE_NEWIPC},
        {"setns uts", try_setns, CLONE_NEWUTS},
        {"setns cgroup", try_setns, CLONE_NEWCGROUP},
        {"setns time", try_setns, CLONE_NEWTIME},
        {"setns init's mount", try_setns_init, CLONE_NEWNS},
        {"setns init's user", try_setns_init, CLONE_NEWUSER},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
