/* A whole job: steps, cases and their order, and what goes from one step to the next. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/graph_scene.h"

static void expect_done(const struct bl_scene *scene, enum bl_case_outcome outcome, uint32_t step,
                        uint32_t testcase)
{
    assert_int_equal(scene->done.end, BL_JOB_COMPLETED);
    assert_int_equal(scene->done.outcome, outcome);
    if (outcome == BL_OUTCOME_PASSED)
        return;
    assert_int_equal(scene->done.step, step);
    assert_int_equal(scene->done.testcase, testcase);
}

static void graph__runs_one_command(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command = bl_scene_command(step, "hello", "there", NULL);
    const struct bl_scene_case *told;

    command->out.return_bytes = 100;
    bl_scene_run(scene);
    told = bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_int_equal(told->verdicts[0], BL_VERDICT_OK);
    assert_string_equal(told->out[0], "there\n");
    assert_int_equal(told->out_blob[0].size_bytes, 6);
    assert_int_equal(told->first_ended, -1);
    assert_int_equal(scene->case_count, 1);
    assert_int_equal(scene->step_count, 1);
    assert_int_equal(scene->step_reports[0].counts[BL_OUTCOME_PASSED], 1);
    expect_done(scene, BL_OUTCOME_PASSED, 0, 0);
}

/* ---- verdicts ---------------------------------------------------------------------------------
 */

static void graph__tells_every_verdict(void **state)
{
    static const struct {
        const char *program, *first, *second, *third;
        enum bl_verdict verdict;
        enum bl_case_outcome outcome;
    } rows[] = {
        {"end", "exit", "0", NULL, BL_VERDICT_OK, BL_OUTCOME_PASSED},
        {"end", "exit", "3", NULL, BL_VERDICT_RUNTIME_ERROR, BL_OUTCOME_FAILED},
        {"end", "signal", "11", NULL, BL_VERDICT_SIGNALED, BL_OUTCOME_FAILED},
        {"burn", "alone", "1", "0", BL_VERDICT_TIME_LIMIT, BL_OUTCOME_FAILED},
        {"linger", "sleep", NULL, NULL, BL_VERDICT_WALL_TIME_LIMIT, BL_OUTCOME_FAILED},
        {"eat", "pages", "200", NULL, BL_VERDICT_MEMORY_LIMIT, BL_OUTCOME_FAILED},
        {"end", "xfsz", NULL, NULL, BL_VERDICT_OUTPUT_LIMIT, BL_OUTCOME_FAILED},
        {"/no/such/program", NULL, NULL, NULL, BL_VERDICT_EXEC_FAILED, BL_OUTCOME_FAILED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bl_scene *scene = bl_scene_of(state);
        struct bl_scene_step *step = bl_scene_step(scene, "run");
        struct bl_job_command *command = bl_scene_command(step, rows[i].program, rows[i].first,
                                                          rows[i].second, rows[i].third, NULL);

        /* Room for slow guests, but where that limit is what is looked for. */
        command->limits.cpu_time_ns =
            (rows[i].verdict == BL_VERDICT_TIME_LIMIT ? 200 : 60000) * BL_NS_PER_MS;
        command->limits.wall_time_ns =
            (rows[i].verdict == BL_VERDICT_WALL_TIME_LIMIT ? 500 : 60000) * BL_NS_PER_MS;
        command->limits.memory_bytes = 64 * BL_MIB;
        command->limits.file_size_bytes = BL_MIB;
        bl_scene_run(scene);
        assert_int_equal(bl_scene_expect(scene, 0, rows[i].outcome)->verdicts[0], rows[i].verdict);
        assert_int_equal(scene->cases[0].decided_by, rows[i].outcome == BL_OUTCOME_FAILED ? 0 : -1);
        expect_done(scene, rows[i].outcome, 0, 0);
    }
}

static void graph__tells_a_forbidden_call(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "end", "syscall", NULL);
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED); /* refused, not killed: the default policy */
    assert_true(scene->cases[0].results[0].refusals_total > 0);
}

static void graph__any_status_is_as_good_as_0(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    bl_scene_command(step, "end", "exit", "7", NULL)->any_status = true;
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_PASSED)->results[0].exit_code, 7);
}

static void graph__counts_all_of_a_flood_and_keeps_what_its_limit_lets_through(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "while :; do echo 0123456789abcde; done", NULL);
    const struct bl_scene_case *told;

    command->limits.stdout_bytes = 64 * BL_KIB;
    command->out.return_bytes = 8;
    bl_scene_run(scene);
    told = bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    assert_int_equal(told->verdicts[0], BL_VERDICT_OUTPUT_LIMIT);
    assert_string_equal(told->out[0], "01234567");
    assert_int_equal(told->out_blob[0].length, 8);
    assert_int_equal(told->out_blob[0].size_bytes, 64 * BL_KIB);
    assert_true(told->results[0].usage.stdout_bytes > 64 * BL_KIB);
}

