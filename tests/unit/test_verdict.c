/* The verdict: each rule of limits/verdict.h, every pair of competing causes, the evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"
#include "tests/unit/wait_status.h"

/* One cause: what it leaves behind. Causes add up: usage by the counters, the first kill reason and
 * the last wait status win. */
struct cause {
    const char *name;
    enum bl_verdict verdict; /* where it is the only one */
    const char *limit;
    enum bl_kill_reason kill_reason;
    int wait_status;
    uint64_t oom_kills, cpu_over_ns, wall_over_ns, stdout_over, stderr_over;
    enum bl_step error;
    bool not_executed, in_outputs, refusal_killed;
};

/* In the order of the rules: of two the earlier one is the verdict. */
/* clang-format off */
static const struct cause causes[] = {
    {.name = "killed for our failure", .verdict = BL_VERDICT_SANDBOX_ERROR,
     .kill_reason = BL_KILL_SANDBOX, .error = BL_STEP_CGROUP_READ,
     .wait_status = KILLED_BY(SIGKILL)},
    {.name = "host error", .verdict = BL_VERDICT_SANDBOX_ERROR, .error = BL_STEP_MOUNT_BIND},
    {.name = "busy", .verdict = BL_VERDICT_SANDBOX_ERROR, .error = BL_STEP_SLOTS},
    {.name = "host error in outputs", .verdict = BL_VERDICT_SANDBOX_ERROR, .error = BL_STEP_MEMORY,
     .in_outputs = true},
    {.name = "stream failed while it ran", .verdict = BL_VERDICT_SANDBOX_ERROR,
     .error = BL_STEP_FILE_WRITE},
    {.name = "a stop is no end", .verdict = BL_VERDICT_SANDBOX_ERROR,
     .wait_status = STOPPED_BY(SIGSTOP)},
    {.name = "exec failed", .verdict = BL_VERDICT_EXEC_FAILED, .error = BL_STEP_EXEC,
     .not_executed = true},
    {.name = "no such workdir", .verdict = BL_VERDICT_EXEC_FAILED, .error = BL_STEP_WORKDIR,
     .not_executed = true},
    {.name = "input not placed", .verdict = BL_VERDICT_FILE_ERROR, .error = BL_STEP_INPUT,
     .not_executed = true},
    {.name = "OOM kill seen, rest killed", .verdict = BL_VERDICT_MEMORY_LIMIT, .limit = "memory",
     .kill_reason = BL_KILL_MEMORY, .wait_status = KILLED_BY(SIGKILL), .oom_kills = 1},
    {.name = "OOM kill of a child", .verdict = BL_VERDICT_MEMORY_LIMIT, .limit = "memory",
     .wait_status = EXITED(0), .oom_kills = 2},
    {.name = "killed for a system call", .verdict = BL_VERDICT_FORBIDDEN_SYSCALL,
     .kill_reason = BL_KILL_SYSCALL, .wait_status = KILLED_BY(SIGKILL)},
    {.name = "refusal that killed", .verdict = BL_VERDICT_FORBIDDEN_SYSCALL,
     .refusal_killed = true},
    {.name = "SIGSYS", .verdict = BL_VERDICT_FORBIDDEN_SYSCALL, .wait_status = DUMPED_BY(SIGSYS)},
    {.name = "killed for CPU time", .verdict = BL_VERDICT_TIME_LIMIT, .limit = "cpu-time",
     .kill_reason = BL_KILL_CPU_TIME, .wait_status = KILLED_BY(SIGKILL), .cpu_over_ns = 7},
    {.name = "killed for wall time", .verdict = BL_VERDICT_WALL_TIME_LIMIT, .limit = "wall-time",
     .kill_reason = BL_KILL_WALL_TIME, .wait_status = KILLED_BY(SIGKILL), .wall_over_ns = 9},
    {.name = "killed for output", .verdict = BL_VERDICT_OUTPUT_LIMIT, .limit = "output",
     .kill_reason = BL_KILL_STDOUT, .wait_status = KILLED_BY(SIGKILL), .stdout_over = 1},
    {.name = "killed for error output", .verdict = BL_VERDICT_OUTPUT_LIMIT, .limit = "error-output",
     .kill_reason = BL_KILL_STDERR, .wait_status = KILLED_BY(SIGKILL), .stderr_over = 1},
    {.name = "cancelled", .verdict = BL_VERDICT_CANCELLED, .kill_reason = BL_KILL_CANCEL,
     .wait_status = KILLED_BY(SIGKILL)},
    {.name = "ended, CPU time beyond", .verdict = BL_VERDICT_TIME_LIMIT, .limit = "cpu-time",
     .cpu_over_ns = 1},
    {.name = "SIGXCPU, CPU time beyond", .verdict = BL_VERDICT_TIME_LIMIT, .limit = "cpu-time",
     .wait_status = KILLED_BY(SIGXCPU), .cpu_over_ns = 3},
    {.name = "SIGXFSZ", .verdict = BL_VERDICT_OUTPUT_LIMIT, .limit = "file-size",
     .wait_status = DUMPED_BY(SIGXFSZ)},
    {.name = "ended, output beyond", .verdict = BL_VERDICT_OUTPUT_LIMIT, .limit = "output",
     .stdout_over = 1},
    {.name = "ended, error output beyond", .verdict = BL_VERDICT_OUTPUT_LIMIT,
     .limit = "error-output", .stderr_over = 1},
    {.name = "ended, too late", .verdict = BL_VERDICT_WALL_TIME_LIMIT, .limit = "wall-time",
     .wall_over_ns = 1},
    {.name = "signal", .verdict = BL_VERDICT_SIGNALED, .wait_status = DUMPED_BY(SIGSEGV)},
    {.name = "SIGXCPU that it sent itself", .verdict = BL_VERDICT_SIGNALED,
     .wait_status = DUMPED_BY(SIGXCPU)},
    {.name = "SIGKILL that nobody owns to", .verdict = BL_VERDICT_SIGNALED,
     .wait_status = KILLED_BY(SIGKILL)},
    {.name = "exit 1", .verdict = BL_VERDICT_RUNTIME_ERROR, .wait_status = EXITED(1)},
    {.name = "exit 255", .verdict = BL_VERDICT_RUNTIME_ERROR, .wait_status = EXITED(255)},
    {.name = "output not collected", .verdict = BL_VERDICT_FILE_ERROR, .error = BL_STEP_OUTPUT,
     .in_outputs = true},
    {.name = "fine", .verdict = BL_VERDICT_OK},
};
/* clang-format on */

