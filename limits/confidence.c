#include "limits/confidence.h"

/* Without the overflow of value * percent: limits go up to a day, in nanoseconds. */
static uint64_t percent_of(uint64_t value, unsigned percent)
{
    return value / 100 * percent + value % 100 * percent / 100;
}

static bool time_decides(enum bl_verdict verdict)
{
    return verdict == BL_VERDICT_OK || verdict == BL_VERDICT_TIME_LIMIT ||
           verdict == BL_VERDICT_WALL_TIME_LIMIT;
}

static bool is_near(const struct bl_usage *usage, const struct bl_limits *limits)
{
    return usage->cpu_time_ns >= percent_of(limits->cpu_time_ns, BL_NEAR_PERCENT) ||
           usage->wall_time_ns >= percent_of(limits->wall_time_ns, BL_NEAR_PERCENT);
}

bool bl_confidence_asks(const struct bl_usage *usage, const struct bl_limits *limits)
{
    return usage->wall_time_ns >= BL_NOISE_SHORT_NS ||
           (usage->wall_time_ns >= BL_NOISE_LEAST_NS && is_near(usage, limits));
}

/* CPU time that it was allowed and did not use: asleep, waiting for something, or held back. */
static uint64_t idle_ns(const struct bl_usage *usage, const struct bl_limits *limits)
{
    uint64_t allowed_ns;

    if (__builtin_mul_overflow(usage->wall_time_ns / 1000, limits->cpus_milli, &allowed_ns))
        return UINT64_MAX;
    return allowed_ns > usage->cpu_time_ns ? allowed_ns - usage->cpu_time_ns : 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint32_t bit_if(bool touched, enum bl_noise noise)
{
    return touched ? 1u << noise : 0;
}

struct bl_confidence bl_confidence_of(const struct bl_result *result,
                                      const struct bl_limits *limits)
{
    const struct bl_usage *usage = &result->usage;
    uint64_t idle = idle_ns(usage, limits);
    uint64_t least = percent_of(usage->wall_time_ns, BL_NOISE_PERCENT);
    bool own_memory = usage->has_memory_limit_hits && usage->memory_limit_hits > 0;
    struct bl_confidence confidence = {.near =
                                           time_decides(result->verdict) && is_near(usage, limits)};

    if (usage->wall_time_ns == 0)
        return confidence;
    if (least < BL_NOISE_LEAST_NS)
        least = BL_NOISE_LEAST_NS;
    if (usage->has_pressure)
        confidence.noise |=
            bit_if(lesser(usage->cpu_pressure_ns, idle) >= least, BL_NOISE_CPU_PRESSURE) |
            bit_if(!own_memory && usage->memory_pressure_ns >= least, BL_NOISE_MEMORY_PRESSURE) |
            bit_if(usage->io_pressure_ns >= least, BL_NOISE_IO_PRESSURE);
    if (usage->has_steal)
        confidence.noise |= bit_if(usage->steal_ns >= least, BL_NOISE_STEAL);
    if (usage->has_throttled)
        confidence.noise |= bit_if(lesser(usage->throttled_ns, idle) >= least, BL_NOISE_THROTTLED);
    return confidence;
}
