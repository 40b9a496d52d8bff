/* stage.c - see stage.h. */
#include "executor/judge/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"

/* A package declaration stands at a source's top. */
enum { MAIN_SOURCE_BYTES_MAX = 64 * 1024 };

static int put_file(int to, int package, const struct bl_folder_entry *file, struct bl_err *err)
{
    bl_autoclose int fd = -1;

    if (bl_folder_file(package, file->path, &fd, NULL, err))
        return -1;
    return bl_spool_put(to, file->name, fd, file->executable ? 0555 : 0444, err);
}

static bool is_named(const struct bl_folder_entry *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].name, name) == 0)
            return true;
    return false;
}

/* The files that are copied, each name once: included ones over the program's. */
static int merge(struct bl_app *app, const struct bl_compile_order *order,
                 struct bl_program **merged, struct bl_err *err)
{
    const struct bl_program *program = order->program;
    struct bl_folder_entry *files = bl_arena_alloc(
        &app->arena, program->file_count + order->include_count, sizeof(*files), err);

    *merged = bl_arena_alloc(&app->arena, 1, sizeof(**merged), err);
    if (!files || !*merged)
        return -1;
    **merged = (struct bl_program){.name = program->name, .folder = -1, .files = files};
    for (size_t i = 0; i < program->file_count; i++)
        if (!is_named(order->includes, order->include_count, program->files[i].name))
            files[(*merged)->file_count++] = program->files[i];
    for (size_t i = 0; i < order->include_count; i++)
        if (!is_named(order->includes + i + 1, order->include_count - i - 1,
                      order->includes[i].name))
            files[(*merged)->file_count++] = order->includes[i];
    return 0;
}

int bl_stage_sources(struct bl_app *app, const struct bl_compile_order *order, struct bl_err *err)
{
    struct bl_program *merged;

    if (merge(app, order, &merged, err) ||
        bl_spool_folder(app->engine->spool, &app->folder, app->folder_name, err))
        return -1;
    app->words.program = merged;
    for (size_t i = 0; i < merged->file_count; i++) {
        const struct bl_folder_entry *file = &merged->files[i];
        bool included = is_named(order->includes, order->include_count, file->name);

        if (put_file(app->folder, included ? order->include_folder : order->program->folder, file,
                     err))
            return -1;
    }
    return 0;
}

static bool is_product(const struct bl_result *result, const char *name)
{
    for (unsigned i = 0; i < result->file_count; i++)
        if (strcmp(result->files[i].name, name) == 0)
            return true;
    return false;
}

static int put_products(int to, const struct bl_result *result, struct bl_err *err)
{
    for (unsigned i = 0; i < result->file_count; i++)
        if (bl_spool_put(to, result->files[i].name, result->files[i].fd,
                         result->files[i].mode & 0555, err))
            return -1;
    return 0;
}

/* The staged sources that no product has replaced. */
static int put_sources(int to, int from, const struct bl_program *program,
                       const struct bl_result *result, struct bl_err *err)
{
    for (size_t i = 0; i < program->file_count; i++) {
        const struct bl_folder_entry *file = &program->files[i];
        bl_autoclose int fd = -1;

        if (is_product(result, file->name))
            continue;
        fd = openat(from, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return bl_fail(err, BL_STEP_SPOOL, errno, "%s", file->name);
        if (bl_spool_put(to, file->name, fd, file->executable ? 0555 : 0444, err))
            return -1;
    }
    return 0;
}

int bl_stage_products(struct bl_app *app, const struct bl_result *result, struct bl_err *err)
{
    bl_autoclose int sources = app->folder;
    char sources_name[BL_SPOOL_NAME_MAX];
    int failed;

    if (!result->file_count) {
        (void)bl_take_fd(&sources); /* stays the app's */
        return 0;
    }
    memcpy(sources_name, app->folder_name, sizeof(sources_name));
    app->folder = -1;
    app->folder_name[0] = '\0';
    failed = bl_spool_folder(app->engine->spool, &app->folder, app->folder_name, err) ||
             put_products(app->folder, result, err) ||
             put_sources(app->folder, sources, app->words.program, result, err);
    bl_spool_remove(app->engine->spool, sources_name);
    return failed ? -1 : 0;
}

int bl_stage_main_class(struct bl_app *app, struct bl_err *err)
{
    bl_autoclose int fd = openat(app->folder, app->words.main, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bl_autofree char *bytes = malloc(MAIN_SOURCE_BYTES_MAX);
    ssize_t length;

    if (!bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", app->words.main);
    length = fd >= 0 ? pread(fd, bytes, MAIN_SOURCE_BYTES_MAX, 0) : -1;
    if (length < 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", app->words.main);
    app->words.main_class = bl_java_class(app->words.main, bytes, (size_t)length, &app->arena, err);
    return app->words.main_class ? 0 : -1;
}
