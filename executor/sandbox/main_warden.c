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
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/sandbox/birth.h"
#include "executor/sandbox/syscalls.h"

enum {
    RETRY_MS = 2,         /* between two tries to remove a group whose processes are dying */
    GIVE_UP_TRIES = 5000, /* then it is left to the next start's sweep */
};

/* A living or dying sandbox. id 0: free. */
struct slot {
    uint64_t id;
    pid_t pid; /* -1: reaped, or never born */
    int pidfd; /* owned while pid > 0 */
    bool closing;
    int tries;
};

struct warden {
    struct bl_home home;
    int socket, signals;
    struct slot slots[BL_PLAN_SANDBOXES_MAX];
    bool leaving; /* the worker is gone */
};

static struct slot *find_slot(struct warden *w, uint64_t id)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(w->slots); i++)
        if (w->slots[i].id == id)
            return &w->slots[i];
    return NULL;
}

static void reply(struct warden *w, struct bl_reply *reply, const int *fds, unsigned count)
{
    if (bl_wire_send(w->socket, reply, sizeof(*reply), fds, count) < 0)
        w->leaving = true; /* nobody listens any more */
}

static void refuse(struct warden *w, const struct bl_order *order, const struct bl_err *err)
{
    struct bl_reply failed = {
        .kind = BL_REPLY_FAILED, .failed_kind = order->kind, .id = order->id, .error = *err};

    reply(w, &failed, NULL, 0);
}

/* ---- orders -----------------------------------------------------------------------------------
 */

static int check_open(const struct warden *w, const struct bl_order *order, struct bl_err *err)
{
    if (order->profile >= w->home.plan->profile_count)
        return bl_fail(err, BL_STEP_FIELD, 0, "profile %u: the plan has %u", order->profile,
                       w->home.plan->profile_count);
    if (order->id == 0 || order->box_bytes == 0 || order->box_files == 0 || order->tmp_bytes == 0 ||
        order->tmp_files == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "an order without id or sizes");
    return 0;
}

static void send_newborn(struct warden *w, const struct bl_order *order, struct bl_newborn *born)
{
    struct bl_reply opened = {.kind = BL_REPLY_OPENED,
                              .id = order->id,
                              .cgroup_version = born->files.version,
                              .cgroup_present = born->files.present};
    int fds[3 + BL_CGROUP_ROLE_COUNT] = {born->control, born->launch, born->pidfd};
    unsigned count = 3;

    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (born->files.present & (1U << role))
            fds[count++] = born->files.fds[role];
    reply(w, &opened, fds, count);
    bl_close_fd(&born->control);
    bl_close_fd(&born->launch);
    bl_cgroup_files_release(&born->files);
}

static void open_sandbox(struct warden *w, const struct bl_order *order)
{
    struct slot *slot = find_slot(w, 0);
    struct bl_newborn born;
    struct bl_err err;

    if (check_open(w, order, &err) < 0) {
        refuse(w, order, &err);
        return;
    }
    if (!slot || find_slot(w, order->id)) {
        (void)bl_fail(&err, BL_STEP_SLOTS, 0, "%d sandboxes at once", BL_PLAN_SANDBOXES_MAX);
        refuse(w, order, &err);
        return;
    }
    *slot = (struct slot){.id = order->id, .pid = -1, .pidfd = -1};
    if (bl_birth(&w->home, order, (unsigned)(slot - w->slots), &born, &err) < 0) {
        slot->closing = true; /* whatever is left of its group goes */
        refuse(w, order, &err);
        return;
    }
    slot->pid = born.pid;
    slot->pidfd = born.pidfd;
    send_newborn(w, order, &born);
}

static void graft(struct warden *w, const struct bl_order *order, int *fds, unsigned count)
{
    struct bl_reply grafted = {.kind = BL_REPLY_GRAFTED, .id = order->id};
    const struct slot *slot = find_slot(w, order->id);
    struct bl_err err;

    if (!slot || order->id == 0 || count == 0) {
        (void)bl_fail(&err, BL_STEP_GRAFT, 0, "no such sandbox");
        refuse(w, order, &err);
        return;
    }
    uint32_t program_id = bl_birth_first_id(&w->home, (unsigned)(slot - w->slots)) + 1;
    if (bl_graft(&w->home, fds, count, program_id, &err) < 0)
        refuse(w, order, &err);
    else
        reply(w, &grafted, fds, count);
}

static void kill_slot(const struct slot *slot)
{
    if (slot->pid > 0)
        (void)bl_pidfd_send_signal(slot->pidfd, SIGKILL); /* ESRCH: a zombie already */
}

static void close_sandbox(struct warden *w, const struct bl_order *order)
{
    struct slot *slot = order->id ? find_slot(w, order->id) : NULL;
    struct bl_reply closed = {.kind = BL_REPLY_CLOSED, .id = order->id};

    if (!slot) { /* it failed at birth and is gone by now */
        reply(w, &closed, NULL, 0);
        return;
    }
    slot->closing = true;
    kill_slot(slot);
}

