/* What the machine's meters say, and what is made of two readings. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "executor/base/loop.h"
#include "executor/job/account.h"
#include "executor/job/meter.h"

static void meter__finds_steal_in_the_first_line(void **state)
{
    uint64_t ticks = 0;

    (void)state;
    assert_true(bl_meter_parse_steal("cpu  3125 0 2867 365843 517 0 57 11 3 4\ncpu0 1", &ticks));
    assert_int_equal(ticks, 11);
}

static void meter__takes_no_other_line_for_it(void **state)
{
    static const char *const texts[] = {"",
                                        "cpu",
                                        "cpu  1 2 3 4 5 6 7",
                                        "intr 1 2 3 4 5 6 7 8",
                                        "cpux 1 2 3 4 5 6 7 8",
                                        "cpu  1 2 3 4 5 6 x 8"};
    uint64_t ticks = 77;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(bl_meter_parse_steal(texts[i], &ticks));
    assert_int_equal(ticks, 77);
}

static void meter__reports_the_difference(void **state)
{
    const struct bl_meter before = {true, true, 100, 1000, 2000, 3000, 0};
    const struct bl_meter after = {true, true, 150, 1001, 2002, 3003, 0};
    struct bl_usage usage = {0};

    (void)state;
    bl_meter_difference(&before, &after, &usage);
    assert_true(usage.has_steal);
    assert_int_equal(usage.steal_ns, 50);
    assert_true(usage.has_pressure);
    assert_int_equal(usage.cpu_pressure_ns, 1);
    assert_int_equal(usage.memory_pressure_ns, 2);
    assert_int_equal(usage.io_pressure_ns, 3);
}

static void meter__leaves_the_groups_own_pressure(void **state)
{
    const struct bl_meter before = {true, true, 100, 1000, 2000, 3000, 0};
    const struct bl_meter after = {true, true, 99, 1001, 2002, 3003, 0};
    struct bl_usage usage = {.has_pressure = true, .cpu_pressure_ns = 5};

    (void)state;
    bl_meter_difference(&before, &after, &usage);
    assert_int_equal(usage.cpu_pressure_ns, 5);
    assert_int_equal(usage.steal_ns, 0); /* it went back: not a huge number */
}

static void meter__says_nothing_where_a_reading_is_missing(void **state)
{
    const struct bl_meter before = {0}, after = {true, true, 1, 2, 3, 4, 0};
    struct bl_usage usage = {0};

    (void)state;
    bl_meter_difference(&before, &after, &usage);
    assert_false(usage.has_steal);
    assert_false(usage.has_pressure);
    assert_int_equal(usage.io_pressure_ns, 0);
}

static void meter__adds_no_more_of_before_than_fits(void **state)
{
    const struct bl_meter after = {true, true, 9000, 5000, 6000, 7000, 1500};
    struct bl_meter before = {true, true, 100, 1000, 5900, 0, 200};

    (void)state;
    bl_meter_narrow(&before, &after, 1000, 4); /* 500 ns after the launch, on four CPUs */
    assert_int_equal(before.cpu_ns, 4500);
    assert_int_equal(before.memory_ns, 5900);
    assert_int_equal(before.io_ns, 6500);
    assert_int_equal(before.steal_ns, 7000);
    bl_meter_narrow(&before, &after, 2000, 4); /* before the launch: nothing fits */
    assert_int_equal(before.cpu_ns, 5000);
    assert_int_equal(before.steal_ns, 9000);
}

static void meter__narrows_nothing_that_went_back(void **state)
{
    const struct bl_meter after = {true, true, 99, 1000, 1000, 1000, 1500};
    struct bl_meter before = {true, true, 100, 1000, 1000, 1000, 200};

    (void)state;
    bl_meter_narrow(&before, &after, 1400, 1);
    assert_int_equal(before.steal_ns, 100);
    assert_int_equal(before.cpu_ns, 1000);
}

