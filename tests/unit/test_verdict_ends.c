/* Verdicts of single observations: kills, ends, memory and what a program can't help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"
#include "tests/unit/wait_status.h"

static void verdict__memory_is_what_the_kernel_saw_or_nothing(void **state)
{
    const struct bl_limits limits = bl_limits_default();
    const struct bl_observation seen = {.executed = true, .wait_status = KILLED_BY(SIGKILL)};
    struct bl_result result = {.usage = {.oom_kills = 1, .memory_peak_bytes = 12345}};

    (void)state;
    bl_verdict_judge(&result, &limits, &seen);
    assert_int_equal(result.verdict, BL_VERDICT_MEMORY_LIMIT);
    assert_int_equal(result.bound, limits.memory_bytes);
    assert_int_equal(result.observed, 0); /* has_memory_peak is false */
    result.usage.has_memory_peak = true;
    bl_verdict_judge(&result, &limits, &seen);
    assert_int_equal(result.observed, 12345);
}

/* The program may end by itself between the moment that Bailiff decides and the signal. */
static void verdict__a_kill_counts_however_the_program_ended(void **state)
{
    const struct bl_limits limits = bl_limits_default();
    static const int wait_statuses[] = {EXITED(0), EXITED(1), KILLED_BY(SIGKILL),
                                        DUMPED_BY(SIGSEGV), KILLED_BY(SIGXCPU)};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wait_statuses); i++) {
        struct bl_observation seen = {.executed = true, .wait_status = wait_statuses[i]};
        struct bl_result result = {0};

        seen.kill_reason = BL_KILL_WALL_TIME;
        bl_verdict_judge(&result, &limits, &seen);
        assert_int_equal(result.verdict, BL_VERDICT_WALL_TIME_LIMIT);
        seen.kill_reason = BL_KILL_CANCEL;
        bl_verdict_judge(&result, &limits, &seen);
        assert_int_equal(result.verdict, BL_VERDICT_CANCELLED);
    }
}

static void verdict__killed_in_time_has_no_overshoot(void **state)
{
    const struct bl_limits limits = bl_limits_default();
    const struct bl_observation seen = {
        .executed = true, .wait_status = KILLED_BY(SIGKILL), .kill_reason = BL_KILL_WALL_TIME};
    struct bl_result result = {.usage = {.wall_time_ns = limits.wall_time_ns - 1}};

    (void)state;
    bl_verdict_judge(&result, &limits, &seen);
    assert_int_equal(result.verdict, BL_VERDICT_WALL_TIME_LIMIT);
    assert_int_equal(result.observed, limits.wall_time_ns - 1);
    assert_int_equal(result.overshoot_ns, 0);
}

static void verdict__tells_exit_code_and_signal_as_they_were(void **state)
{
    static const struct {
        int wait_status, exit_code, signal;
    } cases[] = {
        {EXITED(0), 0, 0},
        {EXITED(3), 3, 0},
        {EXITED(255), 255, 0},
        {KILLED_BY(SIGKILL), -1, SIGKILL},
        {DUMPED_BY(SIGSEGV), -1, SIGSEGV},
        {KILLED_BY(64), -1, 64},
        {STOPPED_BY(SIGSTOP), -1, 0},
        {0xffff, -1, 0}, /* WIFCONTINUED */
    };
    const struct bl_limits limits = bl_limits_default();

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_observation seen = {.executed = true, .wait_status = cases[i].wait_status};
        struct bl_result result = {0};

        bl_verdict_judge(&result, &limits, &seen);
        assert_int_equal(result.exit_code, cases[i].exit_code);
        assert_int_equal(result.signal, cases[i].signal);
        seen.executed = false; /* then the status is not looked at */
        bl_verdict_judge(&result, &limits, &seen);
        assert_int_equal(result.exit_code, -1);
        assert_int_equal(result.signal, 0);
    }
}

