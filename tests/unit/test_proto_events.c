/* The events of a job, from the first to the last, and what they amount to. */
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
#include "job_scene.h"
#include "limits/ceilings.h"
#include "proto/decode.h"
#include "proto/encode.h"

static struct bl_job *job;

static int make_job(void **state)
{
    static struct job_scene order;
    size_t length;
    uint8_t *bytes;
    struct bl_err err;

    (void)state;
    job_scene_set_up(&order);
    bytes = job_scene_pack(&order, &length);
    assert_int_equal(bl_job_decode(&job, bytes, length, &err), 0);
    free(bytes);
    return 0;
}

static int free_job(void **state)
{
    (void)state;
    bl_job_free(&job);
    return 0;
}

static struct bl_packed_event pack(const struct bl_job_event *event)
{
    struct bl_packed_event packed;
    struct bl_err err;

    assert_int_equal(bl_event_encode(&packed, job, "j1", event, &err), 0);
    assert_int_equal(packed.kind, event->kind);
    return packed;
}

/* To be freed. */
static Bailiff__V1__Event *tell(const struct bl_job_event *event)
{
    struct bl_packed_event packed = pack(event);
    Bailiff__V1__Event *told = bailiff__v1__event__unpack(NULL, packed.length, packed.bytes);

    assert_non_null(told);
    bl_packed_event_release(&packed);
    bl_packed_event_release(&packed);
    return told;
}

static void forget(Bailiff__V1__Event *told)
{
    bailiff__v1__event__free_unpacked(told, NULL);
}

static struct bl_result fine(void)
{
    return (struct bl_result){.verdict = BL_VERDICT_OK};
}

static void event__tells_job_number_and_time(void **state)
{
    const struct bl_job_event event = {
        .kind = BL_JOB_EVENT_QUEUED, .number = 3, .at_ns = 99, .queued = {.position = 12}};
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_string_equal(told->job_id, "j1");
    assert_true(told->number == 3 && told->at_ns == 99);
    assert_int_equal(told->what_case, BAILIFF__V1__EVENT__WHAT_QUEUED);
    assert_int_equal(told->queued->position, 12);
    forget(told);
}

static void event__an_empty_body_is_one_too(void **state)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_QUEUED};
    struct bl_packed_event packed = pack(&event);
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_int_equal(packed.body_at, packed.length);
    assert_int_equal(told->what_case, BAILIFF__V1__EVENT__WHAT_QUEUED);
    forget(told);
    bl_packed_event_release(&packed);
}

static void event__tells_where_a_job_started(void **state)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_STARTED,
                                       .started = {.slot = 2, .cpus = "4-5", .waited_ns = 17}};
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_int_equal(told->started->slot, 2);
    assert_string_equal(told->started->cpus, "4-5");
    assert_true(told->started->waited_ns == 17);
    forget(told);
}

static void event__tells_a_case_and_its_check(void **state)
{
    struct bl_result result = fine();
    struct bl_limits limits = bl_limits_default();
    const struct bl_command_report reports[2] = {{.result = &result, .limits = &limits},
                                                 {.result = &result, .limits = &limits}};
    const struct bl_job_event event = {
        .kind = BL_JOB_EVENT_CASE,
        .testcase = {.step = 2,
                     .testcase = 0,
                     .outcome = BL_OUTCOME_REJECTED,
                     .decided_by = 1,
                     .first_ended = 0,
                     .commands = reports,
                     .command_count = 2,
                     .check = {.ran = true,
                               .message = (const uint8_t *)"\xFFno\0",
                               .message_length = 4,
                               .answer_offset = 1,
                               .output_offset = 2,
                               .answer_line = 3,
                               .output_line = 4,
                               .checker = &reports[0]}}};
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_string_equal(told->case_ended->step_name, "talk");
    assert_int_equal(told->case_ended->outcome, BAILIFF__V1__OUTCOME__OUTCOME_REJECTED);
    assert_int_equal(told->case_ended->decided_by, 1);
    assert_int_equal(told->case_ended->first_ended_opt_case,
                     BAILIFF__V1__CASE_RESULT__FIRST_ENDED_OPT_FIRST_ENDED);
    assert_int_equal(told->case_ended->n_commands, 2);
    assert_false(told->case_ended->check->accepted);
    assert_int_equal(told->case_ended->check->message.len, 4);
    assert_memory_equal(told->case_ended->check->message.data, "\xFFno\0", 4);
    assert_true(told->case_ended->check->answer_offset == 1 &&
                told->case_ended->check->output_offset == 2 &&
                told->case_ended->check->answer_line == 3 &&
                told->case_ended->check->output_line == 4);
    assert_int_equal(told->case_ended->check->checker->verdict, BAILIFF__V1__VERDICT__VERDICT_OK);
    assert_null(told->case_ended->error);
    forget(told);
}

