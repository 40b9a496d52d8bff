/* encode_case.c - one case: its commands and its check. */
#include "proto/encode_private.h"

typedef Bailiff__V1__CaseResult case_message;
typedef int command_encoder(struct bl_encoder *e, const struct bl_command_report *report,
                            Bailiff__V1__CommandResult **out);

static int encode_list(struct bl_encoder *e, command_encoder *encode,
                       const struct bl_command_report *reports, size_t count,
                       Bailiff__V1__CommandResult ***out, size_t *told)
{
    *out = bl_encode_list(e, count);
    if (!*out)
        return -1;
    for (; *told < count; (*told)++) {
        if (encode(e, &reports[*told], &(*out)[*told]))
            return -1;
    }
    return 0;
}

static int encode_check(struct bl_encoder *e, const struct bl_check_report *report,
                        Bailiff__V1__CheckResult **out)
{
    size_t length = report->message_length < BL_CHECK_MESSAGE_MAX ? report->message_length
                                                                  : BL_CHECK_MESSAGE_MAX;
    Bailiff__V1__CheckResult *message;

    if (!report->ran && !report->checker) /* one that gave no judgement is told, too */
        return 0;
    message = bl_bump_alloc(&e->bump, 1, sizeof(*message));
    if (!message)
        return -1;
    bailiff__v1__check_result__init(message);
    message->accepted = report->accepted;
    message->message = (ProtobufCBinaryData){length, (uint8_t *)report->message};
    message->answer_offset = report->answer_offset;
    message->output_offset = report->output_offset;
    message->answer_line = report->answer_line;
    message->output_line = report->output_line;
    *out = message;
    return report->checker ? bl_encode_command(e, report->checker, &message->checker) : 0;
}

static void encode_place(const struct bl_job *job, const struct bl_case_report *report,
                         case_message *out)
{
    const struct bl_job_step *step = &job->steps[report->step];

    out->step = report->step;
    out->step_name = (char *)step->name;
    out->case_ = report->testcase;
    out->case_name = (char *)step->cases[report->testcase].name;
    if (report->decided_by >= 0) {
        out->decided_by_opt_case = BAILIFF__V1__CASE_RESULT__DECIDED_BY_OPT_DECIDED_BY;
        out->decided_by = (uint32_t)report->decided_by;
    }
    if (report->first_ended >= 0) {
        out->first_ended_opt_case = BAILIFF__V1__CASE_RESULT__FIRST_ENDED_OPT_FIRST_ENDED;
        out->first_ended = (uint32_t)report->first_ended;
    }
}

int bl_encode_case(struct bl_encoder *e, const struct bl_job *job,
                   const struct bl_case_report *report, case_message *out)
{
    bailiff__v1__case_result__init(out);
    e->return_left = BL_JOB_RETURN_MAX;
    e->files_left = BL_JOB_FILES_TOLD_MAX;
    encode_place(job, report, out);
    out->outcome = (Bailiff__V1__Outcome)((int)report->outcome + 1); /* as VERDICT_OF */
    out->skip = (Bailiff__V1__Skip)report->skip;
    out->was_alone = report->set_aside_count > 0 && report->was_alone;
    if (encode_list(e, bl_encode_command, report->commands, report->command_count, &out->commands,
                    &out->n_commands) ||
        encode_list(e, bl_encode_measurement, report->set_aside, report->set_aside_count,
                    &out->set_aside, &out->n_set_aside) ||
        encode_check(e, &report->check, &out->check))
        return -1;
    return bl_encode_error(e, report->error, &out->error);
}
