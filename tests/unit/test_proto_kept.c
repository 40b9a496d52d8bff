/* Bytes and files that commands leave, as a case's event tells them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/result.pb-c.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "event_scene.h"
#include "limits/ceilings.h"
#include "proto/encode.h"

static struct bl_result fine(void)
{
    return (struct bl_result){.verdict = BL_VERDICT_OK};
}

static void event__tells_bytes_and_files(void **state)
{
    struct bl_result result = fine();
    struct bl_limits limits = bl_limits_default();
    const struct bl_file_report file = {
        .name = "out\xFF.txt",
        .mode = 0640,
        .content = {.size_bytes = 5, .stored = true, .sha256 = {9}}};
    const struct bl_command_report report = {
        .result = &result,
        .limits = &limits,
        .out = {.size_bytes = 3, .bytes = (const uint8_t *)"abc", .length = 3},
        .error_out = {.size_bytes = 9, .bytes = (const uint8_t *)"x", .length = 1},
        .files = &file,
        .file_count = 1};
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE,
                                       .testcase = {.step = 1,
                                                    .commands = &report,
                                                    .command_count = 1,
                                                    .set_aside = &report,
                                                    .set_aside_count = 1,
                                                    .was_alone = true}};
    Bailiff__V1__Event *told = event_scene_tell(&event);
    const Bailiff__V1__CommandResult *command = told->case_ended->commands[0];

    (void)state;
    assert_int_equal(command->stdout->data.len, 3);
    assert_false(command->stdout->cut);
    assert_int_equal(command->stdout->sha256.len, 0);
    assert_true(command->stderr->cut && command->stderr->size_bytes == 9);
    assert_int_equal(command->n_files, 1);
    assert_int_equal(command->files[0]->name.len, 8);
    assert_memory_equal(command->files[0]->name.data, "out\xFF.txt", 8);
    assert_int_equal(command->files[0]->mode, 0640);
    assert_int_equal(command->files[0]->content->sha256.len, BL_SHA256_BYTES);
    assert_int_equal(command->files[0]->content->data.len, 0);
    assert_false(command->files[0]->content->cut);
    assert_null(told->case_ended->set_aside[0]->stdout); /* the measurement alone */
    assert_int_equal(told->case_ended->set_aside[0]->n_files, 0);
    assert_non_null(told->case_ended->set_aside[0]->usage);
    assert_true(told->case_ended->was_alone);
    event_scene_forget(told);
}

/* Why there is no judgement is in the checker's own run. */
static void event__tells_of_a_checker_without_a_judgement(void **state)
{
    const struct bl_result result = {.verdict = BL_VERDICT_SANDBOX_ERROR,
                                     .error = {.step = BL_STEP_PIPE, .sys_errno = EMFILE}};
    const struct bl_limits limits = bl_limits_default();
    const struct bl_command_report checker = {.result = &result, .limits = &limits};
    struct bl_job_event event = {
        .kind = BL_JOB_EVENT_CASE,
        .testcase = {.step = 1, .outcome = BL_OUTCOME_ERROR, .check.checker = &checker}};
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_false(told->case_ended->check->accepted);
    assert_string_equal(told->case_ended->check->checker->error->errno_name, "EMFILE");
    event_scene_forget(told);
    event.testcase.check.checker = NULL;
    told = event_scene_tell(&event);
    assert_null(told->case_ended->check);
    event_scene_forget(told);
}

/* Nobody should hand over so much; a client could not take it. */
static void event__stays_below_what_clients_take(void **state)
{
    enum { FILES = 3000 };
    const uint64_t size = BL_JOB_RETURN_MAX;
    bl_autofree uint8_t *bytes = calloc(1, size);
    bl_autofree struct bl_file_report *files = calloc(FILES, sizeof(*files));
    struct bl_result result = fine();
    struct bl_limits limits = bl_limits_default();
    struct bl_command_report reports[BL_JOB_COMMANDS_MAX];
    struct bl_job_event event = {
        .kind = BL_JOB_EVENT_CASE,
        .testcase = {.step = 1, .commands = reports, .command_count = BL_JOB_COMMANDS_MAX}};
    struct bl_packed_event packed;
    Bailiff__V1__Event *told;
    char name[BL_NAME_MAX + 1];

    (void)state;
    memset(name, 'n', BL_NAME_MAX);
    name[BL_NAME_MAX] = '\0';
    for (size_t i = 0; i < FILES; i++)
        files[i] = (struct bl_file_report){.name = name, .content = {.stored = true}};
    for (size_t i = 0; i < BL_JOB_COMMANDS_MAX; i++)
        reports[i] = (struct bl_command_report){
            .result = &result,
            .limits = &limits,
            .out = {.size_bytes = size, .bytes = bytes, .length = size},
            .error_out = {.size_bytes = size, .bytes = bytes, .length = size},
            .files = files,
            .file_count = FILES};
    packed = event_scene_pack(&event);
    assert_in_range(packed.length, size, BL_EVENT_BYTES_MAX);
    bl_packed_event_release(&packed);
    told = event_scene_tell(&event);
    assert_false(told->case_ended->commands[0]->stdout->cut);
    assert_true(told->case_ended->commands[0]->stderr->cut);
    assert_int_equal(told->case_ended->commands[0]->n_files, BL_JOB_FILES_TOLD_MAX);
    assert_int_equal(told->case_ended->commands[0]->files_untold, FILES - BL_JOB_FILES_TOLD_MAX);
    assert_int_equal(told->case_ended->commands[7]->files_untold, FILES);
    event_scene_forget(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__tells_bytes_and_files),
        cmocka_unit_test(event__tells_of_a_checker_without_a_judgement),
        cmocka_unit_test(event__stays_below_what_clients_take),
    };

    return cmocka_run_group_tests(tests, event_scene_set_up, event_scene_tear_down);
}
