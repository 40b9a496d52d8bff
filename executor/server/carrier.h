/* carrier.h - who carries out one job, as the registry of jobs sees it (process: worker).
 *
 * An interface: in a worker it is the graph of executor/job (carrier_graph.h), in tests whatever
 * they want to happen. */
#ifndef BL_SERVER_CARRIER_H
#define BL_SERVER_CARRIER_H

#include "bailiff/err.h"
#include "bailiff/job_event.h"

struct bl_carry_order {
    const struct bl_job *job; /* borrowed until free() */
    const char *cpus;         /* of its first place, as in cpuset.cpus; for the call */
    uint64_t accepted_ns;
    uint64_t deadline_ns;  /* it ends as EXPIRED then; UINT64_MAX: never */
    uint64_t first_number; /* of its next event */
    /* CASE, STEP and, once and last, DONE; from the loop, never from inside a call. waited_ns and
     * ran_ns are not looked at. DONE: nothing of the job is left; it is freed later, not here. */
    void (*on_event)(void *ctx, const struct bl_job_event *event);
    /* A place that was recalled is idle: its CPUs are the caller's again. */
    void (*on_idle)(void *ctx, unsigned place);
    /* A case is to be run again alone: nothing of the job runs until alone(). */
    void (*on_wish)(void *ctx);
    /* That case is over, or not wished for any more. */
    void (*on_wish_end)(void *ctx);
    /* It is held, and nothing of it runs any more. */
    void (*on_still)(void *ctx);
    void *ctx;
};

struct bl_carrier {
    /* start - *work is what it is called from now on. Fails where nothing could be begun. */
    int (*start)(void *ctx, void **work, const struct bl_carry_order *order, struct bl_err *err);
    /* stop - kills what runs and skips the rest; DONE follows, as CANCELLED. */
    void (*stop)(void *ctx, void *work);
    /* add - one more place, where a case may run beside the others; *place: its number. Fails where
     * there are too many. */
    int (*add)(void *ctx, void *work, const char *cpus, unsigned *place, struct bl_err *err);
    /* recall - of a place that was added: no case begins there any more, on_idle follows. */
    void (*recall)(void *ctx, void *work, unsigned place);
    /* hold, resume - no case begins in between, but for what alone() lets go. */
    void (*hold)(void *ctx, void *work);
    void (*resume)(void *ctx, void *work);
    /* alone - the answer to on_wish. is_alone: no other job's program runs until on_wish_end. */
    void (*alone)(void *ctx, void *work, bool is_alone);
    /* free - before DONE: kills it, no event follows. Not from within on_event. */
    void (*free)(void *ctx, void *work);
    void *ctx;
};

#endif
