/* Files on their way in: what is refused, what is left, who waits for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/unit/store_scene.h"

static void expect_nothing(const struct store_scene *scene)
{
    struct bl_store_usage usage = store_scene_usage(scene);

    assert_int_equal(store_scene_names(scene), 0);
    assert_int_equal(usage.files, 0);
    assert_int_equal(usage.bytes, 0);
    assert_int_equal(usage.bytes_coming, 0);
    assert_int_equal(usage.puts, 0);
}

static void put__what_comes_out_is_what_went_in(void **state)
{
    struct store_scene *scene = *state;
    static const size_t lengths[] = {0, 1, 4095, 4096, 4097, 300000};

    for (size_t i = 0; i < BL_ARRAY_LEN(lengths); i++) {
        struct bl_digest digest = store_scene_put(scene, 'a', lengths[i]);
        bl_autofree char *bytes = malloc(lengths[i] + 1);
        struct bl_digest expected;
        struct bl_pin *pin = store_scene_pin(scene, &digest);

        assert_non_null(bytes);
        memset(bytes, 'a', lengths[i]);
        expected = store_scene_digest(bytes, lengths[i]);
        assert_true(bl_digest_equal(&digest, &expected));
        store_scene_expect(pin, 'a', lengths[i]);
        bl_pin_free(&pin);
    }
}

/* From outside: FIPS 180-2's example. */
static void put__digest_is_sha256(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *put = store_scene_begin(scene, NULL, BL_PUT_SIZE_UNKNOWN);
    char text[BL_DIGEST_TEXT_MAX];
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "a", 1, &err), 0);
    assert_int_equal(bl_put_write(put, "bc", 2, &err), 0);
    assert_int_equal(bl_put_finish(put, &pin, &err), 0);
    assert_string_equal(bl_digest_format(bl_pin_digest(pin), text),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    bl_pin_free(&pin);
    bl_put_free(&put);
}

static void put__refuses_another_digest(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("right", 5);
    struct bl_put *put = store_scene_begin(scene, &digest, 5);
    struct bl_pin *pin = NULL;
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "wrong", 5, &err), 0);
    assert_int_equal(bl_put_finish(put, &pin, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_CONTENT);
    assert_int_equal(bl_put_state(put), BL_PUT_FAILED);
    assert_null(pin);
    bl_put_free(&put);
    expect_nothing(scene);
    assert_false(bl_store_has(scene->store, &digest));
}

static void put__refuses_less_than_announced(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *put = store_scene_begin(scene, NULL, 5);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "four", 4, &err), 0);
    assert_int_equal(bl_put_finish(put, &pin, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_CONTENT);
    bl_put_free(&put);
    expect_nothing(scene);
}

static void put__refuses_more_than_announced(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *put = store_scene_begin(scene, NULL, 5);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "four", 4, &err), 0);
    assert_int_equal(bl_put_write(put, "56", 2, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_CONTENT);
    assert_int_equal(bl_put_write(put, "5", 1, &err), -1); /* it stays failed */
    assert_int_equal(bl_put_finish(put, &pin, &err), -1);
    assert_int_equal(store_scene_names(scene), 0);
    bl_put_free(&put);
    expect_nothing(scene);
}

static void put__refuses_what_can_never_fit(void **state)
{
    struct store_scene *scene = *state;
    static const uint64_t sizes[] = {BL_MIB + 1, UINT64_MAX - 1, UINT64_MAX - 4096, 1ULL << 63};
    struct bl_put *put = store_scene_begin(scene, NULL, BL_PUT_SIZE_UNKNOWN);
    bl_autofree char *bytes = calloc(1, BL_MIB);
    struct bl_err err;

    assert_non_null(bytes);
    for (size_t i = 0; i < BL_ARRAY_LEN(sizes); i++) {
        struct bl_put *other = NULL;

        assert_int_equal(
            bl_put_new(&other, scene->store, &(struct bl_put_order){.size_bytes = sizes[i]}, &err),
            -1);
        assert_int_equal(err.step, BL_STEP_STORE_CONTENT);
        assert_null(other);
    }
    assert_int_equal(bl_put_write(put, bytes, BL_MIB, &err), 0);
    assert_int_equal(bl_put_write(put, bytes, 1, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_CONTENT);
    bl_put_free(&put);
    expect_nothing(scene);
}

static void put__refuses_a_piece_that_would_hold_the_loop_up(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *put = store_scene_begin(scene, NULL, BL_PUT_SIZE_UNKNOWN);
    struct bl_err err;

    assert_int_equal(bl_put_write(put, NULL, BL_PUT_WRITE_MAX + 1, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    bl_put_free(&put);
    expect_nothing(scene);
}

static void put__given_up_leaves_nothing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *put = store_scene_begin(scene, NULL, 100000);
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "some", 4, &err), 0);
    assert_int_equal(store_scene_names(scene), 1);
    bl_put_free(&put);
    expect_nothing(scene);
}

