/* How a result is told: JSON with every key always, one line for a person, one exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/message.h"
#include "executor/cli/report.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"

static struct bl_result result_of(enum bl_verdict verdict)
{
    return (struct bl_result){.verdict = verdict, .exit_code = -1};
}

static json_t *report_of(const struct bl_result *result)
{
    struct bl_limits limits = bl_limits_default();
    json_t *report = NULL;
    struct bl_err err;

    assert_int_equal(bl_report_json(&report, result, &limits, &err), 0);
    return report;
}

static void report__has_the_same_keys_whatever_happened(void **state)
{
    struct bl_result nothing = result_of(BL_VERDICT_SANDBOX_ERROR), all = result_of(BL_VERDICT_OK);
    char name[] = "a.txt";
    struct bl_collected file = {.name = name, .fd = -1, .size_bytes = 3, .mode = 0644};
    const char *key;
    json_t *value, *few, *many;

    (void)state;
    memset(&all.usage, 1, sizeof(all.usage)); /* every flag set, every counter not zero */
    all.exit_code = 0;
    all.started_ns = all.ended_ns = 1;
    all.files = &file;
    all.file_count = 1;
    all.limit = "memory";
    few = report_of(&nothing);
    many = report_of(&all);
    assert_int_equal(json_object_size(few), json_object_size(many));
    json_object_foreach(many, key, value)
    {
        if (!json_object_get(few, key))
            fail_msg("%s is missing where nothing happened", key);
    }
    json_decref(few);
    json_decref(many);
}

static void report__says_null_where_the_kernel_did_not_tell(void **state)
{
    static const char *const unknown[] = {
        "memory_peak_bytes",  "memory_file_bytes",
        "memory_shmem_bytes", "memory_kernel_bytes",
        "pids_peak",          "read_bytes",
        "write_bytes",        "throttled_ns",
        "steal_ns",           "cpu_pressure_ns",
        "memory_pressure_ns", "io_pressure_ns",
        "exit_code",          "signal",
        "signal_name",        "cause",
        "started_ns",         "ended_ns",
        "start_latency_ns",
    };
    struct bl_result result = result_of(BL_VERDICT_CANCELLED);
    json_t *report = report_of(&result);

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(unknown); i++) {
        if (!json_is_null(json_object_get(report, unknown[i])))
            fail_msg("%s is not null", unknown[i]);
    }
    json_decref(report);
}

static void report__tells_numbers_under_their_own_names(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_OK);
    json_t *report;

    (void)state;
    result.exit_code = 0;
    result.usage.cpu_time_ns = 11;
    result.usage.stdout_bytes = 12;
    result.usage.pids_peak = 13;
    result.usage.has_pids_peak = true;
    result.usage.minor_faults = UINT64_MAX; /* beyond JSON's integers here */
    report = report_of(&result);
    assert_int_equal(json_integer_value(json_object_get(report, "exit_code")), 0);
    assert_int_equal(json_integer_value(json_object_get(report, "cpu_time_ns")), 11);
    assert_int_equal(json_integer_value(json_object_get(report, "stdout_bytes")), 12);
    assert_int_equal(json_integer_value(json_object_get(report, "pids_peak")), 13);
    assert_int_equal(json_integer_value(json_object_get(report, "minor_faults")), INT64_MAX);
    json_decref(report);
}

static const char *text_at(json_t *report, const char *key, const char *inner)
{
    return json_string_value(json_object_get(json_object_get(report, key), inner));
}

static void report__names_the_limit_with_its_unit(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_TIME_LIMIT);
    json_t *report;

    (void)state;
    result.limit = "cpu-time";
    result.bound = BL_NS_PER_S;
    result.observed = BL_NS_PER_S + 2 * BL_NS_PER_MS;
    result.signal = SIGKILL;
    report = report_of(&result);
    assert_string_equal(text_at(report, "cause", "kind"), "limit");
    assert_string_equal(text_at(report, "cause", "limit"), "cpu-time");
    assert_string_equal(text_at(report, "cause", "unit"), "ns");
    assert_string_equal(json_string_value(json_object_get(report, "signal_name")), "KILL");
    json_decref(report);
}

static struct bl_result refused(void)
{
    struct bl_result result = result_of(BL_VERDICT_FORBIDDEN_SYSCALL);

    result.refusals[0] =
        (struct bl_refusal){.arch = 0xC000003E, .nr = 101, .count = 2, .killed = true};
    result.refusals[0].args[1] = 0xABC;
    result.refusal_count = 1;
    result.refusals_total = 2;
    return result;
}

static void report__names_the_refused_call_and_its_arguments(void **state)
{
    struct bl_result result = refused();
    json_t *report = report_of(&result), *call, *listed;

    (void)state;
    call = json_object_get(json_object_get(report, "cause"), "syscall");
    listed = json_array_get(json_object_get(report, "refused_syscalls"), 0);
    assert_true(json_equal(call, listed));
    assert_string_equal(json_string_value(json_object_get(call, "name")), "ptrace");
    assert_string_equal(json_string_value(json_array_get(json_object_get(call, "args"), 1)),
                        "0xabc");
    json_decref(report);
}

