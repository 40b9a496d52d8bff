/* A submission's standing: what its testcases' results, in any order, come to. */
#include "executor/judge/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

#include <cmocka.h>

enum { CASES = 4 };

static struct bl_testcase cases[CASES] = {
    {.name = "secret/1"}, {.name = "secret/2"}, {.name = "secret/3"}, {.name = "secret/4"}};
static struct bl_group root = {.name = "", .end = CASES, .break_on_reject = true};
static struct bl_testdata data = {cases, CASES, &root, 1};
static struct bl_rule rule;
static struct bl_submission submission;
static struct bl_standing standing;

/* Judged as one of a folder, compiled. */
static void begin(const char *folder, bool all)
{
    static const struct bl_compilation compiled = {.judgement.outcome = BL_AC};
    struct bl_err err;
    bool ce;

    assert_true(bl_expectation_folder(folder, true, &rule, &ce));
    submission = (struct bl_submission){.program.name = "x", .expected = {0, &rule, 1}};
    assert_int_equal(bl_standing_init(&standing, &submission, &data, all, &err), 0);
    assert_int_equal(bl_standing_compiled(&standing, &compiled, &err), 0);
    assert_false(standing.over);
}

static void take(size_t number, enum bl_outcome outcome, uint64_t cpu_time_ns)
{
    struct bl_case_result result = {.judgement.outcome = outcome,
                                    .ran = true,
                                    .cpu_time_ns = cpu_time_ns,
                                    .memory_peak_bytes = 10 * cpu_time_ns,
                                    .judgemessage = strdup("said")};

    bl_standing_take_case(&standing, number, &result);
    assert_null(result.judgemessage); /* taken */
}

static int release(void **state)
{
    (void)state;
    bl_standing_release(&standing);
    root.break_on_reject = true;
    return 0;
}

static void accepted__needs_every_testcase(void **state)
{
    (void)state;
    begin("accepted", false);
    take(2, BL_AC, 7);
    take(0, BL_AC, 1);
    take(3, BL_AC, 3);
    assert_false(standing.over);
    assert_int_equal(standing.settled, 1);
    take(1, BL_AC, 2);
    assert_true(standing.over);
    assert_int_equal(standing.judgement.outcome, BL_AC);
    assert_int_equal(standing.expectation, BL_EXPECTATION_MET);
    assert_int_equal(standing.slowest, 2);
    assert_int_equal(standing.memory_peak_bytes, 70);
    assert_int_equal(bl_standing_lower_ns(&standing), 7);
}

static void rejection__ends_it_only_when_all_before_are_known(void **state)
{
    (void)state;
    begin("accepted", false);
    take(1, BL_WA, 1);
    assert_false(standing.over);
    assert_int_equal(standing.stop, CASES);
    take(0, BL_AC, 1);
    assert_true(standing.over);
    assert_int_equal(standing.stop, 2);
    assert_int_equal(standing.deciding, 1);
    assert_int_equal(standing.expectation, BL_EXPECTATION_UNMET);
}

static void rejection__later_ones_do_not_count_however_early_they_came(void **state)
{
    (void)state;
    begin("wrong_answer", false);
    take(3, BL_JE, 1);
    take(2, BL_RTE, 99);
    take(0, BL_AC, 1);
    take(1, BL_WA, 2);
    assert_true(standing.over);
    assert_int_equal(standing.judgement.outcome, BL_WA);
    assert_int_equal(standing.expectation, BL_EXPECTATION_MET);
    assert_int_equal(standing.slowest, 1);
    assert_false(standing.done[2] || standing.done[3]);
}

static void rejection__goes_on_while_the_expectation_is_open(void **state)
{
    (void)state;
    begin("time_limit_exceeded", false); /* legacy: may be wrong first */
    take(0, BL_WA, 1);
    assert_false(standing.over);
    take(1, BL_TLE, 1);
    assert_true(standing.over);
    assert_int_equal(standing.judgement.outcome, BL_WA); /* the first one, as its group has it */
    assert_int_equal(standing.expectation, BL_EXPECTATION_MET);
}

static void rejection__does_not_end_a_group_that_goes_on(void **state)
{
    (void)state;
    root.break_on_reject = false;
    begin("wrong_answer", false);
    take(0, BL_WA, 1);
    take(1, BL_AC, 1);
    take(2, BL_WA, 1);
    assert_false(standing.over);
    take(3, BL_AC, 1);
    assert_true(standing.over);
}

static void all__runs_all(void **state)
{
    (void)state;
    begin("wrong_answer", true);
    for (size_t i = 0; i < CASES; i++) {
        assert_false(standing.over);
        take(i, BL_WA, 1);
    }
    assert_true(standing.over);
    assert_int_equal(standing.deciding, 0);
}

static void judge_error__ends_it_at_once_and_meets_nothing(void **state)
{
    (void)state;
    begin("rejected", true);
    take(0, BL_AC, 1);
    take(1, BL_JE, 1);
    assert_true(standing.over);
    assert_int_equal(standing.judgement.outcome, BL_JE);
    assert_int_equal(standing.expectation, BL_EXPECTATION_UNMET);
}

static void compile_error__is_the_whole_verdict(void **state)
{
    const struct bl_compilation failed = {.judgement = {BL_CE, "line 1"}};
    struct bl_err err;

    (void)state;
    submission =
        (struct bl_submission){.program.name = "x", .expected.final = BL_OUTCOME_BIT(BL_CE)};
    assert_int_equal(bl_standing_init(&standing, &submission, &data, false, &err), 0);
    assert_int_equal(bl_standing_compiled(&standing, &failed, &err), 0);
    assert_true(standing.over);
    assert_int_equal(standing.stop, 0);
    assert_string_equal(standing.judgement.reason, "line 1");
    assert_int_equal(standing.expectation, BL_EXPECTATION_MET);
    assert_int_equal(standing.slowest, CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(accepted__needs_every_testcase, release),
        cmocka_unit_test_teardown(rejection__ends_it_only_when_all_before_are_known, release),
        cmocka_unit_test_teardown(rejection__later_ones_do_not_count_however_early_they_came,
                                  release),
        cmocka_unit_test_teardown(rejection__goes_on_while_the_expectation_is_open, release),
        cmocka_unit_test_teardown(rejection__does_not_end_a_group_that_goes_on, release),
        cmocka_unit_test_teardown(all__runs_all, release),
        cmocka_unit_test_teardown(judge_error__ends_it_at_once_and_meets_nothing, release),
        cmocka_unit_test_teardown(compile_error__is_the_whole_verdict, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
