/* interaction.c - a pass of an interactive problem: two sandboxes joined by two pipes.
 *
 * Who ended first decides (judgement.h), so the end of one must not look like the cause of the
 * other's: we keep a copy of each pipe's ends and close it only when we know of the end of the
 * process that had it.
 *   - the end that a side writes to: until that side ended, so that the other sees end of file only
 *     after it - and its own end is later, by the sandboxes' own clocks
 *   - the end that the validator reads from: until the program ended too, where the validator
 *     accepted: a program that writes a last line after that must not die of a broken pipe
 * A validator that ended otherwise has decided: the program is cancelled. Both blocked on reading
 * is ended by the program's wall time, whereupon the validator sees end of file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/judge/case_private.h"

enum { TO_VALIDATOR, TO_PROGRAM };
enum { READ_END, WRITE_END };

static void judge_both(struct bl_case *c)
{
    int status = c->order.program->language->run.out_of_memory_status;
    struct bl_judgement judgement;

    if (!c->program_over || !c->validator_over)
        return;
    for (int i = 0; i < 4; i++)
        bl_close_fd(&c->pipes[i / 2][i % 2]);
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
    bl_close_fd(&c->pipes[TO_VALIDATOR][WRITE_END]);
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
    bl_close_fd(&c->pipes[TO_PROGRAM][WRITE_END]);
    if (!c->program_over && !accepted(c))
        bl_run_cancel(c->program.run);
    judge_both(c);
}

int bl_case_start_interaction(struct bl_case *c, struct bl_err *err)
{
    struct bl_stream streams[3] = {
        {BL_STREAM_HAND, -1}, {BL_STREAM_HAND, -1}, {BL_STREAM_NULL, -1}};

    /* Readable and writable: /dev/stdin and /dev/stdout open them again, as another user. What a
     * side does to its own ends that way hurts itself alone. */
    for (int i = 0; i < 2; i++)
        if (pipe2(c->pipes[i], O_CLOEXEC) || fchmod(c->pipes[i][READ_END], 0666))
            return bl_fail(err, BL_STEP_PIPE, errno, "an interaction's");
    streams[0].fd = c->pipes[TO_PROGRAM][READ_END];
    streams[1].fd = c->pipes[TO_VALIDATOR][WRITE_END];
    if (bl_case_prepare_program(c, err) ||
        bl_case_start_validator(c, c->pipes[TO_VALIDATOR][READ_END],
                                c->pipes[TO_PROGRAM][WRITE_END], on_validator_end, err))
        return -1;
    if (bl_app_run_start(&c->program, c->order.program, streams, on_program_end, c, err)) {
        bl_app_run_release(&c->validator); /* ends it */
        return -1;
    }
    return 0;
}
