/* keeping_report.c - a part's report, and what of it goes into the store (process: worker; see
 * keeping_private.h). */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executor/job/keeping_private.h"

/* As init matches (executor/sandbox/init_collect.c). */
int bl_keeping_output(const struct bl_job_command *command, const char *name)
{
    for (size_t i = 0; i < command->output_count; i++) {
        const char *glob = command->outputs[i].glob;

        if (strcmp(glob, "**") == 0 ||
            fnmatch(glob, name, FNM_PATHNAME | FNM_PERIOD | FNM_NOESCAPE) == 0)
            return (int)i;
    }
    return -1;
}

static int by_name(const void *a, const void *b)
{
    const struct bl_collected *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* A file is handed over once for each output that it matches. */
int bl_keeping_sort(struct bl_keeping *keeping, struct bl_err *err)
{
    const struct bl_result *result = &keeping->order.part->result;
    const struct bl_collected **files =
        bl_arena_alloc(&keeping->arena, result->file_count + 1, sizeof(const void *), err);
    size_t count = 0;

    if (!files)
        return -1;
    for (unsigned i = 0; i < result->file_count; i++)
        files[i] = &result->files[i];
    qsort(files, result->file_count, sizeof(const void *), by_name);
    for (unsigned i = 0; i < result->file_count; i++)
        if (count == 0 || strcmp(files[count - 1]->name, files[i]->name) != 0)
            files[count++] = files[i];
    keeping->files = files;
    keeping->file_count = count;
    return 0;
}

static int read_start(struct bl_keeping *keeping, int fd, size_t length, struct bl_blob *blob,
                      struct bl_err *err)
{
    uint8_t *bytes = bl_arena_alloc(&keeping->arena, length > 0 ? length : 1, 1, err);

    if (!bytes)
        return -1;
    while (blob->length < length) {
        ssize_t got = pread(fd, bytes + blob->length, length - blob->length, (off_t)blob->length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return bl_fail(err, BL_STEP_SPOOL, got < 0 ? errno : EIO, "what the program left");
        blob->length += (size_t)got;
    }
    blob->bytes = bytes;
    return 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* keep: what was asked for. left: of that, how many bytes may still be returned; lowered by what
 * is. Where nothing is left of what was asked for, nothing is returned, and told to be cut. */
static int fill_blob(struct bl_keeping *keeping, int fd, const struct bl_keep *keep, uint64_t *left,
                     struct bl_blob *blob, struct bl_err *err)
{
    uint64_t *of_case = keeping->order.return_bytes, *of_job = &keeping->site->return_bytes_left;
    uint64_t most = lesser(*left, lesser(*of_case, *of_job));
    struct stat st;

    if (fstat(fd, &st) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "what the program left");
    blob->size_bytes = (uint64_t)st.st_size;
    if (keep->store)
        keeping->parcels[keeping->parcel_count++] = (struct bl_parcel){fd, blob};
    if (keep->return_bytes == 0)
        return 0;
    if (read_start(keeping, fd, (size_t)lesser(most, blob->size_bytes), blob, err) != 0)
        return -1;
    *left -= blob->length;
    *of_case -= blob->length;
    *of_job -= blob->length;
    return 0;
}

static int fill_stream(struct bl_keeping *keeping, int number, const struct bl_keep *keep,
                       struct bl_blob *blob, struct bl_err *err)
{
    const struct bl_part *part = keeping->order.part;
    uint64_t left = keep->return_bytes;

    if (part->files[number] < 0)
        return 0;
    if (fill_blob(keeping, part->files[number], keep, &left, blob, err) != 0)
        return -1;
    blob->size_bytes = bl_part_stream_bytes(part, number); /* the file may be its beginning */
    return 0;
}

static int fill_files(struct bl_keeping *keeping, struct bl_file_report *reports,
                      struct bl_err *err)
{
    const struct bl_job_command *command = bl_keeping_command(keeping);
    static const struct bl_keep nothing = {0};
    uint64_t left[BL_JOB_OUTPUTS_MAX + 1] = {0}; /* the last: of what was collected for others */

    for (size_t i = 0; i < command->output_count; i++)
        left[i] = command->outputs[i].keep.return_bytes;
    for (size_t i = 0; i < keeping->file_count; i++) {
        const struct bl_collected *file = keeping->files[i];
        int output = bl_keeping_output(command, file->name);
        const struct bl_keep *keep = output < 0 ? &nothing : &command->outputs[output].keep;

        reports[i] = (struct bl_file_report){.name = file->name, .mode = file->mode};
        keeping->report.file_count = i + 1;
        if (fill_blob(keeping, file->fd, keep, &left[output < 0 ? BL_JOB_OUTPUTS_MAX : output],
                      &reports[i].content, err) != 0)
            return -1;
    }
    return 0;
}

int bl_keeping_fill(struct bl_keeping *keeping, struct bl_err *err)
{
    const struct bl_job_command *command = bl_keeping_command(keeping);
    struct bl_command_report *report = &keeping->report;
    struct bl_file_report *files =
        bl_arena_alloc(&keeping->arena, keeping->file_count + 1, sizeof(*files), err);

    *report = bl_keeping_bare(keeping->order.part);
    keeping->parcels =
        bl_arena_alloc(&keeping->arena, keeping->file_count + 2, sizeof(*keeping->parcels), err);
    if (!files || !keeping->parcels)
        return -1;
    report->files = files;
    if (fill_stream(keeping, 1, &command->out, &report->out, err) != 0 ||
        fill_stream(keeping, 2, &command->error_out, &report->error_out, err) != 0)
        return -1;
    return fill_files(keeping, files, err);
}

struct bl_command_report bl_keeping_bare(const struct bl_part *part)
{
    return (struct bl_command_report){
        .result = &part->result,
        .limits = &part->spec.limits,
        .noisy = bl_confidence_lacks(&part->confidence),
        .noise = part->confidence.noise,
    };
}
