/* test_attack.c - the table of attacks is whole, and what comes of one is judged with evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/attack/attack.h"
#include "executor/attack/programs/programs.h"
#include "limits/ceilings.h"

/* ---- the table --------------------------------------------------------------------------------
 */

static bool is_program(const char *name)
{
    static const char *const names[] = {
#define X(program) #program,
        PROGRAMS(X)
#undef X
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void table__every_row_can_be_tried(void **state)
{
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    (void)state;
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        struct bl_limits limits;
        struct bl_err err;

        if (!is_program(attacks[i]->argv[0]))
            fail_msg("%s: no program %s", attacks[i]->title, attacks[i]->argv[0]);
        if (bl_attack_limits(attacks[i], &limits, &err) < 0)
            fail_msg("%s: %s", attacks[i]->title, err.detail);
        assert_true(attacks[i]->policies > 0);
        assert_true(attacks[i]->policies < 1U << BL_ATTACK_POLICY_COUNT);
        assert_true(attacks[i]->verdicts > 0);
        assert_int_equal(attacks[i]->verdicts & (1U << BL_VERDICT_SANDBOX_ERROR), 0);
        assert_int_equal(attacks[i]->lines[0], 'A');
    }
}

static void table__walls_stand_together(void **state)
{
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    (void)state;
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; strcmp(attacks[i]->wall, attacks[i - 1]->wall) != 0 && k < i; k++)
            assert_string_not_equal(attacks[i]->wall, attacks[k]->wall);
}

static void table__limits_are_those_of_the_row(void **state)
{
    struct bl_attack attack = {.limits = "pids=7 memory=3MiB"};
    struct bl_limits limits;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_attack_limits(&attack, &limits, &err), 0);
    assert_int_equal(limits.pids, 7);
    assert_int_equal(limits.memory_bytes, 3 * BL_MIB);
    assert_int_equal(limits.open_files, 256);
    attack.limits = "pids";
    assert_int_equal(bl_attack_limits(&attack, &limits, &err), -1);
    attack.limits = "pidz=3";
    assert_int_equal(bl_attack_limits(&attack, &limits, &err), -1);
    attack.limits = "pids=0";
    assert_int_equal(bl_attack_limits(&attack, &limits, &err), -1);
}

/* ---- judging ----------------------------------------------------------------------------------
 */

static char why[BL_ATTACK_WHY_MAX];

static bool holds(const struct bl_attack *attack, const struct bl_result *result, const char *out)
{
    const struct bl_attack_outcome outcome = {result, out, "", strlen(out), 0, "the-secret"};

    return bl_attack_holds(attack, &outcome, why);
}

static void judge__a_crime_that_succeeds_is_told(void **state)
{
    const struct bl_attack attack = {.verdicts = 1U << BL_VERDICT_OK, .spared = "one|harmless"};
    const struct bl_result ok = {.verdict = BL_VERDICT_OK, .exit_code = 0};

    (void)state;
    assert_true(holds(&attack, &ok, "a: refused EPERM\nharmless: succeeded\none: succeeded"));
    assert_string_equal(why, "");
    assert_false(holds(&attack, &ok, "a: refused EPERM\nharm: succeeded\nb: refused EPERM\n"));
    assert_string_equal(why, "harm: succeeded");
    assert_false(holds(&attack, &ok, "on: succeeded"));
    assert_false(holds(&attack, &ok, "one|harmless: succeeded"));
    assert_false(holds(&attack, &ok, "shm: found\n"));
}

static void judge__a_secret_in_the_output_is_told(void **state)
{
    const struct bl_attack attack = {.verdicts = 1U << BL_VERDICT_OK};
    const struct bl_result ok = {.verdict = BL_VERDICT_OK};
    const struct bl_attack_outcome in_err = {&ok, "", "x\0the-secret", 0, 12, "the-secret"};

    (void)state;
    assert_false(holds(&attack, &ok, "xxthe-secretxx"));
    assert_false(bl_attack_holds(&attack, &in_err, why));
    assert_true(holds(&attack, &ok, "the-secre"));
}