/* Nobody sees a file before it is whole. */
static void put__is_invisible_until_finished(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("file", 4);
    struct bl_put *put = store_scene_begin(scene, &digest, 4);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(bl_put_write(put, "file", 4, &err), 0);
    assert_false(bl_store_has(scene->store, &digest));
    assert_int_equal(store_scene_refusal(scene, &digest), BL_STEP_STORE_MISSING);
    assert_int_equal(bl_put_finish(put, &pin, &err), 0);
    assert_true(bl_store_has(scene->store, &digest));
    bl_pin_free(&pin);
    bl_put_free(&put);
}

static struct bl_put *begin_in(struct store_scene *scene, const struct bl_digest *digest,
                               uint64_t size_bytes, enum bl_put_state state)
{
    const struct bl_put_order order = {digest, size_bytes, store_scene_on_change, scene};
    struct bl_put *put;
    struct bl_err err;

    assert_int_equal(bl_put_new(&put, scene->store, &order, &err), 0);
    assert_int_equal(bl_put_state(put), state);
    return put;
}

static void put__of_what_is_there_costs_nothing(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_put(scene, 'x', 10);
    struct bl_put *put = begin_in(scene, &digest, 10, BL_PUT_THERE);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(store_scene_names(scene), 1);
    assert_int_equal(bl_put_write(put, "whatever", 8, &err), 0);
    assert_int_equal(bl_put_finish(put, &pin, &err), 0);
    store_scene_expect(pin, 'x', 10);
    bl_pin_free(&pin);
    bl_put_free(&put);
    assert_int_equal(store_scene_usage(scene).stored, 1);
}

static void put__second_of_a_file_waits_and_finds_it_there(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("yyyy", 4);
    struct bl_put *first = store_scene_begin(scene, &digest, 4);
    struct bl_put *second = begin_in(scene, &digest, 4, BL_PUT_WAITING);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(store_scene_names(scene), 1);
    assert_int_equal(bl_put_write(first, "yyyy", 4, &err), 0);
    assert_int_equal(bl_put_finish(first, &pin, &err), 0);
    bl_pin_free(&pin);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(second), BL_PUT_THERE);
    bl_put_free(&first);
    assert_int_equal(bl_put_finish(second, &pin, &err), 0);
    store_scene_expect(pin, 'y', 4);
    bl_pin_free(&pin);
    bl_put_free(&second);
    assert_int_equal(store_scene_usage(scene).stored, 1);
}

/* Of three, the first gives up, the second lies, the third brings it. */
static void put__who_waits_takes_over(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("yyyy", 4);
    struct bl_put *first = store_scene_begin(scene, &digest, 4);
    struct bl_put *second = begin_in(scene, &digest, 4, BL_PUT_WAITING);
    struct bl_put *third = begin_in(scene, &digest, 4, BL_PUT_WAITING);
    struct bl_pin *pin;
    struct bl_err err;

    bl_put_free(&first);
    store_scene_await(scene, &scene->changes);
    /* Which of the two is not promised. */
    if (bl_put_state(second) == BL_PUT_WAITING) {
        struct bl_put *other = second;

        second = third;
        third = other;
    }
    assert_int_equal(bl_put_state(second), BL_PUT_OPEN);
    assert_int_equal(bl_put_state(third), BL_PUT_WAITING);
    assert_int_equal(bl_put_write(second, "yyyn", 4, &err), 0);
    assert_int_equal(bl_put_finish(second, &pin, &err), -1);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(third), BL_PUT_OPEN);
    bl_put_free(&second);
    assert_int_equal(bl_put_write(third, "yyyy", 4, &err), 0);
    assert_int_equal(bl_put_finish(third, &pin, &err), 0);
    bl_put_free(&third);
    store_scene_expect(pin, 'y', 4);
    bl_pin_free(&pin);
}

