/* case_batch.c - a pass of a batch problem: the program, then the judge of its output. */
#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/judge/case_private.h"

#define COPIED_INPUT_MAX (16 * BL_MIB)

static void on_validator_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_case *c = ctx;
    struct bl_judgement judgement;
    struct bl_err err;

    (void)run;
    if (bl_case_take_validator(c, result, &err)) {
        bl_case_fail(c, &err);
        return;
    }
    bl_judge_validator(&c->validator_result, c->result.judgemessage, &judgement);
    bl_case_pass_over(c, &judgement);
}

static int validate(struct bl_case *c, struct bl_err *err)
{
    bl_autoclose int in = -1;

    if (bl_spool_reopen(c->output, &in, err))
        return -1;
    return bl_case_start_validator(c, in, -1, on_validator_end, err);
}

static void on_program_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_case *c = ctx;
    int status = c->order.program->language->run.out_of_memory_status;
    struct bl_judgement judgement;
    struct bl_err err;

    (void)run;
    bl_case_note_program(c, result);
    bl_judge_program(result, status, &judgement);
    if (judgement.outcome != BL_AC) {
        bl_case_pass_over(c, &judgement);
        return;
    }
    if (c->order.validator) {
        if (validate(c, &err))
            bl_case_fail(c, &err);
    } else if (bl_case_compare(c, &judgement, &err)) {
        bl_case_fail(c, &err);
    } else {
        bl_case_pass_over(c, &judgement);
    }
}

int bl_case_start_batch(struct bl_case *c, struct bl_err *err)
{
    bl_autoclose int in = -1;
    struct bl_stream streams[3];

    bl_close_fd(&c->output);
    if (bl_spool_file(c->order.program->engine->spool, &c->output, err) ||
        bl_case_prepare_program(c, err) ||
        bl_spool_stdin(c->order.program->engine->spool, c->input, COPIED_INPUT_MAX, &in, err))
        return -1;
    streams[0] = (struct bl_stream){BL_STREAM_HAND, in};
    streams[1] = (struct bl_stream){BL_STREAM_RELAY, c->output};
    streams[2] = (struct bl_stream){BL_STREAM_NULL, -1};
    return bl_app_run_start(&c->program, c->order.program, streams, on_program_end, c, err);
}
