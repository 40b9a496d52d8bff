/* sandbox.c - one sandbox's life as the worker sees it (process: worker; see sandbox.h). */
#include "executor/sandbox/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/sandbox/launch.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/warden_private.h"

enum state {
    OPENING,    /* ordered from the warden */
    SETTING_UP, /* init lives and mounts */
    READY,
    PLACING,   /* inputs are with the warden or with init */
    LAUNCHING, /* the exec order is sent */
    RUNNING,
    ENDED,
    COLLECTING,
    FAILED,
    CLOSING,
    CLOSED,
};

/* What launch() leaves for later where inputs must be placed first; all owned. */
struct pending_launch {
    char *order;
    size_t length;
    int stdio[3];
    struct bl_init_order *places;
    unsigned count;
};

struct bl_sandbox {
    struct bl_warden_guest guest; /* first: on_reply() casts back */
    struct bl_warden *warden;
    struct bl_sandbox_order order;
    enum state state;
    bool kill_wanted; /* before init could be told */
    bool warm;        /* was READY when it was taken from the pool */
    bool in_use;      /* taken by a job, and not ended */
    struct bl_deferred ready_again;
    bl_on_sandbox on_event;
    void *ctx;
    int control, launch, pidfd;
    struct bl_cgroup *group;
    struct bl_watch *control_watch, *launch_watch;
    struct pending_launch pending;
    char program[64]; /* for messages: argv[0] and workdir, cut */
    char workdir[64];
};

static bool is_running(enum state state)
{
    return state == LAUNCHING || state == RUNNING;
}

/* The one setter: keeps count of the programs that run, and tells the pool of the end of a use. */
static void set_state(struct bl_sandbox *s, enum state state)
{
    struct bl_pool *pool = bl_warden_pool(s->warden);

    if (is_running(state) && !is_running(s->state))
        ++*bl_warden_running(s->warden);
    if (!is_running(state) && is_running(s->state))
        --*bl_warden_running(s->warden);
    s->state = state;
    if (state >= ENDED && s->in_use) {
        s->in_use = false;
        if (pool)
            bl_pool_released(pool, &s->order);
    }
}

/* Last in whoever calls it: the callback may free the sandbox. */
static void emit(struct bl_sandbox *s, const struct bl_sandbox_event *event)
{
    s->on_event(s->ctx, event);
}

static void drop_pending(struct pending_launch *pending)
{
    for (int i = 0; i < 3; i++)
        bl_close_fd(&pending->stdio[i]);
    free(pending->order);
    free(pending->places);
    *pending = (struct pending_launch){.stdio = {-1, -1, -1}};
}

/* Nothing runs after this, or will: init's channels are closed, which ends it. */
static void shut(struct bl_sandbox *s)
{
    if (s->control_watch)
        bl_watch_free(&s->control_watch);
    if (s->launch_watch)
        bl_watch_free(&s->launch_watch);
    bl_close_fd(&s->control);
    bl_close_fd(&s->launch);
    drop_pending(&s->pending);
}

static void fail(struct bl_sandbox *s, const struct bl_err *err)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_FAILED, .error = err};

    if (s->state >= FAILED)
        return;
    shut(s);
    set_state(s, FAILED);
    emit(s, &event);
}

/* ---- what init reports ------------------------------------------------------------------------
 */

/* What the index of a failure in the program's process or in init means to a person. */
static const char *name_object(const struct bl_sandbox *s, const struct bl_setup_failure *failure)
{
    switch (failure->step) {
    case BL_STEP_EXEC:
        return s->program;
    case BL_STEP_WORKDIR:
        return s->workdir;
    case BL_STEP_INPUT:
        if (failure->index >= 0 && (unsigned)failure->index < s->pending.count)
            return s->pending.places[failure->index].name;
        return "";
    default:
        return "";
    }
}

static void fail_setup(struct bl_sandbox *s, const struct bl_setup_failure *failure)
{
    struct bl_err err;

    (void)bl_err_from_setup(&err, failure, name_object(s, failure));
    fail(s, &err);
}

static void fail_with(struct bl_sandbox *s, enum bl_step step, int error, const char *detail)
{
    struct bl_err err;

    (void)bl_fail(&err, step, error, "%s", detail);
    fail(s, &err);
}

static int tell_init(struct bl_sandbox *s, const struct bl_init_order *order, const int *fd,
                     struct bl_err *err)
{
    if (bl_wire_send(s->control, order, sizeof(*order), fd, fd ? 1 : 0) == 0)
        return 0;
    if (errno == EPIPE || errno == ECONNRESET)
        return bl_fail(err, BL_STEP_INIT_GONE, 0, "%s", "");
    return bl_fail(err, BL_STEP_INIT_TALK, errno, "%s", "");
}