/* Judges what the causes leave together. */
static void judge(const struct cause *const *list, size_t count, struct bl_result *result)
{
    const struct bl_limits limits = bl_limits_default();
    struct bl_err error = {.step = BL_STEP_NONE};
    struct bl_observation seen = {.executed = true, .error = &error};

    memset(result, 0, sizeof(*result));
    result->usage.cpu_time_ns = limits.cpu_time_ns;
    result->usage.wall_time_ns = limits.wall_time_ns;
    result->usage.stdout_bytes = limits.stdout_bytes;
    result->usage.stderr_bytes = limits.stderr_bytes;
    for (size_t i = 0; i < count; i++) {
        const struct cause *cause = list[i];

        result->usage.cpu_time_ns += cause->cpu_over_ns;
        result->usage.wall_time_ns += cause->wall_over_ns;
        result->usage.stdout_bytes += cause->stdout_over;
        result->usage.stderr_bytes += cause->stderr_over;
        result->usage.oom_kills += cause->oom_kills;
        if (cause->refusal_killed)
            result->refusals[result->refusal_count++].killed = true;
        if (cause->kill_reason != BL_KILL_NONE)
            seen.kill_reason = cause->kill_reason;
        if (cause->wait_status != 0)
            seen.wait_status = cause->wait_status;
        if (cause->error != BL_STEP_NONE) {
            (void)bl_fail(&error, cause->error, 5, "detail");
            seen.error_in_outputs = cause->in_outputs;
        }
        seen.executed &= !cause->not_executed;
    }
    bl_verdict_judge(result, &limits, &seen);
}

