#include "executor/job/deadlines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "limits/budget.h"

enum {
    LOOK_GRAIN_NS = 250 * 1000, /* a look costs some microseconds */
    IDLE_TICKS = 3,             /* the counter has not moved for so long: the program sleeps */
};

struct bl_deadlines {
    struct bl_timer *clock; /* set-up until the exec, then wall */
    struct bl_timer *look;  /* at the CPU counter */
    struct bl_budget budget;
    uint64_t wide_ns; /* of the limit: up to here on all its CPUs, beyond it on one */
    uint64_t wall_ns;
    uint64_t tick_ns;
    uint64_t seen_ns, moved_at_ns; /* the counter at the last look, and when it last moved */
    bool narrowed;                 /* or can't be */
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

/* A program that sleeps just before its limit, perhaps for hours, is looked at once a tick. */
static void look_later(struct bl_deadlines *deadlines, uint64_t used_ns)
{
    struct bl_budget until = deadlines->budget;
    uint64_t sleep_ns, now_ns = bl_now_ns();

    if (!deadlines->narrowed)
        until.limit_ns = deadlines->wide_ns;
    sleep_ns = bl_budget_sleep_ns(&until, used_ns);
    if (used_ns != deadlines->seen_ns)
        deadlines->moved_at_ns = now_ns;
    deadlines->seen_ns = used_ns;
    if (now_ns - deadlines->moved_at_ns > IDLE_TICKS * deadlines->tick_ns &&
        sleep_ns < deadlines->tick_ns)
        sleep_ns = deadlines->tick_ns;
    bl_timer_arm(deadlines->look, now_ns + sleep_ns);
}

static void narrow_if_near(struct bl_deadlines *deadlines, uint64_t used_ns)
{
    if (deadlines->narrowed || used_ns < deadlines->wide_ns)
        return;
    deadlines->narrowed = true;
    if (deadlines->calls.narrow(deadlines->calls.ctx))
        deadlines->budget.cpus = 1;
}

static void on_look(void *ctx)
{
    struct bl_deadlines *deadlines = ctx;
    struct bl_err err;
    uint64_t used_ns;

    if (deadlines->calls.cpu_ns(deadlines->calls.ctx, &used_ns, &err) != 0)
        due(deadlines, BL_KILL_SANDBOX, &err);
    else if (bl_budget_spent(&deadlines->budget, used_ns))
        due(deadlines, BL_KILL_CPU_TIME, NULL);
    else {
        narrow_if_near(deadlines, used_ns);
        look_later(deadlines, used_ns);
    }
}

/* The coarse clock moves by ticks. */
static uint64_t tick_length(void)
{
    struct timespec tick;

    if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_sec > 0)
        return 10 * BL_NS_PER_MS;
    return (uint64_t)tick.tv_nsec;
}

static uint64_t wide_part(const struct bl_budget *budget, uint64_t tick_ns)
{
    uint64_t narrow_ns = budget->cpus * (tick_ns + 2 * LOOK_GRAIN_NS);

    if (budget->cpus == 1)
        return budget->limit_ns;
    return budget->limit_ns > narrow_ns ? budget->limit_ns - narrow_ns : 0;
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
    deadlines->tick_ns = tick_length();
    deadlines->wide_ns = wide_part(&deadlines->budget, deadlines->tick_ns);
    deadlines->narrowed = deadlines->budget.cpus == 1;
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
        look_later(deadlines, 0);
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
