/* warden.c - starting the warden and sorting its replies (process: worker). */
#include "executor/sandbox/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/base/beside.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/warden_private.h"

struct bl_warden {
    struct bl_loop *loop;
    int socket; /* owned */
    struct bl_watch *watch;
    pid_t pid;
    uint64_t last_id;
    unsigned version, index, profile_count;
    bool gone;
    unsigned running, placing;
    struct bl_machine machine;
    struct bl_pool *pool; /* borrowed; NULL: every sandbox is made on demand */
    struct bl_warden_guest *guests, *dead;
    struct bl_deferred burials;
    struct bl_timer *bury_later;
    bool burial_is_set;          /* it is armed */
    struct bl_deferred last_act; /* where the loop stops before that */
    struct bl_deferred end;      /* work NULL: nobody asked */
    /* Orders to remove that could not be sent yet. */
    uint64_t owed[BL_PLAN_SANDBOXES_MAX];
    unsigned owed_count;
    struct bl_timer *again;
};

#define AGAIN_NS (10 * BL_NS_PER_MS)   /* until what is owed is tried to be sent */
#define LAUNCH_NS BL_NS_PER_MS         /* in which a program has begun, if its inputs come */
#define READER_NS (300 * BL_NS_PER_US) /* in which whoever was told of an end has read it */

/* ---- starting it ------------------------------------------------------------------
 */

/* High numbers, so that placing one at 3 or 4 can't cover the other. */
static int lift(int *fd)
{
    int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, 16);

    if (lifted < 0)
        return -1;
    (void)close(*fd); /* replaced */
    *fd = lifted;
    return 0;
}

static int spawn(struct bl_warden *w, int socket, int plan, struct bl_err *err)
{
    static char name[] = "bailiff-warden";
    char *const argv[] = {name, NULL}, *const envp[] = {NULL};
    posix_spawn_file_actions_t actions;
    char path[PATH_MAX];

    if (bl_beside(path, "bailiff-warden", "BAILIFF_WARDEN", BL_STEP_WARDEN_START, err) < 0)
        return -1;
    int failed = posix_spawn_file_actions_init(&actions);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, socket, BL_WARDEN_SOCKET_FD);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, plan, BL_WARDEN_PLAN_FD);
    if (!failed)
        failed = posix_spawn(&w->pid, path, &actions, NULL, argv, envp);
    (void)posix_spawn_file_actions_destroy(&actions); /* can't fail in glibc */
    return failed ? bl_fail(err, BL_STEP_WARDEN_START, failed, "%s", path) : 0;
}

/* The only time that the worker waits for the warden: nothing else has begun yet. */
static int await_hello(struct bl_warden *w, struct bl_err *err)
{
    struct bl_reply hello;
    ssize_t length = bl_wire_recv(w->socket, &hello, sizeof(hello), NULL, 0, NULL);

    if (length != (ssize_t)sizeof(hello) || hello.kind != BL_REPLY_HELLO)
        return bl_fail(err, BL_STEP_WARDEN_START, length < 0 ? errno : 0,
                       "it ended before it could serve");
    if (hello.error.step != BL_STEP_NONE) {
        *err = hello.error;
        return -1;
    }
    w->version = hello.cgroup_version;
    w->index = hello.index;
    return 0;
}

static void on_again(void *ctx);

/* ---- replies ----------------------------------------------------------------------------------
 */

static void on_guest_gone(void *ctx)
{
    struct bl_warden_guest *guest = ctx;

    guest->on_gone(guest);
}

static void set_gone(struct bl_warden *w)
{
    struct bl_err ignored;

    if (w->gone)
        return;
    w->gone = true;
    (void)bl_watch_want(w->watch, 0, &ignored); /* narrowing never fails */
    if (w->end.work)
        bl_loop_defer(w->loop, &w->end);
    for (struct bl_warden_guest *g = w->guests; g; g = g->next)
        bl_loop_defer(w->loop, &g->gone);
}

