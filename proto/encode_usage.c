/* encode_usage.c - the counters: known ones have a value, others none. */
#include <string.h>

#include "bailiff/own.h"
#include "proto/encode_private.h"

enum { ALWAYS = -1 };

#define USAGE(field)                             \
    {                                            \
        offsetof(struct bl_usage, field), ALWAYS \
    }
#define USAGE_IF(field, has)                                                  \
    {                                                                         \
        offsetof(struct bl_usage, field), (int)offsetof(struct bl_usage, has) \
    }

/* Field number n of the message is row n - 1: tests/unit/test_proto_encode.c holds it to the names.
 * has: where the flag is that says whether it is known. */
static const struct {
    size_t offset;
    int has;
} rows[] = {
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

void bl_encode_usage(const struct bl_usage *usage, Bailiff__V1__Usage *out)
{
    const ProtobufCMessageDescriptor *type = &bailiff__v1__usage__descriptor;

    bailiff__v1__usage__init(out);
    for (size_t i = 0; i < type->n_fields && i < BL_ARRAY_LEN(rows); i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        if (rows[i].has != ALWAYS) {
            if (!*((const bool *)usage + rows[i].has))
                continue;
            memcpy((char *)out + field->quantifier_offset, &field->id, sizeof(field->id));
        }
        memcpy((char *)out + field->offset, (const char *)usage + rows[i].offset, sizeof(uint64_t));
    }
}
