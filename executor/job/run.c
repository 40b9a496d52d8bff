#include "executor/job/run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/job/account.h"
#include "executor/job/deadlines.h"
#include "executor/job/meter.h"
#include "executor/job/prefetch.h"
#include "executor/job/streams.h"
#include "executor/sandbox/sandbox.h"
#include "limits/ceilings.h"
#include "limits/cgroup.h"
#include "limits/verdict.h"

/* From the request to the exec. What it bounds is our own work, so it is generous. */
#define SETUP_MAX_NS (10 * BL_NS_PER_S)

/* Each is entered once, in this order; some are skipped. */
enum state {
    STATE_OPENING,  /* the sandbox is being made */
    STATE_LAUNCHED, /* the order is sent; whether the exec worked is not known */
    STATE_RUNNING,
    STATE_ENDED,   /* every process is dead; files are perhaps being collected */
    STATE_CLOSING, /* the group is being removed */
    STATE_OVER,    /* on_end is due or done */
};

/* What a run waits for; it is over when none is left. */
enum {
    PENDING_GROUP = 1 << 0, /* dead, proven empty and removed */
    PENDING_STDOUT = 1 << 1,
    PENDING_STDERR = 1 << 2,
};

struct bl_run {
    struct bl_loop *loop;
    struct bl_run_order order;
    enum state state;
    unsigned pending;
    struct bl_sandbox *sandbox;
    struct bl_streams streams;
    struct bl_deadlines *deadlines;
    struct bl_prefetch *prefetch;
    struct bl_watch *oom;
    struct bl_meter before;
    uint64_t ordered_ns;
    uint64_t baseline_ns; /* CPU time that the group had used before the launch */
    struct bl_observation seen;
    struct bl_err error; /* seen.error: the first */
    struct bl_result result;
    struct bl_deferred over;
};

static void enter(struct bl_run *run, enum state state)
{
    assert(state > run->state);
    run->state = state;
}

/* ---- the end ----------------------------------------------------------------------------------
 */

static void note_error(struct bl_run *run, const struct bl_err *err)
{
    if (run->error.step == BL_STEP_NONE)
        run->error = *err;
}

/* A reader that went away is no error (head(1) does it); a full disk is. */
static void note_stream_errors(struct bl_run *run)
{
    static const char *const names[] = {"", "standard output", "standard error"};

    for (int i = 1; i <= 2; i++) {
        const struct bl_capture *capture = run->streams.capture[i];
        struct bl_err err;

        if (!capture || bl_capture_errno(capture) == 0 || run->error.step != BL_STEP_NONE)
            continue;
        (void)bl_fail(&err, BL_STEP_FILE_WRITE, bl_capture_errno(capture), "%s", names[i]);
        note_error(run, &err);
        run->seen.error_in_outputs = true;
    }
}

static uint64_t captured(const struct bl_run *run, int number)
{
    const struct bl_capture *capture = run->streams.capture[number];

    return capture ? bl_capture_bytes(capture) : 0;
}

static void judge(struct bl_run *run)
{
    run->result.usage.stdout_bytes = captured(run, 1);
    run->result.usage.stderr_bytes = captured(run, 2);
    run->result.usage.stdin_bytes = run->streams.feed ? bl_feed_bytes(run->streams.feed) : 0;
    bl_verdict_judge(&run->result, &run->order.spec->limits, &run->seen);
}

/* Is it over well enough for its files to be of use? */
static bool leaves_files(const struct bl_run *run)
{
    return run->result.verdict == BL_VERDICT_OK ||
           (run->order.spec->collect_any_status && run->result.verdict == BL_VERDICT_RUNTIME_ERROR);
}

/* From the loop's end of round: nothing of ours is on the stack, so on_end may free us. */
static void tell(void *ctx)
{
    struct bl_run *run = ctx;

    note_stream_errors(run);
    judge(run);
    if (!leaves_files(run))
        bl_account_drop_files(&run->result);
    run->order.on_end(run->order.ctx, run, &run->result);
}