static void event__tells_what_failed_where_no_command_ran(void **state)
{
    struct bl_err error;
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE,
                                       .testcase = {.step = 1,
                                                    .outcome = BL_OUTCOME_ERROR,
                                                    .decided_by = -1,
                                                    .first_ended = -1,
                                                    .error = &error}};
    Bailiff__V1__Event *told;

    (void)state;
    (void)bl_fail(&error, BL_STEP_SLOTS, EAGAIN, "s");
    told = tell(&event);
    assert_int_equal(told->case_ended->outcome, BAILIFF__V1__OUTCOME__OUTCOME_ERROR);
    assert_string_equal(told->case_ended->error->step, "SLOTS");
    assert_int_equal(told->case_ended->error->fault, BAILIFF__V1__FAULT__FAULT_BUSY);
    forget(told);
}

static void event__tells_why_a_case_was_skipped(void **state)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE,
                                       .testcase = {.step = 1,
                                                    .testcase = 2,
                                                    .outcome = BL_OUTCOME_SKIPPED,
                                                    .skip = BL_SKIP_STOPPED,
                                                    .decided_by = -1,
                                                    .first_ended = -1}};
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_string_equal(told->case_ended->case_name, "secret/2");
    assert_int_equal(told->case_ended->case_, 2);
    assert_int_equal(told->case_ended->skip, BAILIFF__V1__SKIP__SKIP_STOPPED);
    assert_int_equal(told->case_ended->n_commands, 0);
    assert_int_equal(told->case_ended->decided_by_opt_case, 0);
    assert_int_equal(told->case_ended->first_ended_opt_case, 0);
    assert_null(told->case_ended->check);
    forget(told);
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
                                                    .set_aside_count = 1}};
    Bailiff__V1__Event *told = tell(&event);
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
    forget(told);
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
    packed = pack(&event);
    assert_in_range(packed.length, size, BL_EVENT_BYTES_MAX);
    bl_packed_event_release(&packed);
    told = tell(&event);
    assert_false(told->case_ended->commands[0]->stdout->cut);
    assert_true(told->case_ended->commands[0]->stderr->cut);
    assert_int_equal(told->case_ended->commands[0]->n_files, BL_JOB_FILES_TOLD_MAX);
    assert_int_equal(told->case_ended->commands[0]->files_untold, FILES - BL_JOB_FILES_TOLD_MAX);
    assert_int_equal(told->case_ended->commands[7]->files_untold, FILES);
    forget(told);
}

static const uint32_t counts[BL_OUTCOME_COUNT] = {1, 2, 3, 4, 5, 6, 7};

static void assert_counts(const Bailiff__V1__Counts *told)
{
    assert_true(told->passed == 1 && told->rejected == 2 && told->failed == 3 &&
                told->check_failed == 4 && told->skipped == 5 && told->cancelled == 6 &&
                told->error == 7);
}

static struct bl_job_event step_event(void)
{
    struct bl_job_event event = {.kind = BL_JOB_EVENT_STEP,
                                 .step = {.step = 1, .outcome = BL_OUTCOME_FAILED}};

    memcpy(event.step.counts, counts, sizeof(counts));
    return event;
}

static struct bl_job_event done_event(const struct bl_err *error)
{
    struct bl_job_event event = {.kind = BL_JOB_EVENT_DONE,
                                 .done = {.end = BL_JOB_BROKEN,
                                          .outcome = BL_OUTCOME_FAILED,
                                          .step = 1,
                                          .testcase = 0,
                                          .waited_ns = 10,
                                          .ran_ns = 20,
                                          .error = error}};

    memcpy(event.done.counts, counts, sizeof(counts));
    return event;
}

