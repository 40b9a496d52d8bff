/* graph.c - the life of a graph, and whose turn it is; see graph.h and graph_private.h.
 *
 * Whatever happens only marks what happened and asks for a turn; what follows from it is found out
 * in one place, at the end of the loop's round, when nothing of the graph is on the stack. */
#include "executor/job/graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/job/graph_private.h"
#include "executor/job/leavings.h"

void bl_graph_turn(struct bl_graph *graph)
{
    bl_loop_defer(graph->site.loop, &graph->turn);
}

/* The first reason counts. */
static void end_for(struct bl_graph *graph, enum bl_job_end end)
{
    if (graph->end == BL_JOB_COMPLETED)
        graph->end = end;
    bl_graph_turn(graph);
}

void bl_graph_break(struct bl_graph *graph, const struct bl_err *err)
{
    if (graph->end == BL_JOB_COMPLETED)
        graph->error = *err;
    end_for(graph, BL_JOB_BROKEN);
}

static void on_deadline(void *ctx)
{
    end_for(ctx, BL_JOB_EXPIRED);
}

static void on_step_ready(void *ctx, struct bl_step_run *step)
{
    (void)step; /* its state says so */
    bl_graph_turn(ctx);
}

/* ---- steps ------------------------------------------------------------------------------------
 */

/* Every case that waits ends, as that. */
static void end_waiting(struct bl_graph *graph, struct bl_step_run *step,
                        enum bl_case_outcome outcome, enum bl_skip skip, const struct bl_err *error)
{
    for (uint32_t i = 0; i < step->step->case_count; i++)
        if (bl_schedule_is_waiting(step->schedule, i))
            bl_graph_tell_unrun(graph, step, i, outcome, skip, error);
}

static void begin_if_due(struct bl_graph *graph, struct bl_step_run *step)
{
    uint64_t needs = step->step->needs;

    if ((graph->over & needs) != needs)
        return;
    if ((graph->passed & needs) == needs)
        bl_step_run_begin(step, on_step_ready, graph);
    else
        end_waiting(graph, step, BL_OUTCOME_SKIPPED, BL_SKIP_NEEDS, NULL);
}

static void skip_pointless(struct bl_graph *graph, struct bl_step_run *step)
{
    int32_t i = bl_schedule_pointless(step->schedule, 0);

    for (; i >= 0; i = bl_schedule_pointless(step->schedule, (uint32_t)i + 1))
        if (bl_schedule_is_waiting(step->schedule, (uint32_t)i))
            bl_graph_tell_unrun(graph, step, (uint32_t)i, BL_OUTCOME_SKIPPED, BL_SKIP_STOPPED,
                                NULL);
}

static void go_on(struct bl_graph *graph, struct bl_step_run *step)
{
    if (step->state == BL_STEP_WAITING)
        begin_if_due(graph, step);
    if (step->state == BL_STEP_READY && step->error.step != BL_STEP_NONE)
        end_waiting(graph, step, BL_OUTCOME_ERROR, BL_SKIP_NONE, &step->error);
    skip_pointless(graph, step);
}

static void give_up(struct bl_graph *graph, struct bl_step_run *step)
{
    bool broken = graph->end == BL_JOB_BROKEN;

    if (step->state == BL_STEP_READYING)
        bl_step_run_rest(step);
    step->state = BL_STEP_READY;
    end_waiting(graph, step, broken ? BL_OUTCOME_ERROR : BL_OUTCOME_SKIPPED,
                graph->end == BL_JOB_EXPIRED ? BL_SKIP_DEADLINE : BL_SKIP_CANCELLED,
                broken ? &graph->error : NULL);
}

static void end_if_over(struct bl_graph *graph, struct bl_step_run *step)
{
    if (step->told || !bl_schedule_is_over(step->schedule))
        return;
    bl_step_run_rest(step);
    bl_graph_tell_step(graph, step);
}

/* ---- whose turn it is -------------------------------------------------------------------------
 */

static bool is_over(const struct bl_graph *graph)
{
    return (uint64_t)__builtin_popcountll(graph->over) == graph->job->step_count;
}

/* In the order of the steps: what one comes to is known before it is asked for by the next. */
static void turn(void *ctx)
{
    struct bl_graph *graph = ctx;
    bool goes_on = graph->end == BL_JOB_COMPLETED;

    if (graph->done)
        return;
    bl_graph_empty_slots(graph, !goes_on);
    for (size_t i = 0; i < graph->job->step_count; i++) {
        struct bl_step_run *step = &graph->steps[i];

        if (step->told)
            continue;
        if (goes_on)
            go_on(graph, step);
        else
            give_up(graph, step);
        end_if_over(graph, step);
    }
    bl_graph_fill_slots(graph);
    bl_graph_tell_still(graph);
    if (is_over(graph))
        bl_graph_tell_done(graph); /* which may free it */
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static void set_site(struct bl_graph *graph, const struct bl_graph_order *order)
{
    graph->site = (struct bl_job_site){
        .loop = order->loop,
        .warden = order->warden,
        .spool = order->spool,
        .depot = order->depot,
        .outfitter = order->outfitter,
        .job = order->job,
        .return_bytes_left = order->job->return_bytes_max,
    };
    graph->calls = order->calls;
    graph->job = order->job;
    graph->accepted_ns = order->accepted_ns;
    graph->started_ns = bl_now_ns();
    graph->number = order->first_number;
    graph->turn = (struct bl_deferred){.work = turn, .ctx = graph};
}

static int open_all(struct bl_graph *graph, const struct bl_graph_order *order, struct bl_err *err)
{
    unsigned slot;

    graph->steps = calloc(order->job->step_count, sizeof(*graph->steps));
    if (!graph->steps)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job's steps");
    for (uint32_t i = 0; i < order->job->step_count; i++)
        if (bl_step_run_init(&graph->steps[i], &graph->site, i, err) != 0)
            return -1;
    for (unsigned i = 0; i < order->slot_count; i++)
        if (bl_graph_add_slot(graph, order->slots[i], &slot, err) != 0)
            return -1;
    if (bl_leavings_new(&graph->site.leavings, order->job, order->spool, err) != 0)
        return -1;
    return bl_timer_new(&graph->deadline, order->loop, on_deadline, graph, err);
}

int bl_graph_start(struct bl_graph **out, const struct bl_graph_order *order, struct bl_err *err)
{
    struct bl_graph *graph = malloc(sizeof(*graph));

    if (!graph)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job");
    memset(graph, 0, offsetof(struct bl_graph, slots));
    set_site(graph, order);
    if (open_all(graph, order, err) != 0) {
        bl_graph_free(&graph);
        return -1;
    }
    if (order->deadline_ns > 0)
        bl_timer_arm(graph->deadline, order->deadline_ns);
    bl_graph_turn(graph);
    *out = graph;
    return 0;
}

void bl_graph_cancel(struct bl_graph *graph)
{
    end_for(graph, BL_JOB_CANCELLED);
}

void bl_graph_free(struct bl_graph **graph)
{
    struct bl_graph *g = *graph;

    if (!g)
        return;
    bl_loop_undefer(g->site.loop, &g->turn);
    bl_timer_free(&g->deadline);
    bl_graph_release_slots(g);
    for (size_t i = 0; g->steps && i < g->job->step_count; i++)
        if (g->steps[i].schedule)
            bl_step_run_release(&g->steps[i]);
    free(g->steps);
    bl_leavings_free(&g->site.leavings);
    free(g);
    *graph = NULL;
}