static void on_launch(void *ctx, short what)
{
    struct bl_sandbox *s = ctx;
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_STARTED};
    char byte;

    (void)what; /* only ever readable, and only ever its end */
    if (bl_wire_recv(s->launch, &byte, 1, NULL, 0, NULL) > 0)
        return;
    if (s->launch_watch)
        bl_watch_free(&s->launch_watch);
    bl_close_fd(&s->launch);
    if (s->state != LAUNCHING)
        return;
    set_state(s, RUNNING);
    emit(s, &event);
}

static int send_launch(struct bl_sandbox *s, const char *order, size_t length, const int stdio[3],
                       struct bl_err *err)
{
    struct bl_loop *loop = bl_warden_loop(s->warden);

    if (bl_watch_new(&s->launch_watch, loop, s->launch, on_launch, s, err) < 0 ||
        bl_watch_want(s->launch_watch, EV_READ, err) < 0)
        return -1;
    /* EPIPE: the program's process ended before it; init is about to tell why. */
    if (bl_wire_send(s->launch, order, length, stdio, 3) < 0 && errno != EPIPE)
        return bl_fail(err, BL_STEP_INIT_TALK, errno, "send the exec order");
    set_state(s, LAUNCHING);
    return 0;
}

static void on_ready(struct bl_sandbox *s, const struct bl_init_report *report)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_READY};

    if (s->state != SETTING_UP) {
        fail_with(s, BL_STEP_INIT_TALK, EPROTO, "ready twice");
        return;
    }
    if (report->failure.step != 0) {
        fail_setup(s, &report->failure);
        return;
    }
    set_state(s, READY);
    if (s->kill_wanted)
        bl_sandbox_kill(s);
    emit(s, &event);
}

static void on_placed(struct bl_sandbox *s, const struct bl_init_report *report)
{
    struct bl_err err;

    if (report->failure.step != 0)
        fail_setup(s, &report->failure);
    else if (s->state != PLACING)
        fail_with(s, BL_STEP_INIT_TALK, EPROTO, "placed what was not asked for");
    else if (send_launch(s, s->pending.order, s->pending.length, s->pending.stdio, &err) < 0)
        fail(s, &err);
    else
        drop_pending(&s->pending);
}

static void on_ended(struct bl_sandbox *s, const struct bl_init_report *report)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_ENDED, .ending = &report->ending};
    const struct bl_ending *e = &report->ending;

    if (s->state >= ENDED || e->refusal_count > BL_REFUSALS_MAX || e->ended_ns < e->started_ns ||
        e->emptied_ns < e->ended_ns || e->emptied_ns > bl_now_ns()) {
        fail_with(s, BL_STEP_INIT_TALK, EPROTO, "an end that can't be");
        return;
    }
    if (report->failure.step != 0) {
        fail_setup(s, &report->failure);
        return;
    }
    set_state(s, ENDED);
    emit(s, &event);
}

static void on_file(struct bl_sandbox *s, struct bl_init_report *report, int *fd)
{
    struct bl_sandbox_event event = {.kind = BL_SANDBOX_FILE};

    report->file.name[BL_WIRE_NAME_MAX - 1] = '\0';
    if (s->state != COLLECTING || *fd < 0) {
        fail_with(s, BL_STEP_INIT_TALK, EPROTO, "a file that was not asked for");
        return;
    }
    event.file = (struct bl_collected){.name = strdup(report->file.name),
                                       .fd = -1,
                                       .size_bytes = report->file.size_bytes,
                                       .mode = report->file.mode & 0777};
    if (!event.file.name) {
        fail_with(s, BL_STEP_MEMORY, errno, "the name of a collected file");
        return;
    }
    event.file.fd = bl_take_fd(fd);
    emit(s, &event);
}

static void on_collected(struct bl_sandbox *s, const struct bl_init_report *report)
{
    struct bl_err err = {.step = BL_STEP_NONE};
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_COLLECTED, .error = &err};

    if (s->state != COLLECTING) {
        fail_with(s, BL_STEP_INIT_TALK, EPROTO, "collected what was not asked for");
        return;
    }
    if (report->failure.step != 0)
        (void)bl_err_from_setup(&err, &report->failure, "");
    set_state(s, ENDED);
    emit(s, &event);
}

