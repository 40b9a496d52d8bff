/* Whole files into the store beside the loop's other work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/server/store_work.h"
#include "tests/unit/store_scene.h"

static int make_source(size_t length)
{
    bl_autofree char *bytes = malloc(length + 1);
    int fd = memfd_create("source", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_non_null(bytes);
    memset(bytes, 's', length);
    assert_int_equal(write(fd, bytes, length), length);
    return fd;
}

static struct bl_copy *begin(struct store_scene *scene, const struct bl_copy_source *source)
{
    struct bl_copy *copy;
    struct bl_err err = {0};

    if (bl_copy_new(&copy, scene->store, source, store_scene_on_copied, scene, &err) != 0)
        fail_msg("copy: %s", err.detail);
    return copy;
}

static void copy__of_a_descriptor_starts_at_its_beginning(void **state)
{
    struct store_scene *scene = *state;
    static const size_t lengths[] = {0, 1, BL_SLICE_BYTES, BL_SLICE_BYTES + 1, 1000000};

    for (size_t i = 0; i < BL_ARRAY_LEN(lengths); i++) {
        bl_autoclose int fd = make_source(lengths[i]); /* its offset is its end */
        struct bl_copy *copy = begin(scene, &(struct bl_copy_source){.fd = fd});

        store_scene_await(scene, &scene->readies);
        bl_copy_free(&copy);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), lengths[i]);
        store_scene_expect(scene->pin, 's', lengths[i]);
        bl_pin_free(&scene->pin);
    }
}

static void copy__of_memory(void **state)
{
    struct store_scene *scene = *state;
    bl_autofree char *bytes = malloc(1000000);
    struct bl_copy *copy;

    assert_non_null(bytes);
    memset(bytes, 'm', 1000000);
    copy = begin(scene, &(struct bl_copy_source){.fd = -1, .bytes = bytes, .length = 1000000});
    store_scene_await(scene, &scene->readies);
    bl_copy_free(&copy);
    store_scene_expect(scene->pin, 'm', 1000000);
    bl_pin_free(&scene->pin);
    copy = begin(scene, &(struct bl_copy_source){.fd = -1});
    store_scene_await(scene, &scene->readies);
    bl_copy_free(&copy);
    store_scene_expect(scene->pin, 'm', 0);
}

static void on_one_of_many(void *ctx, struct bl_pin *pin, const struct bl_err *err)
{
    assert_non_null(pin);
    bl_pin_free(&pin);
    store_scene_on_ready(ctx, err);
}

static void copy__many_at_once(void **state)
{
    struct store_scene *scene = *state;
    struct bl_copy *copies[12];
    char bytes[12];

    for (size_t i = 0; i < BL_ARRAY_LEN(copies); i++) {
        const struct bl_copy_source source = {.fd = -1, .bytes = &bytes[i], .length = 1};
        struct bl_err err;

        bytes[i] = (char)('a' + i);
        assert_int_equal(
            bl_copy_new(&copies[i], scene->store, &source, on_one_of_many, scene, &err), 0);
    }
    while (scene->readies < BL_ARRAY_LEN(copies))
        store_scene_await(scene, &scene->readies);
    for (size_t i = 0; i < BL_ARRAY_LEN(copies); i++)
        bl_copy_free(&copies[i]);
    assert_int_equal(store_scene_usage(scene).files, 12);
}

static void copy__of_what_is_no_regular_file_is_refused(void **state)
{
    struct store_scene *scene = *state;
    static const char *const paths[] = {"/dev/zero", "/"};
    struct bl_copy *copy = NULL;
    struct bl_err err;
    int ends[2];

    for (size_t i = 0; i < BL_ARRAY_LEN(paths); i++) {
        bl_autoclose int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

        assert_int_equal(bl_copy_new(&copy, scene->store, &(struct bl_copy_source){.fd = fd},
                                     store_scene_on_copied, scene, &err),
                         -1);
        assert_int_equal(err.step, BL_STEP_INPUT);
    }
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(bl_copy_new(&copy, scene->store, &(struct bl_copy_source){.fd = ends[0]},
                                 store_scene_on_copied, scene, &err),
                     -1);
    assert_int_equal(err.step, BL_STEP_INPUT);
    bl_close_fd(&ends[0]);
    bl_close_fd(&ends[1]);
    assert_int_equal(store_scene_usage(scene).puts, 0);
}

