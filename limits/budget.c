#include "limits/budget.h"

#include "bailiff/units.h"

__extension__ typedef unsigned __int128 wide;

/* cpu.max and cpu.cfs_period_us as Bailiff leaves them: the kernel's default. */
#define PERIOD_NS (100 * BL_NS_PER_MS)

/* What one CPU may run beyond the quota within a window: the slice that it took from the pool
 * earlier (sched_cfs_bandwidth_slice_us, 5 ms) and the tick that notices the end (HZ=100: 10 ms),
 * which is paid back in a later period. */
#define AHEAD_NS (15 * BL_NS_PER_MS)

bool bl_budget_spent(const struct bl_budget *budget, uint64_t used_ns)
{
    return used_ns > budget->limit_ns;
}

/* The least whole number of periods in which the bandwidth limit lets `remaining` be exceeded. With
 * k = (remaining - ahead) / quota that takes more than k - 2 refills. */
static uint64_t bandwidth_sleep_ns(const struct bl_budget *budget, uint64_t remaining_ns)
{
    wide ahead = (wide)AHEAD_NS * budget->cpus;
    wide quota = (wide)PERIOD_NS * budget->bandwidth_milli / 1000, periods, sleep;

    if (budget->bandwidth_milli == 0 || remaining_ns < ahead)
        return 0;
    periods = (remaining_ns - ahead) / quota;
    sleep = periods > 1 ? (periods - 1) * PERIOD_NS : 0;
    return sleep > UINT64_MAX ? UINT64_MAX : (uint64_t)sleep;
}

uint64_t bl_budget_sleep_ns(const struct bl_budget *budget, uint64_t used_ns)
{
    uint64_t remaining, sleep, by_bandwidth;

    if (used_ns >= budget->limit_ns)
        return budget->grain_ns;
    remaining = budget->limit_ns - used_ns;
    sleep = remaining / budget->cpus; /* cut, never rounded up: not a nanosecond late */
    by_bandwidth = bandwidth_sleep_ns(budget, remaining);
    if (sleep < by_bandwidth)
        sleep = by_bandwidth;
    return sleep > budget->grain_ns ? sleep : budget->grain_ns;
}

uint32_t bl_usable_cpus(uint64_t pids, uint32_t online)
{
    uint64_t cpus = pids < online ? pids : online;

    return cpus > 0 ? (uint32_t)cpus : 1;
}
