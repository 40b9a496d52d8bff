/* Compiling, and whether what came out is right: comparisons, checkers, interactions. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/sandbox/graph_scene.h"

/* ---- comparisons ------------------------------------------------------------------------------
 */

static void compare(struct bl_scene *scene, enum bl_check_kind kind, const char *writes,
                    const char *answer, double tolerance)
{
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", "cat", NULL);
    (void)bl_scene_case(step, writes, answer);
    step->step->check.kind = kind;
    step->step->check.absolute = tolerance;
    bl_scene_run(scene);
}

static void graph__compares_as_the_check_says(void **state)
{
    static const struct {
        enum bl_check_kind kind;
        const char *writes, *answer;
        double tolerance;
        enum bl_case_outcome outcome;
    } rows[] = {
        {BL_CHECK_EXACT, "a b\n", "a b\n", -1, BL_OUTCOME_PASSED},
        {BL_CHECK_EXACT, "a  b\n", "a b\n", -1, BL_OUTCOME_REJECTED},
        {BL_CHECK_EXACT, "A b\n", "a b\n", -1, BL_OUTCOME_REJECTED},
        {BL_CHECK_TOKENS, "A  b", "a b\n", -1, BL_OUTCOME_PASSED},
        {BL_CHECK_TOKENS, "a c", "a b\n", -1, BL_OUTCOME_REJECTED},
        {BL_CHECK_TOKENS, "1.5", "1.4", 0.2, BL_OUTCOME_PASSED},
        {BL_CHECK_TOKENS, "1.5", "1.4", 0.05, BL_OUTCOME_REJECTED},
        {BL_CHECK_TOKENS, "", NULL, -1, BL_OUTCOME_PASSED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bl_scene *scene = bl_scene_of(state);

        compare(scene, rows[i].kind, rows[i].writes, rows[i].answer, rows[i].tolerance);
        bl_scene_expect(scene, 0, rows[i].outcome);
    }
}

static void graph__tells_where_the_difference_is(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    compare(scene, BL_CHECK_TOKENS, "1\n2\n4\n", "1\n2\n3\n", -1);
    bl_scene_expect(scene, 0, BL_OUTCOME_REJECTED);
    assert_int_equal(scene->cases[0].check.output_line, 3);
    assert_int_equal(scene->cases[0].check.output_offset, 4);
    assert_string_equal(scene->cases[0].message, "different token: got '4', expected '3'");
    assert_int_equal(scene->cases[0].decided_by, -1);
}

static void graph__checks_nothing_of_a_program_that_failed(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", "echo right; exit 1", NULL);
    (void)bl_scene_case(step, NULL, "right\n");
    step->step->check.kind = BL_CHECK_TOKENS;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    assert_false(scene->cases[0].check.ran);
}

static void graph__checks_a_file_instead_of_standard_output(void **state)
{
    static const char *const scripts[] = {"echo right > result; echo noise", "echo noise"};
    struct bl_scene *scene;

    for (int i = 0; i < 2; i++) {
        struct bl_scene_step *step;

        scene = bl_scene_of(state);
        step = bl_scene_step(scene, "run");
        (void)bl_scene_command(step, "/bin/sh", "-c", scripts[i], NULL);
        (void)bl_scene_case(step, NULL, "right\n");
        step->step->check.kind = BL_CHECK_EXACT;
        step->step->check.file = "result";
        bl_scene_run(scene);
        bl_scene_expect(scene, 0, i == 0 ? BL_OUTCOME_PASSED : BL_OUTCOME_FAILED);
    }
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_FILE_ERROR);
}

/* ---- checkers ---------------------------------------------------------------------------------
 */

/* A program that writes "out", a case "input" with answer "answer", and that checker. */
static struct bl_scene *check(void **state, const char *script, uint64_t wall_time_ms)
{
    static const char *const flags[] = {"flag", NULL};
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_case *testcase;

    (void)bl_scene_command(step, "/bin/sh", "-c", "echo out", NULL);
    bl_scene_checker(step, "/bin/sh", "-c", script, "checker", NULL)->limits.wall_time_ns =
        wall_time_ms * BL_NS_PER_MS;
    testcase = bl_scene_case(step, "input", "answer");
    testcase->check_args = flags;
    testcase->check_arg_count = 1;
    bl_scene_run(scene);
    return scene;
}

