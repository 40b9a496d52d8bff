/* budget.h - when to look at a CPU counter next, so that no polling interval is needed.
 *
 * A group with n usable CPUs can't spend r nanoseconds of CPU time in less than r / n of wall
 * time. So the worker sleeps exactly that long, looks, and sleeps again: a program that forks,
 * threads or bursts is looked at when it can have spent its budget and not before. The steps
 * shrink geometrically; `grain_ns` ends that (the counter itself moves by scheduler ticks). */
#ifndef BL_LIMITS_BUDGET_H
#define BL_LIMITS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct bl_budget {
    uint64_t limit_ns;   /* > 0 */
    uint32_t cpus_milli; /* usable CPUs in thousandths: min(bandwidth, cpuset, pids); > 0 */
    uint64_t grain_ns;   /* shortest sleep; > 0 */
};

/* bl_budget_spent - is the limit exceeded? used == limit is not. */
bool bl_budget_spent(const struct bl_budget *budget, uint64_t used_ns);

/* bl_budget_sleep_ns - how long until it can be exceeded at the earliest; at least grain_ns.
 * Meaningless once spent. */
uint64_t bl_budget_sleep_ns(const struct bl_budget *budget, uint64_t used_ns);

/* bl_usable_cpus_milli - the most CPUs that a program can keep busy at once. pids: its limit;
 * online: CPUs it may be scheduled on. The bandwidth limit bounds it only over whole periods, so a
 * burst at the end of one and the start of the next counts double: not below that. */
uint32_t bl_usable_cpus_milli(uint64_t cpus_milli, uint64_t pids, uint32_t online);

#endif