static void judge__only_its_verdicts_will_do(void **state)
{
    const struct bl_attack attack = {.verdicts =
                                         1U << BL_VERDICT_TIME_LIMIT | 1U << BL_VERDICT_SIGNALED};
    struct bl_result result = {.verdict = BL_VERDICT_SIGNALED, .signal = 9, .exit_code = -1};

    (void)state;
    assert_true(holds(&attack, &result, ""));
    for (int v = 0; v < BL_VERDICT_COUNT; v++) {
        if (attack.verdicts & (1U << v))
            continue;
        result.verdict = (enum bl_verdict)v;
        assert_false(holds(&attack, &result, ""));
        assert_non_null(strstr(why, "must be SIGNALED TIME_LIMIT"));
    }
}

static void judge__a_verdict_needs_its_evidence(void **state)
{
    struct bl_attack attack = {.verdicts = ~0U};
    struct bl_result result = {
        .verdict = BL_VERDICT_TIME_LIMIT, .limit = "cpu-time", .bound = 10, .observed = 10};

    (void)state;
    assert_true(holds(&attack, &result, ""));
    result.observed = 9;
    assert_false(holds(&attack, &result, ""));
    result = (struct bl_result){.verdict = BL_VERDICT_MEMORY_LIMIT, .limit = "memory"};
    assert_false(holds(&attack, &result, ""));
    result.usage.oom_kills = 1;
    assert_true(holds(&attack, &result, ""));
    result = (struct bl_result){.verdict = BL_VERDICT_OUTPUT_LIMIT, .limit = "output"};
    assert_true(holds(&attack, &result, ""));
    attack.evidence = "file-size|error-output";
    assert_false(holds(&attack, &result, ""));
    result.limit = "file-size";
    assert_true(holds(&attack, &result, ""));
    attack.evidence = NULL;
    result = (struct bl_result){.verdict = BL_VERDICT_EXEC_FAILED};
    assert_false(holds(&attack, &result, "")); /* no error is told */
    result = (struct bl_result){.verdict = BL_VERDICT_RUNTIME_ERROR, .exit_code = 0};
    assert_false(holds(&attack, &result, ""));
}

static void judge__a_refused_call_is_named(void **state)
{
    const struct bl_attack attack = {.verdicts = ~0U, .evidence = "bpf|mount"};
    struct bl_result result = {.verdict = BL_VERDICT_FORBIDDEN_SYSCALL, .refusal_count = 1};

    (void)state;
    result.refusals[0] = (struct bl_refusal){.arch = 0xC000003E, .nr = 39}; /* getpid */
    assert_false(holds(&attack, &result, ""));
    result.refusals[0].nr = 165;
    assert_true(holds(&attack, &result, ""));
    result.refusals[0].nr = 321;
    assert_true(holds(&attack, &result, ""));
    result.verdict = BL_VERDICT_OK;
    assert_true(holds(&attack, &result, ""));
    result.refusal_count = 0;
    assert_false(holds(&attack, &result, ""));
}

static void judge__what_must_be_told_is_looked_for(void **state)
{
    const struct bl_attack attack = {.verdicts = 1U << BL_VERDICT_OK, .tells = "a: 1|a: 2"};
    const struct bl_result ok = {.verdict = BL_VERDICT_OK};

    (void)state;
    assert_true(holds(&attack, &ok, "x\na: 2"));
    assert_false(holds(&attack, &ok, "x\na: 22\n"));
    assert_false(holds(&attack, &ok, ""));
    assert_non_null(strstr(why, "a: 1|a: 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table__every_row_can_be_tried),
        cmocka_unit_test(table__walls_stand_together),
        cmocka_unit_test(table__limits_are_those_of_the_row),
        cmocka_unit_test(judge__a_crime_that_succeeds_is_told),
        cmocka_unit_test(judge__a_secret_in_the_output_is_told),
        cmocka_unit_test(judge__only_its_verdicts_will_do),
        cmocka_unit_test(judge__a_verdict_needs_its_evidence),
        cmocka_unit_test(judge__a_refused_call_is_named),
        cmocka_unit_test(judge__what_must_be_told_is_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
