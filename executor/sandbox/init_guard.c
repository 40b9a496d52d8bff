/* init_guard.c - the last moments of a program's time (process: init; system calls only).
 *
 * The worker watches while the limits are far, and hands over to us when one comes near: we have a
 * CPU the moment we want one (birth.c), and it may not. Until close_ns the counter of CPU time,
 * which is a tick behind, can't be past the limit. Then we go round the program's CPUs before each
 * look: wherever we come we take the CPU from it, so the counter is exact, and what remains is what
 * the program needs at least. Nothing of that waits for a lock. Only where the CPUs are too many
 * for it the program is kept to one of them, by a write that may wait. */
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/syscalls.h"

enum {
    GRAIN_NS = 100 * 1000,          /* a look costs some microseconds */
    IDLE_NS = 12 * 1000 * 1000,     /* the counter has not moved for so long: the program sleeps, */
    IDLE_LOOK_NS = 3 * 1000 * 1000, /* perhaps for hours, and is looked at so often */
};

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    return (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

void bl_guard_begin(struct bl_guard *guard, const struct bl_guard_order *order, uint64_t started_ns,
                    int counter, int cpuset)
{
    const struct bl_guard_limits *limits = &order->limits;

    bl_guard_end(guard);
    bl_guard_go_home(guard);
    guard->clock = (struct bl_cgroup_clock){.version = order->version,
                                            .cpu_count = order->cpu_count,
                                            .counter = counter,
                                            .cpuset = cpuset};
    memcpy(guard->clock.cpus, order->cpus, sizeof(guard->clock.cpus));
    guard->budget =
        (struct bl_budget){.limit_ns = limits->cpu_ns, .cpus = limits->cpus, .grain_ns = GRAIN_NS};
    guard->close_ns = limits->close_ns;
    guard->wall_end_ns = limits->wall_ns && started_ns ? started_ns + limits->wall_ns : UINT64_MAX;
    guard->is_close = false;
    guard->due_ns = now_ns();
    if (limits->cpus == 0 || limits->cpu_ns == 0 || order->cpu_count > BL_CGROUP_ROUND_MAX)
        bl_guard_end(guard); /* the worker's own watch still stands */
}

void bl_guard_end(struct bl_guard *guard)
{
    bl_close_fd(&guard->clock.counter);
    bl_close_fd(&guard->clock.cpuset);
}

const struct timespec *bl_guard_wait(const struct bl_guard *guard, struct timespec *room)
{
    uint64_t due_ns = guard->due_ns < guard->wall_end_ns ? guard->due_ns : guard->wall_end_ns;
    uint64_t now = now_ns(), wait_ns = due_ns > now ? due_ns - now : 0;

    if (guard->clock.counter < 0)
        return NULL;
    *room = (struct timespec){.tv_sec = (time_t)(wait_ns / BL_NS_PER_S),
                              .tv_nsec = (long)(wait_ns % BL_NS_PER_S)};
    return room;
}

void bl_guard_go_home(struct bl_guard *guard)
{
    if (guard->is_away)
        (void)sched_setaffinity(0, sizeof(guard->home), &guard->home);
    guard->is_away = false;
}

/* Where we can't go, that CPU's share of the counter is a tick behind as it was. */
static void go_to(uint32_t cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (cpu >= CPU_SETSIZE)
        return;
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof(set), &set);
}

/* To all but the one that we are on: our waking up has taken that from the program already. */
static void go_round(struct bl_guard *guard)
{
    for (uint32_t i = 1; i < guard->clock.cpu_count; i++) {
        guard->at = (guard->at + 1) % guard->clock.cpu_count;
        go_to(guard->clock.cpus[guard->at]);
    }
}

static void come_close(struct bl_guard *guard)
{
    guard->is_close = true;
    guard->is_away = sched_getaffinity(0, sizeof(guard->home), &guard->home) == 0;
    guard->at = 0;
    if (guard->clock.cpu_count > 0)
        go_to(guard->clock.cpus[0]);
    if (guard->clock.cpuset >= 0 && bl_cgroup_clock_narrow(&guard->clock) == 0)
        guard->budget.cpus = 1;
}

static void look_again(struct bl_guard *guard, uint64_t used_ns)
{
    struct bl_budget until = guard->budget;
    uint64_t now = now_ns(), sleep_ns;

    if (!guard->is_close)
        until.limit_ns = guard->close_ns;
    sleep_ns = bl_budget_sleep_ns(&until, used_ns);
    if (used_ns != guard->seen_ns)
        guard->moved_at_ns = now;
    guard->seen_ns = used_ns;
    if (now - guard->moved_at_ns > IDLE_NS && sleep_ns < IDLE_LOOK_NS)
        sleep_ns = IDLE_LOOK_NS;
    guard->due_ns = now + sleep_ns;
}

static void kill_for(struct bl_guard *guard, enum bl_kill_reason reason)
{
    guard->killed_for = reason;
    (void)kill(-1, SIGKILL); /* ESRCH: dead already */
    bl_guard_end(guard);
}

static void look_at_cpu(struct bl_guard *guard)
{
    uint64_t used_ns;

    if (guard->is_close)
        go_round(guard);
    if (bl_cgroup_clock_read(&guard->clock, &used_ns) < 0) {
        bl_guard_end(guard); /* as above */
        return;
    }
    if (bl_budget_spent(&guard->budget, used_ns))
        kill_for(guard, BL_KILL_CPU_TIME); /* before anything that may wait for a lock */
    else if (!guard->is_close && used_ns >= guard->close_ns) {
        come_close(guard);
        look_at_cpu(guard);
    } else
        look_again(guard, used_ns);
}

void bl_guard_look(struct bl_guard *guard)
{
    uint64_t now = now_ns();

    if (guard->clock.counter < 0)
        return;
    if (now >= guard->wall_end_ns)
        kill_for(guard, BL_KILL_WALL_TIME);
    else if (now >= guard->due_ns)
        look_at_cpu(guard);
}