static void verdict__each_cause_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(causes); i++) {
        const struct cause *one[] = {&causes[i]};
        struct bl_result result;

        judge(one, 1, &result);
        if (result.verdict != causes[i].verdict)
            fail_msg("%s: %s", causes[i].name, bl_verdict_name(result.verdict));
        assert_int_equal(result.kill_reason, causes[i].kill_reason);
        assert_int_equal(result.oom_killed, causes[i].oom_kills > 0);
        if (causes[i].limit) {
            assert_string_equal(result.limit, causes[i].limit);
            assert_true(result.bound > 0);
        } else {
            assert_null(result.limit);
            assert_int_equal(result.bound + result.observed + result.overshoot_ns, 0);
        }
    }
}

/* Do both leave the same trace, so that the two together are no pair? A program has one wait
 * status, and none where it was not executed; Bailiff has one reason for killing and one error. */
static bool exclude_each_other(const struct cause *a, const struct cause *b)
{
    return ((a->wait_status != 0 || a->not_executed) && (b->wait_status != 0 || b->not_executed)) ||
           (a->kill_reason != BL_KILL_NONE && b->kill_reason != BL_KILL_NONE) ||
           (a->error != BL_STEP_NONE && b->error != BL_STEP_NONE);
}

/* A kernel's OOM kill after Bailiff's own kill is no cause any more (rule 3): the one exception to
 * the order of the table. Nothing that a program does is a cause where it never ran. */
static bool is_memory_after_kill(const struct cause *memory, const struct cause *kill)
{
    return memory->oom_kills > 0 && memory->kill_reason == BL_KILL_NONE &&
           kill->kill_reason != BL_KILL_NONE && kill->kill_reason != BL_KILL_SANDBOX;
}

static void verdict__of_two_causes_the_earlier_rule_wins(void **state)
{
    unsigned pairs = 0;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(causes); i++)
        for (size_t j = i + 1; j < BL_ARRAY_LEN(causes); j++) {
            const struct cause *both[] = {&causes[i], &causes[j]};
            const struct cause *winner = is_memory_after_kill(both[0], both[1]) ? both[1] : both[0];
            struct bl_result result;

            if (exclude_each_other(both[0], both[1]))
                continue;
            pairs++;
            judge(both, 2, &result);
            if (result.verdict != winner->verdict)
                fail_msg("%s + %s: %s", both[0]->name, both[1]->name,
                         bl_verdict_name(result.verdict));
        }
    assert_true(pairs > 200);
}

static void verdict__says_which_limit_its_bound_and_what_was_observed(void **state)
{
    const struct bl_limits limits = bl_limits_default();
    static const struct {
        const char *name;
        uint64_t over, overshoot_ns;
    } cases[] = {
        {"killed for CPU time", 7, 7},
        {"ended, CPU time beyond", 1, 1},
        {"SIGXCPU, CPU time beyond", 3, 3},
        {"killed for wall time", 9, 9},
        {"ended, too late", 1, 1},
        {"killed for output", 1, 0},
        {"ended, output beyond", 1, 0},
        {"killed for error output", 1, 0},
        {"ended, error output beyond", 1, 0},
    };
    struct bl_result result;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const struct cause *one = causes;

        while (strcmp(one->name, cases[i].name) != 0)
            one++;
        judge(&one, 1, &result);
        assert_int_equal(result.bound, bl_limit_get(&limits, bl_limit_find(result.limit)));
        assert_int_equal(result.observed, result.bound + cases[i].over);
        assert_int_equal(result.overshoot_ns, cases[i].overshoot_ns);
    }
}

static void verdict__carries_the_error_only_where_it_decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(causes); i++) {
        const struct cause *one[] = {&causes[i]};
        struct bl_result result;

        judge(one, 1, &result);
        assert_int_equal(result.error.step != BL_STEP_NONE,
                         result.verdict == BL_VERDICT_SANDBOX_ERROR ||
                             result.verdict == BL_VERDICT_EXEC_FAILED ||
                             result.verdict == BL_VERDICT_FILE_ERROR);
        if (causes[i].error != BL_STEP_NONE) {
            assert_int_equal(result.error.step, causes[i].error);
            assert_int_equal(result.error.sys_errno, 5);
            assert_string_equal(result.error.detail, "detail");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict__each_cause_alone),
        cmocka_unit_test(verdict__of_two_causes_the_earlier_rule_wins),
        cmocka_unit_test(verdict__says_which_limit_its_bound_and_what_was_observed),
        cmocka_unit_test(verdict__carries_the_error_only_where_it_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
