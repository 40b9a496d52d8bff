/* task_tell.c - a job's events: packed once, kept in its log, sent to whoever listens; task.h. */
#include "executor/server/metrics_sources.h"
#include "executor/server/site_private.h"
#include "executor/server/task.h"
#include "executor/server/watcher.h"

/* Nothing is told any more, so there is no use in going on. */
static void lose(struct bl_task *task, const struct bl_err *err)
{
    task->is_lost = true;
    task->lost = *err;
    bl_event_log_seal(&task->log);
    bl_task_stop(task);
}

static int keep(struct bl_task *task, struct bl_packed_event *packed, struct bl_err *err)
{
    if (bl_event_log_add(&task->log, packed, err) == 0)
        return 0;
    if (err->step != BL_STEP_EVENTS_FULL)
        return -1;
    (void)bl_site_make_room(task->site, task->book.shelf,
                            packed->length + BL_EVENT_COST); /* it is tried */
    return bl_event_log_add(&task->log, packed, err);
}

static void count_commands(struct bl_task *task, const struct bl_command_report *reports,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!reports[i].result)
            continue;
        bl_metrics_count_run(&task->site->metrics, reports[i].result);
        for (unsigned noise = 0; noise < BL_NOISE_COUNT; noise++)
            if (reports[i].noisy && reports[i].noise >> noise & 1)
                bl_metrics_add(&task->site->metrics, BL_METRIC_NOISY_RUNS, noise, 1);
        task->cpu_ns += reports[i].result->usage.cpu_time_ns;
    }
}

/* The first failure of ours is what the log tells of the job. */
static void note_error(struct bl_task *task, const struct bl_case_report *report)
{
    const struct bl_command_report *checker = report->check.checker;

    if (report->outcome != BL_OUTCOME_ERROR || task->lost.step != BL_STEP_NONE)
        return;
    if (report->error)
        task->lost = *report->error;
    for (size_t i = 0; i < report->command_count; i++)
        if (task->lost.step == BL_STEP_NONE && report->commands[i].result)
            task->lost = report->commands[i].result->error;
    if (task->lost.step == BL_STEP_NONE && checker && checker->result)
        task->lost = checker->result->error;
}

static void count_case(struct bl_task *task, const struct bl_case_report *report)
{
    count_commands(task, report->commands, report->command_count);
    count_commands(task, report->set_aside, report->set_aside_count);
    if (report->check.checker)
        count_commands(task, report->check.checker, 1);
    bl_metrics_add(&task->site->metrics, BL_METRIC_CASES, report->outcome, 1);
    if (report->set_aside_count)
        bl_metrics_add(&task->site->metrics, BL_METRIC_RERUNS,
                       report->was_alone ? BL_METRIC_RERUN_ALONE : BL_METRIC_RERUN_BESIDE, 1);
    task->cases_left -= task->cases_left > 0;
    note_error(task, report);
}

static void fill_in(struct bl_task *task, struct bl_job_event *event)
{
    uint64_t now_ns = bl_now_ns();

    event->number = task->log.count;
    event->at_ns = now_ns - task->accepted_ns;
    if (event->kind != BL_JOB_EVENT_DONE)
        return;
    event->done.waited_ns = (task->started_ns ? task->started_ns : now_ns) - task->accepted_ns;
    event->done.ran_ns = task->started_ns ? now_ns - task->started_ns : 0;
}

void bl_task_tell(struct bl_task *task, const struct bl_job_event *event)
{
    struct bl_packed_event packed = {.bytes = NULL};
    struct bl_job_event whole = *event;
    struct bl_err err;

    if (event->kind == BL_JOB_EVENT_CASE)
        count_case(task, &event->testcase);
    if (task->is_lost)
        return;
    fill_in(task, &whole);
    if (bl_event_encode(&packed, task->job, task->id, &whole, &err) || keep(task, &packed, &err)) {
        bl_packed_event_release(&packed);
        lose(task, &err);
        return;
    }
    if (event->kind == BL_JOB_EVENT_CASE)
        bl_event_log_settle(&task->log, bl_demand_events(task->job, task->cases_left));
    if (!task->watchers)
        return;
    bl_watchers_wake(task);
    if (!task->watchers)
        bl_task_left(task);
}

static enum bl_skip skip_of(enum bl_job_end end)
{
    return end == BL_JOB_EXPIRED ? BL_SKIP_DEADLINE : BL_SKIP_CANCELLED;
}

static void tell_skipped_step(struct bl_task *task, uint32_t step, enum bl_skip skip)
{
    size_t count = task->job->steps[step].case_count;
    struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE};

    for (uint32_t i = 0; i < count; i++) {
        event.testcase = (struct bl_case_report){.step = step,
                                                 .testcase = i,
                                                 .outcome = BL_OUTCOME_SKIPPED,
                                                 .skip = skip,
                                                 .decided_by = -1,
                                                 .first_ended = -1};
        bl_task_tell(task, &event);
    }
    event.kind = BL_JOB_EVENT_STEP;
    event.step = (struct bl_step_report){.step = step, .outcome = BL_OUTCOME_SKIPPED};
    event.step.counts[BL_OUTCOME_SKIPPED] = (uint32_t)count;
    bl_task_tell(task, &event);
}

void bl_task_tell_skipped(struct bl_task *task, enum bl_job_end end, const struct bl_err *error)
{
    struct bl_job_event event = {.kind = BL_JOB_EVENT_DONE};

    for (uint32_t i = 0; i < task->job->step_count; i++)
        tell_skipped_step(task, i, skip_of(end));
    event.done = (struct bl_done_report){.end = end, .outcome = BL_OUTCOME_SKIPPED, .error = error};
    event.done.counts[BL_OUTCOME_SKIPPED] = (uint32_t)task->job->case_count;
    bl_task_tell(task, &event);
}
