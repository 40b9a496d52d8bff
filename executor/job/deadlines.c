#include "executor/job/deadlines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "limits/budget.h"
#include "limits/cgroup_clock.h"
#include "limits/cgroup_parse.h"

enum {
    LOOK_GRAIN_NS = 250 * 1000,   /* a look costs some microseconds */
    LATE_NS = 200 * 1000 * 1000,  /* how late a busy machine may let us look */
    BEHIND_NS = 10 * 1000 * 1000, /* between our looks while init watches: should it fail to */
    START_NS = 5 * 1000 * 1000,   /* after the launch: that it has begun is not urgent before */
};

struct bl_deadlines {
    struct bl_timer *clock; /* set-up until the exec, then wall */
    struct bl_timer *look;  /* at the CPU counter */
    struct bl_budget budget;
    uint64_t near_ns; /* where the CPU limit is so near that init is to watch */
    uint64_t wall_ns;
    uint64_t tick_ns;
    uint64_t setup_end_ns;
    uint64_t started_ns; /* 0: not yet */
    bool start_awaited, cpu_guarded, wall_guarded, over;
    struct bl_deadlines_calls calls;
};

static void due(struct bl_deadlines *deadlines, enum bl_kill_reason reason,
                const struct bl_err *err)
{
    bl_deadlines_stop(deadlines);
    deadlines->calls.on_due(deadlines->calls.ctx, reason, err);
}

static uint64_t less(uint64_t from, uint64_t what)
{
    return from > what ? from - what : 0;
}

static void hand_over(struct bl_deadlines *deadlines)
{
    const struct bl_budget *budget = &deadlines->budget;
    const struct bl_guard_limits limits = {
        .cpu_ns = budget->limit_ns,
        .close_ns = less(budget->limit_ns, budget->cpus * (deadlines->tick_ns + LOOK_GRAIN_NS)),
        .wall_ns = deadlines->started_ns ? deadlines->wall_ns : 0,
        .cpus = budget->cpus,
        .round_max = BL_CGROUP_ROUND_MAX,
    };

    deadlines->cpu_guarded = true;
    deadlines->wall_guarded = deadlines->started_ns != 0;
    deadlines->calls.hand_over(deadlines->calls.ctx, &limits);
}

/* ---- set-up and wall --------------------------------------------------------------------------
 */

static void await_wall(struct bl_deadlines *deadlines)
{
    uint64_t end_ns = deadlines->started_ns + deadlines->wall_ns;

    bl_timer_arm(deadlines->clock,
                 deadlines->wall_guarded ? end_ns + BEHIND_NS : less(end_ns, LATE_NS));
}

static void await_start(struct bl_deadlines *deadlines)
{
    deadlines->start_awaited = true;
    bl_timer_arm(deadlines->clock, deadlines->setup_end_ns);
    deadlines->calls.await_start(deadlines->calls.ctx);
}

static void on_clock(void *ctx)
{
    struct bl_deadlines *deadlines = ctx;
    struct bl_err err;

    if (!deadlines->started_ns && !deadlines->start_awaited &&
        bl_now_ns() < deadlines->setup_end_ns) {
        await_start(deadlines);
    } else if (!deadlines->started_ns) {
        (void)bl_fail(&err, BL_STEP_INIT_TALK, ETIMEDOUT, "the program was not started in time");
        due(deadlines, BL_KILL_SANDBOX, &err);
    } else if (bl_now_ns() > deadlines->started_ns + deadlines->wall_ns + BEHIND_NS / 2)
        due(deadlines, BL_KILL_WALL_TIME, NULL);
    else {
        if (!deadlines->wall_guarded)
            hand_over(deadlines);
        await_wall(deadlines);
    }
}

/* ---- CPU --------------------------------------------------------------------------------------
 */

static void look_later(struct bl_deadlines *deadlines, uint64_t used_ns)
{
    struct bl_budget until = deadlines->budget;
    uint64_t sleep_ns;

    if (!deadlines->cpu_guarded)
        until.limit_ns = deadlines->near_ns;
    sleep_ns = bl_budget_sleep_ns(&until, used_ns);
    if (deadlines->cpu_guarded && sleep_ns < BEHIND_NS)
        sleep_ns = BEHIND_NS;
    bl_timer_arm(deadlines->look, bl_now_ns() + sleep_ns);
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
        if (!deadlines->cpu_guarded && used_ns >= deadlines->near_ns)
            hand_over(deadlines);
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

static struct bl_budget budget_of(const struct bl_limits *limits, unsigned online)
{
    struct bl_cgroup_cpus allowed;
    unsigned cpus = online;

    if (bl_cgroup_parse_cpus(limits->cpuset, strlen(limits->cpuset), &allowed) &&
        bl_cgroup_count_cpus(&allowed) > 0)
        cpus = bl_cgroup_count_cpus(&allowed);
    return (struct bl_budget){
        .limit_ns = limits->cpu_time_ns,
        .cpus = bl_usable_cpus(limits->pids, cpus),
        .bandwidth_milli = (uint32_t)limits->cpus_milli,
        .grain_ns = LOOK_GRAIN_NS,
    };
}

int bl_deadlines_new(struct bl_deadlines **out, struct bl_loop *loop,
                     const struct bl_limits *limits, unsigned online, uint64_t setup_ns,
                     const struct bl_deadlines_calls *calls, struct bl_err *err)
{
    struct bl_deadlines *deadlines = calloc(1, sizeof(*deadlines));

    if (!deadlines)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "deadlines");
    deadlines->budget = budget_of(limits, online);
    deadlines->tick_ns = tick_length();
    deadlines->near_ns =
        less(limits->cpu_time_ns, deadlines->budget.cpus * (deadlines->tick_ns + LATE_NS));
    deadlines->wall_ns = limits->wall_time_ns;
    deadlines->calls = *calls;
    if (bl_timer_new(&deadlines->clock, loop, on_clock, deadlines, err) != 0 ||
        bl_timer_new(&deadlines->look, loop, on_look, deadlines, err) != 0) {
        bl_deadlines_free(&deadlines);
        return -1;
    }
    deadlines->setup_end_ns = bl_now_ns() + setup_ns;
    bl_timer_arm(deadlines->clock, deadlines->setup_end_ns);
    *out = deadlines;
    return 0;
}

/* When the wall clock is to be handed over it must be known since when it runs. */
void bl_deadlines_launched(struct bl_deadlines *deadlines)
{
    uint64_t await_ns = bl_now_ns() + START_NS;

    if (deadlines->over)
        return;
    look_later(deadlines, 0);
    if (deadlines->wall_ns < START_NS + LATE_NS)
        await_start(deadlines);
    else if (await_ns < deadlines->setup_end_ns)
        bl_timer_arm(deadlines->clock, await_ns);
}

void bl_deadlines_started(struct bl_deadlines *deadlines, uint64_t started_ns)
{
    deadlines->started_ns = started_ns;
    if (!deadlines->over)
        await_wall(deadlines);
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
