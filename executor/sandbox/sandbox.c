/* sandbox.c - one sandbox's life as the worker sees it (process: worker; see sandbox.h). */
#include "executor/sandbox/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/base/text.h"
#include "executor/sandbox/launch.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/sandbox_private.h"
#include "limits/ceilings.h"
#include "limits/cgroup_clock.h"

static bool is_running(enum bl_sandbox_state state)
{
    return state == BL_SANDBOX_IS_LAUNCHING || state == BL_SANDBOX_IS_RUNNING;
}

/* The one setter: keeps count of the programs that run and that wait for their inputs, and tells
 * the pool of the end of a use. */
void bl_sandbox_enter(struct bl_sandbox *s, enum bl_sandbox_state state)
{
    struct bl_pool *pool = bl_warden_pool(s->warden);

    if (is_running(state) && !is_running(s->state)) {
        ++*bl_warden_running(s->warden);
        if (pool)
            bl_pool_launched(pool);
    }
    if (!is_running(state) && is_running(s->state))
        --*bl_warden_running(s->warden);
    *bl_warden_placing(s->warden) += state == BL_SANDBOX_IS_PLACING;
    *bl_warden_placing(s->warden) -= s->state == BL_SANDBOX_IS_PLACING;
    s->state = state;
    if (state >= BL_SANDBOX_IS_ENDED && s->in_use) {
        s->in_use = false;
        if (pool)
            bl_pool_released(pool, &s->order);
    }
}

/* Last in whoever calls it: the callback may free the sandbox. */
void bl_sandbox_emit(struct bl_sandbox *s, const struct bl_sandbox_event *event)
{
    s->on_event(s->ctx, event);
}

void bl_sandbox_drop_pending(struct bl_pending_launch *pending)
{
    for (int i = 0; i < 3; i++)
        bl_close_fd(&pending->stdio[i]);
    free(pending->order);
    free(pending->places);
    *pending = (struct bl_pending_launch){.stdio = {-1, -1, -1}};
}

/* Nothing runs after this, or will: init's channels are closed, which ends it. */
void bl_sandbox_shut(struct bl_sandbox *s)
{
    if (s->control_watch)
        bl_watch_free(&s->control_watch);
    if (s->launch_watch)
        bl_watch_free(&s->launch_watch);
    bl_close_fd(&s->control);
    bl_close_fd(&s->launch);
    bl_sandbox_drop_pending(&s->pending);
}

void bl_sandbox_fail(struct bl_sandbox *s, const struct bl_err *err)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_FAILED, .error = err};

    if (s->state >= BL_SANDBOX_IS_FAILED)
        return;
    bl_sandbox_shut(s);
    bl_sandbox_enter(s, BL_SANDBOX_IS_FAILED);
    bl_sandbox_emit(s, &event);
}

void bl_sandbox_fail_with(struct bl_sandbox *s, enum bl_step step, int error, const char *detail)
{
    struct bl_err err;

    (void)bl_fail(&err, step, error, "%s", detail);
    bl_sandbox_fail(s, &err);
}

int bl_sandbox_tell_init(struct bl_sandbox *s, const struct bl_init_order *order, const int *fds,
                         unsigned fd_count, struct bl_err *err)
{
    if (bl_wire_send(s->control, order, sizeof(*order), fds, fd_count) == 0)
        return 0;
    if (errno == EPIPE || errno == ECONNRESET)
        return bl_fail(err, BL_STEP_INIT_GONE, 0, "%s", "");
    return bl_fail(err, BL_STEP_INIT_TALK, errno, "%s", "");
}

/* ---- the worker's calls -----------------------------------------------------------------------
 */

static void on_ready_again(void *ctx)
{
    const struct bl_sandbox_event event = {.kind = BL_SANDBOX_READY};
    struct bl_sandbox *s = ctx;

    if (s->state == BL_SANDBOX_IS_READY)
        bl_sandbox_emit(s, &event);
}

