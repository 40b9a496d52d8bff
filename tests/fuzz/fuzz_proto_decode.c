/* Requests of a worker's clients. The first byte says which; whatever follows, a whole value or an
 * error in words comes out, every reference of a job is in its bounds, and memory stays below the
 * ceiling. Seeds: docs/examples (scripts/run-fuzz). */
#include <assert.h>
#include <string.h>

#include "bailiff/utf8.h"
#include "limits/ceilings.h"
#include "proto/decode.h"
#include "proto/message.h"
#include "proto/requests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_text(const char *text)
{
    assert(text && bl_utf8_valid(text, strlen(text)));
}

static void expect_file(const struct bl_job *job, size_t step, const struct bl_file_source *file)
{
    const struct bl_job_step *from;

    assert(file->kind != BL_FILE_STORED || file->sha256);
    assert(file->kind != BL_FILE_REMOTE || (file->sha256 && file->url));
    if (file->kind != BL_FILE_OUTPUT)
        return;
    assert(file->step < step && job->steps[step].needs & UINT64_C(1) << file->step);
    from = &job->steps[file->step];
    assert(file->testcase < from->case_count && file->command < from->command_count);
    expect_text(file->name);
}

static void expect_inputs(const struct bl_job *job, size_t step, const struct bl_job_input *inputs,
                          size_t count)
{
    struct bl_err err;

    assert(count <= BL_JOB_INPUTS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(bl_name_check("input", inputs[i].name, &err) == 0);
        assert(inputs[i].file.kind != BL_FILE_NONE);
        expect_file(job, step, &inputs[i].file);
    }
}

static void expect_command(const struct bl_job *job, size_t step,
                           const struct bl_job_command *command, size_t commands)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++) {
        uint64_t value = bl_limit_get(&command->limits, &rows[i]);

        assert(value >= rows[i].least && value <= rows[i].most);
    }
    assert(!command->argv[command->argc] && !command->env[command->env_count]);
    assert(command->program != BL_PROGRAM_ARGV || command->argc > 0);
    assert(command->program != BL_PROGRAM_COMPILED || command->compiled_step < step);
    assert(command->piped_to < (int32_t)commands);
    assert(command->in.kind != BL_STDIN_PIPE || command->in.pipe_from < commands);
    assert(command->out.return_bytes + command->error_out.return_bytes <= BL_JOB_RETURN_MAX);
    assert(command->output_count <= BL_JOB_OUTPUTS_MAX + 1);
    expect_inputs(job, step, command->inputs, command->input_count);
    expect_file(job, step, &command->in.file);
}

static void expect_cases(const struct bl_job *job, size_t n)
{
    const struct bl_job_step *step = &job->steps[n];

    for (size_t i = 0; i < step->case_count; i++) {
        const struct bl_job_case *testcase = &step->cases[i];

        expect_text(testcase->name);
        expect_text(testcase->group_name);
        assert(!testcase->args[testcase->arg_count]);
        assert(!testcase->check_args[testcase->check_arg_count]);
        expect_file(job, n, &testcase->input);
        expect_file(job, n, &testcase->answer);
        expect_inputs(job, n, testcase->inputs, testcase->input_count);
    }
}

static void expect_step(const struct bl_job *job, size_t n)
{
    const struct bl_job_step *step = &job->steps[n];

    expect_text(step->name);
    assert(step->command_count >= 1 && step->command_count <= BL_JOB_COMMANDS_MAX);
    assert(step->case_count >= 1 && step->case_count <= BL_JOB_CASES_MAX);
    assert(step->needs < UINT64_C(1) << n); /* earlier ones only */
    assert(step->check.command < step->command_count);
    assert(step->check.interactor < step->command_count);
    for (size_t i = 0; i < step->command_count; i++)
        expect_command(job, n, &step->commands[i], step->command_count);
    if (step->check.checker)
        expect_command(job, n, step->check.checker, 0);
    expect_cases(job, n);
}

static int decode_job(const uint8_t *data, size_t size, struct bl_err *err)
{
    struct bl_job *job = NULL;

    if (bl_job_decode(&job, data, size, err) != 0) {
        assert(!job);
        return -1;
    }
    assert(job->step_count >= 1 && job->step_count <= BL_JOB_STEPS_MAX);
    assert(job->held_bytes <= bl_message_ceiling(size) + 4096);
    for (size_t i = 0; i < job->step_count; i++)
        expect_step(job, i);
    bl_job_free(&job);
    return 0;
}

static int decode_other(uint8_t which, const uint8_t *data, size_t size, struct bl_err *err)
{
    struct bl_job_ref ref;
    struct bl_attach_request attach;
    struct bl_get_request get;
    struct bl_digests digests = {.count = 0};
    struct bl_put_chunk chunk = {.length = 0};
    int result;

    switch (which % 6) {
    case 0:
        return bl_job_ref_decode(&ref, data, size, err);
    case 1:
        return bl_attach_request_decode(&attach, data, size, err);
    case 2:
        return bl_get_request_decode(&get, data, size, err);
    case 3:
        result = bl_digests_decode(&digests, data, size, err);
        bl_digests_release(&digests);
        return result;
    case 4:
        result = bl_put_chunk_decode(&chunk, data, size, err);
        bl_put_chunk_release(&chunk);
        return result;
    default:
        return bl_status_request_decode(data, size, err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bl_err err = {.step = BL_STEP_NONE};
    int result;

    if (size == 0)
        return 0;
    if (data[0] == 'J') /* most of the time; what the seeds begin with */
        result = decode_job(data + 1, size - 1, &err);
    else
        result = decode_other(data[0], data + 1, size - 1, &err);
    assert((result == 0) == (err.step == BL_STEP_NONE));
    assert(result == 0 || err.detail[0]);
    return 0;
}
