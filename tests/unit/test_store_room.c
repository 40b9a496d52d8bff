/* The store's bounds: who goes, who stays, who is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/unit/store_scene.h"

enum { QUARTER = 256 * 1024 }; /* of the scene's store */

static void room__least_recently_used_goes_first(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest files[4], more;
    struct bl_pin *pin;

    for (size_t i = 0; i < 4; i++)
        files[i] = store_scene_put(scene, (char)('a' + i), QUARTER);
    pin = store_scene_pin(scene, &files[0]); /* used again: b is the oldest now */
    bl_pin_free(&pin);
    assert_true(bl_store_has(scene->store, &files[1])); /* asking is using: c is */
    more = store_scene_put(scene, 'e', QUARTER);
    assert_false(bl_store_has(scene->store, &files[2]));
    assert_true(bl_store_has(scene->store, &files[3]));
    assert_true(bl_store_has(scene->store, &files[0]));
    assert_true(bl_store_has(scene->store, &files[1]));
    assert_true(bl_store_has(scene->store, &more));
    assert_int_equal(store_scene_names(scene), 4);
    assert_int_equal(store_scene_usage(scene).evicted, 1);
}

static void room__pinned_files_stay(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest files[4];
    struct bl_pin *pins[2];

    for (size_t i = 0; i < 4; i++)
        files[i] = store_scene_put(scene, (char)('a' + i), QUARTER);
    pins[0] = store_scene_pin(scene, &files[0]);
    pins[1] = store_scene_pin(scene, &files[2]);
    (void)store_scene_put(scene, 'e', 2 * QUARTER);
    assert_false(bl_store_has(scene->store, &files[1]));
    assert_false(bl_store_has(scene->store, &files[3]));
    store_scene_expect(pins[0], 'a', QUARTER);
    store_scene_expect(pins[1], 'c', QUARTER);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 2 * QUARTER);
    bl_pin_free(&pins[0]);
    bl_pin_free(&pins[1]);
    assert_int_equal(store_scene_usage(scene).bytes_pinned, 0);
}

static void room__all_pinned_is_busy_and_names_the_bound(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 3 * QUARTER);
    struct bl_pin *pin = store_scene_pin(scene, &file);
    struct bl_put *put = NULL;
    struct bl_err err;

    assert_int_equal(
        bl_put_new(&put, scene->store, &(struct bl_put_order){.size_bytes = QUARTER + 1}, &err),
        -1);
    assert_int_equal(err.step, BL_STEP_STORE_FULL);
    assert_int_equal(bl_step_fault(err.step), BL_FAULT_BUSY);
    assert_non_null(strstr(err.detail, "1 MiB"));
    put = store_scene_begin(scene, NULL, QUARTER); /* what is left can be used */
    bl_put_free(&put);
    bl_pin_free(&pin);
    put = store_scene_begin(scene, NULL, QUARTER + 1);
    bl_put_free(&put);
}

static void room__promised_room_is_not_promised_again(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *first = store_scene_begin(scene, NULL, 3 * QUARTER), *second = NULL;
    const struct bl_put_order order = {.size_bytes = 2 * QUARTER};
    struct bl_err err;

    assert_int_equal(bl_put_new(&second, scene->store, &order, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_FULL);
    bl_put_free(&first);
    second = store_scene_begin(scene, NULL, 2 * QUARTER);
    bl_put_free(&second);
}

/* Who announces much and brings nothing costs nobody a file. */
static void room__a_promise_evicts_nothing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest files[3];
    struct bl_put *put;

    for (size_t i = 0; i < 3; i++)
        files[i] = store_scene_put(scene, (char)('a' + i), QUARTER);
    put = store_scene_begin(scene, NULL, BL_MIB);
    for (size_t i = 0; i < 3; i++)
        assert_true(bl_store_has(scene->store, &files[i]));
    bl_put_free(&put);
}

/* Pins that come after the promise: the put fails, nobody's pinned file goes. */
static void room__pins_go_before_promises(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 2 * QUARTER);
    struct bl_put *put = store_scene_begin(scene, NULL, 3 * QUARTER);
    struct bl_pin *pin = store_scene_pin(scene, &file);
    bl_autofree char *bytes = calloc(1, 3 * QUARTER);
    struct bl_err err;

    assert_non_null(bytes);
    assert_int_equal(bl_put_write(put, bytes, QUARTER, &err), 0);
    assert_int_equal(bl_put_write(put, bytes, 2 * QUARTER, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_FULL);
    assert_int_equal(store_scene_names(scene), 1);
    store_scene_expect(pin, 'a', 2 * QUARTER);
    bl_pin_free(&pin);
    bl_put_free(&put);
}