static void on_control(void *ctx, short what)
{
    struct bl_sandbox *s = ctx;
    struct bl_init_report report;
    unsigned count = 0;
    int received = -1;
    ssize_t length = bl_wire_recv(s->control, &report, sizeof(report), &received, 1, &count);
    bl_autoclose int fd = count == 1 ? received : -1;

    (void)what; /* only ever readable */
    if (length < 0 && errno == EAGAIN)
        return;
    if (length < 0 && errno == EMFILE) {
        fail_with(s, BL_STEP_INIT_TALK, errno, "the descriptor of a collected file");
        return;
    }
    if (length != (ssize_t)sizeof(report)) {
        fail_with(s, BL_STEP_INIT_GONE, 0, "");
        return;
    }
    switch ((enum bl_init_report_kind)report.kind) {
    case BL_INIT_READY:
        on_ready(s, &report);
        return;
    case BL_INIT_PLACED:
        on_placed(s, &report);
        return;
    case BL_INIT_ENDED:
        on_ended(s, &report);
        return;
    case BL_INIT_FILE:
        on_file(s, &report, &fd);
        return;
    case BL_INIT_COLLECTED:
        on_collected(s, &report);
        return;
    }
    fail_with(s, BL_STEP_INIT_TALK, EPROTO, "an unknown report");
}

/* ---- what the warden replies ------------------------------------------------------------------
 */

/* Sorts the descriptors of OPENED; those that don't fit the bits are refused by their number. */
static int take_bundle(struct bl_sandbox *s, const struct bl_reply *reply, int *fds, unsigned count,
                       struct bl_err *err)
{
    struct bl_cgroup_files files;
    unsigned at = 3;

    bl_cgroup_files_init(&files);
    if (count != 3 + (unsigned)__builtin_popcount(reply->cgroup_present) ||
        reply->cgroup_present >> BL_CGROUP_ROLE_COUNT)
        return bl_fail(err, BL_STEP_WARDEN_TALK, EPROTO, "%u descriptors of a sandbox", count);
    s->control = bl_take_fd(&fds[0]);
    s->launch = bl_take_fd(&fds[1]);
    s->pidfd = bl_take_fd(&fds[2]);
    files.version = reply->cgroup_version;
    files.present = reply->cgroup_present;
    for (int role = 0; role < BL_CGROUP_ROLE_COUNT; role++)
        if (files.present & (1U << role))
            files.fds[role] = bl_take_fd(&fds[at++]);
    return bl_cgroup_adopt(&s->group, &files, err);
}

static int accept_bundle(struct bl_sandbox *s, const struct bl_reply *reply, int *fds,
                         unsigned count, struct bl_err *err)
{
    if (take_bundle(s, reply, fds, count, err) < 0)
        return -1;
    if (fcntl(s->control, F_SETFL, O_NONBLOCK) < 0 || fcntl(s->launch, F_SETFL, O_NONBLOCK) < 0)
        return bl_fail(err, BL_STEP_INIT_TALK, errno, "O_NONBLOCK");
    if (bl_watch_new(&s->control_watch, bl_warden_loop(s->warden), s->control, on_control, s, err) <
        0)
        return -1;
    return bl_watch_want(s->control_watch, EV_READ, err);
}

static void on_opened(struct bl_sandbox *s, const struct bl_reply *reply, int *fds, unsigned count)
{
    struct bl_err err;

    if (s->state != OPENING)
        fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "opened twice");
    else if (accept_bundle(s, reply, fds, count, &err) < 0)
        fail(s, &err);
    else
        set_state(s, SETTING_UP);
}

static void on_grafted(struct bl_sandbox *s, const int *fds, unsigned count)
{
    struct bl_err err;

    if (s->state != PLACING || count != s->pending.count) {
        fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "grafted what was not asked for");
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (tell_init(s, &s->pending.places[i], &fds[i], &err) < 0) {
            fail(s, &err);
            return;
        }
}

static void on_refused(struct bl_sandbox *s, const struct bl_reply *reply)
{
    struct bl_err err = reply->error;
    const int i = err.index;

    err.detail[sizeof(err.detail) - 1] = '\0';
    if (reply->failed_kind == BL_ORDER_GRAFT && i >= 0 && (unsigned)i < s->pending.count) {
        char detail[BL_ERR_DETAIL_MAX];
        (void)snprintf(detail, sizeof(detail), "%s", err.detail);
        (void)snprintf(err.detail, sizeof(err.detail), "%.80s: %.150s", s->pending.places[i].name,
                       detail);
    }
    fail(s, &err);
}

static void on_closed(struct bl_sandbox *s)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_CLOSED};

    if (s->state != CLOSING)
        return;
    set_state(s, CLOSED);
    bl_warden_leave(s->warden, &s->guest);
    emit(s, &event);
}

