/* run_private.h - one run's state, shared by the files that move it: run.c (its life, and the
 * reasons to end it), run_open.c (its sandbox, and another one in its place), run_sandbox.c (what
 * its sandbox tells) and run_watch.c (what is watched beside its clocks). */
#ifndef BL_JOB_RUN_PRIVATE_H
#define BL_JOB_RUN_PRIVATE_H

#include "executor/job/deadlines.h"
#include "executor/job/meter.h"
#include "executor/job/prefetch.h"
#include "executor/job/run.h"
#include "executor/job/streams.h"
#include "executor/sandbox/sandbox.h"
#include "limits/verdict.h"

/* Each is entered once, in this order; some are skipped. */
enum bl_run_state {
    BL_RUN_OPENING,  /* the sandbox is being made, input files are being warmed */
    BL_RUN_LAUNCHED, /* the order is sent; whether the exec worked is not known */
    BL_RUN_RUNNING,
    BL_RUN_ENDED,   /* every process is dead; files are perhaps being collected */
    BL_RUN_CLOSING, /* the sandbox is being removed */
    BL_RUN_OVER,    /* on_end is due or done */
};

/* What a launch waits for. */
enum {
    BL_RUN_NEEDS_SANDBOX = 1 << 0,
    BL_RUN_NEEDS_FILES =
        1 << 1, /* in the page cache, so that they are not charged to the program */
};

/* What a run waits for; it is over when none is left. */
enum {
    BL_RUN_AWAITS_GROUP = 1 << 0, /* proven empty */
    BL_RUN_AWAITS_STDOUT = 1 << 1,
    BL_RUN_AWAITS_STDERR = 1 << 2,
};

struct bl_run {
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_run_order order;
    enum bl_run_state state;
    unsigned needs, awaits;
    struct bl_sandbox *sandbox;
    bool is_replaced; /* it is the second one */
    struct bl_streams streams;
    struct bl_deadlines *deadlines;
    struct bl_prefetch *prefetch;
    struct bl_watch *oom;
    struct bl_meter before; /* perhaps from before the launch: bl_meter_narrow() */
    uint64_t ordered_ns, launched_ns;
    uint64_t baseline_ns;   /* CPU time that the group had used before the launch */
    uint64_t refused_above; /* by then: bl_cgroup_refused_above() */
    struct bl_observation seen;
    struct bl_err error; /* seen.error: the first */
    struct bl_result result;
    struct bl_deferred over;
};

/* ---- run.c ------------------------------------------------------------------------------------
 */

/* bl_run_enter - the one setter of the state. */
void bl_run_enter(struct bl_run *run, enum bl_run_state state);

/* bl_run_note - an error that counts where none was noted before. in_outputs: the program had run
 * and ended by then. */
void bl_run_note(struct bl_run *run, const struct bl_err *err, bool in_outputs);

/* bl_run_fail - our failure, or the request's; what was observed of the program until then does not
 * count. Closes the sandbox. */
void bl_run_fail(struct bl_run *run, const struct bl_err *err);

/* bl_run_close - has the sandbox removed; clears BL_RUN_AWAITS_GROUP at once where the group is
 * seen to be empty, else with CLOSED. Idempotent. */
void bl_run_close(struct bl_run *run);

/* bl_run_clear - one thing less to wait for; the one function that finishes. */
void bl_run_clear(struct bl_run *run, unsigned awaited);

/* bl_run_leaves_files - judges what is known so far: is it well enough for its files to be of use?
 */
bool bl_run_leaves_files(struct bl_run *run);

/* bl_run_end_for - a reason to end the program; the first counts. */
void bl_run_end_for(struct bl_run *run, enum bl_kill_reason reason);

void bl_run_drain(struct bl_run *run); /* the program is gone: what it wrote is delivered */

/* ---- run_open.c -------------------------------------------------------------------------------
 */

/* bl_run_open - orders a sandbox. Fails as bl_sandbox_open() does. */
int bl_run_open(struct bl_run *run, struct bl_err *err);

/* bl_run_fail_to_open - its sandbox failed before the program was launched in it: that costs
 * nothing but time, so another one is ordered, once. What fails again, or can't be mended by
 * another sandbox, is the run's failure. */
void bl_run_fail_to_open(struct bl_run *run, const struct bl_err *err);

/* ---- run_sandbox.c ----------------------------------------------------------------------------
 */

void bl_run_on_sandbox(void *ctx, const struct bl_sandbox_event *event);

/* bl_run_group_empty - no process of the program is left, proven. */
void bl_run_group_empty(struct bl_run *run);

/* bl_run_satisfy - one thing less for the launch to wait for; launches at the last. */
void bl_run_satisfy(struct bl_run *run, unsigned need);

/* ---- run_watch.c ------------------------------------------------------------------------------
 */

/* bl_run_read_meters - the machine's, now; run->before becomes as exact as it can. After the
 * launch. */
void bl_run_read_meters(struct bl_run *run, struct bl_meter *now);

/* bl_run_look_closer - the program is not one of those that are over at once: watches for OOM
 * kills, reads the meters. Once, after the launch. Fails with MEMORY, LOOP. */
int bl_run_look_closer(struct bl_run *run, struct bl_err *err);

#endif
