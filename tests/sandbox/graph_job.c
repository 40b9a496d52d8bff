/* graph_job.c - what a job of a scene is made of, piece by piece. */
#include "tests/sandbox/graph_scene_private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "limits/ceilings.h"

struct bl_scene_step *bl_scene_step(struct bl_scene *scene, const char *name)
{
    size_t number = scene->job.step_count++;
    struct bl_scene_step *step = &scene->steps[number];

    assert_true(number < BL_SCENE_STEPS);
    step->scene = scene;
    step->step = &scene->job_steps[number];
    step->step->name = name;
    step->step->commands = step->commands;
    step->step->cases = step->cases;
    step->step->check.file = "";
    step->step->check.absolute = step->step->check.relative = -1;
    return step;
}

static struct bl_job_command *init_command(struct bl_scene_step *step,
                                           struct bl_job_command *command, size_t room,
                                           const char *program, va_list arguments)
{
    const char **argv = step->room[room].argv, *argument;
    size_t count = 1;

    argv[0] = program;
    while ((argument = va_arg(arguments, const char *))) {
        assert_true(count < BL_SCENE_ARGS);
        argv[count++] = argument;
    }
    *command = (struct bl_job_command){
        .argv = argv,
        .argc = count,
        .language = "",
        .entrypoint = "",
        .env = step->room[room].env,
        .workdir = "",
        .profile = "",
        .limits = bl_limits_default(),
        .inputs = step->room[room].inputs,
        .outputs = step->room[room].outputs,
        .collect_bytes_max = 16 * BL_MIB,
        .in = {.kind = BL_STDIN_CASE},
        .piped_to = -1,
    };
    if (!strchr(program, '/')) {
        static char paths[BL_SCENE_STEPS][BL_SCENE_COMMANDS + 1][64];
        char *path = paths[step - step->scene->steps][room];

        (void)snprintf(path, sizeof(paths[0][0]), "/box/%s", program);
        argv[0] = path;
        bl_scene_input(step, command, program, bl_scene_stored(program));
    }
    return command;
}

struct bl_job_command *bl_scene_command(struct bl_scene_step *step, const char *program, ...)
{
    size_t number = step->step->command_count++;
    struct bl_job_command *command;
    va_list arguments;

    assert_true(number < BL_SCENE_COMMANDS);
    va_start(arguments, program);
    command = init_command(step, &step->commands[number], number, program, arguments);
    va_end(arguments);
    if (number > 0)
        command->in.kind = BL_STDIN_EMPTY;
    return command;
}

struct bl_job_command *bl_scene_checker(struct bl_scene_step *step, const char *program, ...)
{
    va_list arguments;

    va_start(arguments, program);
    (void)init_command(step, &step->checker, BL_SCENE_COMMANDS, program, arguments);
    va_end(arguments);
    step->checker.in.kind = BL_STDIN_EMPTY;
    step->step->check.kind = BL_CHECK_CHECKER;
    step->step->check.checker = &step->checker;
    return &step->checker;
}

static size_t room_of(struct bl_scene_step *step, const struct bl_job_command *command)
{
    return command == &step->checker ? BL_SCENE_COMMANDS : (size_t)(command - step->commands);
}

void bl_scene_input(struct bl_scene_step *step, struct bl_job_command *command, const char *name,
                    struct bl_file_source file)
{
    assert_true(command->input_count < BL_SCENE_INPUTS);
    step->room[room_of(step, command)].inputs[command->input_count++] =
        (struct bl_job_input){.name = name, .file = file};
}

struct bl_job_output *bl_scene_output(struct bl_scene_step *step, struct bl_job_command *command,
                                      const char *glob, bool required)
{
    struct bl_job_output *output =
        &step->room[room_of(step, command)].outputs[command->output_count++];

    assert_true(command->output_count <= BL_SCENE_OUTPUTS);
    *output = (struct bl_job_output){.glob = glob, .required = required};
    return output;
}

struct bl_job_case *bl_scene_case(struct bl_scene_step *step, const char *input, const char *answer)
{
    static const char *const none[] = {NULL};
    struct bl_job_case *testcase = &step->cases[step->step->case_count++];

    assert_true(step->step->case_count <= BL_SCENE_CASES);
    *testcase =
        (struct bl_job_case){.name = "", .group_name = "", .args = none, .check_args = none};
    if (input)
        testcase->input = bl_scene_inline(input);
    if (answer)
        testcase->answer = bl_scene_inline(answer);
    return testcase;
}

void bl_scene_pipe(struct bl_scene_step *step, uint32_t from, uint32_t to)
{
    step->commands[from].piped_to = (int32_t)to;
    step->commands[to].in = (struct bl_job_stdin){.kind = BL_STDIN_PIPE, .pipe_from = from};
}

struct bl_file_source bl_scene_inline(const char *text)
{
    return (struct bl_file_source){
        .kind = BL_FILE_INLINE, .bytes = (const uint8_t *)text, .length = strlen(text)};
}

struct bl_file_source bl_scene_stored(const char *name)
{
    static uint8_t digests[256][BL_SHA256_BYTES];
    static unsigned next;
    uint8_t *digest = digests[next++ % 256];

    memset(digest, 0, BL_SHA256_BYTES);
    memcpy(digest, name, strnlen(name, BL_SHA256_BYTES));
    return (struct bl_file_source){.kind = BL_FILE_STORED, .sha256 = digest};
}

struct bl_file_source bl_scene_output_of(uint32_t step, uint32_t testcase, enum bl_output_part part,
                                         const char *name)
{
    return (struct bl_file_source){
        .kind = BL_FILE_OUTPUT, .step = step, .testcase = testcase, .part = part, .name = name};
}