/* The one function that finishes: called for every bit that is cleared. */
static void clear_pending(struct bl_run *run, unsigned bit)
{
    run->pending &= ~bit;
    if (run->pending != 0 || run->state == STATE_OVER)
        return;
    enter(run, STATE_OVER);
    bl_loop_defer(run->loop, &run->over);
}

static void close_sandbox(struct bl_run *run)
{
    if (run->state >= STATE_CLOSING)
        return;
    enter(run, STATE_CLOSING);
    bl_deadlines_stop(run->deadlines);
    bl_watch_free(&run->oom); /* its descriptor is the group's */
    bl_sandbox_close(run->sandbox);
}

/* Our failure, or the request's. What was observed of the program until then does not count. */
static void fail(struct bl_run *run, const struct bl_err *err)
{
    note_error(run, err);
    if (run->seen.kill_reason == BL_KILL_NONE && bl_step_fault(err->step) != BL_FAULT_CLIENT)
        run->seen.kill_reason = BL_KILL_SANDBOX;
    close_sandbox(run);
}

/* ---- reasons to end the program ---------------------------------------------------------------
 */

/* The first reason counts. Before the launch there is nothing to kill but the sandbox. */
static void end_for(struct bl_run *run, enum bl_kill_reason reason)
{
    if (run->seen.kill_reason != BL_KILL_NONE || run->state >= STATE_CLOSING)
        return;
    run->seen.kill_reason = reason;
    if (run->state == STATE_OPENING)
        close_sandbox(run);
    else if (run->state < STATE_ENDED)
        bl_sandbox_kill(run->sandbox);
}

static void on_due(void *ctx, enum bl_kill_reason reason, const struct bl_err *err)
{
    struct bl_run *run = ctx;

    if (reason == BL_KILL_SANDBOX)
        fail(run, err);
    else
        end_for(run, reason);
}

static int cpu_ns(void *ctx, uint64_t *ns, struct bl_err *err)
{
    struct bl_run *run = ctx;

    if (bl_cgroup_cpu_ns(bl_sandbox_cgroup(run->sandbox), ns, err) != 0)
        return -1;
    *ns -= *ns < run->baseline_ns ? *ns : run->baseline_ns;
    return 0;
}

static void on_oom(void *ctx, short what)
{
    struct bl_run *run = ctx;
    struct bl_cgroup *group = bl_sandbox_cgroup(run->sandbox);
    struct bl_err err;
    uint64_t kills;

    (void)what;
    bl_cgroup_oom_drain(group);
    if (bl_cgroup_oom_kills(group, &kills, &err) != 0)
        fail(run, &err);
    else if (kills > 0)
        end_for(run, BL_KILL_MEMORY);
}

static void on_capture(void *ctx, struct bl_capture *capture, enum bl_capture_event event)
{
    struct bl_run *run = ctx;
    bool is_stdout = capture == run->streams.capture[1];

    switch (event) {
    case BL_CAPTURE_OVER:
        end_for(run, is_stdout ? BL_KILL_STDOUT : BL_KILL_STDERR);
        return;
    case BL_CAPTURE_DONE:
        clear_pending(run, is_stdout ? PENDING_STDOUT : PENDING_STDERR);
        return;
    }
}

/* ---- the sandbox's events ---------------------------------------------------------------------
 */

static int start_prefetch(struct bl_run *run, struct bl_err *err)
{
    const struct bl_spec *spec = run->order.spec;

    if (spec->input_count == 0 && run->order.streams[0].kind != BL_STREAM_HAND)
        return 0;
    if (bl_prefetch_new(&run->prefetch, run->loop, err) != 0)
        return -1;
    if (run->streams.handed[0] >= 0)
        bl_prefetch_add(run->prefetch, run->streams.handed[0]);
    for (size_t i = 0; i < spec->input_count; i++)
        bl_prefetch_add(run->prefetch, spec->inputs[i].fd);
    bl_prefetch_begin(run->prefetch);
    return 0;
}

