/* Sources that are compiled once, and what comes of those that can't be. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/sandbox/graph_scene.h"

static const char doubles[] = "#include <stdio.h>\n"
                              "int main(void) { int n; if (scanf(\"%d\", &n) != 1) return 1;\n"
                              "printf(\"%d\\n\", 2 * n); return 0; }\n";

static struct bl_scene_step *compile_step(struct bl_scene *scene, const char *source)
{
    struct bl_scene_step *step = bl_scene_step(scene, "compile");
    struct bl_job_command *command = bl_scene_command(step, "/unused", NULL);

    command->program = BL_PROGRAM_COMPILE;
    command->language = "c";
    command->limits.pids = 64;
    command->limits.memory_bytes = 512 * BL_MIB;
    command->limits.wall_time_ns = 120 * BL_NS_PER_S;
    command->limits.cpu_time_ns = 60 * BL_NS_PER_S;
    command->error_out.return_bytes = 2000;
    if (source)
        bl_scene_input(step, command, "/app/main.c", bl_scene_inline(source));
    return step;
}

static struct bl_scene_step *run_step(struct bl_scene *scene)
{
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command = bl_scene_command(step, "/unused", NULL);

    command->program = BL_PROGRAM_COMPILED;
    command->compiled_step = 0;
    step->step->needs = 1;
    return step;
}

static void graph__compiles_once_and_runs_twenty_cases(void **state)
{
    static char inputs[20][16], answers[20][16];
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step;

    (void)compile_step(scene, doubles);
    step = run_step(scene);
    step->step->check.kind = BL_CHECK_TOKENS;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(inputs[i], sizeof(inputs[i]), "%d\n", i);
        (void)snprintf(answers[i], sizeof(answers[i]), "%d\n", i == 13 ? 0 : 2 * i);
        (void)bl_scene_case(step, inputs[i], answers[i]);
    }
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    for (size_t i = 0; i < 20; i++) {
        const struct bl_scene_case *told =
            bl_scene_expect(scene, i + 1, i == 13 ? BL_OUTCOME_REJECTED : BL_OUTCOME_PASSED);

        assert_int_equal(told->testcase, i);
        assert_true(told->check.ran);
        assert_int_equal(told->check.accepted, i != 13);
    }
    assert_int_equal(scene->case_count, 21);
    assert_int_equal(scene->done.outcome, BL_OUTCOME_REJECTED);
    assert_int_equal(scene->done.step, 1);
    assert_int_equal(scene->done.testcase, 13);
}

static void graph__a_compile_error_is_the_sources(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    (void)compile_step(scene, "int main(void) { return undeclared; }\n");
    (void)bl_scene_case(run_step(scene), "1", NULL);
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_FAILED)->verdicts[0],
                     BL_VERDICT_RUNTIME_ERROR);
    assert_non_null(strstr(scene->cases[0].error_out[0], "undeclared"));
    assert_int_equal(bl_scene_expect(scene, 1, BL_OUTCOME_SKIPPED)->skip, BL_SKIP_NEEDS);
}

static void graph__sources_that_no_language_takes_are_never_executed(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    (void)compile_step(scene, NULL);
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_FAILED)->verdicts[0],
                     BL_VERDICT_EXEC_FAILED);
    assert_int_equal(scene->cases[0].results[0].error.step, BL_STEP_LANGUAGE);
}

static void graph__a_language_without_compiler_leaves_its_sources(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = compile_step(scene, "#\n");

    step->commands[0].language = "none";
    bl_scene_input(step, &step->commands[0], "/app/program",
                   bl_scene_inline("#!/bin/sh\ncat /app/lib/words\n"));
    bl_scene_input(step, &step->commands[0], "/app/lib/words", bl_scene_inline("words\n"));
    run_step(scene)->commands[0].out.return_bytes = 100;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    bl_scene_expect(scene, 1, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[1].out[0], "words\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__compiles_once_and_runs_twenty_cases),
        cmocka_unit_test(graph__a_compile_error_is_the_sources),
        cmocka_unit_test(graph__sources_that_no_language_takes_are_never_executed),
        cmocka_unit_test(graph__a_language_without_compiler_leaves_its_sources),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