static void room__files_are_bounded_in_number(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest first, last;
    struct bl_pin *pins[3];
    struct bl_put *put = NULL;
    struct bl_err err;

    scene->limits.files_max = 3;
    store_scene_reopen(scene);
    first = store_scene_put(scene, 'a', 0);
    for (size_t i = 1; i < 4; i++)
        last = store_scene_put(scene, 'a', i);
    assert_int_equal(store_scene_names(scene), 3);
    assert_false(bl_store_has(scene->store, &first));
    assert_true(bl_store_has(scene->store, &last));
    for (size_t i = 1; i < 4; i++) {
        struct bl_digest digest = store_scene_digest("aaa", i);

        pins[i - 1] = store_scene_pin(scene, &digest);
    }
    assert_int_equal(bl_put_new(&put, scene->store, &(struct bl_put_order){.size_bytes = 1}, &err),
                     -1);
    assert_int_equal(err.step, BL_STEP_STORE_FULL);
    assert_non_null(strstr(err.detail, "3 files"));
    for (size_t i = 0; i < 3; i++)
        bl_pin_free(&pins[i]);
}

/* At every moment, whatever comes: files, those under way included, stay within the bound. */
static void room__never_holds_more_than_its_bound(void **state)
{
    struct store_scene *scene = *state;
    bl_autofree char *bytes = calloc(1, BL_MIB);
    const struct bl_put_order order = {.size_bytes = BL_PUT_SIZE_UNKNOWN};
    struct bl_put *puts[8] = {NULL};
    struct bl_pin *pin;
    struct bl_err err;

    assert_non_null(bytes);
    srand(3);
    for (unsigned i = 0; i < 3000; i++) {
        struct bl_put **put = &puts[rand() % 8];
        struct bl_store_usage usage;

        if (!*put) {
            if (bl_put_new(put, scene->store, &order, &err) != 0)
                assert_int_equal(err.step, BL_STEP_STORE_FULL);
        } else if (rand() % 4 > 0) {
            bytes[0] = (char)i, bytes[1] = (char)(i >> 8);
            if (bl_put_write(*put, bytes, (size_t)rand() % 60000, &err) != 0) {
                assert_int_equal(err.step, BL_STEP_STORE_FULL);
                bl_put_free(put);
            }
        } else {
            assert_int_equal(bl_put_finish(*put, &pin, &err), 0);
            bl_pin_free(&pin);
            bl_put_free(put);
        }
        usage = store_scene_usage(scene);
        assert_true(usage.bytes + usage.bytes_coming <= BL_MIB);
        assert_true(usage.files <= 100);
    }
    for (unsigned i = 0; i < 8; i++)
        bl_put_free(&puts[i]);
    assert_int_equal(store_scene_usage(scene).bytes_coming, 0);
    assert_int_equal(store_scene_names(scene), store_scene_usage(scene).files);
}

static void room__limits_that_make_no_sense_are_refused(void **state)
{
    struct store_scene *scene = *state;
    static const struct bl_store_limits wrong[] = {
        {0, 1, 1},      {4095, 1, 1},       {BL_MIB, 0, 1},
        {BL_MIB, 1, 0}, {UINT64_MAX, 1, 1}, {BL_MIB, BL_STORE_FILES_MAX + 1, 1},
    };
    struct bl_store *other = NULL;
    struct bl_err err;

    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        assert_int_equal(bl_store_open(&other, scene->loop, scene->path, &wrong[i], &err), -1);
        assert_int_equal(err.step, BL_STEP_FIELD);
        assert_null(other);
    }
}

enum { LARGE = 40 * 1024 * 1024 };

