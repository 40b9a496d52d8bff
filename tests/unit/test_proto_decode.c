/* A job message into a job: every field arrives, references are resolved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "job_scene.h"
#include "limits/ceilings.h"
#include "proto/decode.h"

static struct job_scene scene;

static void assert_strings(const char *const *list, size_t count, const char *first)
{
    assert_null(list[count]);
    if (count > 0)
        assert_string_equal(list[0], first);
}

static void decode__takes_the_order_of_a_job(void **state)
{
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    assert_string_equal(job->id, "s-17:1");
    assert_string_equal(job->tenant, "contest.1");
    assert_int_equal(job->priority, -5);
    assert_int_equal(job->label_count, 1);
    assert_string_equal(job->labels[0].key, "team");
    assert_string_equal(job->labels[0].value, "caf\xC3\xA9");
    assert_true(job->deadline_ns == 60 * BL_NS_PER_S);
    assert_true(job->detached && job->rerun_if_noisy);
    assert_int_equal(job->parallel, 2);
    assert_int_equal(job->step_count, 4);
    assert_int_equal(job->case_count, 6);
    assert_true(job->return_bytes_max == 3 * 4096 + 1024);
    bl_job_free(&job);
    assert_null(job);
}

static void decode__takes_a_compile_step(void **state)
{
    const struct bl_job_command *command;
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    command = &job->steps[0].commands[0];
    assert_string_equal(job->steps[0].name, "compile");
    assert_true(job->steps[0].needs == 0);
    assert_int_equal(job->steps[0].case_count, 1);
    assert_string_equal(job->steps[0].cases[0].name, "");
    assert_int_equal(job->steps[0].cases[0].input.kind, BL_FILE_NONE);
    assert_null(job->steps[0].cases[0].args[0]);
    assert_int_equal(job->steps[0].check.kind, BL_CHECK_NONE);
    assert_int_equal(command->program, BL_PROGRAM_COMPILE);
    assert_string_equal(command->language, "cpp");
    assert_string_equal(command->entrypoint, "main.cpp");
    assert_int_equal(command->input_count, 2);
    assert_string_equal(command->inputs[1].name, "/app/lib.h");
    assert_int_equal(command->inputs[1].file.kind, BL_FILE_INLINE);
    assert_int_equal(command->inputs[1].file.length, 14);
    assert_memory_equal(command->inputs[1].file.bytes, "int main() {}\n", 14);
    assert_true(command->collect_bytes_max == BL_JOB_COLLECT_BYTES_DEFAULT);
    assert_int_equal(command->limits_set, 0);
    bl_job_free(&job);
}

static void decode__takes_cases_and_groups(void **state)
{
    const struct bl_job_step *step;
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    step = &job->steps[1];
    assert_int_equal(step->case_count, 3);
    assert_int_equal(step->stop, BL_STOP_GROUP);
    assert_string_equal(step->cases[2].name, "secret/2");
    assert_string_equal(step->cases[2].group_name, "secrets");
    assert_int_equal(step->cases[0].group, 1);
    assert_int_equal(step->cases[1].group, 2);
    assert_int_equal(step->cases[2].group, 2);
    assert_int_equal(step->cases[2].input.kind, BL_FILE_STORED);
    assert_memory_equal(step->cases[2].answer.sha256, scene.digest, BL_SHA256_BYTES);
    assert_strings(step->cases[0].args, 0, NULL);
    assert_int_equal(step->cases[1].arg_count, 1);
    assert_strings(step->cases[1].args, 1, "--fast");
    assert_int_equal(step->cases[1].check_arg_count, 1);
    assert_strings(step->cases[1].check_args, 1, "strict");
    bl_job_free(&job);
}

static void decode__takes_a_run_with_limits_and_check(void **state)
{
    const struct bl_job_command *command;
    struct bl_limits expected = bl_limits_default();
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    command = &job->steps[1].commands[0];
    assert_int_equal(command->program, BL_PROGRAM_COMPILED);
    assert_int_equal(command->compiled_step, 0);
    assert_true(job->steps[1].needs == 1);
    expected.cpu_time_ns = 2 * BL_NS_PER_S;
    expected.pids = 1;
    assert_memory_equal(&command->limits, &expected, sizeof(expected));
    assert_int_equal(command->limits_set, 1u << 0 | 1u << 3);
    assert_int_equal(command->in.kind, BL_STDIN_CASE);
    assert_true(command->out.store && command->out.later); /* the check and a later step read it */
    assert_true(command->error_out.return_bytes == 4096 && !command->error_out.later);
    assert_int_equal(job->steps[1].check.kind, BL_CHECK_TOKENS);
    assert_true(job->steps[1].check.absolute > 0 && job->steps[1].check.relative < 0);
    assert_false(job->steps[1].check.case_sensitive);
    bl_job_free(&job);
}

