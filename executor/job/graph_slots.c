/* graph_slots.c - a graph's cases on its slots (process: worker; see graph_private.h). */
#include <string.h>

#include "executor/job/graph_private.h"

static bool is_idle(const struct bl_graph_slot *slot)
{
    return !slot->attempt && !slot->set_aside;
}

static void give_back(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    if (!slot->is_ours || !slot->is_recalled || !is_idle(slot))
        return;
    slot->is_ours = false;
    graph->calls.on_slot_idle(graph->calls.ctx, (unsigned)(slot - graph->slots));
}

/* ---- the end of an attempt --------------------------------------------------------------------
 */

static enum bl_skip skip_reason(const struct bl_graph *graph)
{
    return graph->end == BL_JOB_EXPIRED ? BL_SKIP_DEADLINE : BL_SKIP_CANCELLED;
}

/* What was begun and is told as never started: the stop policy made an end of it, or the job ended
 * while its files were still being gathered. */
static bool skip_instead(struct bl_graph *graph, const struct bl_graph_slot *slot,
                         const struct bl_case_report *report)
{
    bool never_ran = report->outcome == BL_OUTCOME_CANCELLED && !bl_attempt_ran(slot->attempt) &&
                     !slot->set_aside;

    if (!slot->is_pointless && !never_ran)
        return false;
    bl_graph_tell_unrun(graph, &graph->steps[slot->step], slot->testcase, BL_OUTCOME_SKIPPED,
                        slot->is_pointless ? BL_SKIP_STOPPED : skip_reason(graph), NULL);
    return true;
}

/* Without its warden nothing can be run any more. */
static void break_if_lost(struct bl_graph *graph, const struct bl_case_report *report)
{
    for (size_t i = 0; i < report->command_count; i++) {
        const struct bl_err *err = &report->commands[i].result->error;

        if (err->step == BL_STEP_WARDEN_GONE)
            bl_graph_break(graph, err);
    }
}

static void end_case(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    struct bl_case_report *report = bl_attempt_report(slot->attempt);

    if (slot->set_aside) {
        report->set_aside = bl_attempt_report(slot->set_aside)->commands;
        report->set_aside_count = bl_attempt_report(slot->set_aside)->command_count;
        report->was_alone = slot->was_alone;
    }
    break_if_lost(graph, report);
    if (!skip_instead(graph, slot, report))
        bl_graph_tell_case(graph, report);
    bl_attempt_free(&slot->attempt);
    bl_attempt_free(&slot->set_aside);
    slot->is_pointless = slot->was_alone = false;
    bl_graph_leave_alone(graph, slot);
    give_back(graph, slot);
}

static void on_attempt_end(void *ctx, struct bl_attempt *attempt)
{
    struct bl_graph_slot *slot = ctx;

    if (bl_attempt_is_set_aside(attempt)) {
        slot->set_aside = attempt;
        slot->attempt = NULL;
        slot->waits_alone = true;
    } else {
        end_case(slot->graph, slot);
    }
    bl_graph_turn(slot->graph);
}

/* ---- beginning one ----------------------------------------------------------------------------
 */

void bl_graph_attempt(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    struct bl_step_run *step = &graph->steps[slot->step];
    const struct bl_attempt_order order = {
        .site = &graph->site,
        .step = slot->step,
        .testcase = slot->testcase,
        .kits = step->kits,
        .checker = bl_step_run_checker(step),
        .cpus = slot->cpus,
        .may_set_aside = graph->job->rerun_if_noisy && !slot->set_aside,
        .on_end = on_attempt_end,
        .ctx = slot,
    };
    struct bl_err err;

    if (bl_attempt_start(&slot->attempt, &order, &err) == 0)
        return;
    bl_attempt_free(&slot->set_aside);
    slot->was_alone = false;
    bl_graph_leave_alone(graph, slot);
    bl_graph_tell_unrun(graph, step, slot->testcase, BL_OUTCOME_ERROR, BL_SKIP_NONE, &err);
    bl_graph_turn(graph);
}

