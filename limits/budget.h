/* budget.h - when to look at a CPU counter next, so that no polling interval is needed.
 *
 * A group with n usable CPUs can't spend r nanoseconds of CPU time in less than r / n of wall
 * time. So the worker sleeps exactly that long, looks, and sleeps again: a program that forks,
 * threads or bursts is looked at when it can have spent its budget and not before. What remains
 * shrinks geometrically while the program is busy; `grain_ns` ends that (the counter itself moves
 * by scheduler ticks). Between two looks a program can't get past limit_ns + grain_ns * cpus. */
#ifndef BL_LIMITS_BUDGET_H
#define BL_LIMITS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct bl_budget {
    uint64_t limit_ns;        /* > 0 */
    uint32_t cpus;            /* that the program can keep busy at once: bl_usable_cpus(); > 0 */
    uint32_t bandwidth_milli; /* its CPU bandwidth limit in thousandths of a CPU; 0: none */
    uint64_t grain_ns;        /* shortest sleep; > 0 */
};

/* bl_budget_spent - is the limit exceeded? used == limit is not. */
bool bl_budget_spent(const struct bl_budget *budget, uint64_t used_ns);

/* bl_budget_sleep_ns - how long until it can be exceeded at the earliest; at least grain_ns.
 * Once it is spent: grain_ns.
 *
 * The bandwidth limit saves looks and is no bound on a burst: a quota of one CPU lets 8 threads
 * spend a period's 100 ms in 12.5 ms, at the end of one period and at the start of the next again.
 * A window of t holds at most t / period + 1 refills, the quota that was there when it began, and
 * what each CPU had taken ahead or overdrawn (Documentation/scheduler/sched-bwc.rst). */
uint64_t bl_budget_sleep_ns(const struct bl_budget *budget, uint64_t used_ns);

/* bl_usable_cpus - the most CPUs that a program can keep busy at once. pids: its limit (threads
 * count); online: CPUs it may be scheduled on. At least 1. */
uint32_t bl_usable_cpus(uint64_t pids, uint32_t online);

#endif
