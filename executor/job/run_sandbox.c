/* run_sandbox.c - what a run makes of its sandbox's events (process: worker; see run_private.h).
 *
 * READY and the input files warm -> launch; ENDED -> counters, the rest of the output, perhaps the
 * files, close; group proven empty -> over. That proof is the group's own counter or, failing that,
 * CLOSED: a reply never leaves before it. What is left to remove then is our own: init, namespaces
 * and an empty group, which takes the warden longer than the whole of a short run. */
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>

#include "executor/job/account.h"
#include "executor/job/run_private.h"
#include "limits/cgroup.h"
#include "limits/confidence.h"

/* ---- launch -----------------------------------------------------------------------------------
 */

/* Limits stand before the order goes out: the program may run, and end, before the next line here
 * does. What is only watched for comes after it, as long as it lasts (bl_run_look_closer). */
static int launch(struct bl_run *run, struct bl_err *err)
{
    struct bl_cgroup *group = bl_sandbox_cgroup(run->sandbox);
    const struct bl_spec *spec = run->order.spec;
    int stdio[3];

    bl_streams_ends(&run->streams, stdio);
    if (bl_cgroup_limit(group, &spec->limits, err) != 0 ||
        bl_cgroup_cpu_ns(group, &run->baseline_ns, err) != 0 ||
        bl_cgroup_refused_above(group, &run->refused_above, err) != 0)
        return -1;
    run->launched_ns = bl_now_ns();
    if (bl_sandbox_launch(run->sandbox, spec, stdio, err) != 0)
        return -1;
    run->result.warm = bl_sandbox_was_warm(run->sandbox);
    bl_run_enter(run, BL_RUN_LAUNCHED);
    bl_meter_recent(bl_warden_machine(run->warden), run->launched_ns, &run->before);
    bl_deadlines_launched(run->deadlines);
    return bl_streams_begin(&run->streams, err);
}

void bl_run_satisfy(struct bl_run *run, unsigned need)
{
    struct bl_err err;

    run->needs &= ~need;
    if (run->needs == 0 && run->state == BL_RUN_OPENING && launch(run, &err) != 0)
        bl_run_fail_to_open(run, &err);
}

static void on_started(struct bl_run *run)
{
    bl_run_enter(run, BL_RUN_RUNNING);
    bl_deadlines_started(run->deadlines, bl_now_ns());
}

/* ---- the program's end ------------------------------------------------------------------------
 */

static bool was_killed(int wait_status)
{
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
}

static void take_ending(struct bl_run *run, const struct bl_ending *ending)
{
    run->seen.executed = ending->started_ns != 0;
    run->seen.wait_status = ending->wait_status;
    bl_account_ending(&run->result, ending, run->ordered_ns);
    if (run->seen.kill_reason == BL_KILL_NONE)
        run->seen.kill_reason = ending->killed_for;
    /* The clock may strike between the program's own end, inside its time, and the news of it. */
    if (run->seen.kill_reason == BL_KILL_WALL_TIME && !was_killed(ending->wait_status) &&
        run->result.usage.wall_time_ns <= run->order.spec->limits.wall_time_ns)
        run->seen.kill_reason = BL_KILL_NONE;
}

/* Whose fork a limit above refused is not told where the kernel counts that above: it may have been
 * this one's, and a program that lacked a process by no fault of its own is not judged. */
static int check_processes(const struct bl_run *run, struct bl_err *err)
{
    const struct bl_usage *usage = &run->result.usage;
    uint64_t refused;

    if (!bl_verdict_own_refusals(usage, &run->order.spec->limits))
        return bl_fail(err, BL_STEP_HOST_PIDS, 0, "at most %" PRIu64 " of its %" PRIu64,
                       usage->pids_peak, run->order.spec->limits.pids);
    if (bl_cgroup_refused_above(bl_sandbox_cgroup(run->sandbox), &refused, err) != 0)
        return -1;
    if (refused != run->refused_above)
        return bl_fail(err, BL_STEP_HOST_PIDS, 0, "%" PRIu64 " forks were refused while it ran",
                       refused - run->refused_above);
    return 0;
}