static int watch_oom(struct bl_run *run, const struct bl_cgroup *group, struct bl_err *err)
{
    if (bl_watch_new(&run->oom, run->loop, bl_cgroup_oom_fd(group), on_oom, run, err) != 0)
        return -1;
    return bl_watch_want(run->oom, EV_READ, err);
}

/* Limits and watches stand before the order goes out: the program may run, and end, before the
 * next line here does. The machine's meters are read beside it, not in its way. */
static int launch(struct bl_run *run, struct bl_err *err)
{
    const struct bl_cgroup *group = bl_sandbox_cgroup(run->sandbox);
    const struct bl_spec *spec = run->order.spec;
    int stdio[3];

    bl_streams_ends(&run->streams, stdio);
    if (start_prefetch(run, err) != 0 || bl_cgroup_limit(group, &spec->limits, err) != 0 ||
        bl_cgroup_cpu_ns(group, &run->baseline_ns, err) != 0 || watch_oom(run, group, err) != 0 ||
        bl_sandbox_launch(run->sandbox, spec, stdio, err) != 0)
        return -1;
    run->result.warm = bl_sandbox_was_warm(run->sandbox);
    enter(run, STATE_LAUNCHED);
    bl_deadlines_launched(run->deadlines);
    bl_meter_read(&run->before);
    return bl_streams_begin(&run->streams, err);
}

static void on_sandbox_ready(struct bl_run *run)
{
    struct bl_err err;

    if (launch(run, &err) != 0)
        fail(run, &err);
}

static void on_sandbox_started(struct bl_run *run)
{
    enter(run, STATE_RUNNING);
    bl_deadlines_started(run->deadlines, bl_now_ns());
}

static void take_ending(struct bl_run *run, const struct bl_ending *ending)
{
    run->seen.executed = ending->started_ns != 0;
    run->seen.wait_status = ending->wait_status;
    bl_account_ending(&run->result, ending, run->ordered_ns);
    if (ending->killed_for_syscall && run->seen.kill_reason == BL_KILL_NONE)
        run->seen.kill_reason = BL_KILL_SYSCALL;
    /* Our clock may strike between the program's own end, inside its time, and the news of it. */
    if (run->seen.kill_reason == BL_KILL_WALL_TIME &&
        run->result.usage.wall_time_ns <= run->order.spec->limits.wall_time_ns)
        run->seen.kill_reason = BL_KILL_NONE;
}

static bool good_so_far(struct bl_run *run)
{
    judge(run);
    return leaves_files(run);
}

static void on_sandbox_ended(struct bl_run *run, const struct bl_ending *ending)
{
    struct bl_meter after;
    struct bl_err err;

    enter(run, STATE_ENDED);
    bl_deadlines_stop(run->deadlines);
    bl_watch_free(&run->oom);
    bl_prefetch_free(&run->prefetch);
    take_ending(run, ending);
    if (bl_cgroup_usage(bl_sandbox_cgroup(run->sandbox), &run->result.usage, &err) != 0) {
        fail(run, &err);
        return;
    }
    bl_account_baseline(&run->result.usage, run->baseline_ns);
    bl_meter_read(&after);
    bl_meter_difference(&run->before, &after, &run->result.usage);
    bl_streams_drain(&run->streams, run->seen.kill_reason != BL_KILL_CANCEL);
    if (run->order.spec->output_count == 0 || !good_so_far(run))
        close_sandbox(run);
    else if (bl_sandbox_collect(run->sandbox, run->order.spec, &err) != 0)
        fail(run, &err);
}

static void on_sandbox_file(struct bl_run *run, const struct bl_collected *file)
{
    struct bl_collected taken = *file;
    struct bl_err err;

    if (bl_account_add_file(&run->result, &taken, &err) != 0)
        fail(run, &err);
}

static void on_sandbox_collected(struct bl_run *run, const struct bl_err *err)
{
    if (err && err->step != BL_STEP_NONE) {
        note_error(run, err);
        run->seen.error_in_outputs = true;
    }
    close_sandbox(run);
}

