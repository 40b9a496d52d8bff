#include "executor/job/deadlines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "limits/budget.h"

/* The kernel adds a running thread's time to its group's counter when the tick comes (1 to 4 ms) or
 * the thread is switched out: to look more often than this would only see the same number. */
enum { LOOK_GRAIN_NS = 500 * 1000 };

struct bl_deadlines {
    struct bl_timer *clock; /* set-up until the exec, then wall */
    struct bl_timer *look;  /* at the CPU counter */
    struct bl_budget budget;
    uint64_t wall_ns;
    bool started, over;
    struct bl_deadlines_calls calls;
};

static void due(struct bl_deadlines *deadlines, enum bl_kill_reason reason,
                const struct bl_err *err)
{
    bl_deadlines_stop(deadlines);
    deadlines->calls.on_due(deadlines->calls.ctx, reason, err);
}

static void on_clock(void *ctx)
{
    struct bl_deadlines *deadlines = ctx;
    struct bl_err err;

    if (deadlines->started) {
        due(deadlines, BL_KILL_WALL_TIME, NULL);
        return;
    }
    (void)bl_fail(&err, BL_STEP_INIT_TALK, ETIMEDOUT, "the program was not started in time");
    due(deadlines, BL_KILL_SANDBOX, &err);
}

static void on_look(void *ctx)
{
    struct bl_deadlines *deadlines = ctx;
    uint64_t used_ns, now_ns = bl_now_ns();
    struct bl_err err;

    if (deadlines->calls.cpu_ns(deadlines->calls.ctx, &used_ns, &err) != 0)
        due(deadlines, BL_KILL_SANDBOX, &err);
    else if (bl_budget_spent(&deadlines->budget, used_ns))
        due(deadlines, BL_KILL_CPU_TIME, NULL);
    else
        bl_timer_arm(deadlines->look, now_ns + bl_budget_sleep_ns(&deadlines->budget, used_ns));
}

static struct bl_budget budget_of(const struct bl_limits *limits)
{
    /* Not sched_getaffinity(2), which is quicker: the program may widen its own again. */
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    return (struct bl_budget){
        .limit_ns = limits->cpu_time_ns,
        .cpus = bl_usable_cpus(limits->pids, online > 0 ? (uint32_t)online : UINT32_MAX),
        .bandwidth_milli = (uint32_t)limits->cpus_milli,
        .grain_ns = LOOK_GRAIN_NS,
    };
}

int bl_deadlines_new(struct bl_deadlines **out, struct bl_loop *loop,
                     const struct bl_limits *limits, uint64_t setup_ns,
                     const struct bl_deadlines_calls *calls, struct bl_err *err)
{
    struct bl_deadlines *deadlines = calloc(1, sizeof(*deadlines));

    if (!deadlines)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "deadlines");
    deadlines->budget = budget_of(limits);
    deadlines->wall_ns = limits->wall_time_ns;
    deadlines->calls = *calls;
    if (bl_timer_new(&deadlines->clock, loop, on_clock, deadlines, err) != 0 ||
        bl_timer_new(&deadlines->look, loop, on_look, deadlines, err) != 0) {
        bl_deadlines_free(&deadlines);
        return -1;
    }
    bl_timer_arm(deadlines->clock, bl_now_ns() + setup_ns);
    *out = deadlines;
    return 0;
}

void bl_deadlines_launched(struct bl_deadlines *deadlines)
{
    if (!deadlines->over)
        bl_timer_arm(deadlines->look, bl_now_ns() + bl_budget_sleep_ns(&deadlines->budget, 0));
}

void bl_deadlines_started(struct bl_deadlines *deadlines, uint64_t started_ns)
{
    deadlines->started = true;
    if (!deadlines->over)
        bl_timer_arm(deadlines->clock, started_ns + deadlines->wall_ns);
}

void bl_deadlines_stop(struct bl_deadlines *deadlines)
{
    deadlines->over = true;
    bl_timer_disarm(deadlines->clock);
    bl_timer_disarm(deadlines->look);
}

void bl_deadlines_free(struct bl_deadlines **deadlines)
{
    if (!*deadlines)
        return;
    bl_timer_free(&(*deadlines)->clock);
    bl_timer_free(&(*deadlines)->look);
    free(*deadlines);
    *deadlines = NULL;
}
