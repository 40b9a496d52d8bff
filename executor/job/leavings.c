#include "executor/job/leavings.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/arena.h"
#include "executor/sandbox/syscalls.h"

struct bl_leavings {
    struct bl_spool *spool;
    const struct bl_job *job;
    struct bl_arena arena;
    struct bl_leaving **of_step[BL_JOB_STEPS_MAX]; /* by case and command; NULL: nothing yet */
};

/* ---- folders of the spool ---------------------------------------------------------------------
 */

int bl_spooled_new(struct bl_spooled *folder, struct bl_spool *spool, struct bl_err *err)
{
    return bl_spool_folder(spool, &folder->fd, folder->name, err);
}

int bl_spooled_open(const struct bl_spooled *folder, const char *name, int *fd, struct bl_err *err)
{
    *fd = bl_openat2(folder->fd, name, O_RDONLY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (*fd >= 0)
        return 0;
    return bl_fail(err, errno == ENOENT || errno == ENOTDIR ? BL_STEP_INPUT : BL_STEP_SPOOL, errno,
                   "%s", name);
}

void bl_spooled_release(struct bl_spooled *folder, struct bl_spool *spool)
{
    bl_close_fd(&folder->fd);
    if (folder->name[0])
        bl_spool_remove(spool, folder->name);
    folder->name[0] = '\0';
}

struct bl_spooled bl_spooled_take(struct bl_spooled *folder)
{
    struct bl_spooled taken = *folder;

    *folder = (struct bl_spooled)BL_SPOOLED_NONE;
    return taken;
}

void bl_leaving_release(struct bl_leaving *leaving, struct bl_spool *spool)
{
    bl_spooled_release(&leaving->files, spool);
    bl_spooled_release(&leaving->streams, spool);
}

/* ---- all of a job -----------------------------------------------------------------------------
 */

int bl_leavings_new(struct bl_leavings **out, const struct bl_job *job, struct bl_spool *spool,
                    struct bl_err *err)
{
    struct bl_leavings *leavings = calloc(1, sizeof(*leavings));

    if (!leavings)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "what steps leave");
    leavings->job = job;
    leavings->spool = spool;
    *out = leavings;
    return 0;
}

static struct bl_leaving **slot(const struct bl_leavings *leavings, uint32_t step,
                                uint32_t testcase, uint32_t command)
{
    const struct bl_job_step *of = &leavings->job->steps[step];

    assert(step < leavings->job->step_count && testcase < of->case_count &&
           command < of->command_count);
    return leavings->of_step[step]
               ? &leavings->of_step[step][testcase * of->command_count + command]
               : NULL;
}

static int copy_names(struct bl_leavings *leavings, struct bl_leaving *kept, struct bl_err *err)
{
    const char **names =
        bl_arena_alloc(&leavings->arena, kept->name_count + 1, sizeof(*names), err);

    if (!names)
        return -1;
    for (size_t i = 0; i < kept->name_count; i++) {
        names[i] = bl_arena_string(&leavings->arena, kept->names[i], strlen(kept->names[i]), err);
        if (!names[i])
            return -1;
    }
    kept->names = names;
    return 0;
}

int bl_leavings_put(struct bl_leavings *leavings, uint32_t step, uint32_t testcase,
                    uint32_t command, struct bl_leaving *leaving, struct bl_err *err)
{
    const struct bl_job_step *of = &leavings->job->steps[step];
    struct bl_leaving *kept;

    if (!leavings->of_step[step])
        leavings->of_step[step] = bl_arena_alloc(
            &leavings->arena, of->case_count * of->command_count, sizeof(struct bl_leaving *), err);
    kept = bl_arena_alloc(&leavings->arena, 1, sizeof(*kept), err);
    if (!leavings->of_step[step] || !kept)
        return -1;
    *kept = *leaving;
    if (copy_names(leavings, kept, err) != 0)
        return -1;
    assert(!*slot(leavings, step, testcase, command));
    kept->files = bl_spooled_take(&leaving->files);
    kept->streams = bl_spooled_take(&leaving->streams);
    *slot(leavings, step, testcase, command) = kept;
    return 0;
}

const struct bl_leaving *bl_leavings_find(const struct bl_leavings *leavings, uint32_t step,
                                          uint32_t testcase, uint32_t command)
{
    struct bl_leaving **found = slot(leavings, step, testcase, command);

    return found ? *found : NULL;
}

static int fail_missing(const struct bl_leavings *leavings, const struct bl_file_source *source,
                        struct bl_err *err)
{
    const char *what = source->part == BL_OUTPUT_STDOUT   ? "standard output"
                       : source->part == BL_OUTPUT_STDERR ? "standard error"
                       : source->name[0]                  ? source->name
                                                          : "files";

    return bl_fail(err, BL_STEP_INPUT, ENOENT, "step \"%s\", case %u, command %u left no %s",
                   leavings->job->steps[source->step].name, source->testcase, source->command,
                   what);
}

int bl_leavings_open(const struct bl_leavings *leavings, const struct bl_file_source *source,
                     int *fd, struct bl_err *err)
{
    const struct bl_leaving *left =
        bl_leavings_find(leavings, source->step, source->testcase, source->command);
    bool is_file = source->part == BL_OUTPUT_FILE;
    const struct bl_spooled *folder = !left ? NULL : is_file ? &left->files : &left->streams;
    const char *name = is_file                            ? source->name
                       : source->part == BL_OUTPUT_STDOUT ? "stdout"
                                                          : "stderr";

    if (!folder || folder->fd < 0)
        return fail_missing(leavings, source, err);
    if (name[0] == '\0')
        name = ".";
    if (bl_spooled_open(folder, name, fd, err) == 0)
        return 0;
    return err->step == BL_STEP_INPUT ? fail_missing(leavings, source, err) : -1;
}

void bl_leavings_free(struct bl_leavings **leavings)
{
    struct bl_leavings *l = *leavings;

    if (!l)
        return;
    for (size_t step = 0; step < l->job->step_count; step++) {
        const struct bl_job_step *of = &l->job->steps[step];

        for (size_t i = 0; l->of_step[step] && i < of->case_count * of->command_count; i++)
            if (l->of_step[step][i])
                bl_leaving_release(l->of_step[step][i], l->spool);
    }
    bl_arena_release(&l->arena);
    free(l);
    *leavings = NULL;
}
