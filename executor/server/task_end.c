/* task_end.c - how a job ends: on request, by its own end, or because nobody listens; task.h.
 *
 * Whatever may free a task waits for the end of the round, when no callback of the carrier, of a
 * call or of admission is on the stack any more: look(). */
#include <assert.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/base/log.h"
#include "executor/server/admission.h"
#include "executor/server/metrics_sources.h"
#include "executor/server/site_private.h"
#include "executor/server/store_claim.h"
#include "executor/server/task.h"
#include "executor/server/watcher.h"
#include "proto/decode.h"

enum { LABELS_MAX = 1024 };

static const char *const end_names[BL_JOB_END_COUNT] = {
    [BL_JOB_COMPLETED] = "completed",
    [BL_JOB_CANCELLED] = "cancelled",
    [BL_JOB_EXPIRED] = "expired",
    [BL_JOB_BROKEN] = "broken",
};

static const char *const outcome_names[BL_OUTCOME_COUNT] = {
#define X(name, text) [BL_OUTCOME_##name] = #name,
    BL_OUTCOMES(X)
#undef X
};

void bl_task_left(struct bl_task *task)
{
    bl_loop_defer(task->site->options.loop, &task->look);
}

void bl_task_done(struct bl_task *task, enum bl_job_end end, enum bl_case_outcome outcome)
{
    assert(!task->is_done);
    task->is_done = true;
    task->end = end;
    task->outcome = outcome;
    bl_task_left(task);
}

void bl_task_end_waiting(struct bl_task *task, enum bl_job_end end, const struct bl_err *error)
{
    if (error)
        task->lost = *error;
    bl_task_tell_skipped(task, end, error);
    bl_task_done(task, end, BL_OUTCOME_SKIPPED);
}

void bl_task_refuse(struct bl_task *task, const struct bl_err *err)
{
    task->is_lost = true;
    task->lost = *err;
    bl_task_done(task, BL_JOB_BROKEN, BL_OUTCOME_SKIPPED);
}

void bl_task_stop(struct bl_task *task)
{
    struct bl_site *site = task->site;

    if (task->is_done || task->is_stopped)
        return;
    task->is_stopped = true;
    if (task->work) {
        site->carrier.stop(site->carrier.ctx, task->work);
    } else if (task->ticket && bl_admission_cancel(site->admission, task->ticket, bl_now_ns())) {
        task->ticket = NULL;
        bl_task_end_waiting(task, BL_JOB_CANCELLED, NULL);
        bl_site_pump(site);
    }
}

/* "KEY=VALUE KEY=VALUE"; what does not fit is left out. */
static const char *label_text(const struct bl_job *job, char text[LABELS_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < job->label_count && used < LABELS_MAX; i++)
        used += (size_t)snprintf(text + used, LABELS_MAX - used, "%s%s=%s", i ? " " : "",
                                 job->labels[i].key, job->labels[i].value);
    return text;
}

/* A warning, where we or the host failed, or where it was not run to its end for our reasons. */
static enum bl_log_level level_of(const struct bl_task *task)
{
    bool is_ours = task->is_lost || task->end == BL_JOB_BROKEN || task->outcome == BL_OUTCOME_ERROR;

    return is_ours ? BL_LOG_WARNING : BL_LOG_INFO;
}

/* One line for each job. */
static void log_end(const struct bl_task *task)
{
    uint64_t over_ns = task->known.over_ns;
    uint64_t started_ns = task->started_ns ? task->started_ns : over_ns;
    char labels[LABELS_MAX], error[BL_ERROR_TEXT_MAX];
    struct bl_log_field fields[] = {
        bl_log_text("msg", task->is_lost ? "job lost" : "job over"),
        bl_log_text("id", task->id),
        bl_log_text("tenant", task->tenant),
        bl_log_text("end", end_names[task->end]),
        bl_log_text("outcome", outcome_names[task->outcome]),
        bl_log_number("cases", (int64_t)task->job->case_count),
        bl_log_number("waited_us", (int64_t)((started_ns - task->accepted_ns) / 1000)),
        bl_log_number("ran_us", (int64_t)((over_ns - started_ns) / 1000)),
        bl_log_number("cpu_us", (int64_t)(task->cpu_ns / 1000)),
        bl_log_number("detached", task->is_detached),
        bl_log_number("abandoned", task->is_abandoned),
        {.key = NULL}, /* two more, where there is anything to say */
        {.key = NULL},
        {.key = NULL},
    };
    size_t count = BL_ARRAY_LEN(fields) - 3;

    if (task->lost.step != BL_STEP_NONE)
        fields[count++] = bl_log_text("error", bl_error_text(&task->lost, error));
    if (task->job->label_count)
        fields[count] = bl_log_text("labels", label_text(task->job, labels));
    bl_log_fields(level_of(task), fields);
}

