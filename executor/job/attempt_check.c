/* attempt_check.c - is what came out right? (process: worker; see attempt_private.h) */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/attempt_private.h"
#include "executor/job/checker.h"

/* What is judged: lent; -1: there is nothing. */
static int judged(const struct bl_attempt *attempt)
{
    const char *file = attempt->step->check.file;

    return file[0] != '\0' ? bl_part_file(&attempt->parts[0], file) : attempt->parts[0].files[1];
}

/* ---- by comparison ----------------------------------------------------------------------------
 */

static void on_compared(void *ctx, const struct bl_comparison *seen)
{
    struct bl_attempt *attempt = ctx;
    struct bl_check_report *check = &attempt->check;

    check->ran = true;
    check->accepted = seen->accepted;
    if (!seen->accepted) {
        check->answer_offset = seen->answer_offset;
        check->output_offset = seen->output_offset;
        check->answer_line = seen->answer_line;
        check->output_line = seen->output_line;
        check->message_length = strlen(seen->reason);
        memcpy(attempt->message, seen->reason, check->message_length);
        attempt->end.outcome = BL_OUTCOME_REJECTED;
    }
    bl_attempt_checked(attempt);
}

static int compare(struct bl_attempt *attempt, int output, struct bl_err *err)
{
    const struct bl_job_check *check = &attempt->step->check;
    bool exact = check->kind == BL_CHECK_EXACT;
    const struct bl_compare_flags flags = {
        .case_sensitive = exact || check->case_sensitive,
        .space_change_sensitive = exact || check->space_change_sensitive,
        .absolute = exact ? -1 : check->absolute,
        .relative = exact ? -1 : check->relative,
    };

    return bl_comparison_start(&attempt->comparison, attempt->order.site->loop, &flags,
                               bl_gather_fd(attempt->own, &attempt->testcase->answer), output,
                               on_compared, attempt, err);
}

/* ---- by a program -----------------------------------------------------------------------------
 */

/* What it wrote for the judges; that it can't be read is no matter. */
static void take_message(struct bl_attempt *attempt, const struct bl_part *part)
{
    int fd = bl_part_file(part, BL_FEEDBACK_MESSAGE);
    ssize_t length = fd >= 0 ? pread(fd, attempt->message, sizeof(attempt->message), 0) : -1;

    attempt->check.message_length = length > 0 ? (size_t)length : 0;
}

static void hear(struct bl_attempt *attempt, const struct bl_part *part)
{
    enum bl_word word = bl_checker_word(&part->result);

    attempt->check.ran = word != BL_NO_JUDGEMENT;
    attempt->check.accepted = word == BL_ACCEPTS;
    take_message(attempt, part);
}

void bl_attempt_hear(struct bl_attempt *attempt)
{
    const struct bl_job_check *check = &attempt->step->check;

    if (check->kind == BL_CHECK_INTERACTOR && attempt->parts[check->interactor].over)
        hear(attempt, &attempt->parts[check->interactor]);
}

static void on_checker_over(void *ctx, struct bl_part *part)
{
    struct bl_attempt *attempt = ctx;

    hear(attempt, part);
    if (bl_result_is_ours(&part->result))
        attempt->end.outcome = BL_OUTCOME_ERROR;
    else if (attempt->cancelled)
        attempt->end.outcome = BL_OUTCOME_CANCELLED;
    else if (!attempt->check.ran)
        attempt->end.outcome = BL_OUTCOME_CHECK_FAILED;
    else if (!attempt->check.accepted)
        attempt->end.outcome = BL_OUTCOME_REJECTED;
    bl_attempt_checked(attempt);
}

/* A captured stream is open for writing: a program is given a file that it can only read. What was
 * collected is that already, and nobody has read from it. */
static int open_in(struct bl_attempt *attempt, int output, int *in, struct bl_err *err)
{
    *in = output;
    if (output != attempt->parts[0].files[1])
        return 0;
    if (bl_spool_reopen(output, &attempt->checker_in, err) != 0)
        return -1;
    *in = attempt->checker_in;
    return 0;
}

static int start_checker(struct bl_attempt *attempt, int output, struct bl_err *err)
{
    const struct bl_part_order order = {
        .kit = attempt->order.checker,
        .own = attempt->own,
        .testcase = attempt->testcase,
        .cpus = attempt->order.cpus,
        .judges = true,
        .judged_file = "",
    };
    int in;

    if (open_in(attempt, output, &in, err) != 0 ||
        bl_part_prepare(&attempt->checker, &order, in, -1, err) != 0)
        return -1;
    return bl_part_start(&attempt->checker, on_checker_over, attempt, err);
}

static void run_checker(struct bl_attempt *attempt, int output)
{
    struct bl_err err;

    if (start_checker(attempt, output, &err) == 0)
        return;
    bl_part_refuse(&attempt->checker, &err);
    on_checker_over(attempt, &attempt->checker);
}

/* ---- which ------------------------------------------------------------------------------------
 */

void bl_attempt_check(struct bl_attempt *attempt)
{
    int output = judged(attempt);
    struct bl_err err;

    bl_attempt_enter(attempt, BL_ATTEMPT_CHECKING);
    if (output < 0) {
        (void)bl_fail(&err, BL_STEP_INPUT, ENOENT, "the output to be checked");
        bl_attempt_fail(attempt, &err);
    } else if (attempt->step->check.kind == BL_CHECK_CHECKER) {
        run_checker(attempt, output);
    } else if (compare(attempt, output, &err) != 0) {
        bl_attempt_fail(attempt, &err);
    }
}

bool bl_attempt_cancel_check(struct bl_attempt *attempt)
{
    bl_part_cancel(&attempt->checker);
    return attempt->checker.run == NULL;
}

void bl_attempt_release_check(struct bl_attempt *attempt)
{
    bl_comparison_free(&attempt->comparison);
    bl_part_release(&attempt->checker);
    bl_close_fd(&attempt->checker_in);
}