static void on_readable(void *ctx, short what)
{
    struct bl_warden *w = ctx;
    int fds[BL_WIRE_FDS_MAX];
    unsigned count = 0;
    struct bl_reply reply;
    ssize_t length = bl_wire_recv(w->socket, &reply, sizeof(reply), fds, BL_WIRE_FDS_MAX, &count);
    struct bl_warden_guest *guest = w->guests;

    (void)what; /* only ever readable */
    if (length < 0 && errno == EAGAIN)
        return;
    if (length < 0 && errno == EMFILE) { /* one sandbox's failure, not the warden's */
        reply.kind = BL_REPLY_FAILED;
        (void)bl_fail(&reply.error, BL_STEP_WARDEN_TALK, errno, "descriptors of a sandbox");
    } else if (length != (ssize_t)sizeof(reply)) {
        set_gone(w);
        return;
    }
    while (guest && guest->id != reply.id)
        guest = guest->next;
    if (guest) {
        guest->on_reply(guest, &reply, fds, count);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        bl_close_fd(&fds[i]); /* for a sandbox that was given up meanwhile */
}

static void bury_all(void *ctx)
{
    struct bl_warden *w = ctx;

    w->burial_is_set = false;
    bl_loop_expect_no_more(w->loop, false); /* warden and inits need a CPU */
    bl_loop_undefer(w->loop, &w->last_act);
    if (w->bury_later)
        bl_timer_disarm(w->bury_later);
    while (w->dead) {
        struct bl_warden_guest *guest = w->dead;

        w->dead = guest->next_dead;
        guest->on_burial(guest);
    }
}

/* The warden and a dying init would have the CPU that a client needs to read what it was just told.
 * And often the end of a program lets the next one of its job begin in the same round: while that
 * one's inputs are on their way through the warden nobody is taken apart beside them. */
static void bury_in_time(void *ctx)
{
    struct bl_warden *w = ctx;

    if (w->burial_is_set)
        return;
    w->burial_is_set = true;
    bl_timer_arm(w->bury_later, bl_now_ns() + (w->placing ? LAUNCH_NS : READER_NS));
    bl_loop_defer_end(w->loop, &w->last_act);
}

void bl_warden_bury_dead(struct bl_warden *warden)
{
    if (!warden->placing)
        bury_all(warden);
}

/* ---- the handle -------------------------------------------------------------------------------
 */

static int start(struct bl_warden *w, const struct bl_plan *plan, struct bl_err *err)
{
    bl_autoclose int sealed = -1;
    int ends[2];

    if (bl_warden_check_privilege(err) < 0 || bl_plan_seal(plan, &sealed, err) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "socketpair");
    w->socket = ends[0];
    bl_autoclose int theirs = ends[1];
    if (lift(&theirs) < 0 || lift(&sealed) < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "F_DUPFD_CLOEXEC");
    if (spawn(w, theirs, sealed, err) < 0)
        return -1;
    bl_close_fd(&theirs);
    if (await_hello(w, err) < 0)
        return -1;
    if (fcntl(w->socket, F_SETFL, O_NONBLOCK) < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "O_NONBLOCK");
    if (bl_watch_new(&w->watch, w->loop, w->socket, on_readable, w, err) < 0)
        return -1;
    if (bl_timer_new(&w->again, w->loop, on_again, w, err) < 0 ||
        bl_timer_new(&w->bury_later, w->loop, bury_all, w, err) < 0)
        return -1;
    return bl_watch_want(w->watch, EV_READ, err);
}

int bl_warden_start(struct bl_warden **out, struct bl_loop *loop, const struct bl_plan *plan,
                    struct bl_err *err)
{
    struct bl_warden *w = calloc(1, sizeof(*w));

    if (!w)
        return bl_fail(err, BL_STEP_MEMORY, errno, "the warden's handle");
    *w = (struct bl_warden){
        .loop = loop, .socket = -1, .pid = -1, .profile_count = plan->profile_count};
    w->burials = (struct bl_deferred){.work = bury_in_time, .ctx = w};
    w->last_act = (struct bl_deferred){.work = bury_all, .ctx = w};
    bl_machine_open(&w->machine);
    if (start(w, plan, err) < 0) {
        bl_warden_free(&w);
        return -1;
    }
    *out = w;
    return 0;
}

void bl_warden_on_end(struct bl_warden *warden, void (*on_end)(void *ctx), void *ctx)
{
    warden->end = (struct bl_deferred){.work = on_end, .ctx = ctx};
}

void bl_warden_free(struct bl_warden **warden)
{
    struct bl_warden *w = *warden;

    if (!w)
        return;
    *warden = NULL;
    bl_loop_undefer(w->loop, &w->end);
    bl_loop_undefer(w->loop, &w->burials);
    bury_all(w);
    if (w->watch)
        bl_watch_free(&w->watch);
    if (w->again)
        bl_timer_free(&w->again);
    if (w->bury_later)
        bl_timer_free(&w->bury_later);
    bl_close_fd(&w->socket);
    bl_machine_close(&w->machine);
    while (w->pid > 0 && waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(w);
}

unsigned bl_warden_cgroup_version(const struct bl_warden *warden)
{
    return warden->version;
}

unsigned bl_warden_index(const struct bl_warden *warden)
{
    return warden->index;
}

unsigned bl_warden_profile_count(const struct bl_warden *warden)
{
    return warden->profile_count;
}

struct bl_loop *bl_warden_loop(const struct bl_warden *warden)
{
    return warden->loop;
}

struct bl_machine *bl_warden_machine(struct bl_warden *warden)
{
    return &warden->machine;
}

struct bl_pipes *bl_warden_pipes(struct bl_warden *warden)
{
    return warden->pool ? bl_pool_pipes(warden->pool) : NULL;
}

unsigned *bl_warden_running(struct bl_warden *warden)
{
    return &warden->running;
}

unsigned *bl_warden_placing(struct bl_warden *warden)
{
    return &warden->placing;
}

void bl_warden_set_pool(struct bl_warden *warden, struct bl_pool *pool)
{
    warden->pool = pool;
}

struct bl_pool *bl_warden_pool(const struct bl_warden *warden)
{
    return warden->pool;
}

void bl_warden_enter(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    guest->id = ++warden->last_id;
    guest->gone = (struct bl_deferred){.work = on_guest_gone, .ctx = guest};
    guest->next = warden->guests;
    warden->guests = guest;
}

void bl_warden_leave(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    struct bl_warden_guest **at = &warden->guests;

    while (*at && *at != guest)
        at = &(*at)->next;
    if (*at)
        *at = guest->next;
    bl_loop_undefer(warden->loop, &guest->gone);
}

void bl_warden_bury(struct bl_warden *warden, struct bl_warden_guest *guest)
{
    guest->next_dead = warden->dead;
    warden->dead = guest;
    if (bl_loop_runs(warden->loop))
        bl_loop_defer_late(warden->loop, &warden->burials);
    else
        bury_all(warden);
}

int bl_warden_send(struct bl_warden *warden, const struct bl_order *order, const int *fds,
                   unsigned count, struct bl_err *err)
{
    if (!warden->gone && bl_wire_send(warden->socket, order, sizeof(*order), fds, count) == 0)
        return 0;
    if (!warden->gone && errno != EPIPE && errno != ECONNRESET)
        return bl_fail(err, BL_STEP_WARDEN_TALK, errno, "send an order");
    set_gone(warden);
    return bl_fail(err, BL_STEP_WARDEN_GONE, 0, "%s", "");
}

static int send_close(struct bl_warden *w, uint64_t id)
{
    const struct bl_order order = {.kind = BL_ORDER_CLOSE, .id = id};
    struct bl_err err;

    return bl_warden_send(w, &order, NULL, 0, &err);
}

/* One that is gone has removed everything itself. */
static void on_again(void *ctx)
{
    struct bl_warden *w = ctx;

    while (w->owed_count > 0 && (w->gone || send_close(w, w->owed[w->owed_count - 1]) == 0))
        w->owed_count--;
    if (w->owed_count > 0)
        bl_timer_arm(w->again, bl_now_ns() + AGAIN_NS);
}

bool bl_warden_close(struct bl_warden *warden, uint64_t id)
{
    struct bl_warden *w = warden;

    if (send_close(w, id) == 0)
        return true;
    if (w->gone)
        return false;
    if (w->owed_count == BL_ARRAY_LEN(w->owed)) {
        set_gone(w); /* it never takes an order any more */
        return false;
    }
    w->owed[w->owed_count++] = id;
    bl_timer_arm(w->again, bl_now_ns() + AGAIN_NS);
    return true;
}