static void graph__calls_a_checker_as_the_format_has_it(void **state)
{
    const struct bl_scene *scene = check(state,
                                         "test \"$(cat $1)\" = input || exit 2\n"
                                         "test \"$(cat $2)\" = answer || exit 3\n"
                                         "test $3 = /box/ || exit 4; test $4 = flag || exit 5\n"
                                         "test \"$(cat)\" = out || exit 6\n"
                                         "echo well done > $3/judgemessage.txt; exit 42",
                                         60000);

    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_true(scene->cases[0].check.ran);
    assert_true(scene->cases[0].check.accepted);
    assert_true(scene->cases[0].has_checker);
    assert_string_equal(scene->cases[0].message, "well done\n");
}

static void graph__a_checkers_word_decides(void **state)
{
    static const struct {
        const char *script;
        enum bl_case_outcome outcome;
        enum bl_verdict verdict;
    } rows[] = {
        {"exit 43", BL_OUTCOME_REJECTED, BL_VERDICT_RUNTIME_ERROR},
        {"exit 0", BL_OUTCOME_CHECK_FAILED, BL_VERDICT_OK},
        {"exit 1", BL_OUTCOME_CHECK_FAILED, BL_VERDICT_RUNTIME_ERROR},
        {"kill -SEGV $$", BL_OUTCOME_CHECK_FAILED, BL_VERDICT_SIGNALED},
        {"sleep 60; exit 42", BL_OUTCOME_CHECK_FAILED, BL_VERDICT_WALL_TIME_LIMIT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool sleeps = rows[i].verdict == BL_VERDICT_WALL_TIME_LIMIT;
        const struct bl_scene *scene = check(state, rows[i].script, sleeps ? 500 : 60000);

        bl_scene_expect(scene, 0, rows[i].outcome);
        assert_int_equal(scene->cases[0].checker_verdict, rows[i].verdict);
        assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_OK);
    }
}

static void graph__a_checker_that_cannot_be_executed_is_no_judgement(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "hello", NULL);
    (void)bl_scene_checker(step, "/no/such/checker", NULL);
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_CHECK_FAILED);
    assert_int_equal(scene->cases[0].checker_verdict, BL_VERDICT_EXEC_FAILED);
}

static void graph__a_checker_reads_a_collected_file_of_any_mode(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", "echo right > result; chmod 622 result", NULL);
    (void)bl_scene_checker(step, "/bin/sh", "-c", "test \"$(cat)\" = right && exit 42", NULL);
    step->step->check.file = "result";
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
}

/* ---- pipes ------------------------------------------------------------------------------------
 */

static void graph__joins_commands_by_pipes(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "pipeline");

    (void)bl_scene_command(step, "/bin/sh", "-c", "cat; echo b", NULL);
    (void)bl_scene_command(step, "/bin/sh", "-c", "sort -r; sleep 0.1", NULL);
    bl_scene_command(step, "/bin/sh", "-c", "tr a-z A-Z", NULL)->out.return_bytes = 100;
    bl_scene_pipe(step, 0, 1);
    bl_scene_pipe(step, 1, 2);
    (void)bl_scene_case(step, "a\n", NULL);
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].out[2], "B\nA\n");
    assert_int_equal(scene->cases[0].command_count, 3);
    assert_int_equal(scene->cases[0].first_ended, 0);
}

static void graph__a_reader_that_leaves_is_the_cause(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "pipeline");

    (void)bl_scene_command(step, "/bin/sh", "-c", "while echo x; do :; done", NULL);
    (void)bl_scene_command(step, "/bin/sh", "-c", "exit 3", NULL);
    bl_scene_pipe(step, 0, 1);
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    assert_int_equal(scene->cases[0].decided_by, 1);
    assert_int_equal(scene->cases[0].first_ended, 1);
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_SIGNALED); /* SIGPIPE */
}

static void graph__one_that_cannot_be_executed_ends_the_others(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "pipeline");

    (void)bl_scene_command(step, "/no/such/program", NULL);
    (void)bl_scene_command(step, "/bin/sh", "-c", "cat", NULL);
    bl_scene_pipe(step, 0, 1);
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    assert_int_equal(scene->cases[0].decided_by, 0);
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_EXEC_FAILED);
}

/* ---- interactions -----------------------------------------------------------------------------
 */

