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
#include "event_scene.h"
#include "limits/ceilings.h"
#include "proto/encode.h"

static struct bl_result fine(void)
{
    return (struct bl_result){.verdict = BL_VERDICT_OK};
}

static void event__tells_job_number_and_time(void **state)
{
    const struct bl_job_event event = {
        .kind = BL_JOB_EVENT_QUEUED, .number = 3, .at_ns = 99, .queued = {.position = 12}};
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_string_equal(told->job_id, "j1");
    assert_true(told->number == 3 && told->at_ns == 99);
    assert_int_equal(told->what_case, BAILIFF__V1__EVENT__WHAT_QUEUED);
    assert_int_equal(told->queued->position, 12);
    event_scene_forget(told);
}

static void event__an_empty_body_is_one_too(void **state)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_QUEUED};
    struct bl_packed_event packed = event_scene_pack(&event);
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_int_equal(packed.body_at, packed.length);
    assert_int_equal(told->what_case, BAILIFF__V1__EVENT__WHAT_QUEUED);
    event_scene_forget(told);
    bl_packed_event_release(&packed);
}

static void event__tells_where_a_job_started(void **state)
{
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_STARTED,
                                       .started = {.slot = 2, .cpus = "4-5", .waited_ns = 17}};
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_int_equal(told->started->slot, 2);
    assert_string_equal(told->started->cpus, "4-5");
    assert_true(told->started->waited_ns == 17);
    event_scene_forget(told);
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
    Bailiff__V1__Event *told = event_scene_tell(&event);

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
    event_scene_forget(told);
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
    told = event_scene_tell(&event);
    assert_int_equal(told->case_ended->outcome, BAILIFF__V1__OUTCOME__OUTCOME_ERROR);
    assert_string_equal(told->case_ended->error->step, "SLOTS");
    assert_int_equal(told->case_ended->error->fault, BAILIFF__V1__FAULT__FAULT_BUSY);
    event_scene_forget(told);
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
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_string_equal(told->case_ended->case_name, "secret/2");
    assert_int_equal(told->case_ended->case_, 2);
    assert_int_equal(told->case_ended->skip, BAILIFF__V1__SKIP__SKIP_STOPPED);
    assert_int_equal(told->case_ended->n_commands, 0);
    assert_int_equal(told->case_ended->decided_by_opt_case, 0);
    assert_int_equal(told->case_ended->first_ended_opt_case, 0);
    assert_null(told->case_ended->check);
    event_scene_forget(told);
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
    Bailiff__V1__Event *told = event_scene_tell(&event);

    (void)state;
    assert_string_equal(told->step_ended->step_name, "tests");
    assert_int_equal(told->step_ended->step, 1);
    assert_int_equal(told->step_ended->outcome, BAILIFF__V1__OUTCOME__OUTCOME_FAILED);
    assert_counts(told->step_ended->counts);
    event_scene_forget(told);
}

static void event__tells_what_came_of_the_job(void **state)
{
    struct bl_err error = {0}; /* a build without optimisation can't tell that it is set */
    struct bl_job_event event = done_event(&error);
    Bailiff__V1__Event *told;

    (void)state;
    (void)bl_fail(&error, BL_STEP_WARDEN_GONE, 0, "%s", "");
    told = event_scene_tell(&event);
    assert_int_equal(told->done->end, BAILIFF__V1__END__END_BROKEN);
    assert_int_equal(told->done->outcome, BAILIFF__V1__OUTCOME__OUTCOME_FAILED);
    assert_int_equal(told->done->step_opt_case, BAILIFF__V1__JOB_DONE__STEP_OPT_STEP);
    assert_int_equal(told->done->step, 1);
    assert_int_equal(told->done->case_opt_case, BAILIFF__V1__JOB_DONE__CASE_OPT_CASE);
    assert_counts(told->done->counts);
    assert_true(told->done->waited_ns == 10 && told->done->ran_ns == 20);
    assert_string_equal(told->done->error->step, "WARDEN_GONE");
    event_scene_forget(told);
    event.done.outcome = BL_OUTCOME_PASSED;
    event.done.error = NULL;
    told = event_scene_tell(&event);
    assert_int_equal(told->done->step_opt_case, 0);
    assert_int_equal(told->done->case_opt_case, 0);
    assert_null(told->done->error);
    event_scene_forget(told);
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
        packed[i] = event_scene_pack(&events[i]);
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
        cmocka_unit_test(event__tells_what_came_of_a_step),
        cmocka_unit_test(event__tells_what_came_of_the_job),
        cmocka_unit_test(result__is_what_the_events_amount_to),
    };

    return cmocka_run_group_tests(tests, event_scene_set_up, event_scene_tear_down);
}