static void on_reply(struct bl_warden_guest *guest, const struct bl_reply *reply, int *fds,
                     unsigned count)
{
    struct bl_sandbox *s = (struct bl_sandbox *)guest;
    int held[BL_WIRE_FDS_MAX];

    /* Copied, so that the sandbox may be gone when they are closed. */
    memcpy(held, fds, sizeof(int) * count);
    switch ((enum bl_reply_kind)reply->kind) {
    case BL_REPLY_OPENED:
        on_opened(s, reply, held, count);
        break;
    case BL_REPLY_GRAFTED:
        on_grafted(s, held, count);
        break;
    case BL_REPLY_FAILED:
        on_refused(s, reply);
        break;
    case BL_REPLY_CLOSED:
        on_closed(s);
        break;
    case BL_REPLY_HELLO:
    default:
        fail_with(s, BL_STEP_WARDEN_TALK, EPROTO, "an unknown reply");
    }
    for (unsigned i = 0; i < count; i++)
        bl_close_fd(&held[i]);
}

static void on_gone(struct bl_warden_guest *guest)
{
    struct bl_sandbox *s = (struct bl_sandbox *)guest;

    if (s->state == CLOSING)
        on_closed(s); /* what is left of the group is for the next start's sweep */
    else
        fail_with(s, BL_STEP_WARDEN_GONE, 0, "");
}

/* ---- the worker's calls -----------------------------------------------------------------------
 */

static void on_ready_again(void *ctx)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_READY};
    struct bl_sandbox *s = ctx;

    if (s->state == READY)
        emit(s, &event);
}

void bl_sandbox_rebind(struct bl_sandbox *sandbox, bl_on_sandbox on_event, void *ctx)
{
    sandbox->on_event = on_event;
    sandbox->ctx = ctx;
    sandbox->warm = sandbox->state == READY;
    if (sandbox->warm)
        bl_loop_defer(bl_warden_loop(sandbox->warden), &sandbox->ready_again);
}

int bl_sandbox_open(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bl_on_sandbox on_event, void *ctx,
                    struct bl_err *err)
{
    struct bl_pool *pool = bl_warden_pool(warden);
    struct bl_sandbox *spare = pool ? bl_pool_take(pool, order) : NULL;

    if (spare) {
        bl_sandbox_rebind(spare, on_event, ctx);
        *out = spare;
    } else if (bl_sandbox_make(out, warden, order, on_event, ctx, err) < 0) {
        if (pool)
            bl_pool_released(pool, order);
        return -1;
    }
    (*out)->in_use = true;
    return 0;
}

bool bl_sandbox_was_warm(const struct bl_sandbox *sandbox)
{
    return sandbox->warm;
}

int bl_sandbox_make(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bl_on_sandbox on_event, void *ctx,
                    struct bl_err *err)
{
    struct bl_order wire = {.kind = BL_ORDER_OPEN,
                            .profile = order->profile,
                            .box_bytes = order->box_bytes,
                            .box_files = order->box_files,
                            .tmp_bytes = order->tmp_bytes,
                            .tmp_files = order->tmp_files};

