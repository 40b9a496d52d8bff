/* graph_tell.c - a graph's events (process: worker; see graph_private.h). */
#include "executor/job/graph_private.h"

static void tell(struct bl_graph *graph, struct bl_job_event *event)
{
    uint64_t now_ns = bl_now_ns();

    event->number = graph->number++;
    event->at_ns = now_ns > graph->accepted_ns ? now_ns - graph->accepted_ns : 0;
    graph->calls.on_event(graph->calls.ctx, event);
}

void bl_graph_tell_case(struct bl_graph *graph, const struct bl_case_report *report)
{
    struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE, .testcase = *report};

    bl_schedule_end(graph->steps[report->step].schedule, report->testcase, report->outcome);
    graph->counts[report->outcome]++;
    tell(graph, &event);
}

void bl_graph_tell_unrun(struct bl_graph *graph, const struct bl_step_run *step, uint32_t testcase,
                         enum bl_case_outcome outcome, enum bl_skip skip,
                         const struct bl_err *error)
{
    const struct bl_case_report report = {
        .step = step->index,
        .testcase = testcase,
        .outcome = outcome,
        .skip = outcome == BL_OUTCOME_SKIPPED ? skip : BL_SKIP_NONE,
        .decided_by = -1,
        .first_ended = -1,
        .error = error,
    };

    bl_graph_tell_case(graph, &report);
}

void bl_graph_tell_step(struct bl_graph *graph, struct bl_step_run *step)
{
    const uint32_t *counts = bl_schedule_counts(step->schedule);
    struct bl_job_event event = {.kind = BL_JOB_EVENT_STEP};
    uint32_t testcase;

    event.step.step = step->index;
    event.step.outcome = bl_schedule_outcome(step->schedule, &testcase);
    for (size_t i = 0; i < BL_OUTCOME_COUNT; i++)
        event.step.counts[i] = counts[i];
    step->told = true;
    graph->over |= UINT64_C(1) << step->index;
    if (event.step.outcome == BL_OUTCOME_PASSED)
        graph->passed |= UINT64_C(1) << step->index;
    tell(graph, &event);
}

/* The job's outcome is that of its first case that did not pass. */
static void find_outcome(const struct bl_graph *graph, struct bl_done_report *done)
{
    done->outcome = BL_OUTCOME_PASSED;
    for (uint32_t i = 0; i < graph->job->step_count && done->outcome == BL_OUTCOME_PASSED; i++) {
        done->outcome = bl_schedule_outcome(graph->steps[i].schedule, &done->testcase);
        done->step = i;
    }
}

void bl_graph_tell_done(struct bl_graph *graph)
{
    struct bl_job_event event = {.kind = BL_JOB_EVENT_DONE, .done = {.end = graph->end}};

    graph->done = true;
    find_outcome(graph, &event.done);
    for (size_t i = 0; i < BL_OUTCOME_COUNT; i++)
        event.done.counts[i] = graph->counts[i];
    event.done.waited_ns =
        graph->started_ns > graph->accepted_ns ? graph->started_ns - graph->accepted_ns : 0;
    event.done.ran_ns = bl_now_ns() - graph->started_ns;
    if (graph->error.step != BL_STEP_NONE)
        event.done.error = &graph->error;
    tell(graph, &event);
}
