/* One program, run once in a real sandbox: what becomes of it and what is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "limits/confidence.h"
#include "tests/support/rig.h"

static void run__passes_arguments_and_output(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "hello", "one", "two words", "", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "one\ntwo words\n\n");
    assert_int_equal(outcome.result.usage.stdout_bytes, 15);
    assert_int_equal(outcome.result.usage.stderr_bytes, 0);
    assert_int_equal(outcome.result.exit_code, 0);
    assert_int_equal(outcome.result.signal, 0);
    assert_null(outcome.result.limit);
    assert_true(outcome.result.started_ns > 0);
    assert_true(outcome.result.ended_ns > outcome.result.started_ns);
    assert_int_equal(outcome.result.usage.wall_time_ns,
                     outcome.result.ended_ns - outcome.result.started_ns);
    assert_true(outcome.result.start_latency_ns > 0);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* Descriptors 0 to 2 and no other, no signal ignored or blocked, the environment asked for. */
static void run__gives_nothing_else(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    static const char *const environment[] = {"ONLY=this", NULL};
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "inherit", NULL);
    trial.spec.env = environment;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "fd 0\nfd 1\nfd 2\nenv ONLY=this\nin /box\n");
    bl_outcome_release(&outcome);
}

static void run__tells_status_and_signal(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "end", "exit", "42", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR);
    assert_int_equal(outcome.result.exit_code, 42);
    bl_outcome_release(&outcome);

    bl_trial_init(&trial, rig, "end", "signal", "6", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_SIGNALED);
    assert_int_equal(outcome.result.signal, SIGABRT);
    assert_int_equal(outcome.result.exit_code, -1);
    assert_int_equal(outcome.result.kill_reason, BL_KILL_NONE);
    bl_outcome_release(&outcome);

    /* SIGKILL to itself is not a limit's. */
    bl_trial_init(&trial, rig, "end", "signal", "9", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_SIGNALED);
    bl_outcome_release(&outcome);
}

static void run__a_refused_system_call_is_told_by_number(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "end", "syscall", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK); /* `default` answers, and lets it go on */
    assert_int_equal(outcome.result.refusal_count, 1);
    assert_int_equal(outcome.result.refusals[0].nr, SYS_reboot);
    assert_int_equal(outcome.result.refusals[0].args[2], 3);
    assert_false(outcome.result.refusals[0].killed);
    bl_outcome_release(&outcome);

    bl_trial_init(&trial, rig, "end", "syscall", NULL);
    trial.spec.profile = rig->strict;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FORBIDDEN_SYSCALL);
    assert_int_equal(outcome.result.kill_reason, BL_KILL_SYSCALL);
    assert_int_equal(outcome.result.refusals[0].nr, SYS_reboot);
    assert_true(outcome.result.refusals[0].killed);
    bl_outcome_release(&outcome);
}

static void expect_not_executed(void **state, const char *program, const char *workdir,
                                enum bl_step step, int sys_errno)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, program, NULL);
    trial.spec.workdir = workdir;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_EXEC_FAILED);
    assert_int_equal(outcome.result.error.step, step);
    assert_int_equal(outcome.result.error.sys_errno, sys_errno);
    assert_int_equal(outcome.result.exit_code, -1);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* Of a PATH whose empty parts are passed over: they would mean the program's own folder. */
static void run__searches_its_path_and_nothing_else(void **state)
{
    static const char *const path[] = {"PATH=::/nowhere:/etc:/app:", NULL};
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "hello", NULL);
    trial.argv[0] = "hello";
    trial.spec.env = path;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_outcome_release(&outcome);
    bl_trial_init(&trial, rig, "hello", NULL);
    trial.argv[0] = "passwd"; /* there is one in /etc, to be read */
    trial.spec.env = path;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_EXEC_FAILED);
    assert_int_equal(outcome.result.error.sys_errno, EACCES);
    bl_outcome_release(&outcome);
}