static struct bl_scene *interact(void **state, const char *program, const char *interactor,
                                 uint64_t wall_time_ms)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "talk");

    bl_scene_command(step, "/bin/sh", "-c", program, NULL)->limits.wall_time_ns =
        wall_time_ms * BL_NS_PER_MS;
    bl_scene_command(step, "/bin/sh", "-c", interactor, "interactor", NULL)->limits.wall_time_ns =
        120 * BL_NS_PER_S;
    bl_scene_pipe(step, 0, 1);
    bl_scene_pipe(step, 1, 0);
    step->step->check.kind = BL_CHECK_INTERACTOR;
    step->step->check.interactor = 1;
    (void)bl_scene_case(step, "17", "answer");
    bl_scene_run(scene);
    return scene;
}

static void graph__an_interactor_decides(void **state)
{
    static const struct {
        const char *what, *program, *interactor;
        enum bl_case_outcome outcome;
        int decided_by;
    } rows[] = {
        {"accepts", "read n; echo $((n + 1))",
         "cat $1; echo; read r; echo ok > $3/judgemessage.txt; test $r = 18 && exit 42",
         BL_OUTCOME_PASSED, 1},
        {"rejects", "read n; echo $n", "cat $1; echo; read r; test $r = 18 || exit 43; exit 42",
         BL_OUTCOME_REJECTED, 1},
        {"rejects at once; the program would go on for ever", "while echo x; do :; done",
         "read r; exit 43", BL_OUTCOME_REJECTED, 1},
        {"gives no judgement", "cat", "exit 5", BL_OUTCOME_CHECK_FAILED, 1},
        {"is told nothing by a program that crashes", "kill -SEGV $$", "read r || exit 43; exit 42",
         BL_OUTCOME_FAILED, 0},
        {"accepts one that writes a last line afterwards",
         "read n; echo 18; sleep 0.3; echo bye; exit 0",
         "cat $1; echo; read r; test $r = 18 && exit 42", BL_OUTCOME_PASSED, 1},
        {"waits for a program that waits for it", "read n; echo $n", "read r || exit 43; exit 42",
         BL_OUTCOME_FAILED, 0},
        {"can't be reached by a program that can't be executed", "exec /no/such/program",
         "read r || exit 43", BL_OUTCOME_FAILED, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool waits = strncmp(rows[i].what, "waits", 5) == 0;
        const struct bl_scene *scene =
            interact(state, rows[i].program, rows[i].interactor, waits ? 1000 : 60000);

        if (scene->cases[0].outcome != rows[i].outcome)
            print_error("%s:\n", rows[i].what);
        bl_scene_expect(scene, 0, rows[i].outcome);
        assert_int_equal(scene->cases[0].decided_by, rows[i].decided_by);
        assert_string_equal(scene->cases[0].message, i == 0 ? "ok\n" : "");
    }
}

static void graph__a_program_that_is_not_there_is_not_the_interactors_fault(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "talk");

    (void)bl_scene_command(step, "/no/such/program", NULL);
    (void)bl_scene_command(step, "/bin/sh", "-c", "read r; exit 1", NULL);
    bl_scene_pipe(step, 0, 1);
    bl_scene_pipe(step, 1, 0);
    step->step->check.kind = BL_CHECK_INTERACTOR;
    step->step->check.interactor = 1;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    assert_int_equal(scene->cases[0].decided_by, 0);
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_EXEC_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__compares_as_the_check_says),
        cmocka_unit_test(graph__tells_where_the_difference_is),
        cmocka_unit_test(graph__checks_nothing_of_a_program_that_failed),
        cmocka_unit_test(graph__checks_a_file_instead_of_standard_output),
        cmocka_unit_test(graph__calls_a_checker_as_the_format_has_it),
        cmocka_unit_test(graph__a_checkers_word_decides),
        cmocka_unit_test(graph__a_checker_that_cannot_be_executed_is_no_judgement),
        cmocka_unit_test(graph__a_checker_reads_a_collected_file_of_any_mode),
        cmocka_unit_test(graph__joins_commands_by_pipes),
        cmocka_unit_test(graph__a_reader_that_leaves_is_the_cause),
        cmocka_unit_test(graph__one_that_cannot_be_executed_ends_the_others),
        cmocka_unit_test(graph__an_interactor_decides),
        cmocka_unit_test(graph__a_program_that_is_not_there_is_not_the_interactors_fault),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