static void event__tells_what_came_of_a_step(void **state)
{
    const struct bl_job_event event = step_event();
    Bailiff__V1__Event *told = tell(&event);

    (void)state;
    assert_string_equal(told->step_ended->step_name, "tests");
    assert_int_equal(told->step_ended->step, 1);
    assert_int_equal(told->step_ended->outcome, BAILIFF__V1__OUTCOME__OUTCOME_FAILED);
    assert_counts(told->step_ended->counts);
    forget(told);
}

static void event__tells_what_came_of_the_job(void **state)
{
    struct bl_err error;
    struct bl_job_event event = done_event(&error);
    Bailiff__V1__Event *told;

    (void)state;
    (void)bl_fail(&error, BL_STEP_WARDEN_GONE, 0, "%s", "");
    told = tell(&event);
    assert_int_equal(told->done->end, BAILIFF__V1__END__END_BROKEN);
    assert_int_equal(told->done->outcome, BAILIFF__V1__OUTCOME__OUTCOME_FAILED);
    assert_int_equal(told->done->step_opt_case, BAILIFF__V1__JOB_DONE__STEP_OPT_STEP);
    assert_int_equal(told->done->step, 1);
    assert_int_equal(told->done->case_opt_case, BAILIFF__V1__JOB_DONE__CASE_OPT_CASE);
    assert_counts(told->done->counts);
    assert_true(told->done->waited_ns == 10 && told->done->ran_ns == 20);
    assert_string_equal(told->done->error->step, "WARDEN_GONE");
    forget(told);
    event.done.outcome = BL_OUTCOME_PASSED;
    event.done.error = NULL;
    told = tell(&event);
    assert_int_equal(told->done->step_opt_case, 0);
    assert_int_equal(told->done->case_opt_case, 0);
    assert_null(told->done->error);
    forget(told);
}

static void result__is_what_the_events_amount_to(void **state)
{
    const struct bl_job_event events[] = {
        {.kind = BL_JOB_EVENT_QUEUED, .queued = {.position = 300}},
        {.kind = BL_JOB_EVENT_STARTED, .started = {.slot = 5, .cpus = ""}},
        {.kind = BL_JOB_EVENT_CASE, .testcase = {.step = 1, .testcase = 1}},
        {.kind = BL_JOB_EVENT_CASE, .testcase = {.step = 1, .testcase = 0}},
        step_event(),
        done_event(NULL),
    };
    struct bl_packed_event packed[BL_ARRAY_LEN(events)];
    Bailiff__V1__JobResult *told;
    uint8_t *bytes = NULL;
    size_t length;
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(events); i++)
        packed[i] = pack(&events[i]);
    assert_int_equal(
        bl_job_result_encode(&bytes, &length, "j1", packed, BL_ARRAY_LEN(events), &err), 0);
    told = bailiff__v1__job_result__unpack(NULL, length, bytes);
    assert_non_null(told);
    assert_string_equal(told->job_id, "j1");
    assert_int_equal(told->started->slot, 5);
    assert_int_equal(told->n_cases, 2);
    assert_string_equal(told->cases[0]->case_name, "secret/1");
    assert_string_equal(told->cases[1]->case_name, "sample");
    assert_int_equal(told->n_steps, 1);
    assert_counts(told->steps[0]->counts);
    assert_int_equal(told->done->end, BAILIFF__V1__END__END_BROKEN);
    assert_int_equal(protobuf_c_message_get_packed_size(&told->base), length); /* nothing else */
    bailiff__v1__job_result__free_unpacked(told, NULL);
    for (size_t i = 0; i < BL_ARRAY_LEN(events); i++)
        bl_packed_event_release(&packed[i]);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event__tells_job_number_and_time),
        cmocka_unit_test(event__an_empty_body_is_one_too),
        cmocka_unit_test(event__tells_where_a_job_started),
        cmocka_unit_test(event__tells_a_case_and_its_check),
        cmocka_unit_test(event__tells_what_failed_where_no_command_ran),
        cmocka_unit_test(event__tells_why_a_case_was_skipped),
        cmocka_unit_test(event__tells_bytes_and_files),
        cmocka_unit_test(event__stays_below_what_clients_take),
        cmocka_unit_test(event__tells_what_came_of_a_step),
        cmocka_unit_test(event__tells_what_came_of_the_job),
        cmocka_unit_test(result__is_what_the_events_amount_to),
    };

    return cmocka_run_group_tests(tests, make_job, free_job);
}
