/* deadlines.h - the clocks of one run: set-up, wall time and CPU time (process: worker).
 *
 * No polling interval. Wall: a timer for started + limit. CPU: the counter is looked at when the
 * budget can be spent at the earliest (limits/budget.h), then again, until it is. The first thing
 * that is due is told, once; nothing comes afterwards.
 *
 * The last part of both is handed over to init (executor/sandbox/init_guard.c): for us the counter
 * is ticks behind, and a busy machine may let us wait for a CPU; init has neither trouble. We go on
 * looking now and then, should it fail to. */
#ifndef BL_JOB_DEADLINES_H
#define BL_JOB_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"
#include "executor/base/loop.h"
#include "executor/sandbox/sandbox.h"

struct bl_deadlines;

/* What the clocks ask and tell. */
struct bl_deadlines_calls {
    /* The CPU time that the program has used so far; 0 or -1 with *err. */
    int (*cpu_ns)(void *ctx, uint64_t *ns, struct bl_err *err);
    /* reason: CPU_TIME, WALL_TIME, or SANDBOX, with the error: set-up took too long, or the counter
     * can't be read (a program whose limit can't be held must not go on). */
    void (*on_due)(void *ctx, enum bl_kill_reason reason, const struct bl_err *err);
    /* Have bl_deadlines_started() called: at once where the program runs already. Called once, some
     * time after the launch: a program that is over by then is not worth a wake-up at its start. */
    void (*await_start)(void *ctx);
    /* A limit is near: have them watched from close by. CPU times as cpu_ns tells them. Called once
     * for each limit at most, and before its on_due. */
    void (*hand_over)(void *ctx, const struct bl_guard_limits *limits);
    void *ctx;
};

/* bl_deadlines_new - limits: copied; online: the CPUs there are, where these name none. The set-up
 * clock runs from now, for setup_ns. Fails with LOOP, MEMORY. */
int bl_deadlines_new(struct bl_deadlines **out, struct bl_loop *loop,
                     const struct bl_limits *limits, unsigned online, uint64_t setup_ns,
                     const struct bl_deadlines_calls *calls, struct bl_err *err);

/* bl_deadlines_launched - the program may be running, though we do not know yet: the CPU clock
 * runs. */
void bl_deadlines_launched(struct bl_deadlines *deadlines);

/* bl_deadlines_started - the exec worked, at started_ns: the set-up clock stops, wall runs. */
void bl_deadlines_started(struct bl_deadlines *deadlines, uint64_t started_ns);

/* bl_deadlines_stop - nothing is told any more. */
void bl_deadlines_stop(struct bl_deadlines *deadlines);

void bl_deadlines_free(struct bl_deadlines **deadlines);

#endif
