/* From results to outcomes: single runs, validators, interactions, groups, expectations. */
#include "executor/judge/judgement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/judge/expectation.h"
#include "executor/judge/testdata.h"

#include <cmocka.h>

static struct bl_result exited(int code)
{
    return (struct bl_result){.verdict = code ? BL_VERDICT_RUNTIME_ERROR : BL_VERDICT_OK,
                              .exit_code = code};
}

static struct bl_result ended(enum bl_verdict verdict, uint64_t ended_ns)
{
    return (struct bl_result){.verdict = verdict, .exit_code = -1, .ended_ns = ended_ns};
}

static void program__outcome_follows_the_verdict(void **state)
{
    static const struct {
        enum bl_verdict verdict;
        enum bl_outcome outcome;
    } rows[] = {
        {BL_VERDICT_OK, BL_AC},
        {BL_VERDICT_RUNTIME_ERROR, BL_RTE},
        {BL_VERDICT_SIGNALED, BL_RTE},
        {BL_VERDICT_FORBIDDEN_SYSCALL, BL_RTE},
        {BL_VERDICT_TIME_LIMIT, BL_TLE},
        {BL_VERDICT_WALL_TIME_LIMIT, BL_TLE},
        {BL_VERDICT_MEMORY_LIMIT, BL_MLE},
        {BL_VERDICT_OUTPUT_LIMIT, BL_OLE},
        {BL_VERDICT_EXEC_FAILED, BL_JE},
        {BL_VERDICT_FILE_ERROR, BL_JE},
        {BL_VERDICT_CANCELLED, BL_JE},
        {BL_VERDICT_SANDBOX_ERROR, BL_JE},
    };

    (void)state;
    assert_int_equal(BL_ARRAY_LEN(rows), BL_VERDICT_COUNT);
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_result result = ended(rows[i].verdict, 1);
        struct bl_judgement judgement;

        bl_judge_program(&result, 0, &judgement);
        assert_int_equal(judgement.outcome, rows[i].outcome);
        assert_int_equal(judgement.reason[0] != '\0', rows[i].outcome != BL_AC);
    }
}

static void program__runtime_without_memory_is_mle(void **state)
{
    struct bl_result result = exited(3);
    struct bl_judgement judgement;

    (void)state;
    bl_judge_program(&result, 3, &judgement);
    assert_int_equal(judgement.outcome, BL_MLE);
    bl_judge_program(&result, 0, &judgement);
    assert_int_equal(judgement.outcome, BL_RTE);
    result = exited(0);
    bl_judge_program(&result, 0, &judgement);
    assert_int_equal(judgement.outcome, BL_AC);
}

static void validator__only_42_and_43_are_judgements(void **state)
{
    (void)state;
    for (int code = 0; code < 256; code++) {
        struct bl_result result = exited(code);
        struct bl_judgement judgement;

        bl_judge_validator(&result, NULL, &judgement);
        assert_int_equal(judgement.outcome, code == 42 ? BL_AC : code == 43 ? BL_WA : BL_JE);
        assert_int_equal(judgement.reason[0] != '\0', judgement.outcome == BL_JE);
    }
}

static void validator__killed_is_je_whatever_status_it_had(void **state)
{
    (void)state;
    for (int verdict = BL_VERDICT_SIGNALED; verdict < BL_VERDICT_COUNT; verdict++) {
        struct bl_result result = ended((enum bl_verdict)verdict, 1);
        struct bl_judgement judgement;

        result.exit_code = 43; /* a child was killed for memory, the parent went on to say 43 */
        bl_judge_validator(&result, "no", &judgement);
        assert_int_equal(judgement.outcome, BL_JE);
    }
}

