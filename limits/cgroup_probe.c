/* cgroup_probe.c - does CLONE_INTO_CGROUP work here? Runs in the warden, once.
 *
 * Kernels from 6.14 (6.12.16, 6.1.129) on, up to 6.12.114 and 6.1.190, compare the kill counter of
 * the parent's cgroup with that of the target: if the parent's own group, or one above it, was ever
 * written to cgroup.kill, every such child gets SIGKILL before its first instruction. That must
 * never look like a program that was killed, so one child is tried before any program is. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/cgroup_backend.h"

#define PROBE "probe"

enum { REMOVE_TRIES = 100 };

/* try_child - one child in the group; it writes one byte and ends. */
static bool try_child(int group)
{
    bl_autoclose int in = -1, out = -1;
    struct clone_args how = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)(unsigned)group};
    int ends[2];
    ssize_t got;
    pid_t child;
    char byte;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    in = ends[0];
    out = ends[1];
    child = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
    if (child < 0)
        return false;
    if (child == 0)
        _exit(write(out, "!", 1) == 1 ? 0 : 1);
    bl_close_fd(&out);
    do
        got = read(in, &byte, 1);
    while (got < 0 && errno == EINTR);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return got == 1;
}

/* While it is there the instance's own group can't be removed in the end. The child is reaped,
 * which does not promise that the kernel has let go of its group. */
static void remove_probe(int directory)
{
    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (unlinkat(directory, PROBE, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return;
        (void)poll(NULL, 0, 1); /* ms */
    }
}

bool bl_cgroup_clone_into_probe(int directory)
{
    bl_autoclose int group = -1;
    bool works;

    if (mkdirat(directory, PROBE, 0755) < 0)
        return false;
    group = bl_cgroup_open_dir(directory, PROBE);
    works = group >= 0 && try_child(group);
    remove_probe(directory);
    return works;
}
