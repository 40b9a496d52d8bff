/* What init saw of the end, as the result tells it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "executor/job/account.h"

static void account__takes_over_what_init_summed_up(void **state)
{
    const struct bl_ending ending = {.started_ns = 1000,
                                     .ended_ns = 4000,
                                     .voluntary_switches = 1,
                                     .involuntary_switches = 2,
                                     .minor_faults = 3,
                                     .major_faults = 4,
                                     .max_rss_bytes = 5,
                                     .read_bytes = 6,
                                     .write_bytes = 7,
                                     .refusals_total = 8};
    struct bl_result result = {0};

    (void)state;
    bl_account_ending(&result, &ending, 400);
    assert_int_equal(result.usage.wall_time_ns, 3000);
    assert_int_equal(result.start_latency_ns, 600);
    assert_int_equal(result.usage.voluntary_switches, 1);
    assert_int_equal(result.usage.involuntary_switches, 2);
    assert_int_equal(result.usage.minor_faults, 3);
    assert_int_equal(result.usage.major_faults, 4);
    assert_int_equal(result.usage.max_rss_bytes, 5);
    assert_true(result.usage.has_io);
    assert_int_equal(result.usage.read_bytes, 6);
    assert_int_equal(result.usage.write_bytes, 7);
    assert_int_equal(result.refusals_total, 8);
}

static void account__of_what_was_never_executed_tells_no_times(void **state)
{
    const struct bl_ending ending = {.ended_ns = 4000};
    struct bl_result result = {0};

    (void)state;
    bl_account_ending(&result, &ending, 400);
    assert_int_equal(result.usage.wall_time_ns, 0);
    assert_int_equal(result.start_latency_ns, 0);
    assert_false(result.usage.has_io);
}

static void account__the_baseline_is_taken_off(void **state)
{
    struct bl_usage usage = {.cpu_time_ns = 1000, .system_time_ns = 300, .user_time_ns = 700};

    (void)state;
    bl_account_baseline(&usage, 400); /* 300 of it was the system's, the rest must be the user's */
    assert_int_equal(usage.cpu_time_ns, 600);
    assert_int_equal(usage.system_time_ns, 0);
    assert_int_equal(usage.user_time_ns, 600);
    bl_account_baseline(&usage, 10000);
    assert_int_equal(usage.cpu_time_ns, 0);
    assert_int_equal(usage.user_time_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account__takes_over_what_init_summed_up),
        cmocka_unit_test(account__of_what_was_never_executed_tells_no_times),
        cmocka_unit_test(account__the_baseline_is_taken_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
