#include "tests/unit/store_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_hash.h"

void store_scene_open(struct store_scene *scene)
{
    struct bl_err err = {0};

    if (bl_store_open(&scene->store, scene->loop, scene->path, &scene->limits, &err) != 0)
        fail_msg("open: %s", err.detail);
}

void store_scene_reopen(struct store_scene *scene)
{
    bl_store_free(&scene->store);
    store_scene_open(scene);
}

int store_scene_set_up(void **state)
{
    struct store_scene *scene = calloc(1, sizeof(*scene));
    struct bl_err err;

    assert_non_null(scene);
    bl_log_open(BL_LOG_ERROR);
    (void)snprintf(scene->path, sizeof(scene->path), "%s/store-XXXXXX", BAILIFF_BINARY_DIR);
    assert_non_null(mkdtemp(scene->path));
    scene->limits = (struct bl_store_limits){.bytes_max = BL_MIB, .files_max = 100, .puts_max = 16};
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    store_scene_open(scene);
    *state = scene;
    return 0;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) != 0)
            (void)unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
    }
    (void)closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

int store_scene_tear_down(void **state)
{
    struct store_scene *scene = *state;

    bl_pin_free(&scene->pin);
    bl_store_free(&scene->store);
    bl_loop_free(&scene->loop);
    remove_folder(scene->path);
    free(scene);
    return 0;
}

static void on_late(void *ctx)
{
    (void)ctx;
    fail_msg("nothing came for 20 s");
}

void store_scene_await(struct store_scene *scene, const unsigned *done)
{
    unsigned before = *done;
    struct bl_timer *late;
    struct bl_err err;

    assert_int_equal(bl_timer_new(&late, scene->loop, on_late, NULL, &err), 0);
    bl_timer_arm(late, bl_now_ns() + 20 * BL_NS_PER_S);
    while (*done == before)
        assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    bl_timer_free(&late);
}

void store_scene_on_change(void *ctx)
{
    struct store_scene *scene = ctx;

    scene->changes++;
    bl_loop_stop(scene->loop);
}

void store_scene_on_ready(void *ctx, const struct bl_err *err)
{
    struct store_scene *scene = ctx;

    scene->readies++;
    scene->has_failed = err != NULL;
    if (err)
        scene->err = *err;
    bl_loop_stop(scene->loop);
}

void store_scene_on_copied(void *ctx, struct bl_pin *pin, const struct bl_err *err)
{
    struct store_scene *scene = ctx;

    assert_true((pin == NULL) == (err != NULL));
    scene->pin = pin;
    store_scene_on_ready(ctx, err);
}

struct bl_digest store_scene_digest(const void *bytes, size_t length)
{
    struct bl_digest digest;
    struct bl_err err;

    assert_int_equal(bl_hash_of(bytes, length, &digest, &err), 0);
    return digest;
}

struct bl_put *store_scene_begin(struct store_scene *scene, const struct bl_digest *digest,
                                 uint64_t size_bytes)
{
    const struct bl_put_order order = {digest, size_bytes, store_scene_on_change, scene};
    struct bl_put *put;
    struct bl_err err = {0};

    if (bl_put_new(&put, scene->store, &order, &err) != 0)
        fail_msg("put: %s", err.detail);
    assert_int_equal(bl_put_state(put), BL_PUT_OPEN);
    return put;
}

struct bl_digest store_scene_put(struct store_scene *scene, char letter, size_t length)
{
    struct bl_put *put = store_scene_begin(scene, NULL, length);
    bl_autofree char *bytes = malloc(length + 1);
    struct bl_digest digest;
    struct bl_pin *pin;
    struct bl_err err = {0};

    assert_non_null(bytes);
    memset(bytes, letter, length);
    if (bl_put_write(put, bytes, length, &err) != 0 || bl_put_finish(put, &pin, &err) != 0)
        fail_msg("put: %s", err.detail);
    digest = *bl_pin_digest(pin);
    bl_put_free(&put);
    bl_pin_free(&pin);
    return digest;
}

struct bl_pin *store_scene_pin(struct store_scene *scene, const struct bl_digest *digest)
{
    struct bl_err err = {0};
    struct bl_pin *pin;

    if (bl_pin_new(&pin, scene->store, digest, store_scene_on_ready, scene, &err) != 0)
        fail_msg("pin: %s", err.detail);
    if (!bl_pin_is_ready(pin)) {
        store_scene_await(scene, &scene->readies);
        if (scene->has_failed)
            fail_msg("pin: %s", scene->err.detail);
    }
    assert_true(bl_pin_is_ready(pin));
    return pin;
}

enum bl_step store_scene_refusal(struct store_scene *scene, const struct bl_digest *digest)
{
    enum bl_step step = BL_STEP_NONE;
    struct bl_err err;
    struct bl_pin *pin;

    if (bl_pin_new(&pin, scene->store, digest, store_scene_on_ready, scene, &err) != 0)
        return err.step;
    if (!bl_pin_is_ready(pin)) {
        store_scene_await(scene, &scene->readies);
        step = scene->has_failed ? scene->err.step : BL_STEP_NONE;
    }
    bl_pin_free(&pin);
    return step;
}

void store_scene_expect(struct bl_pin *pin, char letter, size_t length)
{
    bl_autofree char *bytes = malloc(length + 1);
    struct bl_err err = {0};
    bl_autoclose int fd = -1;

    assert_non_null(bytes);
    if (bl_pin_open(pin, &fd, &err) != 0)
        fail_msg("open: %s", err.detail);
    assert_int_equal(bl_pin_size_bytes(pin), length);
    assert_int_equal(read(fd, bytes, length + 1), length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], letter);
}

unsigned store_scene_names(const struct store_scene *scene)
{
    DIR *folder = opendir(scene->path);
    unsigned count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}

void store_scene_file_path(const struct store_scene *scene, const struct bl_digest *digest,
                           char path[STORE_SCENE_PATH_MAX])
{
    char name[BL_DIGEST_TEXT_MAX];

    (void)snprintf(path, STORE_SCENE_PATH_MAX, "%.180s/%s", scene->path,
                   bl_digest_format(digest, name));
}

void store_scene_damage(const struct store_scene *scene, const struct bl_digest *digest)
{
    char path[STORE_SCENE_PATH_MAX];
    struct timespec times[2];
    bl_autoclose int fd = -1;
    struct stat before;

    store_scene_file_path(scene, digest, path);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(chmod(path, 0755), 0);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\a", 1, before.st_size / 2), 1);
    times[0] = before.st_atim;
    times[1] = before.st_mtim;
    assert_int_equal(futimens(fd, times), 0);
    assert_int_equal(fchmod(fd, 0555), 0);
}

struct bl_store_usage store_scene_usage(const struct store_scene *scene)
{
    struct bl_store_usage usage;

    bl_store_usage(scene->store, &usage);
    return usage;
}