static int read_counters(struct bl_run *run, struct bl_err *err)
{
    struct bl_usage *usage = &run->result.usage;
    struct bl_meter after;

    if (bl_cgroup_usage(bl_sandbox_cgroup(run->sandbox), usage, err) != 0)
        return -1;
    if (usage->oom_kills > 0 && !bl_verdict_own_shortage(usage, &run->order.spec->limits))
        return bl_fail(err, BL_STEP_HOST_MEMORY, 0, "its own limit was not reached");
    if (check_processes(run, err) != 0)
        return -1;
    bl_account_baseline(usage, run->baseline_ns);
    if (bl_confidence_asks(usage, &run->order.spec->limits)) {
        bl_run_read_meters(run, &after);
        bl_meter_difference(&run->before, &after, usage);
    }
    return 0;
}

static void on_ended(struct bl_run *run, const struct bl_ending *ending)
{
    struct bl_err err;

    bl_run_enter(run, BL_RUN_ENDED);
    bl_deadlines_stop(run->deadlines);
    bl_watch_free(&run->oom);
    take_ending(run, ending);
    if (read_counters(run, &err) != 0) {
        bl_run_fail(run, &err);
        return;
    }
    bl_run_drain(run);
    if (run->order.spec->output_count == 0 || !bl_run_leaves_files(run))
        bl_run_close(run);
    else if (bl_sandbox_collect(run->sandbox, run->order.spec, &err) != 0)
        bl_run_fail(run, &err);
}

static void on_file(struct bl_run *run, const struct bl_collected *file)
{
    struct bl_collected taken = *file;
    struct bl_err err;

    if (bl_account_add_file(&run->result, &taken, &err) != 0)
        bl_run_fail(run, &err);
}

/* Where nothing was found, what was looked for. */
static void name_output(const struct bl_spec *spec, struct bl_err *err)
{
    if (!err->detail[0] && err->index >= 0 && (size_t)err->index < spec->output_count)
        (void)snprintf(err->detail, sizeof(err->detail), "%s", spec->outputs[err->index].glob);
}

static void on_collected(struct bl_run *run, const struct bl_err *err)
{
    struct bl_err named = *err;

    name_output(run->order.spec, &named);
    if (err->step != BL_STEP_NONE)
        bl_run_note(run, &named, true);
    bl_run_close(run);
}

void bl_run_group_empty(struct bl_run *run)
{
    bl_run_drain(run);
    if (bl_streams_done(&run->streams, 1))
        bl_run_clear(run, BL_RUN_AWAITS_STDOUT);
    if (bl_streams_done(&run->streams, 2))
        bl_run_clear(run, BL_RUN_AWAITS_STDERR);
    bl_run_clear(run, BL_RUN_AWAITS_GROUP);
}

/* ---- all events -------------------------------------------------------------------------------
 */

/* What was under way when the sandbox was closed. */
static void drop_event(const struct bl_sandbox_event *event)
{
    struct bl_collected file = event->file;

    if (event->kind == BL_SANDBOX_FILE)
        bl_account_release_file(&file);
}

void bl_run_on_sandbox(void *ctx, const struct bl_sandbox_event *event)
{
    struct bl_run *run = ctx;

    if (run->state >= BL_RUN_CLOSING && event->kind != BL_SANDBOX_CLOSED) {
        drop_event(event);
        return;
    }
    switch (event->kind) {
    case BL_SANDBOX_READY:
        bl_run_satisfy(run, BL_RUN_NEEDS_SANDBOX);
        return;
    case BL_SANDBOX_STARTED:
        on_started(run);
        return;
    case BL_SANDBOX_ENDED:
        on_ended(run, event->ending);
        return;
    case BL_SANDBOX_FILE:
        on_file(run, &event->file);
        return;
    case BL_SANDBOX_COLLECTED:
        on_collected(run, event->error);
        return;
    case BL_SANDBOX_FAILED:
        bl_run_fail_to_open(run, event->error);
        return;
    case BL_SANDBOX_CLOSED:
        bl_run_group_empty(run);
        return;
    }
}