static void obey(struct warden *w)
{
    int fds[BL_WIRE_FDS_MAX];
    unsigned count = 0;
    struct bl_order order;
    ssize_t length = bl_wire_recv(w->socket, &order, sizeof(order), fds, BL_WIRE_FDS_MAX, &count);

    if (length < 0 && errno == EMFILE) {
        struct bl_err err;
        (void)bl_fail(&err, BL_STEP_GRAFT, errno, "descriptors of inputs");
        refuse(w, &order, &err);
        return;
    }
    if (length != (ssize_t)sizeof(order)) {
        w->leaving = true; /* end of file, or a worker that is not ours any more */
        return;
    }
    switch ((enum bl_order_kind)order.kind) {
    case BL_ORDER_OPEN:
        open_sandbox(w, &order);
        break;
    case BL_ORDER_GRAFT:
        graft(w, &order, fds, count);
        break;
    case BL_ORDER_KILL: {
        const struct slot *slot = order.id ? find_slot(w, order.id) : NULL;
        if (slot)
            kill_slot(slot);
        break;
    }
    case BL_ORDER_CLOSE:
        close_sandbox(w, &order);
        break;
    default:
        w->leaving = true;
    }
    for (unsigned i = 0; i < count; i++)
        bl_close_fd(&fds[i]);
}

/* ---- ends -------------------------------------------------------------------------------------
 */

static void reap(struct warden *w)
{
    struct signalfd_siginfo info;
    pid_t pid;

    (void)!read(w->signals, &info, sizeof(info)); /* clears; waitpid finds whoever it was */
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0 || (pid < 0 && errno == EINTR))
        for (size_t i = 0; i < BL_ARRAY_LEN(w->slots); i++)
            if (pid > 0 && w->slots[i].pid == pid) {
                w->slots[i].pid = -1;
                bl_close_fd(&w->slots[i].pidfd);
            }
}

/* Frees one slot that is closing, if nothing of it is left. */
static void bury(struct warden *w, struct slot *slot)
{
    struct bl_reply closed = {.kind = BL_REPLY_CLOSED, .id = slot->id};
    struct bl_err err;
    bool gone = false;
    int status = bl_cgroup_remove(w->home.tree, slot->id, &gone, &err);

    if ((status < 0 || !gone) && slot->tries++ < GIVE_UP_TRIES)
        return; /* processes are dying, or the kernel has no memory for it now */
    if (status < 0)
        closed.error = err; /* told, and left to the next sweep */
    slot->id = 0;
    reply(w, &closed, NULL, 0);
}

/* Returns how many sandboxes are still dying. */
static unsigned bury_all(struct warden *w)
{
    unsigned dying = 0;

    for (size_t i = 0; i < BL_ARRAY_LEN(w->slots); i++) {
        struct slot *slot = &w->slots[i];
        if (slot->id && slot->closing && slot->pid < 0)
            bury(w, slot);
        if (slot->id && slot->closing)
            dying++;
    }
    return dying;
}

static void serve(struct warden *w)
{
    unsigned dying = 0;

    while (!w->leaving) {
        struct pollfd on[] = {{.fd = w->signals, .events = POLLIN},
                              {.fd = w->socket, .events = POLLIN}};
        if (poll(on, BL_ARRAY_LEN(on), dying ? RETRY_MS : -1) < 0)
            continue; /* EINTR */
        if (on[0].revents)
            reap(w);
        if (on[1].revents)
            obey(w);
        dying = bury_all(w);
    }
}

/* The worker is gone: so is everything. */
static void leave(struct warden *w)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(w->slots); i++) {
        w->slots[i].closing = true;
        kill_slot(&w->slots[i]);
    }
    while (bury_all(w) > 0) {
        struct pollfd on = {.fd = w->signals, .events = POLLIN};
        if (poll(&on, 1, RETRY_MS) > 0)
            reap(w);
    }
    bl_cgroup_tree_free(&w->home.tree);
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
    return bl_home_open(&w->home, plan, err);
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
    w.socket = BL_WARDEN_SOCKET_FD;
    (void)fcntl(w.socket, F_SETFD, FD_CLOEXEC); /* a valid descriptor */
    (void)umask(0);
    (void)setsid(); /* fails only where we lead a group already, which a fresh fork does not */
    reset_signals();
    widen_limits();
    int status = settle(&w, &hello.error);
    if (status == 0) {
        hello.cgroup_version = bl_cgroup_tree_version(w.home.tree);
        hello.index = bl_cgroup_tree_index(w.home.tree);
    }
    reply(&w, &hello, NULL, 0);
    if (status < 0)
        return 1;
    serve(&w);
    leave(&w);
    return 0;
}
