/* What a package expects of a submission, and whether that is what was seen. */
#include "executor/judge/expectation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"

#include <cmocka.h>

static enum bl_expectation_result check(const struct bl_expectation *expected,
                                        enum bl_outcome verdict, enum bl_outcome first,
                                        enum bl_outcome second)
{
    struct bl_seen_case seen[] = {{"secret/a", first, NULL, true},
                                  {"secret/b", second, "too large", true}};
    char why[BL_EXPECTATION_TEXT_MAX];
    enum bl_expectation_result result = bl_expectation_check(expected, verdict, seen, 2, why);

    assert_int_equal(why[0] != '\0', result == BL_EXPECTATION_UNMET);
    return result;
}

static void expectation__folders_mean_what_the_formats_say(void **state)
{
    static const struct {
        const char *folder;
        bool legacy;
        enum bl_outcome first, second;
        bool met;
    } rows[] = {
        {"accepted", true, BL_AC, BL_AC, true},
        {"accepted", false, BL_AC, BL_WA, false},
        {"wrong_answer", true, BL_AC, BL_WA, true},
        {"wrong_answer", true, BL_AC, BL_AC, false},
        {"wrong_answer", true, BL_WA, BL_TLE, false},
        {"time_limit_exceeded", true, BL_WA, BL_TLE, true},
        {"time_limit_exceeded", false, BL_WA, BL_TLE, false},
        {"time_limit_exceeded", true, BL_RTE, BL_TLE, false},
        {"run_time_error", true, BL_WA, BL_RTE, true},
        {"run_time_error", false, BL_WA, BL_RTE, false},
        {"run_time_error", false, BL_AC, BL_MLE, true},
        {"run_time_error", false, BL_AC, BL_AC, false},
        {"rejected", false, BL_AC, BL_OLE, true},
        {"rejected", false, BL_AC, BL_AC, false},
        {"brute_force", false, BL_AC, BL_TLE, true},
        {"brute_force", false, BL_WA, BL_TLE, false},
        {"memory_limit_exceeded", true, BL_AC, BL_MLE, true},
        {"memory_limit_exceeded", true, BL_AC, BL_RTE, false},
        {"output_limit_exceeded", true, BL_OLE, BL_OLE, true},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_rule rule;
        struct bl_expectation expected = {.rules = &rule, .rule_count = 1};
        bool ce;
        enum bl_expectation_result seen;

        assert_true(bl_expectation_folder(rows[i].folder, rows[i].legacy, &rule, &ce));
        assert_false(ce);
        seen = check(&expected, BL_WA, rows[i].first, rows[i].second);
        if ((seen == BL_EXPECTATION_MET) != rows[i].met)
            fail_msg("row %zu: %s", i, rows[i].folder);
    }
}

static void expectation__je_and_ce_meet_no_rule(void **state)
{
    struct bl_rule rule = {.permitted = BL_SET_ANY, .required = BL_SET_ANY};
    struct bl_expectation expected = {.rules = &rule, .rule_count = 1};
    char why[BL_EXPECTATION_TEXT_MAX];

    (void)state;
    assert_int_equal(check(&expected, BL_JE, BL_AC, BL_JE), BL_EXPECTATION_UNMET);
    assert_int_equal(bl_expectation_check(&expected, BL_CE, NULL, 0, why), BL_EXPECTATION_UNMET);
    expected = (struct bl_expectation){.final = BL_OUTCOME_BIT(BL_CE)};
    assert_int_equal(bl_expectation_check(&expected, BL_CE, NULL, 0, why), BL_EXPECTATION_MET);
    expected = (struct bl_expectation){0};
    assert_int_equal(bl_expectation_check(&expected, BL_AC, NULL, 0, why), BL_EXPECTATION_NONE);
}

static void expectation__rules_may_concern_some_testcases(void **state)
{
    struct bl_rule rules[] = {
        {.cases = "secret/a", .permitted = BL_SET_AC, .required = BL_SET_AC},
        {.cases = "secret/{b,c}",
         .permitted = BL_SET_WA,
         .required = BL_SET_WA,
         .message = "large"},
    };
    struct bl_expectation expected = {.rules = rules, .rule_count = 2};

    (void)state;
    assert_int_equal(check(&expected, BL_WA, BL_AC, BL_WA), BL_EXPECTATION_MET);
    assert_int_equal(check(&expected, BL_WA, BL_WA, BL_WA), BL_EXPECTATION_UNMET);
    rules[1].message = "small";
    assert_int_equal(check(&expected, BL_WA, BL_AC, BL_WA), BL_EXPECTATION_UNMET);
}