static void report__words_an_error_that_holds_any_bytes(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_EXEC_FAILED);
    json_t *report;

    (void)state;
    (void)bl_fail(&result.error, BL_STEP_EXEC, ENOENT, "bad\xFFname");
    report = report_of(&result);
    assert_string_equal(text_at(report, "cause", "kind"), "error");
    assert_string_equal(text_at(report, "cause", "step"), "EXEC");
    assert_string_equal(text_at(report, "cause", "fault"), "CLIENT");
    assert_string_equal(text_at(report, "cause", "errno"), "ENOENT");
    assert_string_equal(text_at(report, "cause", "detail"), "bad\xEF\xBF\xBDname");
    json_decref(report);
}

static void report__is_one_text_with_a_newline(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_OK);
    struct bl_limits limits = bl_limits_default();
    bl_autofree char *text = NULL;
    struct bl_err err;
    json_t *back;

    (void)state;
    assert_int_equal(bl_report_text(&text, &result, &limits, &err), 0);
    assert_string_equal(text + strlen(text) - 2, "}\n");
    back = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(back, "limits"), "pids")),
                     64);
    json_decref(back);
}

static void message__says_what_was_used_and_what_was_allowed(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_TIME_LIMIT), call = refused();
    char text[BL_MESSAGE_MAX];

    (void)state;
    result.limit = "cpu-time";
    result.bound = BL_NS_PER_S;
    result.observed = BL_NS_PER_S + 2 * BL_NS_PER_MS;
    assert_string_equal(bl_result_message(&result, text),
                        "TIME_LIMIT: used 1.002 s of CPU time, limit 1 s");
    assert_string_equal(bl_result_message(&call, text),
                        "FORBIDDEN_SYSCALL: called ptrace(0x0, 0xabc, 0x0, ...)");
}

static void message__shows_no_control_character(void **state)
{
    struct bl_result result = result_of(BL_VERDICT_FILE_ERROR);
    char text[BL_MESSAGE_MAX];

    (void)state;
    (void)bl_fail(&result.error, BL_STEP_OUTPUT, 0, "a\x1B[2Jb\nc\x7F");
    assert_string_equal(bl_result_message(&result, text),
                        "FILE_ERROR: cannot collect the output file: a?[2Jb?c?");
}

static void exit_status__is_the_table_of_the_manual(void **state)
{
    static const struct {
        enum bl_verdict verdict;
        int exit_code, signal, sys_errno, stopped, status;
    } cases[] = {
        {BL_VERDICT_OK, 0, 0, 0, 0, 0},
        {BL_VERDICT_RUNTIME_ERROR, 3, 0, 0, 0, 3},
        {BL_VERDICT_SIGNALED, -1, SIGSEGV, 0, 0, 139},
        {BL_VERDICT_TIME_LIMIT, -1, SIGKILL, 0, 0, 124},
        {BL_VERDICT_WALL_TIME_LIMIT, -1, SIGKILL, 0, 0, 124},
        {BL_VERDICT_MEMORY_LIMIT, 0, 0, 0, 0, 124}, /* a child was killed, the parent exits 0 */
        {BL_VERDICT_OUTPUT_LIMIT, -1, SIGXFSZ, 0, 0, 124},
        {BL_VERDICT_FORBIDDEN_SYSCALL, -1, SIGKILL, 0, 0, 159},
        {BL_VERDICT_EXEC_FAILED, -1, 0, ENOENT, 0, 127},
        {BL_VERDICT_EXEC_FAILED, -1, 0, EACCES, 0, 126},
        {BL_VERDICT_EXEC_FAILED, -1, 0, ENOEXEC, 0, 126},
        {BL_VERDICT_FILE_ERROR, 0, 0, 0, 0, 125},
        {BL_VERDICT_CANCELLED, -1, SIGKILL, 0, SIGINT, 130},
        {BL_VERDICT_CANCELLED, -1, SIGKILL, 0, SIGHUP, 129},
        {BL_VERDICT_SANDBOX_ERROR, -1, 0, 0, 0, 125},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_result result = {.verdict = cases[i].verdict,
                                   .exit_code = cases[i].exit_code,
                                   .signal = cases[i].signal,
                                   .error.sys_errno = cases[i].sys_errno};

        assert_int_equal(bl_exit_status(&result, cases[i].stopped), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report__has_the_same_keys_whatever_happened),
        cmocka_unit_test(report__says_null_where_the_kernel_did_not_tell),
        cmocka_unit_test(report__tells_numbers_under_their_own_names),
        cmocka_unit_test(report__names_the_limit_with_its_unit),
        cmocka_unit_test(report__names_the_refused_call_and_its_arguments),
        cmocka_unit_test(report__words_an_error_that_holds_any_bytes),
        cmocka_unit_test(report__is_one_text_with_a_newline),
        cmocka_unit_test(message__says_what_was_used_and_what_was_allowed),
        cmocka_unit_test(message__shows_no_control_character),
        cmocka_unit_test(exit_status__is_the_table_of_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
