/* main_warden.c - bailiff-warden: the privileged process (process: warden).
 *
 *   bailiff-warden          started by bailiff or bailiffd, never by hand:
 *                           descriptor 3 is its socket, 4 the sealed plan
 *
 * Makes sandboxes on order and removes them; nothing else. One thread, statically linked, small: it
 * is forked for every sandbox. Orders are fixed-size; no path comes from outside. When the socket
 * reaches its end, which is when the worker is gone however it went, every sandbox is killed and
 * removed and the warden ends. It sits in a session of its own, so that Ctrl-C reaches the worker
 * alone.
 *
 * Start-up, in this order: signals and session · plan mapped, its descriptor closed · no other
 * descriptor left open · the cgroup tree (which sweeps what a dead instance left) · hello. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bailiff/own.h"
#include "executor/sandbox/wards.h"

struct warden {
    struct bl_wards wards;
    int signals;
};

/* ---- the loop ---------------------------------------------------------------------------------
 */

static void reap(struct warden *w)
{
    struct signalfd_siginfo info;

    (void)!read(w->signals, &info, sizeof(info)); /* clears; waitpid finds whoever it was */
    bl_wards_reap(&w->wards);
}

/* What happens next, or in wait_ms at the latest. */
static void serve_once(struct warden *w, int wait_ms)
{
    struct bl_wards *wards = &w->wards;
    struct pollfd on[] = {{.fd = w->signals, .events = POLLIN},
                          {.fd = wards->leaving ? -1 : wards->socket, .events = POLLIN}};

    if (poll(on, BL_ARRAY_LEN(on), wait_ms) < 0)
        return; /* EINTR */
    if (on[0].revents)
        reap(w);
    if (on[1].revents)
        bl_wards_obey(wards);
}

static void serve(struct warden *w)
{
    int wait_ms = -1;

    while (!w->wards.leaving) {
        serve_once(w, wait_ms);
        wait_ms = bl_wards_attend(&w->wards);
    }
}

/* The worker is gone: so is everything. */
static void leave(struct warden *w)
{
    bl_wards_close_all(&w->wards);
    for (int wait_ms = bl_wards_attend(&w->wards); w->wards.dying > 0;
         wait_ms = bl_wards_attend(&w->wards))
        serve_once(w, wait_ms);
    bl_cgroup_tree_free(&w->wards.home.tree);
}

/* The caller's streams are no business of the warden's, and of no program's. */
static int null_streams(void)
{
    bl_autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; fd < 3; fd++)
        if (null < 0 || (null != fd && dup2(null, fd) < 0))
            return -1;
    if (null < 3)
        (void)bl_take_fd(&null); /* it is one of the three */
    return 0;
}

static int settle(struct warden *w, struct bl_err *err)
{
    const struct bl_plan *plan = bl_plan_map(BL_WARDEN_PLAN_FD);
    sigset_t chld;

    if (!plan)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "descriptor %d is not a sealed plan",
                       BL_WARDEN_PLAN_FD);
    if (close_range(BL_WARDEN_PLAN_FD, ~0U, 0) < 0) /* the map stays */
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "close_range");
    if (null_streams() < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "/dev/null");
    (void)sigemptyset(&chld); /* these three can't fail */
    (void)sigaddset(&chld, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &chld, NULL);
    w->signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
    if (w->signals < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "signalfd");
    return bl_home_open(&w->wards.home, plan, err);
}

/* Whatever the worker's parent ignored, programs would inherit. By the system call: the C library
 * refuses its own two. */
static void reset_signals(void)
{
    static const uint64_t
        default_action[4]; /* the kernel's struct: handler, flags, restorer, mask */

    for (int number = 1; number < NSIG; number++) /* KILL and STOP refuse */
        (void)syscall(SYS_rt_sigaction, number, default_action, NULL, sizeof(uint64_t));
}

/* For us and all programs: see child_settle.c. Refused where the caller's hard limit is lower and
 * CAP_SYS_RESOURCE is missing: then that stays. */
static void widen_limits(void)
{
    static const __rlimit_resource_t endless[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_NPROC,
                                                  RLIMIT_RTTIME};

    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1});
    for (size_t i = 0; i < BL_ARRAY_LEN(endless); i++)
        (void)setrlimit(endless[i], &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}

int main(void)
{
    static struct warden w;
    struct bl_reply hello = {.kind = BL_REPLY_HELLO};
    struct stat is;

    if (fstat(BL_WARDEN_SOCKET_FD, &is) < 0 || !S_ISSOCK(is.st_mode)) {
        (void)fputs("bailiff-warden: is started by bailiff and bailiffd, not by hand; "
                    "see bailiff(1)\n",
                    stderr);
        return 64;
    }
    (void)fcntl(BL_WARDEN_SOCKET_FD, F_SETFD, FD_CLOEXEC); /* a valid descriptor */
    (void)umask(0);
    (void)setsid(); /* fails only where we lead a group already, which a fresh fork does not */
    reset_signals();
    widen_limits();
    int status = settle(&w, &hello.error);
    if (status == 0) {
        bl_wards_init(&w.wards, BL_WARDEN_SOCKET_FD);
        hello.cgroup_version = bl_cgroup_tree_version(w.wards.home.tree);
        hello.index = bl_cgroup_tree_index(w.wards.home.tree);
    }
    if (bl_wire_send(BL_WARDEN_SOCKET_FD, &hello, sizeof(hello), NULL, 0) < 0)
        w.wards.leaving = true; /* whoever waits for it must not do so for ever */
    if (status < 0)
        return 1;
    serve(&w);
    leave(&w);
    return 0;
}
