/* problem_limits.c - limits and times of a problem; see problem_limits.h. */
#include "executor/judge/problem_limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/judge/yaml_file.h"

/* key, field, unit, most (in that unit), the format's "typical system default" */
#define LIMITS(X)                                                            \
    X("memory", memory_bytes, BL_MIB, 1048576, 2048)                         \
    X("output", output_bytes, BL_MIB, 1048576, 8)                            \
    X("code", code_bytes, BL_KIB, 65536, 128)                                \
    X("compilation_time", compilation_time_ns, BL_NS_PER_S, 86400, 60)       \
    X("compilation_memory", compilation_memory_bytes, BL_MIB, 1048576, 2048) \
    X("validation_time", validation_time_ns, BL_NS_PER_S, 86400, 60)         \
    X("validation_memory", validation_memory_bytes, BL_MIB, 1048576, 2048)   \
    X("validation_output", validation_output_bytes, BL_MIB, 1048576, 8)      \
    X("validation_passes", validation_passes, 1, BL_PASSES_MAX, 2)

static const struct {
    const char *key;
    size_t offset;
    uint64_t unit, most, otherwise;
} rows[] = {
#define X(key, field, unit, most, otherwise) \
    {key, offsetof(struct bl_problem, field), unit, most, otherwise},
    LIMITS(X)
#undef X
};

/* The times are fractions, and differ between the formats. */
static const char *const time_keys[] = {"time_limit",      "time_resolution",    "time_multipliers",
                                        "time_multiplier", "time_safety_margin", NULL};

static int read_seconds(const struct bl_yaml_file *file, const struct bl_yaml *node, uint64_t *ns,
                        struct bl_err *err)
{
    double seconds;

    if (bl_yaml_number(file, node, &seconds, err))
        return -1;
    if (seconds < 0.001 || seconds > 86400)
        return bl_yaml_fail(file, node, err, "must be from 0.001 to 86400 seconds");
    *ns = (uint64_t)llround(seconds * 1e9);
    return 0;
}

static int read_factor(const struct bl_yaml_file *file, const struct bl_yaml *map, const char *key,
                       double *factor, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(map, key);

    if (!node)
        return 0;
    if (bl_yaml_number(file, node, factor, err))
        return -1;
    if (*factor < 1 || *factor > 1000)
        return bl_yaml_fail(file, node, err, "must be from 1 to 1000");
    return 0;
}

static int read_times(struct bl_problem *problem, const struct bl_yaml_file *file,
                      const struct bl_yaml *limits, struct bl_err *err)
{
    const struct bl_yaml *limit = bl_yaml_get(limits, "time_limit");
    const struct bl_yaml *resolution = bl_yaml_get(limits, "time_resolution");
    const struct bl_yaml *factors = bl_yaml_get(limits, "time_multipliers");

    if (limit) {
        problem->time_limit_source = "problem.yaml";
        if (read_seconds(file, limit, &problem->time_limit_ns, err))
            return -1;
    }
    if (resolution && read_seconds(file, resolution, &problem->time_resolution_ns, err))
        return -1;
    if (factors && bl_yaml_expect(file, factors, BL_YAML_MAP, err))
        return -1;
    if (read_factor(file, limits, "time_multiplier", &problem->ac_to_time_limit, err) ||
        read_factor(file, limits, "time_safety_margin", &problem->time_limit_to_tle, err))
        return -1;
    return read_factor(file, factors, "ac_to_time_limit", &problem->ac_to_time_limit, err) ||
                   read_factor(file, factors, "time_limit_to_tle", &problem->time_limit_to_tle, err)
               ? -1
               : 0;
}

static bool is_time_key(const char *key)
{
    const char *const *known = time_keys;

    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

static int read_row(struct bl_problem *problem, const struct bl_yaml_file *file,
                    const struct bl_yaml *node, struct bl_arena *arena,
                    struct bl_warnings *warnings, struct bl_err *err)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        uint64_t value;

        if (strcmp(rows[i].key, node->key) != 0)
            continue;
        if (bl_yaml_count(file, node, 1, rows[i].most, &value, err))
            return -1;
        *(uint64_t *)(void *)((char *)problem + rows[i].offset) = value * rows[i].unit;
        return 0;
    }
    if (problem->format != BL_FORMAT_LEGACY)
        return bl_yaml_fail(file, node, err, "unknown limit");
    return bl_warn(warnings, arena, err, "problem.yaml:%u: unknown limit '%.60s' ignored",
                   node->line, node->key);
}

int bl_problem_limits_read(struct bl_problem *problem, const struct bl_yaml_file *file,
                           struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    const struct bl_yaml *limits = bl_yaml_get(file->root, "limits");
    bool legacy = problem->format == BL_FORMAT_LEGACY;

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        *(uint64_t *)(void *)((char *)problem + rows[i].offset) = rows[i].otherwise * rows[i].unit;
    problem->ac_to_time_limit = legacy ? 5 : 2;
    problem->time_limit_to_tle = legacy ? 2 : 1.5;
    problem->time_resolution_ns = BL_NS_PER_S;
    if (!limits)
        return 0;
    if (bl_yaml_expect(file, limits, BL_YAML_MAP, err))
        return -1;
    for (const struct bl_yaml *node = limits->child; node; node = node->next)
        if (!is_time_key(node->key) && !bl_yaml_is_null(node) &&
            read_row(problem, file, node, arena, warnings, err))
            return -1;
    return read_times(problem, file, limits, err);
}

int bl_problem_timelimit_file(struct bl_problem *problem, int package, struct bl_arena *arena,
                              struct bl_err *err)
{
    struct bl_yaml_file file;

    if (problem->time_limit_ns)
        return 0;
    if (bl_yaml_load(&file, package, ".timelimit", arena, err))
        return -1;
    if (!file.root)
        return 0;
    problem->time_limit_source = ".timelimit";
    return read_seconds(&file, file.root, &problem->time_limit_ns, err);
}

uint64_t bl_problem_time_limit(const struct bl_problem *problem, uint64_t slowest_ns)
{
    double steps =
        ceil((double)slowest_ns * problem->ac_to_time_limit / (double)problem->time_resolution_ns);

    return problem->time_resolution_ns * (steps < 1 ? 1 : (uint64_t)steps);
}
