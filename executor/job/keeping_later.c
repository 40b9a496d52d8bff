/* keeping_later.c - what of a part is copied for later steps (process: worker; see
 * keeping_private.h). */
#include <string.h>

#include "executor/job/keeping_private.h"
#include "limits/ceilings.h"

bool bl_keeping_is_for_later(const struct bl_job_command *command)
{
    if (command->program == BL_PROGRAM_COMPILE)
        return true;
    for (size_t i = 0; i < command->output_count; i++)
        if (command->outputs[i].keep.later)
            return true;
    return false;
}

static bool wants(const struct bl_job_command *command, const char *name)
{
    int output = bl_keeping_output(command, name);

    return command->program == BL_PROGRAM_COMPILE ||
           (output >= 0 && command->outputs[output].keep.later);
}

static int carry(struct bl_keeping *keeping, const char *name, int fd, unsigned mode,
                 struct bl_err *err)
{
    if (bl_haul_add(keeping->haul, name, fd, mode, err) != 0)
        return -1;
    keeping->names[keeping->leaving.name_count++] = name;
    return 0;
}

/* A program may give its files names that no input can have: those are passed over. */
static int carry_files(struct bl_keeping *keeping, struct bl_err *err)
{
    struct bl_err bad_name;

    for (size_t i = 0; i < keeping->file_count; i++) {
        const struct bl_collected *file = keeping->files[i];

        if (wants(bl_keeping_command(keeping), file->name) &&
            bl_name_check("output", file->name, &bad_name) == 0 &&
            carry(keeping, file->name, file->fd, file->mode & 0555, err) != 0)
            return -1;
    }
    return 0;
}

static bool is_carried(const struct bl_keeping *keeping, const char *name)
{
    for (size_t i = 0; i < keeping->leaving.name_count; i++)
        if (strcmp(keeping->names[i], name) == 0)
            return true;
    return false;
}

/* The sources of what was compiled, beside it, where no product has their name: interpreters read
 * them. */
static int carry_sources(struct bl_keeping *keeping, struct bl_err *err)
{
    const struct bl_job_command *command = bl_keeping_command(keeping);
    const struct bl_gather *shared = keeping->order.part->order.kit->shared;

    for (size_t i = 0; i < command->input_count; i++) {
        const char *name = bl_kit_below_app(&command->inputs[i]);

        if (name && !is_carried(keeping, name) &&
            carry(keeping, name, bl_gather_fd(shared, &command->inputs[i].file), 0555, err) != 0)
            return -1;
    }
    return 0;
}

int bl_keeping_load(struct bl_keeping *keeping, bl_on_hauled *on_hauled, struct bl_err *err)
{
    const struct bl_job_command *command = bl_keeping_command(keeping);
    struct bl_spooled *folder = &keeping->leaving.files;

    if (!keeping->order.for_later || !bl_keeping_is_for_later(command))
        return 0;
    keeping->names = bl_arena_alloc(&keeping->arena, keeping->file_count + command->input_count + 1,
                                    sizeof(*keeping->names), err);
    keeping->leaving.names = keeping->names;
    if (!keeping->names || bl_spooled_new(folder, keeping->site->spool, err) != 0 ||
        bl_haul_new(&keeping->haul, keeping->site->loop, folder->fd, on_hauled, keeping, err) != 0)
        return -1;
    if (carry_files(keeping, err) != 0)
        return -1;
    return command->program == BL_PROGRAM_COMPILE ? carry_sources(keeping, err) : 0;
}
