#include "executor/job/step_run.h"

#include <errno.h>
#include <stdlib.h>

int bl_step_run_init(struct bl_step_run *step, struct bl_job_site *site, uint32_t index,
                     struct bl_err *err)
{
    *step = (struct bl_step_run){.site = site, .index = index, .step = &site->job->steps[index]};
    return bl_schedule_new(&step->schedule, step->step, err);
}

static void ready(struct bl_step_run *step, const struct bl_err *err)
{
    if (err)
        step->error = *err;
    step->state = BL_STEP_READY;
    step->on_ready(step->ctx, step);
}

static void on_kit_ready(void *ctx, const struct bl_err *err)
{
    struct bl_step_run *step = ctx;

    step->kit_at++;
    if (err || step->kit_at == step->kit_count)
        ready(step, err);
    else
        bl_kit_begin(&step->kits[step->kit_at], on_kit_ready, step);
}

static void on_gathered(void *ctx, const struct bl_err *err)
{
    struct bl_step_run *step = ctx;

    if (err)
        ready(step, err);
    else
        bl_kit_begin(&step->kits[0], on_kit_ready, step);
}

static int add_files(struct bl_gather *shared, const struct bl_job_command *command,
                     struct bl_err *err)
{
    for (size_t i = 0; i < command->input_count; i++)
        if (bl_gather_add(shared, &command->inputs[i].file, err) != 0)
            return -1;
    return command->in.kind == BL_STDIN_FILE ? bl_gather_add(shared, &command->in.file, err) : 0;
}

static const struct bl_job_command *command_at(const struct bl_job_step *step, size_t number)
{
    return number < step->command_count ? &step->commands[number] : step->check.checker;
}

static int open_all(struct bl_step_run *step, struct bl_err *err)
{
    size_t count = step->step->command_count + (step->step->check.checker != NULL);

    step->kits = calloc(count, sizeof(*step->kits));
    if (!step->kits)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a step's commands");
    if (bl_gather_new(&step->shared, step->site, on_gathered, step, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bl_kit_init(&step->kits[i], step->site, command_at(step->step, i), step->shared);
        step->kit_count++;
        if (add_files(step->shared, command_at(step->step, i), err) != 0)
            return -1;
    }
    return 0;
}

void bl_step_run_begin(struct bl_step_run *step, bl_on_step_ready *on_ready, void *ctx)
{
    struct bl_err err;

    step->state = BL_STEP_READYING;
    step->on_ready = on_ready;
    step->ctx = ctx;
    if (open_all(step, &err) == 0) {
        bl_gather_begin(step->shared);
        return;
    }
    step->error = err;
    step->state = BL_STEP_READY;
}

const struct bl_kit *bl_step_run_checker(const struct bl_step_run *step)
{
    return step->kit_count > step->step->command_count ? &step->kits[step->step->command_count]
                                                       : NULL;
}

void bl_step_run_rest(struct bl_step_run *step)
{
    for (size_t i = 0; i < step->kit_count; i++)
        bl_kit_release(&step->kits[i]);
    free(step->kits);
    step->kits = NULL;
    step->kit_count = 0;
    bl_gather_free(&step->shared);
}

void bl_step_run_release(struct bl_step_run *step)
{
    bl_step_run_rest(step);
    bl_schedule_free(&step->schedule);
}