/* The next case of any step that is ready, in the job's order. */
static bool find_case(const struct bl_graph *graph, uint32_t *step, uint32_t *testcase)
{
    for (uint32_t i = 0; i < graph->job->step_count; i++) {
        const struct bl_step_run *run = &graph->steps[i];
        int32_t next =
            run->state == BL_STEP_READY && !run->told ? bl_schedule_next(run->schedule) : -1;

        if (next >= 0) {
            *step = i;
            *testcase = (uint32_t)next;
            return true;
        }
    }
    return false;
}

static bool begin_case(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    if (!find_case(graph, &slot->step, &slot->testcase))
        return false;
    bl_schedule_start(graph->steps[slot->step].schedule, slot->testcase);
    bl_graph_attempt(graph, slot);
    return true;
}

unsigned bl_graph_running(const struct bl_graph *graph)
{
    unsigned running = 0;

    for (unsigned i = 0; i < graph->slot_count; i++)
        running += graph->slots[i].attempt != NULL;
    return running;
}

void bl_graph_fill_slots(struct bl_graph *graph)
{
    unsigned running = bl_graph_running(graph);

    for (unsigned i = 0; i < graph->slot_count; i++)
        give_back(graph, &graph->slots[i]);
    if (bl_graph_must_wait(graph))
        return;
    for (unsigned i = 0; i < graph->slot_count && running < graph->job->parallel; i++) {
        struct bl_graph_slot *slot = &graph->slots[i];

        if (!slot->is_ours || slot->is_recalled || !is_idle(slot))
            continue;
        if (!begin_case(graph, slot))
            return;
        running++;
    }
}

/* ---- ending what runs -------------------------------------------------------------------------
 */

/* Its first attempt was measured, though not to be trusted: it is told as cancelled. */
static void end_waiting(struct bl_graph *graph, struct bl_graph_slot *slot)
{
    slot->waits_alone = false;
    slot->attempt = slot->set_aside;
    slot->set_aside = NULL;
    bl_attempt_report(slot->attempt)->outcome = BL_OUTCOME_CANCELLED;
    end_case(graph, slot);
    bl_graph_turn(graph);
}

void bl_graph_empty_slots(struct bl_graph *graph, bool all)
{
    for (unsigned i = 0; i < graph->slot_count; i++) {
        struct bl_graph_slot *slot = &graph->slots[i];

        if (is_idle(slot))
            continue;
        if (!all && !bl_schedule_is_pointless(graph->steps[slot->step].schedule, slot->testcase))
            continue;
        slot->is_pointless = slot->is_pointless || !all;
        if (slot->attempt)
            bl_attempt_cancel(slot->attempt);
        else
            end_waiting(graph, slot);
    }
}

void bl_graph_release_slots(struct bl_graph *graph)
{
    for (unsigned i = 0; i < graph->slot_count; i++) {
        bl_attempt_free(&graph->slots[i].attempt);
        bl_attempt_free(&graph->slots[i].set_aside);
    }
}

/* ---- more slots, and fewer --------------------------------------------------------------------
 */

int bl_graph_add_slot(struct bl_graph *graph, const char *cpus, unsigned *slot, struct bl_err *err)
{
    unsigned number = 0;

    while (number < graph->slot_count && graph->slots[number].is_ours)
        number++;
    if (number == BL_JOB_PARALLEL_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "slots: more than %d", BL_JOB_PARALLEL_MAX);
    if (strlen(cpus) >= BL_CPUSET_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "cpuset: is too long");
    graph->slots[number] = (struct bl_graph_slot){.graph = graph, .is_ours = true};
    (void)strcpy(graph->slots[number].cpus, cpus); /* measured above */
    if (number == graph->slot_count)
        graph->slot_count++;
    *slot = number;
    bl_graph_turn(graph);
    return 0;
}

void bl_graph_recall_slot(struct bl_graph *graph, unsigned slot)
{
    graph->slots[slot].is_recalled = true;
    bl_graph_turn(graph);
}