void bl_sandbox_rebind(struct bl_sandbox *sandbox, bl_on_sandbox on_event, void *ctx)
{
    sandbox->on_event = on_event;
    sandbox->ctx = ctx;
    sandbox->warm = sandbox->state == BL_SANDBOX_IS_READY;
    if (sandbox->warm)
        bl_loop_defer(bl_warden_loop(sandbox->warden), &sandbox->ready_again);
}

void bl_sandbox_alert(struct bl_sandbox *sandbox)
{
    const char alert = BL_LAUNCH_ALERT;

    if (sandbox->state != BL_SANDBOX_IS_READY || sandbox->alerted)
        return;
    sandbox->alerted = true;
    (void)bl_wire_send(sandbox->launch, &alert, sizeof(alert), NULL, 0); /* its end is told */
}

int bl_sandbox_open(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bl_on_sandbox on_event, void *ctx,
                    struct bl_err *err)
{
    struct bl_pool *pool = bl_warden_pool(warden);
    struct bl_sandbox *spare = pool ? bl_pool_take(pool, order) : NULL;

    if (spare) {
        bl_sandbox_rebind(spare, on_event, ctx);
        bl_sandbox_alert(spare);
        *out = spare;
    } else if (bl_sandbox_make(out, warden, order, false, on_event, ctx, err) < 0) {
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

/* The order first: init is better killed by the warden than woken by the end of its channel. */
static void have_removed(struct bl_sandbox *s)
{
    if (!bl_warden_close(s->warden, s->guest.id) && !s->freed)
        bl_loop_defer(bl_warden_loop(s->warden), &s->guest.gone); /* bl_sandbox_on_gone() closes */
    bl_sandbox_shut(s);
}

static void release(struct bl_sandbox *s)
{
    bl_close_fd(&s->pidfd);
    bl_close_fd(&s->nothing);
    if (s->group)
        bl_cgroup_free(&s->group);
    free(s);
}

static void on_burial(struct bl_warden_guest *guest)
{
    struct bl_sandbox *s = (struct bl_sandbox *)guest;

    s->unburied = false;
    have_removed(s);
    if (s->freed)
        release(s);
}

int bl_sandbox_make(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bool ahead, bl_on_sandbox on_event,
                    void *ctx, struct bl_err *err)
{
    struct bl_order wire = {.kind = BL_ORDER_OPEN,
                            .profile = order->profile,
                            .ahead = ahead,
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
    *s = (struct bl_sandbox){.guest = {.on_reply = bl_sandbox_on_reply,
                                       .on_gone = bl_sandbox_on_gone,
                                       .on_burial = on_burial},
                             .warden = warden,
                             .order = *order,
                             .ready_again = {.work = on_ready_again, .ctx = s},
                             .on_event = on_event,
                             .ctx = ctx,
                             .control = -1,
                             .launch = -1,
                             .pidfd = -1,
                             .nothing = -1,
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
    struct bl_pending_launch *p = &s->pending;
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
        (void)snprintf(p->places[i].name, sizeof(p->places[i].name), "%s",
                       bl_name_in_box(spec->inputs[i].name));
    }
    if (bl_warden_send(s->warden, &order, fds, p->count, err) < 0)
        return -1;
    bl_sandbox_enter(s, BL_SANDBOX_IS_PLACING);
    return 0;
}

/* A spare may have died while nobody looked; as long as nothing was sent another one can take its
 * place. */
static bool has_init(const struct bl_sandbox *s)
{
    struct pollfd control = {.fd = s->control};

    return poll(&control, 1, 0) <= 0; /* only what is not asked for can be told: its end */
}

int bl_sandbox_launch(struct bl_sandbox *sandbox, const struct bl_spec *spec, const int stdio[3],
                      struct bl_err *err)
{
    struct bl_sandbox *s = sandbox;
    struct bl_pool *pool = bl_warden_pool(s->warden);
    const int ends[3] = {stdio[0] < 0 ? s->nothing : stdio[0], stdio[1], stdio[2]};
    bl_autofree char *order = NULL;
    size_t length;

    assert(s->state == BL_SANDBOX_IS_READY && spec->input_count <= BL_INPUTS_MAX);
    if (!has_init(s))
        return bl_fail(err, BL_STEP_INIT_GONE, 0, "%s", "");
    if (bl_launch_build(spec, &order, &length, err) < 0)
        return -1;
    if (pool)
        bl_pool_note_limits(pool, &s->order, &spec->limits);
    (void)bl_text_copy(s->program, sizeof(s->program), spec->argv[0]); /* cut is fine */
    (void)bl_text_copy(s->workdir, sizeof(s->workdir), spec->workdir ? spec->workdir : BL_BOX);
    if (spec->input_count == 0)
        return bl_sandbox_send_launch(s, order, length, ends, err);
    s->pending.order = bl_take(&order);
    s->pending.length = length;
    return send_inputs(s, spec, ends, err);
}

int bl_sandbox_await_start(struct bl_sandbox *sandbox, struct bl_err *err)
{
    sandbox->awaits_start = true; /* where the order is still to go out, then */
    return sandbox->state == BL_SANDBOX_IS_LAUNCHING ? bl_sandbox_watch_start(sandbox, err) : 0;
}

void bl_sandbox_kill(struct bl_sandbox *sandbox)
{
    const struct bl_init_order kill = {.kind = BL_INIT_KILL};
    const struct bl_order instead = {.kind = BL_ORDER_KILL, .id = sandbox->guest.id};
    struct bl_err err;
    bool killed = false;

    if (sandbox->state <= BL_SANDBOX_IS_SETTING_UP) {
        sandbox->kill_wanted = true;
        return;
    }
    if (sandbox->state >= BL_SANDBOX_IS_ENDED)
        return;
    (void)bl_cgroup_kill(sandbox->group, &killed, &err); /* init does it again, and more surely */
    if (bl_sandbox_tell_init(sandbox, &kill, NULL, 0, &err) < 0)
        (void)bl_warden_send(sandbox->warden, &instead, NULL, 0, &err); /* gone: told as such */
}

int bl_sandbox_guard(struct bl_sandbox *sandbox, const struct bl_guard_limits *limits,
                     struct bl_err *err)
{
    struct bl_init_order order = {.kind = BL_INIT_GUARD, .guard.limits = *limits};
    struct bl_cgroup_clock clock;

    if (bl_cgroup_clock(sandbox->group, limits->round_max, sandbox->guest.id, &clock, err) < 0)
        return -1;
    order.guard.version = clock.version;
    order.guard.cpu_count = clock.cpu_count;
    memcpy(order.guard.cpus, clock.cpus, sizeof(order.guard.cpus));
    const int fds[] = {clock.counter, clock.cpuset};
    return bl_sandbox_tell_init(sandbox, &order, fds, clock.cpuset < 0 ? 1 : 2, err);
}

int bl_sandbox_collect(struct bl_sandbox *sandbox, const struct bl_spec *spec, struct bl_err *err)
{
    assert(sandbox->state == BL_SANDBOX_IS_ENDED && spec->output_count > 0);
    for (size_t i = 0; i < spec->output_count; i++) {
        struct bl_init_order order = {.kind = BL_INIT_COLLECT,
                                      .last = i + 1 == spec->output_count,
                                      .required = spec->outputs[i].required,
                                      .index = (uint32_t)i,
                                      .bytes_max = spec->collect_bytes_max};
        (void)snprintf(order.name, sizeof(order.name), "%s", spec->outputs[i].glob);
        if (bl_sandbox_tell_init(sandbox, &order, NULL, 0, err) < 0)
            return -1;
    }
    bl_sandbox_enter(sandbox, BL_SANDBOX_IS_COLLECTING);
    return 0;
}

void bl_sandbox_close(struct bl_sandbox *sandbox)
{
    struct bl_sandbox *s = sandbox;
    const bool nothing_runs = s->state == BL_SANDBOX_IS_ENDED;

    if (s->state >= BL_SANDBOX_IS_CLOSING)
        return;
    bl_sandbox_enter(s, BL_SANDBOX_IS_CLOSING);
    if (!nothing_runs) {
        have_removed(s);
        return;
    }
    s->unburied = true;
    bl_warden_bury(s->warden, &s->guest);
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
    s->freed = true;
    if (!s->unburied)
        release(s);
}