static void expectation__decided_at_the_first_rejection_that_tells(void **state)
{
    struct bl_seen_case seen[] = {{"secret/a", BL_WA, NULL, true},
                                  {"secret/b", BL_AC, NULL, false}};
    struct bl_rule rule;
    struct bl_expectation expected = {.rules = &rule, .rule_count = 1};
    bool ce;

    (void)state;
    (void)bl_expectation_folder("wrong_answer", true, &rule, &ce);
    assert_true(bl_expectation_decided(&expected, seen, 2));
    (void)bl_expectation_folder("accepted", true, &rule, &ce);
    assert_true(bl_expectation_decided(&expected, seen, 2));
    /* legacy: a slow one may be wrong first, so its TLE is still to come */
    (void)bl_expectation_folder("time_limit_exceeded", true, &rule, &ce);
    assert_false(bl_expectation_decided(&expected, seen, 2));
    (void)bl_expectation_folder("time_limit_exceeded", false, &rule, &ce);
    assert_true(bl_expectation_decided(&expected, seen, 2));
    expected = (struct bl_expectation){.final = BL_SET_TLE};
    assert_true(bl_expectation_decided(&expected, seen, 2));
}

static void tag__names_are_read_as_judges_write_them(void **state)
{
    static const struct {
        const char *source;
        uint32_t set; /* 0: refused */
    } rows[] = {
        {"/* @EXPECTED_RESULTS@: CORRECT */", BL_SET_AC},
        {"# @EXPECTED_RESULTS@: wrong-answer,TIMELIMIT\nx", BL_SET_WA | BL_SET_TLE},
        {"// @EXPECTED_RESULTS@: RUN_TIME_ERROR", BL_OUTCOME_BIT(BL_RTE) | BL_OUTCOME_BIT(BL_MLE)},
        {"@EXPECTED_RESULTS@: COMPILER-ERROR", BL_OUTCOME_BIT(BL_CE)},
        {"@EXPECTED_RESULTS@:MLE, OLE -->", BL_OUTCOME_BIT(BL_MLE) | BL_OUTCOME_BIT(BL_OLE)},
        {"@EXPECTED_RESULTS@: SOMETHING", 0},
        {"@EXPECTED_RESULTS@:\nCORRECT", 0},
        {"@EXPECTED_RESULTS@:", 0},
    };
    uint32_t final = 77;
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        int result = bl_expectation_tag(rows[i].source, strlen(rows[i].source), &final, &err);

        assert_int_equal(result, rows[i].set ? 0 : -1);
        if (rows[i].set)
            assert_int_equal(final, rows[i].set);
    }
    assert_int_equal(bl_expectation_tag("int main;", 9, &final, &err), 0);
    assert_int_equal(final, 0);
}

static void time_limit__is_bounded_by_those_who_must_be_fast(void **state)
{
    struct bl_rule rule;
    struct bl_expectation expected = {.rules = &rule, .rule_count = 1};
    bool ce;

    (void)state;
    (void)bl_expectation_folder("accepted", false, &rule, &ce);
    assert_true(bl_expectation_lower(&expected, "secret/1"));
    assert_false(bl_expectation_upper(&expected, "secret/1"));
    (void)bl_expectation_folder("wrong_answer", false, &rule, &ce);
    assert_true(bl_expectation_lower(&expected, "secret/1"));
    (void)bl_expectation_folder("wrong_answer", true, &rule, &ce);
    assert_false(bl_expectation_lower(&expected, "secret/1"));
    (void)bl_expectation_folder("time_limit_exceeded", false, &rule, &ce);
    assert_false(bl_expectation_lower(&expected, "secret/1"));
    assert_true(bl_expectation_upper(&expected, "secret/1"));
    (void)bl_expectation_folder("brute_force", false, &rule, &ce);
    assert_false(bl_expectation_lower(&expected, "secret/1"));
    assert_false(bl_expectation_upper(&expected, "secret/1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectation__folders_mean_what_the_formats_say),
        cmocka_unit_test(expectation__je_and_ce_meet_no_rule),
        cmocka_unit_test(expectation__rules_may_concern_some_testcases),
        cmocka_unit_test(expectation__decided_at_the_first_rejection_that_tells),
        cmocka_unit_test(tag__names_are_read_as_judges_write_them),
        cmocka_unit_test(time_limit__is_bounded_by_those_who_must_be_fast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
