/* Files of a job: what is kept of its outputs, and what comes of those that can't be had. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/sandbox/graph_scene.h"

/* ---- files that don't come --------------------------------------------------------------------
 */

static void graph__a_missing_file_is_no_programs_fault(void **state)
{
    for (int of_case = 0; of_case < 2; of_case++) {
        struct bl_scene *scene = bl_scene_of(state);
        struct bl_scene_step *step = bl_scene_step(scene, "run");
        struct bl_job_command *command = bl_scene_command(step, "hello", NULL);

        (void)bl_scene_case(step, NULL, NULL);
        (void)bl_scene_case(step, NULL, NULL);
        if (of_case)
            step->cases[0].input = bl_scene_stored("missing");
        else
            bl_scene_input(step, command, "in", bl_scene_stored("missing"));
        bl_scene_run(scene);
        assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_ERROR)->error, BL_STEP_STORE_MISSING);
        assert_int_equal(scene->cases[0].command_count, 0);
        bl_scene_expect(scene, 1, of_case ? BL_OUTCOME_PASSED : BL_OUTCOME_ERROR);
        assert_int_equal(scene->done.end, BL_JOB_COMPLETED);
        assert_int_equal(scene->done.outcome, BL_OUTCOME_ERROR);
    }
}

static void graph__a_source_may_fail_late(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/sh", "-c", "cat", NULL);
    (void)bl_scene_file(scene, "fails", "x", BL_SCENE_FAILS_LATER);
    (void)bl_scene_file(scene, "later", "y", BL_SCENE_LATER);
    bl_scene_case(step, NULL, NULL)->input = bl_scene_stored("fails");
    bl_scene_case(step, NULL, NULL)->input = bl_scene_stored("later");
    step->cases[1].answer = bl_scene_stored("later");
    step->step->check.kind = BL_CHECK_NONE;
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_ERROR)->error, BL_STEP_STORE);
    bl_scene_expect(scene, 1, BL_OUTCOME_PASSED);
}

static void graph__a_full_spool_is_no_programs_fault(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "head -c 100M /dev/zero", NULL);

    command->limits.stdout_bytes = 200 * BL_MIB;
    command->any_status = true;
    command->out.store = true;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_ERROR);
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_SANDBOX_ERROR);
    assert_int_equal(scene->cases[0].results[0].error.step, BL_STEP_SPOOL);
}

static void graph__a_beginning_that_is_returned_takes_no_more_room_than_that(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "echo abc; exec head -c 100M /dev/zero", NULL);

    command->limits.stdout_bytes = 200 * BL_MIB; /* the spool holds 64 */
    command->out.return_bytes = 4;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].out[0], "abc\n");
    assert_int_equal(scene->cases[0].out_blob[0].size_bytes, 100 * BL_MIB + 4);
}

/* ---- what is kept -----------------------------------------------------------------------------
 */

static void graph__returns_and_stores_what_was_asked_for(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "make");
    struct bl_job_command *command = bl_scene_command(
        step, "/bin/sh", "-c", "echo 12345 > b; echo 123 > a; echo 1 > c; echo out", NULL);

    bl_scene_output(step, command, "[ab]", true)->keep.return_bytes = 7;
    bl_scene_output(step, command, "*", true)->keep.store = true;
    command->out.store = true;
    scene->put_answer = BL_SCENE_LATER;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].files, "a:4:123\n;b:6:123;c:2:-;"); /* 7 of both together */
    assert_true(scene->cases[0].out_blob[0].stored);
    assert_memory_equal(scene->cases[0].out_blob[0].sha256, "out\n", 5);
    assert_int_equal(scene->cases[0].out_blob[0].length, 0);
    assert_int_equal(scene->puts, 2); /* standard output and c */
}

/* What was asked for and is not returned for want of room is told to be cut, not to be nothing. */
static void graph__returns_the_first_files_and_nothing_of_the_others(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "make");
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", "for i in a b c d; do echo 123 > $i; done", NULL);

    bl_scene_output(step, command, "*", true)->keep.return_bytes = 6;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].files, "a:4:123\n;b:4:12;c:4:;d:4:;");
}

static void graph__returns_no_more_than_case_and_job_may(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "make");
    struct bl_job_command *command = bl_scene_command(step, "hello", "0123456789", NULL);

    command->out.return_bytes = 100;
    scene->job.return_bytes_max = 15;
    for (int i = 0; i < 3; i++)
        (void)bl_scene_case(step, NULL, NULL);
    bl_scene_run(scene);
    assert_int_equal(scene->cases[0].out_blob[0].length, 11);
    assert_int_equal(scene->cases[1].out_blob[0].length, 4);
    assert_int_equal(scene->cases[2].out_blob[0].length, 0);
    assert_int_equal(scene->cases[2].out_blob[0].size_bytes, 11);
    assert_int_equal(scene->done.end, BL_JOB_COMPLETED);
    assert_int_equal(scene->done.outcome, BL_OUTCOME_PASSED);
}

static void graph__a_store_that_refuses_is_an_error_of_ours(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "make");

    bl_scene_command(step, "hello", "x", NULL)->out.store = true;
    scene->put_answer = BL_SCENE_FAILS_LATER;
    bl_scene_run(scene);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_ERROR)->error, BL_STEP_STORE);
    assert_int_equal(scene->cases[0].verdicts[0], BL_VERDICT_OK); /* of the program as it was */
}

static void graph__a_large_input_is_handed_over_not_copied(void **state)
{
    enum { MIBS = 80 }; /* more than the whole spool holds */
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command = bl_scene_command(step, "swallow", NULL);
    struct bl_scene_file *file = bl_scene_file(scene, "large", "", BL_SCENE_AT_ONCE);

    assert_int_equal(ftruncate(file->fd, MIBS * (off_t)BL_MIB), 0);
    command->out.return_bytes = 100;
    bl_scene_case(step, NULL, NULL)->input = bl_scene_stored("large");
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    assert_string_equal(scene->cases[0].out[0], "83886080 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__a_missing_file_is_no_programs_fault),
        cmocka_unit_test(graph__a_source_may_fail_late),
        cmocka_unit_test(graph__a_full_spool_is_no_programs_fault),
        cmocka_unit_test(graph__a_beginning_that_is_returned_takes_no_more_room_than_that),
        cmocka_unit_test(graph__returns_and_stores_what_was_asked_for),
        cmocka_unit_test(graph__returns_the_first_files_and_nothing_of_the_others),
        cmocka_unit_test(graph__returns_no_more_than_case_and_job_may),
        cmocka_unit_test(graph__a_store_that_refuses_is_an_error_of_ours),
        cmocka_unit_test(graph__a_large_input_is_handed_over_not_copied),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
