/* task_claim.c - the files of the store that a job names, kept while it waits and runs; task.h,
 * store_claim.h. */
#include <string.h>

#include "executor/server/site_private.h"
#include "executor/server/store_claim.h"
#include "executor/server/task.h"

/* claim: NULL, where they are only counted. */
struct walk {
    struct bl_claim *claim;
    size_t count;
};

static void on_file(struct walk *walk, const struct bl_file_source *file)
{
    struct bl_digest digest;

    if (file->kind != BL_FILE_STORED && file->kind != BL_FILE_REMOTE)
        return;
    walk->count++;
    if (!walk->claim)
        return;
    memcpy(digest.bytes, file->sha256, sizeof(digest.bytes));
    bl_claim_add(walk->claim, &digest);
}

static void on_inputs(struct walk *walk, const struct bl_job_input *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        on_file(walk, &inputs[i].file);
}

static void on_command(struct walk *walk, const struct bl_job_command *command)
{
    on_inputs(walk, command->inputs, command->input_count);
    if (command->in.kind == BL_STDIN_FILE)
        on_file(walk, &command->in.file);
}

static void on_step(struct walk *walk, const struct bl_job_step *step)
{
    for (size_t i = 0; i < step->command_count; i++)
        on_command(walk, &step->commands[i]);
    if (step->check.checker)
        on_command(walk, step->check.checker);
    for (size_t i = 0; i < step->case_count; i++) {
        on_file(walk, &step->cases[i].input);
        on_file(walk, &step->cases[i].answer);
        on_inputs(walk, step->cases[i].inputs, step->cases[i].input_count);
    }
}

static size_t walk_files(const struct bl_job *job, struct bl_claim *claim)
{
    struct walk walk = {.claim = claim};

    for (size_t i = 0; i < job->step_count; i++)
        on_step(&walk, &job->steps[i]);
    return walk.count;
}

int bl_task_claim(struct bl_task *task, size_t *bytes, struct bl_err *err)
{
    size_t count = walk_files(task->job, NULL);

    *bytes = 0;
    if (count == 0)
        return 0;
    if (bl_claim_new(&task->claim, task->site->options.store, count, err))
        return -1;
    *bytes = bl_claim_bytes(count);
    (void)walk_files(task->job, task->claim); /* as many as above */
    return 0;
}
