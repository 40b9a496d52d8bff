/* The jobs of docs/examples are jobs, and mean what their comments say. The build makes messages of
 * them (tests/CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "proto/decode.h"

/* To be freed. */
static struct bl_job *load(const char *path)
{
    static uint8_t bytes[64 * 1024];
    struct bl_job *job = NULL;
    struct bl_err err;
    FILE *file = fopen(path, "rb");
    size_t length;

    assert_non_null(file);
    length = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file); /* only read */
    if (bl_job_decode(&job, bytes, length, &err) != 0)
        fail_msg("%s: %s", path, err.detail);
    return job;
}

static void example__submission_is_a_job(void **state)
{
    struct bl_job *job = load(BAILIFF_BINARY_DIR "/tests/jobs/submission");

    (void)state;
    assert_int_equal(job->step_count, 2);
    assert_string_equal(job->steps[0].commands[0].language, "cpp");
    assert_int_equal(job->steps[1].commands[0].program, BL_PROGRAM_COMPILED);
    assert_int_equal(job->steps[1].case_count, 3);
    assert_int_equal(job->steps[1].check.kind, BL_CHECK_TOKENS);
    assert_int_equal(job->steps[1].stop, BL_STOP_GROUP);
    bl_job_free(&job);
}

static void example__interactive_is_a_job(void **state)
{
    struct bl_job *job = load(BAILIFF_BINARY_DIR "/tests/jobs/interactive");

    (void)state;
    assert_int_equal(job->step_count, 3);
    assert_int_equal(job->steps[2].commands[0].in.kind, BL_STDIN_PIPE);
    assert_int_equal(job->steps[2].check.interactor, 1);
    assert_true(job->steps[2].needs == 3);
    bl_job_free(&job);
}

static void example__generated_is_a_job(void **state)
{
    struct bl_job *job = load(BAILIFF_BINARY_DIR "/tests/jobs/generated");

    (void)state;
    assert_int_equal(job->step_count, 3);
    assert_true(job->steps[0].commands[0].out.later && job->steps[1].commands[0].out.later);
    assert_int_equal(job->steps[2].cases[1].answer.testcase, 1);
    assert_int_equal(job->steps[2].check.kind, BL_CHECK_CHECKER);
    bl_job_free(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example__submission_is_a_job),
        cmocka_unit_test(example__interactive_is_a_job),
        cmocka_unit_test(example__generated_is_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