/* ---- cases ------------------------------------------------------------------------------------
 */

static void graph__cases_have_input_and_arguments_of_their_own(void **state)
{
    static const char *const more[] = {"second", NULL};
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "cat; echo \"$@\" >&2", "sh", "first", NULL);
    struct bl_job_input extra = {.name = "extra", .file = bl_scene_inline("x")};

    command->out.return_bytes = command->error_out.return_bytes = 100;
    (void)bl_scene_case(step, "one\n", NULL);
    (void)bl_scene_case(step, NULL, NULL);
    step->cases[1].args = more;
    step->cases[1].arg_count = 1;
    step->cases[1].inputs = &extra;
    step->cases[1].input_count = 1;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].out[0], "one\n");
    assert_string_equal(scene->cases[0].error_out[0], "first\n");
    bl_scene_expect(scene, 1, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[1].out[0], "");
    assert_string_equal(scene->cases[1].error_out[0], "first second\n");
}

static void graph__stdin_tells_nothing_of_where_it_lies(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "readlink /proc/self/fd/0", NULL);

    command->out.return_bytes = 200;
    (void)bl_scene_file(scene, "secret-case-5", "input", BL_SCENE_AT_ONCE);
    bl_scene_case(step, NULL, NULL)->input = bl_scene_stored("secret-case-5");
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_null(strstr(scene->cases[0].out[0], "secret"));
}

static void stop_scene(struct bl_scene *scene, enum bl_stop_policy stop)
{
    static const char *const fails[] = {"exit 1", NULL}, *const passes[] = {"exit 0", NULL};
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", NULL);
    step->step->stop = stop;
    for (uint32_t i = 0; i < 6; i++) {
        struct bl_job_case *testcase = bl_scene_case(step, NULL, NULL);

        testcase->group = 1 + i / 3;
        testcase->args = i == 1 ? fails : passes;
        testcase->arg_count = 1;
    }
    bl_scene_run(scene);
}

static void expect_outcomes(const struct bl_scene *scene, const char *letters)
{
    char seen[64] = "";

    for (size_t i = 0; i < scene->case_count && i < sizeof(seen) - 1; i++)
        seen[i] = "PRFCSXE"[scene->cases[i].outcome];
    assert_string_equal(seen, letters);
}

static void graph__stops_as_the_policy_says(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    stop_scene(scene, BL_STOP_NEVER);
    expect_outcomes(scene, "PFPPPP");
    scene = bl_scene_of(state);
    stop_scene(scene, BL_STOP_STEP);
    expect_outcomes(scene, "PFSSSS");
    assert_int_equal(scene->cases[2].skip, BL_SKIP_STOPPED);
    assert_int_equal(scene->cases[2].command_count, 0);
    scene = bl_scene_of(state);
    stop_scene(scene, BL_STOP_GROUP);
    expect_outcomes(scene, "PFSPPP");
    expect_done(scene, BL_OUTCOME_FAILED, 0, 1);
    assert_int_equal(scene->done.counts[BL_OUTCOME_PASSED], 4);
    assert_int_equal(scene->done.counts[BL_OUTCOME_SKIPPED], 1);
}

static void graph__runs_cases_side_by_side_on_their_own_slots(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command = bl_scene_command(step, "/bin/sh", "-c", "sleep 0.3", NULL);
    uint64_t most_ns;

    scene->slots[0] = "0";
    scene->slots[1] = "0";
    scene->slot_count = 2;
    scene->job.parallel = 2;
    command->limits.wall_time_ns = 20 * BL_NS_PER_S;
    for (int i = 0; i < 4; i++)
        (void)bl_scene_case(step, NULL, NULL);
    bl_scene_run(scene);
    most_ns = 0;
    for (size_t i = 0; i < 4; i++) {
        bl_scene_expect(scene, i, BL_OUTCOME_PASSED);
        assert_string_equal(scene->cases[i].cpus, "0");
    }
    for (size_t i = 0; i + 1 < 4; i++) /* in pairs, each begun before the other ended */
        for (size_t j = i + 1; j < 4; j++) {
            const struct bl_result *a = &scene->cases[i].results[0],
                                   *b = &scene->cases[j].results[0];
            uint64_t begin = a->started_ns > b->started_ns ? a->started_ns : b->started_ns;
            uint64_t end = a->ended_ns < b->ended_ns ? a->ended_ns : b->ended_ns;

            if (end > begin && end - begin > most_ns)
                most_ns = end - begin;
        }
    assert_true(most_ns > 0);
}

