#include "limits/usage_rows.h"

#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"

enum { ALWAYS = -1 };

#define USAGE(field)                                     \
    {                                                    \
#field, offsetof(struct bl_usage, field), ALWAYS \
    }
#define USAGE_IF(field, has)                                                          \
    {                                                                                 \
#field, offsetof(struct bl_usage, field), (int)offsetof(struct bl_usage, has) \
    }

static const struct bl_usage_row table[] = {
    USAGE(cpu_time_ns),
    USAGE(user_time_ns),
    USAGE(system_time_ns),
    USAGE(wall_time_ns),
    USAGE_IF(memory_peak_bytes, has_memory_peak),
    USAGE_IF(memory_file_bytes, has_memory_split),
    USAGE_IF(memory_shmem_bytes, has_memory_split),
    USAGE_IF(memory_kernel_bytes, has_memory_split),
    USAGE(max_rss_bytes),
    USAGE(oom_kills),
    USAGE_IF(memory_limit_hits, has_memory_limit_hits),
    USAGE_IF(pids_peak, has_pids_peak),
    USAGE(pids_refused),
    USAGE(stdin_bytes),
    USAGE(stdout_bytes),
    USAGE(stderr_bytes),
    USAGE(voluntary_switches),
    USAGE(involuntary_switches),
    USAGE(minor_faults),
    USAGE(major_faults),
    USAGE_IF(read_bytes, has_io),
    USAGE_IF(write_bytes, has_io),
    USAGE_IF(throttled_ns, has_throttled),
    USAGE_IF(steal_ns, has_steal),
    USAGE_IF(cpu_pressure_ns, has_pressure),
    USAGE_IF(memory_pressure_ns, has_pressure),
    USAGE_IF(io_pressure_ns, has_pressure),
};

const struct bl_usage_row *bl_usage_rows(size_t *count)
{
    *count = BL_ARRAY_LEN(table);
    return table;
}

bool bl_usage_is_known(const struct bl_usage *usage, const struct bl_usage_row *row)
{
    return row->has == ALWAYS || *((const bool *)usage + row->has);
}

uint64_t bl_usage_get(const struct bl_usage *usage, const struct bl_usage_row *row)
{
    uint64_t value;

    memcpy(&value, (const char *)usage + row->offset, sizeof(value));
    return value;
}