static void decode__joins_commands_by_pipes(void **state)
{
    const struct bl_job_step *step;
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    step = &job->steps[2];
    assert_int_equal(step->command_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(step->commands[i].in.kind, BL_STDIN_PIPE);
        assert_int_equal(step->commands[i].in.pipe_from, 1 - i);
        assert_int_equal(step->commands[i].piped_to, 1 - i);
    }
    assert_int_equal(step->check.kind, BL_CHECK_INTERACTOR);
    assert_int_equal(step->check.interactor, 1);
    bl_job_free(&job);
}

static void decode__resolves_files_of_every_source(void **state)
{
    const struct bl_job_command *command;
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    command = &job->steps[3].commands[0];
    assert_true(job->steps[3].needs == (1 << 0 | 1 << 1 | 1 << 2));
    assert_int_equal(command->inputs[0].file.kind, BL_FILE_OUTPUT);
    assert_int_equal(command->inputs[0].file.step, 0);
    assert_int_equal(command->inputs[0].file.part, BL_OUTPUT_FILE);
    assert_string_equal(command->inputs[0].file.name, "");
    assert_int_equal(command->inputs[1].file.kind, BL_FILE_REMOTE);
    assert_string_equal(command->inputs[1].file.url, "https://files.example/big");
    assert_memory_equal(command->inputs[1].file.sha256, scene.digest, BL_SHA256_BYTES);
    assert_int_equal(command->inputs[2].file.kind, BL_FILE_STORED);
    assert_int_equal(command->in.kind, BL_STDIN_FILE);
    assert_int_equal(command->in.file.step, 1);
    assert_int_equal(command->in.file.testcase, 2);
    assert_int_equal(command->in.file.part, BL_OUTPUT_STDOUT);
    assert_int_equal(command->argc, 2);
    assert_strings(command->argv, 2, "/bin/sh");
    assert_int_equal(command->env_count, 1);
    assert_strings(command->env, 1, "MODE=all");
    assert_string_equal(command->workdir, "/box");
    assert_string_equal(command->profile, "default");
    bl_job_free(&job);
}

static void decode__collects_the_file_that_is_judged(void **state)
{
    const struct bl_job_step *step;
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    job = job_scene_decode(&scene);
    step = &job->steps[3];
    assert_int_equal(step->check.kind, BL_CHECK_CHECKER);
    assert_int_equal(step->check.checker->program, BL_PROGRAM_COMPILED);
    assert_int_equal(step->commands[0].output_count, 2);
    assert_string_equal(step->commands[0].outputs[0].glob, "*.txt");
    assert_true(step->commands[0].outputs[0].keep.return_bytes == 1024);
    assert_false(step->commands[0].outputs[0].required);
    assert_string_equal(step->commands[0].outputs[1].glob, "answer.txt");
    assert_true(step->commands[0].outputs[1].required);
    bl_job_free(&job);
    scene.output.glob = (char *)"answer.txt"; /* asked for already */
    job = job_scene_decode(&scene);
    assert_int_equal(job->steps[3].commands[0].output_count, 1);
    assert_true(job->steps[3].commands[0].outputs[0].required);
    assert_true(job->steps[3].commands[0].outputs[0].keep.later);
    bl_job_free(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__takes_the_order_of_a_job),
        cmocka_unit_test(decode__takes_a_compile_step),
        cmocka_unit_test(decode__takes_cases_and_groups),
        cmocka_unit_test(decode__takes_a_run_with_limits_and_check),
        cmocka_unit_test(decode__joins_commands_by_pipes),
        cmocka_unit_test(decode__resolves_files_of_every_source),
        cmocka_unit_test(decode__collects_the_file_that_is_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
