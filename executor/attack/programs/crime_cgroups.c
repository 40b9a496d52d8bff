/* crime_cgroups - looks for control groups, and tries to leave its own or to make them run a
 * program of the host (release_agent). */
#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>

#include "crime.h"

static long try_open(long path)
{
    return open((const char *)path, O_WRONLY | O_CLOEXEC);
}

/* Any mount of a control group's file system. */
static long try_mounts(long path)
{
    FILE *mounts = fopen((const char *)path, "re");
    char line[1024];

    while (mounts && fgets(line, sizeof(line), mounts))
        if (strstr(line, " - cgroup") || strstr(line, " cgroup"))
            return 0;
    errno = ENODATA;
    return -1;
}

/* Where one stands: "/" and nothing of the host above it. */
static long try_path(long argument)
{
    FILE *own = fopen("/proc/self/cgroup", "re");
    char line[1024];

    (void)argument;
    while (own && fgets(line, sizeof(line), own))
        if (!strstr(line, ":/\n") && strchr(line, '/'))
            return 0;
    errno = ENODATA;
    return -1;
}

static long try_mount(long type)
{
    return syscall(SYS_mount, "none", "/tmp", (const char *)type, 0, "memory");
}

/* A child of this process, born into whatever group a descriptor names. */
static long try_birth(long path)
{
    struct clone_args into = {.flags = (uint64_t)CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
    int folder = open((const char *)path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return -1;
    into.cgroup = (unsigned)folder;
    long child = syscall(SYS_clone3, &into, sizeof(into));
    if (child == 0)
        _exit(0);
    return child;
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"find a mount of groups", try_mounts, (long)"/proc/self/mountinfo"},
        {"find one by another file", try_mounts, (long)"/proc/self/mounts"},
        {"see the path of its group", try_path, 0},
        {"release_agent", try_open, (long)"/sys/fs/cgroup/memory/release_agent"},
        {"procs of the root", try_open, (long)"/sys/fs/cgroup/cgroup.procs"},
        {"tasks of the root", try_open, (long)"/sys/fs/cgroup/pids/tasks"},
        {"limit of the root", try_open, (long)"/sys/fs/cgroup/memory.max"},
        {"own entry", try_open, (long)"/proc/self/cgroup"},
        {"core_pattern", try_open, (long)"/proc/sys/kernel/core_pattern"},
        {"modprobe", try_open, (long)"/proc/sys/kernel/modprobe"},
        {"uevent_helper", try_open, (long)"/sys/kernel/uevent_helper"},
        {"mount cgroup", try_mount, (long)"cgroup"},
        {"mount cgroup2", try_mount, (long)"cgroup2"},
        {"be born elsewhere", try_birth, (long)"/"},
        {"be born in the box", try_birth, (long)"/box"},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
