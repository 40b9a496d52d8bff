/* graph_depot.c - the depot of a scene, which does what the test wants, and its outfitter. */
#include "tests/sandbox/graph_scene_private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "bailiff/own.h"

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box", NULL};

struct work {
    struct bl_scene *scene;
    struct bl_errand *errand;
    struct bl_timer *timer;
    bool fails;
};

static struct bl_scene_file *find_file(struct bl_scene *scene, const uint8_t *digest)
{
    for (size_t i = 0; i < scene->file_count; i++)
        if (memcmp(scene->files[i].name, digest, BL_SHA256_BYTES) == 0)
            return &scene->files[i];
    return NULL;
}

/* Only ever mounted, so that it need not have an offset of its own. */
static int open_program(const struct bl_scene *scene, const uint8_t *digest)
{
    for (size_t i = 0; i < scene->program_count; i++)
        if (memcmp(scene->programs[i].name, digest, BL_SHA256_BYTES) == 0)
            return fcntl(scene->programs[i].fd, F_DUPFD_CLOEXEC, 0);
    return -1;
}

static int reopen(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void answer_get(struct bl_scene *scene, struct bl_errand *errand)
{
    struct bl_scene_file *file = find_file(scene, errand->sha256);
    struct bl_err err;

    errand->fd = file ? reopen(file->fd) : open_program(scene, errand->sha256);
    (void)bl_fail(&err, BL_STEP_STORE_MISSING, 0, "a digest");
    errand->on_answer(errand->ctx, errand, errand->fd < 0 ? &err : NULL);
}

static void answer_put(struct bl_scene *scene, struct bl_errand *errand)
{
    ssize_t length = pread(errand->fd, scene->last_put, sizeof(scene->last_put) - 1, 0);

    scene->last_put[length > 0 ? length : 0] = '\0';
    scene->puts++;
    memset(errand->sha256, 0, BL_SHA256_BYTES);
    memcpy(errand->sha256, scene->last_put, length < BL_SHA256_BYTES ? (size_t)length : 32);
    errand->on_answer(errand->ctx, errand, NULL);
}

static void answer(struct work *work)
{
    struct bl_err err;

    if (work->fails) {
        (void)bl_fail(&err, BL_STEP_STORE, EIO, "as the test wants it");
        work->errand->on_answer(work->errand->ctx, work->errand, &err);
    } else if (work->errand->kind == BL_ERRAND_GET) {
        answer_get(work->scene, work->errand);
    } else {
        answer_put(work->scene, work->errand);
    }
}

static void on_due(void *ctx)
{
    answer(ctx);
}

static void send_errand(void *ctx, struct bl_errand *errand)
{
    struct bl_scene *scene = ctx;
    struct bl_scene_file *file =
        errand->kind == BL_ERRAND_GET ? find_file(scene, errand->sha256) : NULL;
    enum bl_scene_answer how = errand->kind == BL_ERRAND_PUT ? scene->put_answer
                               : file                        ? file->answer
                                                             : BL_SCENE_AT_ONCE;
    struct work *work = calloc(1, sizeof(*work));
    struct bl_err err;

    assert_non_null(work);
    *work = (struct work){scene, errand, NULL, how == BL_SCENE_FAILS_LATER};
    errand->work = work;
    scene->sent++;
    assert_int_equal(bl_timer_new(&work->timer, scene->rig->loop, on_due, work, &err), 0);
    if (how == BL_SCENE_AT_ONCE)
        answer(work);
    else if (how != BL_SCENE_NEVER)
        bl_timer_arm(work->timer, bl_now_ns() + 2 * BL_NS_PER_MS);
}

static void release_errand(void *ctx, struct bl_errand *errand)
{
    struct bl_scene *scene = ctx;
    struct work *work = errand->work;

    assert_ptr_equal(work->errand, errand);
    scene->released++;
    bl_timer_free(&work->timer);
    free(work);
}

/* Only a file with a name can be mounted: not a memfd. One in the spool would count as left behind,
 * so they lie in /tmp until the next test. */
struct bl_scene_file *bl_scene_file(struct bl_scene *scene, const char *name, const char *bytes,
                                    enum bl_scene_answer how)
{
    struct bl_scene_file *file = &scene->files[scene->file_count++];
    char path[256];

    assert_true(scene->file_count <= BL_SCENE_FILES);
    (void)snprintf(path, sizeof(path), "/tmp/bailiff-graph-%d-%s", (int)getpid(), name);
    *file = (struct bl_scene_file){.fd = -1, .answer = how};
    (void)strncpy(file->name, name, sizeof(file->name)); /* as a digest: no NUL is needed */
    if (!bytes)
        return file;
    file->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    assert_true(file->fd >= 0);
    assert_int_equal(write(file->fd, bytes, strlen(bytes)), strlen(bytes));
    return file;
}

void bl_scene_remove_files(struct bl_scene *scene)
{
    char path[300];

    for (size_t i = 0; i < scene->file_count; i++) {
        (void)snprintf(path, sizeof(path), "/tmp/bailiff-graph-%d-%.32s", (int)getpid(),
                       scene->files[i].name);
        (void)unlink(path);
        bl_close_fd(&scene->files[i].fd);
    }
    scene->file_count = 0;
}

static bool has_file(const struct bl_outfit_order *order, const char *name)
{
    for (size_t i = 0; i < order->app_count; i++)
        if (strcmp(order->app_names[i], name) == 0)
            return faccessat(order->app, name, R_OK, 0) == 0;
    return false;
}

static int outfit(void *ctx, const struct bl_outfit_order *order, struct bl_arena *arena,
                  struct bl_outfit *out, struct bl_err *err)
{
    static const char *const compiler[] = {"gcc", "-O1", "-o", "/box/program", "/app/main.c", NULL};
    static const char *const program[] = {"/app/program", NULL};
    static const char *const products[] = {"program", NULL};
    struct bl_scene *scene = ctx;

    (void)arena;
    *out = (struct bl_outfit){.argv = order->command->argv,
                              .env = environment,
                              .profile = scene->rig->standard,
                              .limits = order->command->limits};
    if (order->command->program == BL_PROGRAM_ARGV)
        return 0;
    out->argv = program;
    if (order->command->program == BL_PROGRAM_COMPILED)
        return 0;
    if (!has_file(order, "main.c"))
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "no main.c");
    out->argv = strcmp(order->maker->language, "none") == 0 ? NULL : compiler;
    out->products = out->argv ? products : NULL;
    out->profile = scene->rig->compile;
    return 0;
}

void bl_scene_open_depot(struct bl_scene *scene)
{
    scene->depot = (struct bl_depot){send_errand, release_errand, scene};
    scene->outfitter = (struct bl_outfitter){outfit, scene};
}
