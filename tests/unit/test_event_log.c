#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/event_log.h"

static struct bl_packed_event packed(size_t length, int letter)
{
    struct bl_packed_event event = {.bytes = malloc(length + 1), .length = length};

    assert_non_null(event.bytes);
    memset(event.bytes, letter, length);
    return event;
}

static void add(struct bl_event_log *log, size_t length, int letter)
{
    struct bl_packed_event event = packed(length, letter);
    struct bl_err err;

    assert_int_equal(bl_event_log_add(log, &event, &err), 0);
    assert_null(event.bytes);
}

static void event_log__keeps_every_event_in_order(void **state)
{
    struct bl_quota quota = {.max_bytes = 1 << 20};
    struct bl_event_log log;

    (void)state;
    bl_event_log_init(&log, &quota);
    for (int i = 0; i < 100; i++)
        add(&log, (size_t)i, 'a' + i % 26);
    assert_int_equal(log.count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(log.events[i].length, i);
        if (i)
            assert_int_equal(log.events[i].bytes[i - 1], 'a' + i % 26);
    }
    bl_event_log_seal(&log);
    assert_int_equal(quota.used_bytes, 99 * 100 / 2 + 100 * BL_EVENT_COST);
    bl_event_log_release(&log);
    bl_event_log_release(&log);
    assert_int_equal(quota.used_bytes, 0);
}

/* What was reserved is there, whatever others take. */
static void event_log__a_reserve_is_not_others_to_take(void **state)
{
    struct bl_quota quota = {.max_bytes = 1000};
    struct bl_packed_event event = packed(100, 'x');
    struct bl_event_log mine, others;
    struct bl_err err;

    (void)state;
    bl_event_log_init(&mine, &quota);
    bl_event_log_init(&others, &quota);
    assert_int_equal(bl_event_log_reserve(&mine, 900, &err), 0);
    assert_int_equal(bl_event_log_add(&others, &event, &err), -1);
    assert_int_equal(err.step, BL_STEP_EVENTS_FULL);
    assert_non_null(event.bytes);
    assert_int_equal(bl_event_log_reserve(&others, 101, &err), -1);
    add(&mine, 400, 'm');
    add(&mine, 900 - 400 - 2 * BL_EVENT_COST, 'm');
    assert_int_equal(quota.used_bytes, 900);
    add(&mine, 100 - BL_EVENT_COST, 'm'); /* beyond it, as long as there is any */
    assert_int_equal(bl_event_log_add(&mine, &event, &err), -1);
    assert_int_equal(mine.count, 3);
    bl_packed_event_release(&event);
    bl_event_log_release(&mine);
    bl_event_log_release(&others);
    assert_int_equal(quota.used_bytes, 0);
}

static void event_log__gives_back_what_will_not_come(void **state)
{
    struct bl_quota quota = {.max_bytes = 1000};
    struct bl_event_log log;
    struct bl_err err;

    (void)state;
    bl_event_log_init(&log, &quota);
    assert_int_equal(bl_event_log_reserve(&log, 1000, &err), 0);
    add(&log, 100, 'x');
    bl_event_log_settle(&log, 300);
    assert_int_equal(quota.used_bytes, 100 + BL_EVENT_COST + 300);
    bl_event_log_settle(&log, 500); /* never takes more */
    assert_int_equal(quota.used_bytes, 100 + BL_EVENT_COST + 300);
    bl_event_log_seal(&log);
    assert_int_equal(quota.used_bytes, 100 + BL_EVENT_COST);
    bl_event_log_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_log__keeps_every_event_in_order),
        cmocka_unit_test(event_log__a_reserve_is_not_others_to_take),
        cmocka_unit_test(event_log__gives_back_what_will_not_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
