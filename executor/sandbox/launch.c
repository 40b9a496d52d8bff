/* launch.c - see launch.h. */
#include "executor/sandbox/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t bl_launch_cpu_seconds(uint64_t cpu_time_ns)
{
    return 4 * (cpu_time_ns / BL_NS_PER_S + (cpu_time_ns % BL_NS_PER_S != 0));
}

/* Adds up the strings of a list; counts them. */
static size_t measure(const char *const *list, uint32_t *count)
{
    size_t length = 0;

    for (*count = 0; list[*count]; ++*count)
        length += strlen(list[*count]) + 1;
    return length;
}

static char *put(char *at, const char *text)
{
    size_t length = strlen(text) + 1;

    memcpy(at, text, length);
    return at + length;
}

int bl_launch_build(const struct bl_spec *spec, char **bytes, size_t *length, struct bl_err *err)
{
    const char *workdir = spec->workdir ? spec->workdir : BL_BOX;
    struct bl_launch header = {
        .cpu_seconds = bl_launch_cpu_seconds(spec->limits.cpu_time_ns),
        .file_size_bytes = spec->limits.file_size_bytes,
        .stack_bytes = spec->limits.stack_bytes,
        .open_files = spec->limits.open_files,
    };
    size_t strings = measure(spec->argv, &header.argc) + measure(spec->env, &header.envc);
    size_t total = sizeof(header) + strlen(workdir) + 1 + strings;

    if (strings > BL_ARGS_BYTES_MAX || header.argc + header.envc > BL_ARGS_MAX ||
        total > BL_LAUNCH_BYTES_MAX)
        return bl_fail(err, BL_STEP_ORDER_SIZE, 0,
                       "arguments and environment: %zu bytes in %u strings, at most %d in %d",
                       strings, header.argc + header.envc, BL_ARGS_BYTES_MAX, BL_ARGS_MAX);
    char *buffer = malloc(total);
    if (!buffer)
        return bl_fail(err, BL_STEP_MEMORY, errno, "an exec order of %zu bytes", total);
    memcpy(buffer, &header, sizeof(header));
    char *at = put(buffer + sizeof(header), workdir);
    for (uint32_t i = 0; i < header.argc; i++)
        at = put(at, spec->argv[i]);
    for (uint32_t i = 0; i < header.envc; i++)
        at = put(at, spec->env[i]);
    *bytes = buffer;
    *length = total;
    return 0;
}
