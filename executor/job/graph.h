/* graph.h - one whole job, run: its steps in the order of what they need, their cases on the slots
 * it was given, and each event told as it happens (process: worker).
 *
 * A step begins when all steps that it needs have passed; cases are begun in the job's order, each
 * on a slot of its own, as many at once as there are slots and the job allows. An attempt at a case
 * (attempt.h) runs the step's commands side by side on the CPUs of its slot.
 *
 * A program's failure is a result; ours is an ERROR of the case, and says nothing about a program:
 * a file that can't be had, a full spool, a store that refuses. When the sandboxes themselves can't
 * be had any more (the warden is gone) what is left of the job ends as ERROR, and the job as
 * BROKEN.
 *
 * Events (job_event.h): CASE for each case, as it ends or is skipped; STEP behind a step's last
 * case; DONE, once, last. QUEUED and STARTED are the caller's, who knows the queue. Nothing in here
 * needs a privilege. A job under way holds, beside what its runs hold (run.h), a descriptor for
 * each input of the steps and cases that are under way. */
#ifndef BL_JOB_GRAPH_H
#define BL_JOB_GRAPH_H

#include "bailiff/job_event.h"
#include "executor/base/loop.h"
#include "executor/job/depot.h"
#include "executor/job/outfit.h"
#include "executor/job/spool.h"
#include "executor/sandbox/warden.h"

struct bl_graph;

/* What a graph tells; from the loop, never from inside a call made here. The callbacks may call
 * whatever is declared here but bl_graph_free(), which on_event may call for DONE alone. */
struct bl_graph_calls {
    /* event: lent for the call, numbered and stamped. */
    void (*on_event)(void *ctx, const struct bl_job_event *event);
    /* A slot that was recalled is idle: it is the caller's again. */
    void (*on_slot_idle)(void *ctx, unsigned slot);
    /* A case is to be run again alone: nothing else of this job runs. Whoever can keep other jobs
     * away as well does so, and then calls bl_graph_alone(); until then the job waits. NULL: nobody
     * can, it goes on at once, and its report says that it was not alone. */
    void (*ask_alone)(void *ctx);
    /* The case that was alone is over, or it is not asked for any more. NULL with ask_alone. */
    void (*end_alone)(void *ctx);
    /* After bl_graph_hold(), once: no program of the job runs any more. NULL: nobody holds it. */
    void (*on_still)(void *ctx);
    void *ctx;
};

struct bl_graph_order {
    const struct bl_job *job; /* checked; all borrowed until the graph is freed */
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_spool *spool;
    const struct bl_depot *depot;
    const struct bl_outfitter *outfitter;
    const char *const *slots; /* the CPUs of each, as in spec.h's cpuset; "": any. Copied */
    unsigned slot_count;      /* 1 to BL_JOB_PARALLEL_MAX */
    uint64_t accepted_ns;  /* bl_now_ns() when the job was accepted: at_ns of an event is since */
    uint64_t deadline_ns;  /* on that clock: the job ends as EXPIRED; 0: never */
    uint64_t first_number; /* of its next event */
    struct bl_graph_calls calls;
};

/* bl_graph_start - DONE follows, whatever happens. Fails with MEMORY, LOOP. */
int bl_graph_start(struct bl_graph **out, const struct bl_graph_order *order, struct bl_err *err);

/* bl_graph_cancel - ends it: what runs is killed and CANCELLED, what waits is SKIPPED, then DONE.
 */
void bl_graph_cancel(struct bl_graph *graph);

/* bl_graph_alone - the answer to ask_alone. is_alone: no other job's program runs until end_alone;
 * false: that could not be had, and the case is run again beside them. */
void bl_graph_alone(struct bl_graph *graph, bool is_alone);

/* bl_graph_hold - another job is to be alone: no case begins until bl_graph_resume(), but for what
 * bl_graph_alone() lets go. */
void bl_graph_hold(struct bl_graph *graph);
void bl_graph_resume(struct bl_graph *graph);

/* bl_graph_add_slot - one more; *slot: its number, from 0, those of the order first; an idle one's
 * that was recalled is used again. Fails with FIELD: more than BL_JOB_PARALLEL_MAX. */
int bl_graph_add_slot(struct bl_graph *graph, const char *cpus, unsigned *slot, struct bl_err *err);

/* bl_graph_recall_slot - no case begins there any more; on_slot_idle follows when none runs there,
 * or at the job's end. At least one slot must stay. */
void bl_graph_recall_slot(struct bl_graph *graph, unsigned slot);

/* bl_graph_free - at any time: kills what runs, and nothing is left of it; no event follows. NULL
 * inside is fine. */
void bl_graph_free(struct bl_graph **graph);

#endif