static void run__tells_why_a_program_was_not_executed(void **state)
{
    expect_not_executed(state, "no-such-program", NULL, BL_STEP_EXEC, ENOENT);
    expect_not_executed(state, "/etc/passwd", NULL, BL_STEP_EXEC, EACCES);
    expect_not_executed(state, "/usr", NULL, BL_STEP_EXEC, EACCES);
    expect_not_executed(state, "hello", "/no/such/folder", BL_STEP_WORKDIR, ENOENT);
}

static void run__refuses_a_bad_spec_before_anything_is_made(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "hello", NULL);
    trial.spec.limits.pids = 0;
    bl_rig_run(rig, &trial, &outcome);
    assert_true(outcome.refused);
    assert_int_equal(outcome.refusal.step, BL_STEP_FIELD);
    bl_outcome_release(&outcome);

    bl_trial_init(&trial, rig, "hello", NULL);
    trial.spec.profile = 1000;
    bl_rig_run(rig, &trial, &outcome);
    assert_true(outcome.refused);
    assert_int_equal(outcome.refusal.step, BL_STEP_FIELD);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

static void run__an_input_that_cannot_be_placed_is_a_file_error(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "hello", NULL);
    bl_trial_add_input(&trial, device, "device");
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_INPUT);
    bl_outcome_release(&outcome);
}

/* A host's own fault is never the program's. */
static void run__a_cpuset_that_is_not_there_is_our_failure(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "hello", NULL);
    strcpy(trial.spec.limits.cpuset, "8000");
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_CGROUP_LIMIT);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* ---- many, and again --------------------------------------------------------------------------
 */

static void run__nothing_is_left_after_many(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;

    bl_footprint_take(rig, &before);
    for (int i = 0; i < 50; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "hello", "again", NULL);
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        assert_string_equal(outcome.out, "again\n");
        bl_outcome_release(&outcome);
    }
    bl_footprint_expect(rig, &before);
}

static void run__measures_what_the_machine_went_through(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    const struct bl_usage *usage = &outcome.result.usage;

    bl_trial_init(&trial, rig, "burn", "bursts", "1", "30", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_true(usage->voluntary_switches >= 5);
    assert_true(usage->minor_faults > 0);
    assert_true(usage->max_rss_bytes > 100 * BL_KIB);
    if (usage->has_pids_peak)
        assert_in_range(usage->pids_peak, 1, 3);
    assert_int_equal(usage->pids_refused, 0);
    assert_int_equal(usage->has_steal, access("/proc/stat", R_OK) == 0);
    assert_int_equal(usage->has_pressure, access("/proc/pressure/cpu", R_OK) == 0);
    bl_outcome_release(&outcome);
}

static void run__asks_no_meter_for_a_short_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    const struct bl_usage *usage = &outcome.result.usage;

    bl_trial_init(&trial, rig, "hello", "again", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(usage->has_steal, bl_confidence_asks(usage, &trial.spec.limits) &&
                                           access("/proc/stat", R_OK) == 0);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__passes_arguments_and_output),
        cmocka_unit_test(run__gives_nothing_else),
        cmocka_unit_test(run__tells_status_and_signal),
        cmocka_unit_test(run__a_refused_system_call_is_told_by_number),
        cmocka_unit_test(run__searches_its_path_and_nothing_else),
        cmocka_unit_test(run__tells_why_a_program_was_not_executed),
        cmocka_unit_test(run__refuses_a_bad_spec_before_anything_is_made),
        cmocka_unit_test(run__an_input_that_cannot_be_placed_is_a_file_error),
        cmocka_unit_test(run__a_cpuset_that_is_not_there_is_our_failure),
        cmocka_unit_test(run__nothing_is_left_after_many),
        cmocka_unit_test(run__measures_what_the_machine_went_through),
        cmocka_unit_test(run__asks_no_meter_for_a_short_program),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
