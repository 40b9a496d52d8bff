/* From results to outcomes: single runs, validators, interactions. */
#include "executor/judge/judgement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "bailiff/own.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