/* One that stalls holds nobody up; and when the other has brought it, is told so. */
static void put__a_stalled_one_is_not_waited_for(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest digest = store_scene_digest("yyyy", 4);
    struct bl_put *stalled = store_scene_begin(scene, &digest, 4);
    struct bl_put *other = begin_in(scene, &digest, 4, BL_PUT_WAITING);
    struct bl_pin *pin;
    struct bl_err err;

    assert_int_equal(bl_put_write(stalled, "yy", 2, &err), 0);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(other), BL_PUT_OPEN);
    assert_int_equal(store_scene_names(scene), 2);
    assert_int_equal(bl_put_write(other, "yyyy", 4, &err), 0);
    assert_int_equal(bl_put_finish(other, &pin, &err), 0);
    bl_pin_free(&pin);
    store_scene_await(scene, &scene->changes);
    assert_int_equal(bl_put_state(stalled), BL_PUT_THERE);
    assert_int_equal(bl_put_write(stalled, "yy", 2, &err), 0);
    assert_int_equal(bl_put_finish(stalled, &pin, &err), 0);
    bl_pin_free(&pin);
    bl_put_free(&stalled);
    bl_put_free(&other);
    assert_int_equal(store_scene_names(scene), 1);
    assert_int_equal(store_scene_usage(scene).bytes_coming, 0);
}

/* Two that don't know what they bring, and bring the same. */
static void put__the_same_by_accident_is_kept_once(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *first = store_scene_begin(scene, NULL, 4);
    struct bl_put *second = store_scene_begin(scene, NULL, BL_PUT_SIZE_UNKNOWN);
    struct bl_pin *pins[2];
    struct bl_err err;

    assert_int_equal(bl_put_write(first, "zzzz", 4, &err), 0);
    assert_int_equal(bl_put_write(second, "zzzz", 4, &err), 0);
    assert_int_equal(bl_put_finish(first, &pins[0], &err), 0);
    assert_int_equal(bl_put_finish(second, &pins[1], &err), 0);
    assert_true(bl_digest_equal(bl_pin_digest(pins[0]), bl_pin_digest(pins[1])));
    store_scene_expect(pins[1], 'z', 4);
    bl_pin_free(&pins[0]);
    bl_pin_free(&pins[1]);
    bl_put_free(&first);
    bl_put_free(&second);
    assert_int_equal(store_scene_names(scene), 1);
    assert_int_equal(store_scene_usage(scene).files, 1);
}

static void put__number_at_once_is_bounded(void **state)
{
    struct store_scene *scene = *state;
    struct bl_put *puts[16], *one_more = NULL;
    const struct bl_put_order order = {.size_bytes = 1};
    struct bl_err err;

    for (size_t i = 0; i < BL_ARRAY_LEN(puts); i++)
        puts[i] = store_scene_begin(scene, NULL, 1);
    assert_int_equal(bl_put_new(&one_more, scene->store, &order, &err), -1);
    assert_int_equal(err.step, BL_STEP_STORE_FULL);
    assert_non_null(strstr(err.detail, "16"));
    bl_put_free(&puts[3]);
    puts[3] = store_scene_begin(scene, NULL, 1);
    for (size_t i = 0; i < BL_ARRAY_LEN(puts); i++)
        bl_put_free(&puts[i]);
    expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(put__what_comes_out_is_what_went_in),
        store_test(put__digest_is_sha256),
        store_test(put__refuses_another_digest),
        store_test(put__refuses_less_than_announced),
        store_test(put__refuses_more_than_announced),
        store_test(put__refuses_what_can_never_fit),
        store_test(put__refuses_a_piece_that_would_hold_the_loop_up),
        store_test(put__given_up_leaves_nothing),
        store_test(put__is_invisible_until_finished),
        store_test(put__of_what_is_there_costs_nothing),
        store_test(put__second_of_a_file_waits_and_finds_it_there),
        store_test(put__who_waits_takes_over),
        store_test(put__a_stalled_one_is_not_waited_for),
        store_test(put__the_same_by_accident_is_kept_once),
        store_test(put__number_at_once_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
