/* graph_private.h - one graph's state, shared by its files (process: worker):
 *
 *   graph.c        its life, and whose turn it is
 *   graph_slots.c  cases on slots: beginning them, and their ends
 *   graph_alone.c  running one again with nothing beside it, and waiting while others do
 *   graph_tell.c   events */
#ifndef BL_JOB_GRAPH_PRIVATE_H
#define BL_JOB_GRAPH_PRIVATE_H

#include "executor/job/attempt.h"
#include "executor/job/graph.h"
#include "executor/job/job_site.h"
#include "executor/job/step_run.h"

/* Where one case at a time runs. */
struct bl_graph_slot {
    struct bl_graph *graph;
    char cpus[BL_CPUSET_MAX];
    bool is_ours; /* no longer, once it was recalled and is idle */
    bool is_recalled;
    uint32_t step, testcase; /* of the attempt */
    struct bl_attempt *attempt;
    struct bl_attempt *set_aside; /* the noisy one before it */
    bool waits_alone;             /* for its second attempt */
    bool was_alone;               /* that one has no other job's program beside it */
    bool is_pointless;            /* by the stop policy: it is being ended for that */
};

struct bl_graph {
    struct bl_job_site site;
    struct bl_graph_calls calls;
    const struct bl_job *job;
    unsigned slot_count;
    struct bl_graph_slot *alone; /* the one that runs alone, or waits for the answer */
    bool has_answer;             /* it came */
    bool is_held;                /* no case begins: another job is to be alone */
    bool told_still;             /* since it is held */
    struct bl_step_run *steps;   /* owned; one for each of the job's */
    uint64_t passed, over;       /* steps: bits */
    enum bl_job_end end;         /* COMPLETED until something else ends it */
    struct bl_err error;         /* BROKEN: for that */
    bool done;
    uint32_t counts[BL_OUTCOME_COUNT];
    uint64_t accepted_ns, started_ns, number;
    struct bl_timer *deadline;
    struct bl_deferred turn;
    /* Not zeroed: eleven kilobytes, and most jobs run on one. */
    struct bl_graph_slot slots[BL_JOB_PARALLEL_MAX];
};

/* ---- graph.c ----------------------------------------------------------------------------------
 */

/* bl_graph_turn - something changed: what is to be done is found out at the end of the round. */
void bl_graph_turn(struct bl_graph *graph);

/* bl_graph_break - nothing can be run any more. */
void bl_graph_break(struct bl_graph *graph, const struct bl_err *err);

/* ---- graph_slots.c ----------------------------------------------------------------------------
 */

/* bl_graph_fill_slots - begins cases where there is room. */
void bl_graph_fill_slots(struct bl_graph *graph);

/* bl_graph_empty_slots - ends what runs though it is pointless; all: everything. */
void bl_graph_empty_slots(struct bl_graph *graph, bool all);

void bl_graph_release_slots(struct bl_graph *graph);

/* bl_graph_attempt - at its case, on that slot; where it can't be begun the case is told. */
void bl_graph_attempt(struct bl_graph *graph, struct bl_graph_slot *slot);

/* bl_graph_running - slots on which something runs. */
unsigned bl_graph_running(const struct bl_graph *graph);

/* ---- graph_alone.c ----------------------------------------------------------------------------
 */

/* bl_graph_must_wait - may no new case begin? Asks for what is to be run alone when its time has
 * come. */
bool bl_graph_must_wait(struct bl_graph *graph);

/* bl_graph_leave_alone - that slot's case is over. */
void bl_graph_leave_alone(struct bl_graph *graph, const struct bl_graph_slot *slot);

/* bl_graph_tell_still - where it is held, nothing runs, and that was not told yet. */
void bl_graph_tell_still(struct bl_graph *graph);

/* ---- graph_tell.c -----------------------------------------------------------------------------
 */

/* bl_graph_tell_case - the end of a case: counts it, and tells. */
void bl_graph_tell_case(struct bl_graph *graph, const struct bl_case_report *report);

/* bl_graph_tell_unrun - the end of one that was never tried. error: of an ERROR, or NULL. */
void bl_graph_tell_unrun(struct bl_graph *graph, const struct bl_step_run *step, uint32_t testcase,
                         enum bl_case_outcome outcome, enum bl_skip skip,
                         const struct bl_err *error);
void bl_graph_tell_step(struct bl_graph *graph, struct bl_step_run *step);
void bl_graph_tell_done(struct bl_graph *graph); /* which may free the graph */

#endif