static void validator__message_is_told_in_one_harmless_line(void **state)
{
    static const char *const rows[][2] = {
        {"line one\n\x1b[31mline two \n\n", "?[31mline two "},
        {"one line", "one line"},
        {"\n \n", ""},
        {"", ""},
        {"first\nexpected \xe2\x80\x98x\xe2\x80\x99 \xc3\xa4\xc2\x9b", "expected 'x' ??"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_result result = exited(43);
        struct bl_judgement judgement;

        bl_judge_validator(&result, rows[i][0], &judgement);
        assert_string_equal(judgement.reason, rows[i][1]);
    }
}

static void lines__are_cut_to_the_room(void **state)
{
    char line[8];

    (void)state;
    assert_string_equal(bl_judge_first_line(line, sizeof(line), "\n0123456789\nx"), "0123456");
    assert_string_equal(bl_judge_last_line(line, sizeof(line), "x\n0123456789\n"), "0123456");
}

static enum bl_outcome interact(struct bl_result program, struct bl_result validator)
{
    struct bl_judgement judgement;

    bl_judge_interaction(&program, 0, &validator, NULL, &judgement);
    return judgement.outcome;
}

static struct bl_result at(struct bl_result result, uint64_t ended_ns)
{
    result.ended_ns = ended_ns;
    return result;
}

static void interaction__who_ended_first_decides(void **state)
{
    (void)state;
    /* both fine */
    assert_int_equal(interact(at(exited(0), 1), at(exited(42), 2)), BL_AC);
    assert_int_equal(interact(at(exited(0), 2), at(exited(42), 1)), BL_AC);
    assert_int_equal(interact(at(exited(0), 1), at(exited(43), 2)), BL_WA);
    /* the validator's WA stands over whatever the submission did later ... */
    assert_int_equal(interact(ended(BL_VERDICT_TIME_LIMIT, 2), at(exited(43), 1)), BL_WA);
    assert_int_equal(interact(ended(BL_VERDICT_SIGNALED, 2), at(exited(43), 1)), BL_WA);
    assert_int_equal(interact(ended(BL_VERDICT_CANCELLED, 2), at(exited(43), 1)), BL_WA);
    /* ... and not over what it had done before */
    assert_int_equal(interact(ended(BL_VERDICT_TIME_LIMIT, 1), at(exited(43), 2)), BL_TLE);
    assert_int_equal(interact(ended(BL_VERDICT_SIGNALED, 1), at(exited(43), 2)), BL_RTE);
    assert_int_equal(interact(ended(BL_VERDICT_MEMORY_LIMIT, 1), at(exited(43), 2)), BL_MLE);
    /* an early AC does not save a program that then breaks a limit */
    assert_int_equal(interact(ended(BL_VERDICT_TIME_LIMIT, 2), at(exited(42), 1)), BL_TLE);
    assert_int_equal(interact(at(exited(1), 2), at(exited(42), 1)), BL_RTE);
}

static void interaction__validator_crash_is_je_never_wa(void **state)
{
    (void)state;
    for (uint64_t first = 1; first <= 3; first += 2) {
        assert_int_equal(interact(at(exited(0), 2), at(exited(1), first)), BL_JE);
        assert_int_equal(interact(at(exited(1), 2), at(exited(0), first)), BL_JE);
        assert_int_equal(interact(at(exited(0), 2), ended(BL_VERDICT_SIGNALED, first)), BL_JE);
        assert_int_equal(
            interact(ended(BL_VERDICT_TIME_LIMIT, 2), ended(BL_VERDICT_MEMORY_LIMIT, first)),
            BL_JE);
    }
}

static void interaction__deadlock_is_told(void **state)
{
    struct bl_result program = ended(BL_VERDICT_WALL_TIME_LIMIT, 1);
    struct bl_result validator = at(exited(43), 2);
    struct bl_judgement judgement;

    (void)state;
    program.usage.wall_time_ns = 3000;
    program.usage.cpu_time_ns = 10;
    bl_judge_interaction(&program, 0, &validator, NULL, &judgement);
    assert_int_equal(judgement.outcome, BL_TLE);
    assert_non_null(strstr(judgement.reason, "waited for the validator"));
}

/* root { sample { 0 } secret { a { 1 2 } b { 3 4 } } } */
static struct bl_group groups[] = {
    {.name = "", .first = 0, .end = 5, .break_on_reject = true},
    {.name = "sample", .first = 0, .end = 1, .break_on_reject = true},
    {.name = "secret", .first = 1, .end = 5, .break_on_reject = true},
    {.name = "secret/a", .parent = 2, .first = 1, .end = 3, .break_on_reject = true},
    {.name = "secret/b", .parent = 2, .first = 3, .end = 5, .break_on_reject = true},
};
static struct bl_testcase cases[] = {
    {.name = "sample/1", .group = 1},   {.name = "secret/a/1", .group = 3},
    {.name = "secret/a/2", .group = 3}, {.name = "secret/b/1", .group = 4},
    {.name = "secret/b/2", .group = 4},
};

static enum bl_outcome aggregate(const struct bl_group *with, const enum bl_outcome outcomes[5],
                                 size_t *deciding)
{
    struct bl_group copy[5];
    struct bl_testdata data = {cases, 5, copy, 5};
    const bool done[5] = {true, true, true, true, true};

    memcpy(copy, with, sizeof(copy));
    return bl_testdata_verdict(&data, outcomes, done, deciding);
}

static void groups__first_rejection_decides_where_they_break(void **state)
{
    size_t deciding;

    (void)state;
    assert_int_equal(
        aggregate(groups, (enum bl_outcome[]){BL_AC, BL_AC, BL_AC, BL_AC, BL_AC}, &deciding),
        BL_AC);
    assert_int_equal(deciding, 5);
    assert_int_equal(
        aggregate(groups, (enum bl_outcome[]){BL_AC, BL_AC, BL_WA, BL_RTE, BL_JE}, &deciding),
        BL_WA);
    assert_int_equal(deciding, 2);
}

static void groups__worst_rejection_decides_where_they_go_on(void **state)
{
    const enum bl_outcome outcomes[] = {BL_AC, BL_WA, BL_TLE, BL_RTE, BL_OLE};
    struct bl_group with[5];
    size_t deciding;

    (void)state;
    memcpy(with, groups, sizeof(with));
    for (int i = 0; i < 5; i++)
        with[i].break_on_reject = false;
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_RTE);
    assert_int_equal(deciding, 3);
    for (int i = 0; i < 5; i++)
        with[i].mode = BL_GROUP_FIRST_ERROR;
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_WA);
    with[0].break_on_reject = true; /* only the root breaks: secret is one result, still WA */
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_WA);
}

