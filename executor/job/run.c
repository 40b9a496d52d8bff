#include "executor/job/run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/job/account.h"
#include "executor/job/run_private.h"
#include "limits/ceilings.h"
#include "limits/cgroup.h"

/* From the request to the exec. What it bounds is our own work, so it is generous. */
#define SETUP_MAX_NS (BL_PREFETCH_MAX_NS + 10 * BL_NS_PER_S)

void bl_run_enter(struct bl_run *run, enum bl_run_state state)
{
    assert(state > run->state);
    run->state = state;
}

/* ---- the end ----------------------------------------------------------------------------------
 */

void bl_run_note(struct bl_run *run, const struct bl_err *err, bool in_outputs)
{
    if (run->error.step != BL_STEP_NONE)
        return;
    run->error = *err;
    run->seen.error_in_outputs = in_outputs;
}

/* What a program makes of half its input says nothing about it. */
static void note_input_error(struct bl_run *run)
{
    const struct bl_feed *feed = run->streams.feed;
    struct bl_err err;

    if (!feed || bl_feed_errno(feed) == 0)
        return;
    const int why = bl_feed_errno(feed);
    (void)bl_fail(&err, why == ENOMEM ? BL_STEP_MEMORY : BL_STEP_FILE_READ, why, "standard input");
    bl_run_note(run, &err, false);
}

