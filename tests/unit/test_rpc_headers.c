/* Header lists, byte queues and rates: the small parts of a connection that have bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/byte_queue.h"
#include "executor/rpc/headers.h"
#include "executor/rpc/rate.h"

static bool add(struct bl_headers *headers, const char *name, const char *value)
{
    return bl_headers_add(headers, (const uint8_t *)name, strlen(name), (const uint8_t *)value,
                          strlen(value));
}

static void headers__keep_names_values_and_order(void **state)
{
    struct bl_headers headers = {.max_bytes = 1000};
    struct bl_field field = {NULL, NULL};

    (void)state;
    assert_false(bl_headers_next(&headers, &field));
    assert_null(bl_headers_get(&headers, "a"));
    assert_true(add(&headers, "a", "1"));
    assert_true(add(&headers, "b", ""));
    assert_true(add(&headers, "a", "2"));
    assert_string_equal(bl_headers_get(&headers, "a"), "1");
    assert_string_equal(bl_headers_get(&headers, "b"), "");
    assert_null(bl_headers_get(&headers, ""));
    assert_true(bl_headers_next(&headers, &field));
    assert_true(bl_headers_next(&headers, &field));
    assert_string_equal(field.name, "b");
    assert_true(bl_headers_next(&headers, &field));
    assert_string_equal(field.value, "2");
    assert_false(bl_headers_next(&headers, &field));
    bl_headers_release(&headers);
}

static void headers__above_the_bound_are_marked(void **state)
{
    struct bl_headers headers = {.max_bytes = 2 * (32 + 3)};

    (void)state;
    assert_true(add(&headers, "ab", "c"));
    assert_false(bl_headers_add(&headers, (const uint8_t *)"a", SIZE_MAX, NULL, SIZE_MAX));
    assert_true(headers.overflown);
    assert_false(add(&headers, "a", ""));
    bl_headers_release(&headers);
    assert_true(add(&headers, "ab", "c"));
    assert_true(add(&headers, "ab", "c"));
    assert_false(add(&headers, "", ""));
    bl_headers_release(&headers);
}

static void byte_queue__gives_the_bytes_in_order_whatever_is_taken_at_once(void **state)
{
    (void)state;
    for (size_t step = 1; step < 12; step++) {
        struct bl_quota quota = {.max_bytes = 1000};
        struct bl_byte_queue queue = {.quota = &quota};
        uint8_t out[16];
        size_t length = 0;

        assert_true(bl_byte_queue_put(&queue, (const uint8_t *)"ab", 2, (const uint8_t *)"cd", 2));
        assert_true(bl_byte_queue_put(&queue, NULL, 0, (const uint8_t *)"efghi", 5));
        assert_true(bl_byte_queue_put(&queue, NULL, 0, NULL, 0));
        assert_int_equal(queue.length, 9);
        assert_false(bl_byte_queue_is_cut(&queue));
        while (queue.length > 0)
            length += bl_byte_queue_take(&queue, out + length, step);
        assert_int_equal(length, 9);
        assert_memory_equal(out, "abcdefghi", 9);
        assert_int_equal(quota.used_bytes, 0);
    }
}

static void byte_queue__holds_no_more_than_the_quota(void **state)
{
    struct bl_quota quota = {.max_bytes = 1000};
    struct bl_byte_queue queue = {.quota = &quota};
    static const uint8_t bytes[600];
    uint8_t byte;
    unsigned count = 0;

    (void)state;
    assert_true(bl_byte_queue_put(&queue, NULL, 0, bytes, sizeof(bytes)));
    assert_false(bl_byte_queue_put(&queue, NULL, 0, bytes, sizeof(bytes)));
    assert_int_equal(bl_byte_queue_take(&queue, &byte, 1), 1);
    assert_true(bl_byte_queue_is_cut(&queue));
    bl_byte_queue_drop(&queue, queue.length);
    assert_int_equal(quota.used_bytes, 0);
    while (bl_byte_queue_put(&queue, NULL, 0, bytes, 1))
        count++;
    assert_true(count < 100); /* a piece costs more than its byte */
    bl_byte_queue_drop(&queue, queue.length);
    assert_int_equal(quota.used_bytes, 0);
}

static void rate__grants_a_burst_and_then_so_many_a_second(void **state)
{
    struct bl_rate rate = {.limit = {.burst = 10, .per_second = 4}};
    uint64_t now = 5 * BL_NS_PER_S;
    unsigned granted = 0;

    (void)state;
    while (bl_rate_spend(&rate, now))
        granted++;
    assert_int_equal(granted, 10);
    assert_false(bl_rate_spend(&rate, now + BL_NS_PER_S / 4 - 1));
    assert_true(bl_rate_spend(&rate, now + BL_NS_PER_S / 4));
    for (granted = 0; bl_rate_spend(&rate, now + 3600 * BL_NS_PER_S); granted++)
        continue;
    assert_int_equal(granted, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers__keep_names_values_and_order),
        cmocka_unit_test(headers__above_the_bound_are_marked),
        cmocka_unit_test(byte_queue__gives_the_bytes_in_order_whatever_is_taken_at_once),
        cmocka_unit_test(byte_queue__holds_no_more_than_the_quota),
        cmocka_unit_test(rate__grants_a_burst_and_then_so_many_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
