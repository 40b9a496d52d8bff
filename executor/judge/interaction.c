/* interaction.c - a pass of an interactive problem: two sandboxes joined by two pipes.
 *
 * Who ended first decides (judgement.h), so our copies of the pipes' ends are held as joint.h says.
 * A validator that did not accept has decided: the program is cancelled. Both blocked on reading
 * is ended by the program's wall time, whereupon the validator sees end of file. */
#include "bailiff/own.h"
#include "executor/judge/case_private.h"

static void judge_both(struct bl_case *c)
{
    int status = c->order.program->language->run.out_of_memory_status;
    struct bl_judgement judgement;

    if (!c->program_over || !c->validator_over)
        return;
    bl_joint_release(&c->to_validator);
    bl_joint_release(&c->to_program);
    bl_judge_interaction(&c->program_result, status, &c->validator_result, c->result.judgemessage,
                         &judgement);
    bl_case_pass_over(c, &judgement);
}

static void on_program_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_case *c = ctx;

    (void)run;
    bl_case_note_program(c, result);
    c->program_over = true;
    bl_close_fd(&c->to_validator.writes);
    judge_both(c);
}

static bool accepted(const struct bl_case *c)
{
    struct bl_judgement judgement;

    bl_judge_validator(&c->validator_result, NULL, &judgement);
    return judgement.outcome == BL_AC;
}

static void on_validator_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_case *c = ctx;
    struct bl_err err;

    (void)run;
    if (bl_case_take_validator(c, result, &err)) {
        bl_run_free(&c->program.run); /* ends it */
        bl_case_fail(c, &err);
        return;
    }
    c->validator_over = true;
    bl_close_fd(&c->to_program.writes);
    if (!c->program_over && !accepted(c))
        bl_run_cancel(c->program.run);
    judge_both(c);
}

int bl_case_start_interaction(struct bl_case *c, struct bl_err *err)
{
    struct bl_stream streams[3] = {
        {BL_STREAM_HAND, -1}, {BL_STREAM_HAND, -1}, {BL_STREAM_NULL, -1}};

    if (bl_joint_open(&c->to_validator, err) || bl_joint_open(&c->to_program, err))
        return -1;
    streams[0].fd = c->to_program.reads;
    streams[1].fd = c->to_validator.writes;
    if (bl_case_prepare_program(c, err) ||
        bl_case_start_validator(c, c->to_validator.reads, c->to_program.writes, on_validator_end,
                                err))
        return -1;
    if (bl_app_run_start(&c->program, c->order.program, streams, on_program_end, c, err)) {
        bl_app_run_release(&c->validator); /* ends it */
        return -1;
    }
    return 0;
}