static void on_sandbox_closed(struct bl_run *run)
{
    bl_streams_drain(&run->streams, run->seen.kill_reason != BL_KILL_CANCEL);
    for (int i = 1; i <= 2; i++)
        if (!run->streams.capture[i])
            clear_pending(run, i == 1 ? PENDING_STDOUT : PENDING_STDERR);
    clear_pending(run, PENDING_GROUP);
}

/* What was under way when the sandbox was closed. */
static void drop_event(const struct bl_sandbox_event *event)
{
    struct bl_collected file = event->file;

    if (event->kind == BL_SANDBOX_FILE)
        bl_account_release_file(&file);
}

static void on_sandbox(void *ctx, const struct bl_sandbox_event *event)
{
    struct bl_run *run = ctx;

    if (run->state >= STATE_CLOSING && event->kind != BL_SANDBOX_CLOSED) {
        drop_event(event);
        return;
    }
    switch (event->kind) {
    case BL_SANDBOX_READY:
        on_sandbox_ready(run);
        return;
    case BL_SANDBOX_STARTED:
        on_sandbox_started(run);
        return;
    case BL_SANDBOX_ENDED:
        on_sandbox_ended(run, event->ending);
        return;
    case BL_SANDBOX_FILE:
        on_sandbox_file(run, &event->file);
        return;
    case BL_SANDBOX_COLLECTED:
        on_sandbox_collected(run, event->error);
        return;
    case BL_SANDBOX_FAILED:
        fail(run, event->error);
        return;
    case BL_SANDBOX_CLOSED:
        on_sandbox_closed(run);
        return;
    }
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static int open_all(struct bl_run *run, struct bl_warden *warden, struct bl_err *err)
{
    const struct bl_spec *spec = run->order.spec;
    const struct bl_deadlines_calls calls = {.cpu_ns = cpu_ns, .on_due = on_due, .ctx = run};
    const struct bl_sandbox_order order = {
        .profile = spec->profile,
        .box_bytes = spec->limits.box_bytes,
        .box_files = spec->limits.box_files,
        .tmp_bytes = spec->limits.tmp_bytes,
        .tmp_files = spec->limits.tmp_files,
    };

    if (bl_streams_open(&run->streams, run->loop, run->order.streams, &spec->limits, on_capture,
                        run, err) != 0 ||
        bl_deadlines_new(&run->deadlines, run->loop, &spec->limits, SETUP_MAX_NS, &calls, err) != 0)
        return -1;
    return bl_sandbox_open(&run->sandbox, warden, &order, on_sandbox, run, err);
}

int bl_run_start(struct bl_run **out, struct bl_loop *loop, struct bl_warden *warden,
                 const struct bl_run_order *order, struct bl_err *err)
{
    struct bl_run *run;

    if (bl_spec_check(order->spec, err) != 0)
        return -1;
    run = calloc(1, sizeof(*run));
    if (!run)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "run");
    run->loop = loop;
    run->order = *order;
    run->ordered_ns = bl_now_ns();
    run->pending = PENDING_GROUP | PENDING_STDOUT | PENDING_STDERR;
    run->seen.error = &run->error;
    run->streams = (struct bl_streams){.handed = {-1, -1, -1}};
    run->over = (struct bl_deferred){.work = tell, .ctx = run};
    if (open_all(run, warden, err) != 0) {
        bl_run_free(&run);
        return -1;
    }
    *out = run;
    return 0;
}

void bl_run_cancel(struct bl_run *run)
{
    end_for(run, BL_KILL_CANCEL);
    if (run->state >= STATE_ENDED)
        bl_streams_drain(&run->streams, false); /* nobody waits for a slow reader any more */
}

void bl_run_free(struct bl_run **run)
{
    if (!*run)
        return;
    bl_loop_undefer((*run)->loop, &(*run)->over);
    bl_prefetch_free(&(*run)->prefetch);
    bl_deadlines_free(&(*run)->deadlines);
    bl_watch_free(&(*run)->oom);
    bl_sandbox_free(&(*run)->sandbox);
    bl_streams_release(&(*run)->streams);
    bl_account_drop_files(&(*run)->result);
    free(*run);
    *run = NULL;
}
