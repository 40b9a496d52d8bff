#include "executor/job/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

void bl_account_ending(struct bl_result *result, const struct bl_ending *ending,
                       uint64_t ordered_ns)
{
    struct bl_usage *usage = &result->usage;

    result->started_ns = ending->started_ns;
    result->ended_ns = ending->ended_ns;
    usage->voluntary_switches = ending->voluntary_switches;
    usage->involuntary_switches = ending->involuntary_switches;
    usage->minor_faults = ending->minor_faults;
    usage->major_faults = ending->major_faults;
    usage->max_rss_bytes = ending->max_rss_bytes;
    usage->has_io = ending->started_ns != 0;
    usage->read_bytes = ending->read_bytes;
    usage->write_bytes = ending->write_bytes;
    memcpy(result->refusals, ending->refusals, sizeof(result->refusals));
    result->refusal_count = ending->refusal_count;
    result->refusals_total = ending->refusals_total;
    if (ending->started_ns == 0)
        return;
    if (ending->ended_ns > ending->started_ns)
        usage->wall_time_ns = ending->ended_ns - ending->started_ns;
    if (ending->started_ns > ordered_ns)
        result->start_latency_ns = ending->started_ns - ordered_ns;
}

static uint64_t less(uint64_t from, uint64_t amount)
{
    return from > amount ? from - amount : 0;
}

void bl_account_baseline(struct bl_usage *usage, uint64_t baseline_ns)
{
    uint64_t beyond_system = less(baseline_ns, usage->system_time_ns);

    usage->cpu_time_ns = less(usage->cpu_time_ns, baseline_ns);
    usage->system_time_ns = less(usage->system_time_ns, baseline_ns);
    usage->user_time_ns = less(usage->user_time_ns, beyond_system);
}

int bl_account_add_file(struct bl_result *result, struct bl_collected *file, struct bl_err *err)
{
    struct bl_collected *files =
        reallocarray(result->files, result->file_count + 1, sizeof(*result->files));

    if (!files) {
        bl_account_release_file(file);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "collected files");
    }
    result->files = files;
    files[result->file_count] = *file;
    files[result->file_count++].fd = bl_take_fd(&file->fd);
    file->name = NULL;
    return 0;
}

void bl_account_release_file(struct bl_collected *file)
{
    bl_close_fd(&file->fd);
    bl_free_ptr(&file->name);
}

void bl_account_drop_files(struct bl_result *result)
{
    for (unsigned i = 0; i < result->file_count; i++)
        bl_account_release_file(&result->files[i]);
    bl_free_ptr(&result->files);
    result->file_count = 0;
}