static void meter__is_read_anew_when_the_last_reading_is_old(void **state)
{
    const uint64_t now_ns = bl_now_ns();
    struct bl_machine machine = BL_MACHINE_NONE;
    struct bl_meter meter;

    (void)state;
    bl_meter_recent(&machine, now_ns, &meter); /* none yet */
    assert_true(meter.at_ns >= now_ns && machine.last.at_ns == meter.at_ns);
    machine.last = (struct bl_meter){.at_ns = now_ns - BL_METER_RECENT_NS, .cpu_ns = 77};
    bl_meter_recent(&machine, now_ns, &meter);
    assert_int_equal(meter.cpu_ns, 77);
    machine.last.at_ns--;
    bl_meter_recent(&machine, bl_now_ns() + BL_NS_PER_S, &meter);
    assert_int_equal(meter.cpu_ns, 0);
}

/* Who comes late would read what the program has caused already. */
static void meter__is_not_read_anew_when_that_is_late(void **state)
{
    const uint64_t long_ago_ns = bl_now_ns() - 2 * BL_METER_LATE_NS;
    struct bl_machine machine = BL_MACHINE_NONE;
    struct bl_meter meter;

    (void)state;
    machine.last = (struct bl_meter){.at_ns = 1, .cpu_ns = 77};
    bl_meter_recent(&machine, long_ago_ns, &meter);
    assert_int_equal(meter.cpu_ns, 77);
}

static void account__takes_the_set_up_off_the_system_time_first(void **state)
{
    struct bl_usage usage = {.cpu_time_ns = 100, .user_time_ns = 70, .system_time_ns = 30};

    (void)state;
    bl_account_baseline(&usage, 20);
    assert_int_equal(usage.cpu_time_ns, 80);
    assert_int_equal(usage.user_time_ns, 70);
    assert_int_equal(usage.system_time_ns, 10);
    bl_account_baseline(&usage, 15);
    assert_int_equal(usage.cpu_time_ns, 65);
    assert_int_equal(usage.user_time_ns, 65);
    assert_int_equal(usage.system_time_ns, 0);
    bl_account_baseline(&usage, 1000);
    assert_int_equal(usage.cpu_time_ns, 0);
    assert_int_equal(usage.user_time_ns, 0);
}

static void account__a_program_that_never_ran_took_no_time(void **state)
{
    const struct bl_ending ending = {.ended_ns = 5000, .emptied_ns = 5001};
    struct bl_result result = {0};

    (void)state;
    bl_account_ending(&result, &ending, 1000);
    assert_int_equal(result.usage.wall_time_ns, 0);
    assert_int_equal(result.start_latency_ns, 0);
    assert_int_equal(result.started_ns, 0);
}

static void account__wall_time_is_of_the_first_process(void **state)
{
    const struct bl_ending ending = {.started_ns = 1500, .ended_ns = 5000, .emptied_ns = 9000};
    struct bl_result result = {0};

    (void)state;
    bl_account_ending(&result, &ending, 1000);
    assert_int_equal(result.usage.wall_time_ns, 3500);
    assert_int_equal(result.start_latency_ns, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meter__finds_steal_in_the_first_line),
        cmocka_unit_test(meter__takes_no_other_line_for_it),
        cmocka_unit_test(meter__reports_the_difference),
        cmocka_unit_test(meter__leaves_the_groups_own_pressure),
        cmocka_unit_test(meter__says_nothing_where_a_reading_is_missing),
        cmocka_unit_test(meter__adds_no_more_of_before_than_fits),
        cmocka_unit_test(meter__narrows_nothing_that_went_back),
        cmocka_unit_test(meter__is_read_anew_when_the_last_reading_is_old),
        cmocka_unit_test(meter__is_not_read_anew_when_that_is_late),
        cmocka_unit_test(account__takes_the_set_up_off_the_system_time_first),
        cmocka_unit_test(account__a_program_that_never_ran_took_no_time),
        cmocka_unit_test(account__wall_time_is_of_the_first_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