static void count_end(struct bl_task *task)
{
    static const enum bl_metric_end ends[BL_JOB_END_COUNT] = {
        [BL_JOB_COMPLETED] = BL_METRIC_END_COMPLETED,
        [BL_JOB_CANCELLED] = BL_METRIC_END_CANCELLED,
        [BL_JOB_EXPIRED] = BL_METRIC_END_EXPIRED,
        [BL_JOB_BROKEN] = BL_METRIC_END_BROKEN,
    };
    bool was_drained = task->is_lost && task->lost.step == BL_STEP_DRAINING;

    enum bl_metric_end end = task->is_lost ? BL_METRIC_END_BROKEN : ends[task->end];

    bl_metrics_add(&task->site->metrics, BL_METRIC_JOBS, was_drained ? BL_METRIC_END_DRAINED : end,
                   1);
}

/* What it held while it ran, or waited. */
static void give_back(struct bl_task *task)
{
    struct bl_site *site = task->site;

    if (task->work)
        site->carrier.free(site->carrier.ctx, task->work);
    task->work = NULL;
    bl_task_leave_solitude(task);
    bl_site_unlist_running(task);
    bl_task_release_extras(task);
    if (task->ticket && !bl_admission_cancel(site->admission, task->ticket, bl_now_ns()))
        bl_admission_done(site->admission, task->ticket, task->cpu_ns, bl_now_ns());
    task->ticket = NULL;
    bl_claim_free(&task->claim);
}

/* What nobody waits for. */
static void wind_up(struct bl_task *task)
{
    if (task->phase == BL_TASK_OVER && task->job)
        log_end(task);
    bl_job_free(&task->job);
}

static void become_over(struct bl_task *task)
{
    count_end(task);
    give_back(task);
    task->phase = BL_TASK_OVER;
    task->site->live--;
    bl_event_log_seal(&task->log);
    bl_registry_end(&task->site->registry, &task->known, bl_now_ns());
    bl_watchers_wake(task);
    bl_site_pump(task->site);
    bl_loop_defer_late(task->site->options.loop, &task->told);
}

/* Is it worth keeping when nobody listens? Who sends a job again that was refused, or that ended
 * because its client went away, wants it to be run. But whoever left a detached job behind is told
 * what became of it, whatever that was. */
static bool is_kept(const struct bl_task *task)
{
    return !task->is_abandoned && (task->is_detached || (task->has_content && !task->is_lost));
}

static void abandon(struct bl_task *task)
{
    task->is_abandoned = true;
    bl_registry_unname(&task->site->registry, &task->known);
    bl_task_stop(task);
}

/* The one place where a task goes on to its next state, or goes. */
void bl_task_look(void *ctx)
{
    struct bl_task *task = ctx;

    if (task->is_done && task->phase != BL_TASK_OVER)
        become_over(task);
    if (task->watchers)
        return;
    if (task->phase != BL_TASK_OVER && !task->is_detached && !task->is_abandoned)
        abandon(task);
    else if (task->phase == BL_TASK_OVER && !is_kept(task) && !task->told.queue)
        bl_task_free(task);
    else if (task->phase == BL_TASK_OVER && is_kept(task))
        bl_book_keep(&task->book, &task->site->shelves, task->log.taken);
}

/* The round is over in which its listeners were told. */
void bl_task_on_told(void *ctx)
{
    struct bl_task *task = ctx;

    wind_up(task);
    if (!task->watchers && !is_kept(task))
        bl_task_free(task);
}

void bl_task_free(struct bl_task *task)
{
    struct bl_err err;

    bl_err_fill(&err, BL_STEP_RPC_BUFFER, 0, "job %s is over, and its events were not taken",
                task->id);
    bl_watchers_cut(task, &err);
    bl_loop_undefer(task->site->options.loop, &task->look);
    bl_loop_undefer(task->site->options.loop, &task->told);
    give_back(task);
    wind_up(task);
    bl_registry_forget(&task->site->registry, &task->known);
    if (task->book.shelf)
        bl_event_log_release(&task->log);
    bl_book_leave(&task->book, &task->site->shelves);
    bl_site_unlist(task);
    free(task);
}
