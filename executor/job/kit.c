#include "executor/job/kit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "executor/job/haul.h"
#include "executor/job/places.h"

#define BELOW_APP BL_PLACE_APP "/"

const char *bl_kit_below_app(const struct bl_job_input *input)
{
    size_t length = strlen(BELOW_APP);

    return strncmp(input->name, BELOW_APP, length) == 0 ? input->name + length : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_below_app(const struct bl_job_command *command)
{
    size_t count = 0;

    for (size_t i = 0; i < command->input_count; i++)
        count += bl_kit_below_app(&command->inputs[i]) != NULL;
    return count;
}

/* Whoever tells the language: the command itself, or the one that compiled. */
static const struct bl_job_command *maker_of(const struct bl_kit *kit)
{
    switch (kit->command->program) {
    case BL_PROGRAM_COMPILE:
        return kit->command;
    case BL_PROGRAM_COMPILED:
        return &kit->site->job->steps[kit->command->compiled_step].commands[0];
    case BL_PROGRAM_ARGV:
    default:
        return NULL;
    }
}

static int outfit(struct bl_kit *kit, struct bl_err *err)
{
    const struct bl_outfit_order order = {
        .job = kit->site->job,
        .command = kit->command,
        .maker = maker_of(kit),
        .app = kit->app,
        .app_names = kit->app_names,
        .app_count = kit->app_count,
    };
    const struct bl_outfitter *outfitter = kit->site->outfitter;

    return outfitter->outfit(outfitter->ctx, &order, &kit->arena, &kit->outfit, err);
}

static void tell(void *ctx)
{
    struct bl_kit *kit = ctx;

    kit->on_ready(kit->ctx, kit->error.step == BL_STEP_NONE ? NULL : &kit->error);
}

/* Its files are there, or can't be (err). Whose fault it is decides what it means. */
static void settle(struct bl_kit *kit, const struct bl_err *err)
{
    struct bl_err failure;

    if (!err && kit->refusal.step == BL_STEP_NONE && outfit(kit, &failure) != 0)
        err = &failure;
    if (err && bl_step_fault(err->step) == BL_FAULT_CLIENT)
        kit->refusal = *err;
    else if (err)
        kit->error = *err;
    bl_loop_defer(kit->site->loop, &kit->over);
}

static void on_hauled(void *ctx, const struct bl_err *err)
{
    settle(ctx, err);
}

static int add(struct bl_kit *kit, const char *name, int fd, uint64_t *bytes, struct bl_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", name);
    if (!S_ISREG(st.st_mode))
        return bl_fail(err, BL_STEP_INPUT, 0, BELOW_APP "%s: is a folder", name);
    *bytes += (uint64_t)st.st_size;
    if (*bytes > BL_KIT_BYTES_MAX)
        return bl_fail(err, BL_STEP_INPUT, 0, "files below " BELOW_APP ": more than 64 MiB");
    return bl_haul_add(kit->haul, name, fd, 0555, err);
}

/* The command's own files into a folder. */
static int stage(struct bl_kit *kit, size_t count, struct bl_err *err)
{
    const char **names = bl_arena_alloc(&kit->arena, count + 1, sizeof(*names), err);
    uint64_t bytes = 0;

    if (!names || bl_spooled_new(&kit->folder, kit->site->spool, err) != 0 ||
        bl_haul_new(&kit->haul, kit->site->loop, kit->folder.fd, on_hauled, kit, err) != 0)
        return -1;
    kit->app = kit->folder.fd;
    kit->app_names = names;
    for (size_t i = 0; i < kit->command->input_count; i++) {
        const char *name = bl_kit_below_app(&kit->command->inputs[i]);

        if (!name)
            continue;
        names[kit->app_count++] = name;
        if (add(kit, name, bl_gather_fd(kit->shared, &kit->command->inputs[i].file), &bytes, err) !=
            0)
            return -1;
    }
    qsort(names, kit->app_count, sizeof(*names), by_name);
    return 0;
}

void bl_kit_init(struct bl_kit *kit, struct bl_job_site *site, const struct bl_job_command *command,
                 const struct bl_gather *shared)
{
    *kit = (struct bl_kit){
        .site = site, .command = command, .shared = shared, .folder = BL_SPOOLED_NONE, .app = -1};
    kit->over = (struct bl_deferred){.work = tell, .ctx = kit};
}

static void find_compiled(struct bl_kit *kit)
{
    const struct bl_leaving *left =
        bl_leavings_find(kit->site->leavings, kit->command->compiled_step, 0, 0);

    if (!left || left->files.fd < 0)
        return;
    kit->app = left->files.fd;
    kit->app_names = left->names;
    kit->app_count = left->name_count;
}

void bl_kit_begin(struct bl_kit *kit, bl_on_kit_ready *on_ready, void *ctx)
{
    size_t own = count_below_app(kit->command);
    struct bl_err err;

    kit->on_ready = on_ready;
    kit->ctx = ctx;
    if (kit->command->program == BL_PROGRAM_COMPILED) {
        find_compiled(kit);
    } else if (own > 0) {
        if (stage(kit, own, &err) == 0)
            bl_haul_begin(kit->haul);
        else
            settle(kit, &err);
        return;
    }
    settle(kit, NULL);
}

void bl_kit_release(struct bl_kit *kit)
{
    bl_loop_undefer(kit->site->loop, &kit->over);
    bl_haul_free(&kit->haul);
    bl_spooled_release(&kit->folder, kit->site->spool);
    bl_arena_release(&kit->arena);
}