static void graph__runs_no_more_at_once_than_the_job_allows(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", "sleep 0.05", NULL);
    scene->slots[1] = scene->slots[2] = "";
    scene->slot_count = 3;
    for (int i = 0; i < 4; i++)
        (void)bl_scene_case(step, NULL, NULL);
    bl_scene_run(scene);
    expect_outcomes(scene, "PPPP");
    for (size_t i = 1; i < 4; i++)
        assert_true(scene->cases[i].results[0].started_ns >=
                    scene->cases[i - 1].results[0].ended_ns);
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static void graph__needs_decide_which_steps_run(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    static const char *const statuses[] = {"exit 0", "exit 1", "exit 0", "exit 0", "exit 0"};
    static const uint64_t needs[] = {0, 0, 1, 2, 8};

    for (size_t i = 0; i < 5; i++) {
        struct bl_scene_step *step = bl_scene_step(scene, "abcde");

        (void)bl_scene_command(step, "/bin/sh", "-c", statuses[i], NULL);
        step->step->needs = needs[i];
    }
    bl_scene_run(scene);
    for (size_t i = 0; i < scene->case_count; i++)
        assert_int_equal(scene->cases[i].outcome, scene->cases[i].step == 1   ? BL_OUTCOME_FAILED
                                                  : scene->cases[i].step >= 3 ? BL_OUTCOME_SKIPPED
                                                                              : BL_OUTCOME_PASSED);
    assert_int_equal(scene->case_count, 5);
    assert_int_equal(scene->step_count, 5);
    expect_done(scene, BL_OUTCOME_FAILED, 1, 0);
}

static void graph__files_go_from_step_to_step(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *first = bl_scene_step(scene, "make"), *second;
    struct bl_job_command *command = bl_scene_command(
        first, "/bin/sh", "-c",
        "mkdir sub; echo file > sub/made; printf '#!/bin/sh\\necho ran' > run; chmod 755 run; echo "
        "out; echo err >&2",
        NULL);

    bl_scene_output(first, command, "sub/*", true)->keep.later = true;
    bl_scene_output(first, command, "run", true)->keep.later = true;
    command->out.later = command->error_out.later = true;
    second = bl_scene_step(scene, "use");
    second->step->needs = 1;
    command =
        bl_scene_command(second, "/bin/sh", "-c",
                         "cat one out all/sub/made; ./run; ls all; cat; ! echo x > one", NULL);
    bl_scene_input(second, command, "one", bl_scene_output_of(0, 0, BL_OUTPUT_FILE, "sub/made"));
    bl_scene_input(second, command, "run", bl_scene_output_of(0, 0, BL_OUTPUT_FILE, "run"));
    bl_scene_input(second, command, "all", bl_scene_output_of(0, 0, BL_OUTPUT_FILE, ""));
    bl_scene_input(second, command, "out", bl_scene_output_of(0, 0, BL_OUTPUT_STDOUT, ""));
    command->in = (struct bl_job_stdin){.kind = BL_STDIN_FILE,
                                        .file = bl_scene_output_of(0, 0, BL_OUTPUT_STDERR, "")};
    command->out.return_bytes = 1000;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    bl_scene_expect(scene, 1, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[1].out[0], "file\nout\nfile\nran\nrun\nsub\nerr\n");
}

static void graph__an_output_that_is_not_there_is_no_programs_fault(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *first = bl_scene_step(scene, "make"), *second;
    struct bl_job_command *command = bl_scene_command(first, "hello", NULL);

    bl_scene_output(first, command, "perhaps", false)->keep.later = true;
    second = bl_scene_step(scene, "use");
    second->step->needs = 1;
    command = bl_scene_command(second, "hello", NULL);
    bl_scene_input(second, command, "in", bl_scene_output_of(0, 0, BL_OUTPUT_FILE, "perhaps"));
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_int_equal(bl_scene_expect(scene, 1, BL_OUTCOME_ERROR)->error, BL_STEP_INPUT);
    expect_done(scene, BL_OUTCOME_ERROR, 1, 0);
}

static void graph__a_missing_output_that_is_required_is_the_programs(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "make");

    (void)bl_scene_output(step, bl_scene_command(step, "hello", NULL), "surely", true);
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_FAILED)->verdicts[0],
                     BL_VERDICT_FILE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__runs_one_command),
        cmocka_unit_test(graph__tells_every_verdict),
        cmocka_unit_test(graph__tells_a_forbidden_call),
        cmocka_unit_test(graph__any_status_is_as_good_as_0),
        cmocka_unit_test(graph__counts_all_of_a_flood_and_keeps_what_its_limit_lets_through),
        cmocka_unit_test(graph__cases_have_input_and_arguments_of_their_own),
        cmocka_unit_test(graph__stdin_tells_nothing_of_where_it_lies),
        cmocka_unit_test(graph__stops_as_the_policy_says),
        cmocka_unit_test(graph__runs_cases_side_by_side_on_their_own_slots),
        cmocka_unit_test(graph__runs_no_more_at_once_than_the_job_allows),
        cmocka_unit_test(graph__needs_decide_which_steps_run),
        cmocka_unit_test(graph__files_go_from_step_to_step),
        cmocka_unit_test(graph__an_output_that_is_not_there_is_no_programs_fault),
        cmocka_unit_test(graph__a_missing_output_that_is_required_is_the_programs),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