/* A reader that went away is no error (head(1) does it); a full disk is. */
static void note_stream_errors(struct bl_run *run)
{
    static const char *const names[] = {"", "standard output", "standard error"};

    for (int i = 1; i <= 2; i++) {
        const struct bl_capture *capture = run->streams.capture[i];
        struct bl_err err;

        if (!capture || bl_capture_errno(capture) == 0)
            continue;
        const int why = bl_capture_errno(capture);
        (void)bl_fail(&err, why == ENOMEM ? BL_STEP_MEMORY : BL_STEP_FILE_WRITE, why, "%s",
                      names[i]);
        bl_run_note(run, &err, true);
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

bool bl_run_leaves_files(struct bl_run *run)
{
    judge(run);
    return run->result.verdict == BL_VERDICT_OK ||
           (run->order.spec->collect_any_status && run->result.verdict == BL_VERDICT_RUNTIME_ERROR);
}

/* From the loop's end of round: nothing of ours is on the stack, so on_end may free us. */
static void tell(void *ctx)
{
    struct bl_run *run = ctx;

    note_input_error(run);
    note_stream_errors(run);
    if (!bl_run_leaves_files(run))
        bl_account_drop_files(&run->result);
    run->order.on_end(run->order.ctx, run, &run->result);
}

void bl_run_clear(struct bl_run *run, unsigned awaited)
{
    run->awaits &= ~awaited;
    if (run->awaits != 0 || run->state == BL_RUN_OVER)
        return;
    bl_run_enter(run, BL_RUN_OVER);
    bl_loop_defer(run->loop, &run->over);
}

void bl_run_drain(struct bl_run *run)
{
    bool patient = run->seen.kill_reason != BL_KILL_CANCEL;

    bl_streams_drain(&run->streams, patient);
}

static bool is_group_empty(const struct bl_run *run)
{
    struct bl_err ignored; /* then CLOSED proves it */
    bool empty;

    return run->state == BL_RUN_ENDED &&
           bl_cgroup_empty(bl_sandbox_cgroup(run->sandbox), &empty, &ignored) == 0 && empty;
}

void bl_run_close(struct bl_run *run)
{
    if (run->state >= BL_RUN_CLOSING)
        return;
    bool empty = is_group_empty(run);
    bl_run_enter(run, BL_RUN_CLOSING);
    bl_deadlines_stop(run->deadlines);
    bl_prefetch_free(&run->prefetch);
    bl_watch_free(&run->oom); /* removing the group makes its descriptor readable for good */
    bl_sandbox_close(run->sandbox);
    if (empty)
        bl_run_group_empty(run);
}

void bl_run_fail(struct bl_run *run, const struct bl_err *err)
{
    bl_run_note(run, err, false);
    if (run->seen.kill_reason == BL_KILL_NONE && bl_step_fault(err->step) != BL_FAULT_CLIENT)
        run->seen.kill_reason = BL_KILL_SANDBOX;
    bl_run_close(run);
}

/* ---- reasons to end the program ---------------------------------------------------------------
 */

/* Before the launch there is nothing to kill but the sandbox. */
void bl_run_end_for(struct bl_run *run, enum bl_kill_reason reason)
{
    if (run->seen.kill_reason != BL_KILL_NONE || run->state >= BL_RUN_CLOSING)
        return;
    run->seen.kill_reason = reason;
    if (run->state == BL_RUN_OPENING)
        bl_run_close(run);
    else if (run->state < BL_RUN_ENDED)
        bl_sandbox_kill(run->sandbox);
}

static void on_due(void *ctx, enum bl_kill_reason reason, const struct bl_err *err)
{
    if (reason == BL_KILL_SANDBOX)
        bl_run_fail(ctx, err);
    else
        bl_run_end_for(ctx, reason);
}

static int cpu_ns(void *ctx, uint64_t *ns, struct bl_err *err)
{
    struct bl_run *run = ctx;

    if (bl_cgroup_cpu_ns(bl_sandbox_cgroup(run->sandbox), ns, err) != 0)
        return -1;
    *ns -= *ns < run->baseline_ns ? *ns : run->baseline_ns;
    return 0;
}

static void await_start(void *ctx)
{
    struct bl_run *run = ctx;
    struct bl_err err;

    if (bl_run_look_closer(run, &err) != 0 || bl_sandbox_await_start(run->sandbox, &err) != 0)
        bl_run_fail(run, &err);
}

/* Where that fails our own looks still hold the limit, only less exactly. */
static void hand_over(void *ctx, const struct bl_guard_limits *limits)
{
    struct bl_run *run = ctx;
    struct bl_guard_limits of_counter = *limits;
    struct bl_err ignored;

    of_counter.cpu_ns += run->baseline_ns;
    of_counter.close_ns += run->baseline_ns;
    (void)bl_sandbox_guard(run->sandbox, &of_counter, &ignored);
}

static void on_capture(void *ctx, struct bl_capture *capture, enum bl_capture_event event)
{
    struct bl_run *run = ctx;
    bool is_stdout = capture == run->streams.capture[1];

    switch (event) {
    case BL_CAPTURE_OVER:
        bl_run_end_for(run, is_stdout ? BL_KILL_STDOUT : BL_KILL_STDERR);
        return;
    case BL_CAPTURE_DONE:
        bl_run_clear(run, is_stdout ? BL_RUN_AWAITS_STDOUT : BL_RUN_AWAITS_STDERR);
        return;
    }
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static void on_prefetched(void *ctx)
{
    bl_run_satisfy(ctx, BL_RUN_NEEDS_FILES);
}

/* Begins at once, beside the making of the sandbox. */
static int start_prefetch(struct bl_run *run, struct bl_err *err)
{
    const struct bl_spec *spec = run->order.spec;

    if (spec->input_count == 0 && run->order.streams[0].kind != BL_STREAM_HAND)
        return 0;
    if (bl_prefetch_new(&run->prefetch, run->loop, on_prefetched, run, err) != 0)
        return -1;
    if (run->streams.handed[0] >= 0)
        bl_prefetch_add(run->prefetch, run->streams.handed[0]);
    for (size_t i = 0; i < spec->input_count; i++)
        bl_prefetch_add(run->prefetch, spec->inputs[i].fd);
    if (!bl_prefetch_begin(run->prefetch))
        run->needs |= BL_RUN_NEEDS_FILES;
    return 0;
}

static void keep_less(struct bl_run *run)
{
    for (int i = 1; i <= 2; i++)
        if (run->order.kept_bytes[i] > 0 && run->streams.capture[i])
            bl_capture_keep(run->streams.capture[i], run->order.kept_bytes[i]);
}

static int open_all(struct bl_run *run, struct bl_err *err)
{
    const struct bl_spec *spec = run->order.spec;
    const struct bl_deadlines_calls calls = {cpu_ns, on_due, await_start, hand_over, run};
    /* Where the limits say which, it is of no interest how many there are. */
    const unsigned cpus =
        spec->limits.cpuset[0] ? 1 : bl_machine_cpus(bl_warden_machine(run->warden));

    if (bl_streams_open(&run->streams, run->loop, bl_warden_pipes(run->warden), run->order.streams,
                        &spec->limits, on_capture, run, err) != 0 ||
        bl_deadlines_new(&run->deadlines, run->loop, &spec->limits, cpus, SETUP_MAX_NS, &calls,
                         err) != 0 ||
        bl_run_open(run, err) != 0)
        return -1;
    keep_less(run);
    return start_prefetch(run, err);
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
    run->warden = warden;
    run->order = *order;
    run->ordered_ns = bl_now_ns();
    run->needs = BL_RUN_NEEDS_SANDBOX;
    run->awaits = BL_RUN_AWAITS_GROUP | BL_RUN_AWAITS_STDOUT | BL_RUN_AWAITS_STDERR;
    run->seen.error = &run->error;
    run->streams = (struct bl_streams)BL_STREAMS_NONE;
    run->over = (struct bl_deferred){.work = tell, .ctx = run};
    if (open_all(run, err) != 0) {
        bl_run_free(&run);
        return -1;
    }
    *out = run;
    return 0;
}

void bl_run_cancel(struct bl_run *run)
{
    bl_run_end_for(run, BL_KILL_CANCEL);
    if (run->state >= BL_RUN_ENDED)
        bl_streams_drain(&run->streams, false); /* nobody waits for a slow reader any more */
}

/* The streams' pipes. */
static void release(void *ctx)
{
    struct bl_run *run = ctx;

    bl_streams_release(&run->streams);
    bl_account_drop_files(&run->result);
    free(run);
}

/* What is only to be closed can wait for the end of the round, behind the result. */
void bl_run_free(struct bl_run **run)
{
    struct bl_run *r = *run;

    if (!r)
        return;
    *run = NULL;
    bl_loop_undefer(r->loop, &r->over);
    bl_prefetch_free(&r->prefetch);
    bl_deadlines_free(&r->deadlines);
    bl_watch_free(&r->oom);
    bl_sandbox_free(&r->sandbox);
    r->over = (struct bl_deferred){.work = release, .ctx = r};
    if (bl_loop_runs(r->loop) && r->state == BL_RUN_OVER)
        bl_loop_defer_late(r->loop, &r->over);
    else
        release(r);
}
