/* maker.c - see maker.h (processes: warden, and the maker between its fork and its end). */
#include "executor/sandbox/maker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"

/* What the maker says, with bl_newborn_fds(). */
struct bl_made {
    pid_t pid; /* -1: error says why */
    uint32_t cgroup_version, cgroup_present;
    struct bl_err error;
};

static const struct sched_param none = {0};

void bl_maker_init(struct bl_maker *maker)
{
    *maker = (struct bl_maker){.pid = -1, .socket = -1};
}

/* Others' processes take the capability; and as one has it in a user namespace, too, where it does
 * not help, it is tried on ourselves: the kernel's check is the same (sched_setscheduler(2)). */
static bool may_raise(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}, {0}};
    const int own = getpriority(PRIO_PROCESS, 0);

    if (syscall(SYS_capget, &header, data) < 0 || !(data[0].effective & 1U << CAP_SYS_NICE) ||
        setpriority(PRIO_PROCESS, 0, own - 1) < 0)
        return false;
    (void)setpriority(PRIO_PROCESS, 0, own); /* which lowers it */
    return true;
}

bool bl_maker_can(const struct bl_home *home)
{
    return may_raise() && faccessat(home->proc, "thread-self/children", R_OK, 0) == 0;
}

/* ---- the maker --------------------------------------------------------------------------------
 */

static void hand_over(int socket, const struct bl_newborn *born)
{
    const struct bl_made made = {.pid = born->pid,
                                 .cgroup_version = born->files.version,
                                 .cgroup_present = born->files.present};
    int fds[BL_NEWBORN_FDS_MAX];
    const unsigned count = bl_newborn_fds(born, fds);

    (void)bl_wire_send(socket, &made, sizeof(made), fds, count); /* else the warden is gone */
}

__attribute__((noreturn)) static void make(struct bl_home *home, const struct bl_order *order,
                                           unsigned slot, int socket)
{
    struct bl_made failed = {.pid = -1};
    struct bl_newborn born;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (bl_birth(home, order, slot, &born, &failed.error) == 0) {
        hand_over(socket, &born);
        _exit(0);
    }
    (void)bl_wire_send(socket, &failed, sizeof(failed), NULL, 0);
    _exit(0);
}

/* ---- the warden -------------------------------------------------------------------------------
 */

int bl_maker_begin(struct bl_maker *maker, struct bl_home *home, const struct bl_order *order,
                   unsigned slot, struct bl_err *err)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_CLONE_INIT, errno, "socketpair");
    maker->socket = ends[0];
    bl_autoclose int theirs = ends[1];
    *home->low_init = 0;
    maker->pid = fork();
    if (maker->pid == 0)
        make(home, order, slot, theirs);
    maker->id = order->id;
    if (maker->pid > 0) {
        /* By us, so that it can't come behind a bl_maker_raise(). ESRCH: it was quick. */
        (void)sched_setscheduler(maker->pid, SCHED_IDLE, &none);
        return 0;
    }
    bl_close_fd(&maker->socket);
    return bl_fail(err, BL_STEP_CLONE_INIT, errno, "fork a maker");
}

/* Sorts the descriptors; our own fork sends what the bits say. */
static void take(const struct bl_made *made, int *fds, struct bl_newborn *born)
{
    unsigned at = 3;

    *born =
        (struct bl_newborn){.pid = made->pid, .control = fds[0], .launch = fds[1], .pidfd = fds[2]};
    bl_cgroup_files_init(&born->files);
    born->files.version = made->cgroup_version;
    born->files.present = made->cgroup_present;
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (born->files.present & (1U << role))
            born->files.fds[role] = fds[at++];
}

int bl_maker_finish(struct bl_maker *maker, struct bl_newborn *out, struct bl_err *err)
{
    struct bl_made made;
    int fds[BL_WIRE_FDS_MAX];
    unsigned count = 0;
    ssize_t length = bl_wire_recv(maker->socket, &made, sizeof(made), fds, BL_WIRE_FDS_MAX, &count);

    bl_close_fd(&maker->socket);
    bl_maker_kill(maker); /* it has only its end to come to, and may be kept from that */
    if (length != (ssize_t)sizeof(made))
        return bl_fail(err, BL_STEP_CLONE_INIT, length < 0 ? errno : 0, "its maker ended early");
    if (made.pid < 0) {
        *err = made.error;
        return -1;
    }
    take(&made, fds, out);
    return 0;
}

pid_t bl_maker_orphan(const struct bl_home *home)
{
    const pid_t pid = *(volatile const pid_t *)home->low_init;
    siginfo_t ignored;

    if (pid <= 0 || waitid(P_PID, (id_t)pid, &ignored, WEXITED | WNOHANG | WNOWAIT) < 0)
        return -1;
    return pid;
}

void bl_maker_kill(const struct bl_maker *maker)
{
    if (maker->pid > 0)
        (void)kill(maker->pid, SIGKILL); /* not reaped: the number is its own */
}

void bl_maker_raise(const struct bl_maker *maker)
{
    if (maker->pid > 0)
        (void)sched_setscheduler(maker->pid, SCHED_OTHER, &none); /* ESRCH: it is done */
}

/* A child's number stays its own until init has reaped it; numbers are given out in turn, so none
 * comes again between the two calls. Returns how many there are, or -1. */
static int raise_children(const struct bl_home *home, pid_t init)
{
    char path[64], text[256], *at = text, *end;
    ssize_t length;
    int count = 0;

    (void)snprintf(path, sizeof(path), "%d/task/%d/children", (int)init, (int)init);
    bl_autoclose int file = openat(home->proc, path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || (length = read(file, text, sizeof(text) - 1)) < 0)
        return -1;
    text[length] = '\0';
    for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end, count++)
        if (sched_setscheduler((pid_t)pid, SCHED_OTHER, &none) < 0 && errno != ESRCH)
            return -1;
    return count;
}

/* Init first: what it forks from then on is not low. It is favoured only when its one child is
 * there: to a fork that has begun the kernel gives the parent's priority of that moment with the
 * policy of an earlier one, and nobody with a real-time priority may join a v1 group (EINVAL). */
int bl_raise_init(const struct bl_home *home, pid_t init, struct bl_err *err)
{
    int children = -1;

    if (sched_setscheduler(init, SCHED_OTHER, &none) < 0 ||
        (children = raise_children(home, init)) < 0)
        return bl_fail(err, BL_STEP_CLONE_INIT, errno, "back from idle priority");
    if (children > 0)
        bl_birth_favour(init);
    return 0;
}