    if (order->profile >= bl_warden_profile_count(warden))
        return bl_fail(err, BL_STEP_FIELD, 0, "profile %u: there are %u", order->profile,
                       bl_warden_profile_count(warden));
    struct bl_sandbox *s = calloc(1, sizeof(*s));
    if (!s)
        return bl_fail(err, BL_STEP_MEMORY, errno, "a sandbox");
    *s = (struct bl_sandbox){.guest = {.on_reply = on_reply, .on_gone = on_gone},
                             .warden = warden,
                             .order = *order,
                             .ready_again = {.work = on_ready_again, .ctx = s},
                             .on_event = on_event,
                             .ctx = ctx,
                             .control = -1,
                             .launch = -1,
                             .pidfd = -1,
                             .pending = {.stdio = {-1, -1, -1}}};
    bl_warden_enter(warden, &s->guest);
    wire.id = s->guest.id;
    if (bl_warden_send(warden, &wire, NULL, 0, err) < 0) {
        bl_warden_leave(warden, &s->guest);
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

struct bl_cgroup *bl_sandbox_cgroup(const struct bl_sandbox *sandbox)
{
    return sandbox->group;
}

/* Has the warden clone the inputs' mounts, and keeps the rest of the launch until they are placed.
 */
static int send_inputs(struct bl_sandbox *s, const struct bl_spec *spec, const int stdio[3],
                       struct bl_err *err)
{
    const struct bl_order order = {.kind = BL_ORDER_GRAFT, .id = s->guest.id};
    struct pending_launch *p = &s->pending;
    int fds[BL_INPUTS_MAX];

    p->count = (unsigned)spec->input_count;
    p->places = calloc(p->count, sizeof(*p->places));
    if (!p->places)
        return bl_fail(err, BL_STEP_MEMORY, errno, "the inputs' places");
    for (int i = 0; i < 3; i++)
        if ((p->stdio[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, 0)) < 0)
            return bl_fail(err, BL_STEP_PIPE, errno, "keep a standard stream");
    for (unsigned i = 0; i < p->count; i++) {
        fds[i] = spec->inputs[i].fd;
        p->places[i] =
            (struct bl_init_order){.kind = BL_INIT_PLACE, .last = i + 1 == p->count, .index = i};
        (void)snprintf(p->places[i].name, sizeof(p->places[i].name), "%s", spec->inputs[i].name);
    }
    if (bl_warden_send(s->warden, &order, fds, p->count, err) < 0)
        return -1;
    set_state(s, PLACING);
    return 0;
}

int bl_sandbox_launch(struct bl_sandbox *sandbox, const struct bl_spec *spec, const int stdio[3],
                      struct bl_err *err)
{
    struct bl_sandbox *s = sandbox;
    bl_autofree char *order = NULL;
    size_t length;

    assert(s->state == READY && spec->input_count <= BL_INPUTS_MAX);
    if (bl_launch_build(spec, &order, &length, err) < 0)
        return -1;
    (void)snprintf(s->program, sizeof(s->program), "%s", spec->argv[0]); /* cut is fine */
    (void)snprintf(s->workdir, sizeof(s->workdir), "%s", spec->workdir ? spec->workdir : BL_BOX);
    if (spec->input_count == 0)
        return send_launch(s, order, length, stdio, err);
    s->pending.order = bl_take(&order);
    s->pending.length = length;
    return send_inputs(s, spec, stdio, err);
}

void bl_sandbox_kill(struct bl_sandbox *sandbox)
{
    const struct bl_init_order kill = {.kind = BL_INIT_KILL};
    const struct bl_order instead = {.kind = BL_ORDER_KILL, .id = sandbox->guest.id};
    struct bl_err err;
    bool killed = false;

    if (sandbox->state <= SETTING_UP) {
        sandbox->kill_wanted = true;
        return;
    }
    if (sandbox->state >= ENDED)
        return;
    (void)bl_cgroup_kill(sandbox->group, &killed, &err); /* init does it again, and more surely */
    if (tell_init(sandbox, &kill, NULL, &err) < 0)
        (void)bl_warden_send(sandbox->warden, &instead, NULL, 0, &err); /* gone: told as such */
}

int bl_sandbox_collect(struct bl_sandbox *sandbox, const struct bl_spec *spec, struct bl_err *err)
{
    assert(sandbox->state == ENDED && spec->output_count > 0);
    for (size_t i = 0; i < spec->output_count; i++) {
        struct bl_init_order order = {.kind = BL_INIT_COLLECT,
                                      .last = i + 1 == spec->output_count,
                                      .required = spec->outputs[i].required,
                                      .index = (uint32_t)i,
                                      .bytes_max = spec->collect_bytes_max};
        (void)snprintf(order.name, sizeof(order.name), "%s", spec->outputs[i].glob);
        if (tell_init(sandbox, &order, NULL, err) < 0)
            return -1;
    }
    set_state(sandbox, COLLECTING);
    return 0;
}

void bl_sandbox_close(struct bl_sandbox *sandbox)
{
    const struct bl_order order = {.kind = BL_ORDER_CLOSE, .id = sandbox->guest.id};
    struct bl_err err;

    if (sandbox->state >= CLOSING)
        return;
    shut(sandbox);
    set_state(sandbox, CLOSING);
    if (bl_warden_send(sandbox->warden, &order, NULL, 0, &err) <
        0) /* gone: then on_gone() closes */
        bl_loop_defer(bl_warden_loop(sandbox->warden), &sandbox->guest.gone);
}

void bl_sandbox_free(struct bl_sandbox **sandbox)
{
    struct bl_sandbox *s = *sandbox;

    if (!s)
        return;
    *sandbox = NULL;
    bl_sandbox_close(s);
    bl_warden_leave(s->warden, &s->guest);
    bl_loop_undefer(bl_warden_loop(s->warden), &s->ready_again);
    shut(s);
    bl_close_fd(&s->pidfd);
    if (s->group)
        bl_cgroup_free(&s->group);
    free(s);
}