static void groups__grader_flags_hold(void **state)
{
    struct bl_group with[5];
    size_t deciding;

    (void)state;
    memcpy(with, groups, sizeof(with));
    with[3].mode = BL_GROUP_ALWAYS_ACCEPT;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding),
        BL_TLE);
    with[4].accept_any = true;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding), BL_AC);
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_JE, BL_WA, BL_AC, BL_TLE}, &deciding), BL_JE);
    with[0].ignore_sample = true;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_WA, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding), BL_AC);
}

static void groups__unknown_cases_are_passed_over(void **state)
{
    struct bl_testdata data = {cases, 5, groups, 5};
    const enum bl_outcome outcomes[5] = {BL_AC, BL_AC, BL_TLE};
    const bool done[5] = {true, false, true, false, false};
    size_t deciding;

    (void)state;
    assert_int_equal(bl_testdata_verdict(&data, outcomes, done, &deciding), BL_TLE);
    assert_int_equal(deciding, 2);
}

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
        cmocka_unit_test(program__outcome_follows_the_verdict),
        cmocka_unit_test(program__runtime_without_memory_is_mle),
        cmocka_unit_test(validator__only_42_and_43_are_judgements),
        cmocka_unit_test(validator__killed_is_je_whatever_status_it_had),
        cmocka_unit_test(validator__message_is_told_in_one_harmless_line),
        cmocka_unit_test(lines__are_cut_to_the_room),
        cmocka_unit_test(interaction__who_ended_first_decides),
        cmocka_unit_test(interaction__validator_crash_is_je_never_wa),
        cmocka_unit_test(interaction__deadlock_is_told),
        cmocka_unit_test(groups__first_rejection_decides_where_they_break),
        cmocka_unit_test(groups__worst_rejection_decides_where_they_go_on),
        cmocka_unit_test(groups__grader_flags_hold),
        cmocka_unit_test(groups__unknown_cases_are_passed_over),
        cmocka_unit_test(expectation__folders_mean_what_the_formats_say),
        cmocka_unit_test(expectation__je_and_ce_meet_no_rule),
        cmocka_unit_test(expectation__rules_may_concern_some_testcases),
        cmocka_unit_test(expectation__decided_at_the_first_rejection_that_tells),
        cmocka_unit_test(tag__names_are_read_as_judges_write_them),
        cmocka_unit_test(time_limit__is_bounded_by_those_who_must_be_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
