/* Which case is next, and which are skipped: the stop policies. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "executor/job/schedule.h"

enum { CASES = 6 };

/* Groups 1 1 2 2 0 0. */
static struct bl_job_case cases[CASES] = {{.group = 1}, {.group = 1}, {.group = 2},
                                          {.group = 2}, {.group = 0}, {.group = 0}};

static struct bl_schedule *schedule_of(struct bl_job_step *step, enum bl_stop_policy stop)
{
    struct bl_schedule *schedule;
    struct bl_err err;

    *step = (struct bl_job_step){.cases = cases, .case_count = CASES, .stop = stop};
    assert_int_equal(bl_schedule_new(&schedule, step, &err), 0);
    return schedule;
}

static uint32_t start(struct bl_schedule *schedule)
{
    int32_t next = bl_schedule_next(schedule);

    assert_in_range(next, 0, CASES - 1);
    bl_schedule_start(schedule, (uint32_t)next);
    return (uint32_t)next;
}

static void run(struct bl_schedule *schedule, uint32_t testcase, enum bl_case_outcome outcome)
{
    assert_int_equal(start(schedule), testcase);
    bl_schedule_end(schedule, testcase, outcome);
}

/* Which cases are pointless, as bits; they are ended as skipped. */
static unsigned skip_all(struct bl_schedule *schedule)
{
    unsigned bits = 0;

    for (int32_t i = 0; (i = bl_schedule_pointless(schedule, (uint32_t)i)) >= 0;) {
        bits |= 1u << i;
        bl_schedule_end(schedule, (uint32_t)i, BL_OUTCOME_SKIPPED);
    }
    return bits;
}

static void schedule__runs_all_in_order(void **state)
{
    struct bl_job_step step;
    struct bl_schedule *schedule = schedule_of(&step, BL_STOP_NEVER);
    uint32_t testcase = 99;

    (void)state;
    for (uint32_t i = 0; i < CASES; i++) {
        assert_false(bl_schedule_is_over(schedule));
        run(schedule, i, i == 2 ? BL_OUTCOME_REJECTED : BL_OUTCOME_PASSED);
        assert_int_equal(skip_all(schedule), 0);
    }
    assert_true(bl_schedule_is_over(schedule));
    assert_int_equal(bl_schedule_next(schedule), -1);
    assert_int_equal(bl_schedule_outcome(schedule, &testcase), BL_OUTCOME_REJECTED);
    assert_int_equal(testcase, 2);
    assert_int_equal(bl_schedule_counts(schedule)[BL_OUTCOME_PASSED], 5);
    assert_int_equal(bl_schedule_counts(schedule)[BL_OUTCOME_REJECTED], 1);
    bl_schedule_free(&schedule);
    assert_null(schedule);
}

static void schedule__all_passed_is_passed(void **state)
{
    struct bl_job_step step;
    struct bl_schedule *schedule = schedule_of(&step, BL_STOP_STEP);
    uint32_t testcase = 99;

    (void)state;
    for (uint32_t i = 0; i < CASES; i++)
        run(schedule, i, BL_OUTCOME_PASSED);
    assert_int_equal(bl_schedule_outcome(schedule, &testcase), BL_OUTCOME_PASSED);
    assert_int_equal(testcase, 99);
    bl_schedule_free(&schedule);
}

static void schedule__stops_a_step(void **state)
{
    struct bl_job_step step;
    struct bl_schedule *schedule = schedule_of(&step, BL_STOP_STEP);

    (void)state;
    run(schedule, 0, BL_OUTCOME_PASSED);
    run(schedule, 1, BL_OUTCOME_FAILED);
    assert_int_equal(bl_schedule_next(schedule), -1);
    assert_int_equal(skip_all(schedule), 0x3c);
    assert_true(bl_schedule_is_over(schedule));
    bl_schedule_free(&schedule);
}

static void schedule__stops_a_group(void **state)
{
    struct bl_job_step step;
    struct bl_schedule *schedule = schedule_of(&step, BL_STOP_GROUP);
    uint32_t testcase;

    (void)state;
    run(schedule, 0, BL_OUTCOME_ERROR);
    assert_int_equal(skip_all(schedule), 1u << 1);
    run(schedule, 2, BL_OUTCOME_PASSED);
    run(schedule, 3, BL_OUTCOME_PASSED);
    run(schedule, 4, BL_OUTCOME_REJECTED); /* those of no group are one, too */
    assert_int_equal(skip_all(schedule), 1u << 5);
    assert_int_equal(bl_schedule_outcome(schedule, &testcase), BL_OUTCOME_ERROR);
    assert_int_equal(testcase, 0);
    bl_schedule_free(&schedule);
}

static void schedule__goes_by_place_not_by_time(void **state)
{
    struct bl_job_step step;
    struct bl_schedule *schedule = schedule_of(&step, BL_STOP_STEP);
    uint32_t testcase;

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(start(schedule), i);
    bl_schedule_end(schedule, 2, BL_OUTCOME_FAILED); /* the last of three that run */
    assert_int_equal(bl_schedule_pointless(schedule, 0), 3);
    assert_true(bl_schedule_is_waiting(schedule, 3));
    bl_schedule_end(schedule, 0, BL_OUTCOME_REJECTED);
    assert_int_equal(bl_schedule_pointless(schedule, 0), 1); /* though it runs */
    assert_false(bl_schedule_is_waiting(schedule, 1));
    assert_int_equal(skip_all(schedule), 0x3a);
    assert_int_equal(bl_schedule_outcome(schedule, &testcase), BL_OUTCOME_REJECTED);
    assert_int_equal(testcase, 0);
    bl_schedule_free(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule__runs_all_in_order),
        cmocka_unit_test(schedule__all_passed_is_passed),
        cmocka_unit_test(schedule__stops_a_step),
        cmocka_unit_test(schedule__stops_a_group),
        cmocka_unit_test(schedule__goes_by_place_not_by_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
