/* case_batch.c - a pass of a batch problem: the program, then the judge of its output. */
#include <errno.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/judge/case_private.h"

#define COPIED_INPUT_MAX (16 * (off_t)BL_MIB)

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

    if (bl_reopen_for_reading(c->output, &in, err))
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

static int copy_whole(int from, int to, struct bl_err *err)
{
    off_t at = 0;
    ssize_t sent = 1;

    while (sent > 0 || (sent < 0 && errno == EINTR))
        sent = sendfile(to, from, &at, (size_t)1 << 30);
    return sent == 0 ? 0 : bl_fail(err, BL_STEP_SPOOL, errno, "copying an input");
}

/* What a program reads from. The link /proc/self/fd/0 tells where the file lies, and so whether
 * this is a sample, which one, and where the package is on the host; a spool file without a name
 * tells nothing. One that is too large to be copied for each run gives itself away by its size
 * anyway. */
static int open_stdin(const struct bl_case *c, int *fd, struct bl_err *err)
{
    bl_autoclose int copy = -1;
    struct stat st;

    if (fstat(c->input, &st))
        return bl_fail(err, BL_STEP_PACKAGE, errno, "%s", c->order.testcase->input_path);
    if (st.st_size > COPIED_INPUT_MAX)
        return bl_reopen_for_reading(c->input, fd, err);
    if (bl_spool_file(c->order.program->engine->spool, &copy, err) ||
        copy_whole(c->input, copy, err))
        return -1;
    return bl_reopen_for_reading(copy, fd, err);
}

int bl_case_start_batch(struct bl_case *c, struct bl_err *err)
{
    bl_autoclose int in = -1;
    struct bl_stream streams[3];

    bl_close_fd(&c->output);
    if (bl_spool_file(c->order.program->engine->spool, &c->output, err) ||
        bl_case_prepare_program(c, err) || open_stdin(c, &in, err))
        return -1;
    streams[0] = (struct bl_stream){BL_STREAM_HAND, in};
    streams[1] = (struct bl_stream){BL_STREAM_RELAY, c->output};
    streams[2] = (struct bl_stream){BL_STREAM_NULL, -1};
    return bl_app_run_start(&c->program, c->order.program, streams, on_program_end, c, err);
}