static void await_names(struct store_scene *scene, unsigned names)
{
    uint64_t give_up_ns = bl_now_ns() + 20 * BL_NS_PER_S;
    struct bl_timer *timer;
    struct bl_err err;

    assert_int_equal(bl_timer_new(&timer, scene->loop, store_scene_on_change, scene, &err), 0);
    while (store_scene_names(scene) != names && bl_now_ns() < give_up_ns) {
        bl_timer_arm(timer, bl_now_ns());
        store_scene_await(scene, &scene->changes);
    }
    bl_timer_free(&timer);
    assert_int_equal(store_scene_names(scene), names);
}

static struct bl_digest put_large(struct store_scene *scene, char letter)
{
    struct bl_put *put = store_scene_begin(scene, NULL, LARGE);
    static char bytes[1024 * 1024];
    struct bl_digest digest;
    struct bl_pin *pin;
    struct bl_err err;

    memset(bytes, letter, sizeof(bytes));
    for (size_t at = 0; at < LARGE; at += sizeof(bytes))
        assert_int_equal(bl_put_write(put, bytes, sizeof(bytes), &err), 0);
    assert_int_equal(bl_put_finish(put, &pin, &err), 0);
    digest = *bl_pin_digest(pin);
    bl_pin_free(&pin);
    bl_put_free(&put);
    return digest;
}

/* Out of the store at once, off the disk by and by. */
static void room__a_large_file_goes_in_slices(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest large, again;

    scene->limits.bytes_max = LARGE;
    store_scene_reopen(scene);
    large = put_large(scene, 'a');
    (void)store_scene_put(scene, 'b', 1);
    assert_false(bl_store_has(scene->store, &large));
    assert_int_equal(store_scene_names(scene), 2);
    assert_int_equal(store_scene_usage(scene).bytes, 4096);
    await_names(scene, 1);
    again = put_large(scene, 'a'); /* may come back */
    assert_true(bl_digest_equal(&again, &large));
    (void)store_scene_put(scene, 'b', 1);
    store_scene_reopen(scene); /* in the middle */
    assert_int_equal(store_scene_names(scene), 1);
}

/* Also one that was given up half way. */
static void room__a_large_put_that_ends_goes_in_slices(void **state)
{
    struct store_scene *scene = *state;
    static const char bytes[1024 * 1024];
    struct bl_put *put;
    struct bl_err err;

    scene->limits.bytes_max = LARGE;
    store_scene_reopen(scene);
    put = store_scene_begin(scene, NULL, LARGE);
    for (size_t at = 0; at < LARGE / 2; at += sizeof(bytes))
        assert_int_equal(bl_put_write(put, bytes, sizeof(bytes), &err), 0);
    bl_put_free(&put);
    assert_int_equal(store_scene_usage(scene).bytes_coming, 0);
    assert_int_equal(store_scene_names(scene), 1);
    await_names(scene, 0);
}

/* Whoever forgot to keep his pin reads the file to its end nevertheless. */
static void room__a_file_that_is_read_is_not_cut(void **state)
{
    struct store_scene *scene = *state;
    bl_autofree char *bytes = malloc(LARGE);
    bl_autoclose int fd = -1;
    struct bl_digest large;
    struct bl_pin *pin;
    struct bl_err err;

    assert_non_null(bytes);
    scene->limits.bytes_max = LARGE;
    store_scene_reopen(scene);
    large = put_large(scene, 'a');
    pin = store_scene_pin(scene, &large);
    assert_int_equal(bl_pin_open(pin, &fd, &err), 0);
    bl_pin_free(&pin);
    (void)store_scene_put(scene, 'b', 1);
    assert_false(bl_store_has(scene->store, &large));
    await_names(scene, 1);
    assert_int_equal(read(fd, bytes, LARGE), LARGE);
    assert_int_equal(bytes[0], 'a');
    assert_int_equal(bytes[LARGE - 1], 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(room__least_recently_used_goes_first),
        store_test(room__pinned_files_stay),
        store_test(room__all_pinned_is_busy_and_names_the_bound),
        store_test(room__promised_room_is_not_promised_again),
        store_test(room__a_promise_evicts_nothing),
        store_test(room__pins_go_before_promises),
        store_test(room__files_are_bounded_in_number),
        store_test(room__never_holds_more_than_its_bound),
        store_test(room__a_large_file_goes_in_slices),
        store_test(room__a_large_put_that_ends_goes_in_slices),
        store_test(room__a_file_that_is_read_is_not_cut),
        store_test(room__limits_that_make_no_sense_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
