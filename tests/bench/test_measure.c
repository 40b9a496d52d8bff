#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure.h"

static void fill(struct bl_sample *sample, uint64_t from, uint64_t to)
{
    struct bl_err err;

    for (uint64_t ns = to; ns >= from; ns--)
        assert_int_equal(bl_sample_add(sample, ns, &err), 0);
    bl_sample_sort(sample);
}

static void sample__percentiles_are_nearest_ranks(void **state)
{
    struct bl_sample hundred = {0}, three = {0};

    (void)state;
    fill(&hundred, 1, 100);
    assert_int_equal(bl_sample_at(&hundred, 50), 50);
    assert_int_equal(bl_sample_at(&hundred, 99), 99);
    assert_int_equal(bl_sample_at(&hundred, 100), 100);
    fill(&three, 7, 9);
    assert_int_equal(bl_sample_at(&three, 1), 7);
    assert_int_equal(bl_sample_at(&three, 50), 8);
    assert_int_equal(bl_sample_at(&three, 99), 9);
    bl_sample_release(&hundred);
    bl_sample_release(&three);
}

static void sample__of_nothing_is_zero(void **state)
{
    const struct bl_sample none = {0};

    (void)state;
    assert_int_equal(bl_sample_at(&none, 50), 0);
}

static void sample__keeps_more_than_it_first_had_room_for(void **state)
{
    struct bl_sample sample = {0};

    (void)state;
    fill(&sample, 1, 5000);
    assert_int_equal(sample.count, 5000);
    assert_int_equal(bl_sample_at(&sample, 99), 4950);
    bl_sample_release(&sample);
}

static void sample__json_tells_microseconds_and_ratios(void **state)
{
    struct bl_sample slow = {0}, fast = {0};
    json_t *json;

    (void)state;
    fill(&slow, 3000, 3000);
    fill(&fast, 2000, 2000);
    json = bl_sample_json(&slow, &fast);
    assert_non_null(json);
    assert_true(json_real_value(json_object_get(json, "p50_us")) == 3.0);
    assert_true(json_real_value(json_object_get(json, "p90_us")) == 3.0);
    assert_true(json_real_value(json_object_get(json, "ratio_p50")) == 1.5);
    assert_true(json_real_value(json_object_get(json, "ratio_p99")) == 1.5);
    assert_int_equal(json_integer_value(json_object_get(json, "runs")), 1);
    json_decref(json);
    bl_sample_release(&slow);
    bl_sample_release(&fast);
}

/* Over many rounds each contender comes first about equally often, and none is lost. */
static void order__is_a_permutation_and_fair(void **state)
{
    enum { COUNT = 7, ROUNDS = 7000 };
    unsigned first[COUNT] = {0};
    uint64_t seed = 1;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t order[COUNT];
        bool seen[COUNT] = {false};
        bl_order_shuffle(order, COUNT, &seed);
        for (size_t i = 0; i < COUNT; i++) {
            assert_in_range(order[i], 0, COUNT - 1);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
        first[order[0]]++;
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_in_range(first[i], ROUNDS / COUNT * 8 / 10, ROUNDS / COUNT * 12 / 10);
}

static void order__same_start_gives_the_same_orders(void **state)
{
    uint64_t one = 42, other = 42;
    size_t a[5], b[5];

    (void)state;
    for (int round = 0; round < 10; round++) {
        bl_order_shuffle(a, 5, &one);
        bl_order_shuffle(b, 5, &other);
        assert_memory_equal(a, b, sizeof(a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample__percentiles_are_nearest_ranks),
        cmocka_unit_test(sample__of_nothing_is_zero),
        cmocka_unit_test(sample__keeps_more_than_it_first_had_room_for),
        cmocka_unit_test(sample__json_tells_microseconds_and_ratios),
        cmocka_unit_test(order__is_a_permutation_and_fair),
        cmocka_unit_test(order__same_start_gives_the_same_orders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