static void verdict__an_unexecuted_program_is_never_judged_by_its_status(void **state)
{
    static const struct {
        enum bl_kill_reason kill_reason;
        uint64_t oom_kills;
        enum bl_verdict verdict;
    } cases[] = {
        {BL_KILL_NONE, 0, BL_VERDICT_SANDBOX_ERROR},
        {BL_KILL_CANCEL, 0, BL_VERDICT_CANCELLED},
        {BL_KILL_CANCEL, 1, BL_VERDICT_CANCELLED},
        {BL_KILL_NONE, 1, BL_VERDICT_MEMORY_LIMIT},
        {BL_KILL_MEMORY, 1, BL_VERDICT_MEMORY_LIMIT},
        {BL_KILL_WALL_TIME, 0, BL_VERDICT_SANDBOX_ERROR},
        {BL_KILL_CPU_TIME, 0, BL_VERDICT_SANDBOX_ERROR},
        {BL_KILL_STDOUT, 0, BL_VERDICT_SANDBOX_ERROR},
    };
    const struct bl_limits limits = bl_limits_default();

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const struct bl_observation seen = {.kill_reason = cases[i].kill_reason};
        struct bl_result result = {.usage = {.oom_kills = cases[i].oom_kills}};

        bl_verdict_judge(&result, &limits, &seen);
        assert_int_equal(result.verdict, cases[i].verdict);
        assert_int_equal(result.error.step != BL_STEP_NONE,
                         result.verdict == BL_VERDICT_SANDBOX_ERROR);
        assert_int_equal(strstr(result.error.detail, "time was up") != NULL,
                         cases[i].kill_reason == BL_KILL_CPU_TIME ||
                             cases[i].kill_reason == BL_KILL_WALL_TIME);
    }
}

static void verdict__is_whole_whatever_stood_there_before(void **state)
{
    const struct bl_limits limits = bl_limits_default();
    const struct bl_observation seen = {.executed = true};
    struct bl_result result;

    (void)state;
    memset(&result, 0x5a, sizeof(result));
    memset(&result.usage, 0, sizeof(result.usage));
    result.refusal_count = 0;
    bl_verdict_judge(&result, &limits, &seen);
    assert_int_equal(result.verdict, BL_VERDICT_OK);
    assert_int_equal(result.kill_reason, BL_KILL_NONE);
    assert_int_equal(result.exit_code, 0);
    assert_int_equal(result.signal, 0);
    assert_null(result.limit);
    assert_int_equal(result.error.step, BL_STEP_NONE);
}

static void verdict__has_a_name_and_a_text_for_each(void **state)
{
    (void)state;
    assert_string_equal(bl_verdict_name(BL_VERDICT_OK), "OK");
    assert_string_equal(bl_verdict_name(BL_VERDICT_SANDBOX_ERROR), "SANDBOX_ERROR");
    assert_string_equal(bl_verdict_text(BL_VERDICT_CANCELLED), "ended on request");
}

static void verdict__shortage_is_its_own_only_at_its_own_limit(void **state)
{
    static const struct {
        struct bl_usage usage;
        bool own;
    } cases[] = {
        {{.has_memory_limit_hits = true, .memory_limit_hits = 1}, true},
        {{.has_memory_limit_hits = true, .has_memory_peak = true, .memory_peak_bytes = BL_MIB},
         false},
        {{.has_memory_peak = true, .memory_peak_bytes = BL_MIB}, true},
        {{.has_memory_peak = true, .memory_peak_bytes = BL_MIB - 4096}, true},
        {{.has_memory_peak = true, .memory_peak_bytes = BL_MIB / 2}, false},
        {{0}, true}, /* nothing to tell it by: the kernel's kill stands */
    };
    const struct bl_limits limits = {.memory_bytes = BL_MIB};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_int_equal(bl_verdict_own_shortage(&cases[i].usage, &limits), cases[i].own);
}

static void verdict__refused_forks_are_its_own_only_at_its_own_limit(void **state)
{
    static const struct {
        struct bl_usage usage;
        bool own;
    } cases[] = {
        {{.has_pids_peak = true, .pids_peak = 3}, true},
        {{.has_pids_peak = true, .pids_peak = 4, .pids_refused = 1}, true},
        {{.has_pids_peak = true, .pids_peak = 3, .pids_refused = 1}, false},
        {{.pids_refused = 1}, true}, /* nothing to tell it by */
    };
    const struct bl_limits limits = {.pids = 4};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_int_equal(bl_verdict_own_refusals(&cases[i].usage, &limits), cases[i].own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict__memory_is_what_the_kernel_saw_or_nothing),
        cmocka_unit_test(verdict__a_kill_counts_however_the_program_ended),
        cmocka_unit_test(verdict__killed_in_time_has_no_overshoot),
        cmocka_unit_test(verdict__tells_exit_code_and_signal_as_they_were),
        cmocka_unit_test(verdict__an_unexecuted_program_is_never_judged_by_its_status),
        cmocka_unit_test(verdict__is_whole_whatever_stood_there_before),
        cmocka_unit_test(verdict__has_a_name_and_a_text_for_each),
        cmocka_unit_test(verdict__shortage_is_its_own_only_at_its_own_limit),
        cmocka_unit_test(verdict__refused_forks_are_its_own_only_at_its_own_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