static void copy__of_what_is_write_only_fails(void **state)
{
    struct store_scene *scene = *state;
    bl_autoclose int source = make_source(10), fd = -1;
    struct bl_copy *copy;
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", source);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    copy = begin(scene, &(struct bl_copy_source){.fd = fd});
    store_scene_await(scene, &scene->readies);
    assert_true(scene->has_failed);
    assert_int_equal(scene->err.step, BL_STEP_INPUT);
    bl_copy_free(&copy);
    assert_int_equal(store_scene_names(scene), 0);
}

static void copy__of_a_file_that_changes_its_size_fails(void **state)
{
    struct store_scene *scene = *state;

    for (int grows = 0; grows < 2; grows++) {
        bl_autoclose int fd = make_source(100000);
        struct bl_copy *copy = begin(scene, &(struct bl_copy_source){.fd = fd});

        assert_int_equal(ftruncate(fd, grows ? 100001 : 99999), 0);
        store_scene_await(scene, &scene->readies);
        assert_true(scene->has_failed);
        assert_int_equal(scene->err.step, BL_STEP_INPUT);
        bl_copy_free(&copy);
        assert_int_equal(store_scene_names(scene), 0);
    }
}

static void copy__given_up_leaves_nothing(void **state)
{
    struct store_scene *scene = *state;
    bl_autoclose int fd = make_source(1000000);
    struct bl_copy *copy = begin(scene, &(struct bl_copy_source){.fd = fd});
    int next_free = dup(0), next_free_after;

    (void)close(next_free);
    bl_copy_free(&copy);
    copy = begin(scene, &(struct bl_copy_source){.fd = fd});
    bl_copy_free(&copy);
    next_free_after = dup(0);
    (void)close(next_free_after);
    assert_true(next_free_after < next_free);
    assert_int_equal(scene->readies, 0);
    assert_int_equal(store_scene_names(scene), 0);
    assert_int_equal(store_scene_usage(scene).puts, 0);
}

struct ticks {
    struct bl_timer *timer;
    unsigned count;
};

static void on_tick(void *ctx)
{
    struct ticks *ticks = ctx;

    ticks->count++;
    bl_timer_arm(ticks->timer, bl_now_ns());
}

/* 256 MiB, sparse: a tenth of a second and more at whatever speed. What else the loop has to do
 * gets its turns: at least one between any two of the copy. */
static void copy__leaves_the_loop_to_others(void **state)
{
    struct store_scene *scene = *state;
    bl_autoclose int fd = memfd_create("big", MFD_CLOEXEC);
    struct ticks ticks = {0};
    struct bl_copy *copy;
    struct bl_err err;

    scene->limits.bytes_max = 512 * BL_MIB;
    store_scene_reopen(scene);
    assert_int_equal(ftruncate(fd, 256 * 1024 * 1024), 0);
    assert_int_equal(bl_timer_new(&ticks.timer, scene->loop, on_tick, &ticks, &err), 0);
    bl_timer_arm(ticks.timer, bl_now_ns());
    copy = begin(scene, &(struct bl_copy_source){.fd = fd});
    store_scene_await(scene, &scene->readies);
    assert_false(scene->has_failed);
    /* A turn is 2 ms and the slice that was begun: no machine does 64 MiB in that. */
    assert_true(ticks.count >= 4);
    bl_timer_free(&ticks.timer);
    bl_copy_free(&copy);
    bl_pin_free(&scene->pin);
    scene->limits.bytes_max = BL_MIB;
    store_scene_reopen(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(copy__of_a_descriptor_starts_at_its_beginning),
        store_test(copy__of_memory),
        store_test(copy__many_at_once),
        store_test(copy__of_what_is_no_regular_file_is_refused),
        store_test(copy__of_what_is_write_only_fails),
        store_test(copy__of_a_file_that_changes_its_size_fails),
        store_test(copy__given_up_leaves_nothing),
        store_test(copy__leaves_the_loop_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
