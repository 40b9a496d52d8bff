/* attempt_parts.c - the commands of an attempt, side by side (process: worker; see
 * attempt_private.h).
 *
 * In an interaction who ended first decides (outcome.h), so our copies of its pipes' ends are held
 * as joint.h says; between other commands a pipe is a pipe. An interactor that did not accept has
 * decided, and our failure in one says nothing about the others: they are cancelled. */
#include <assert.h>

#include "bailiff/own.h"
#include "executor/job/attempt_private.h"
#include "executor/job/checker.h"

static bool has_interactor(const struct bl_attempt *attempt)
{
    return attempt->step->check.kind == BL_CHECK_INTERACTOR;
}

static bool is_interactor(const struct bl_attempt *attempt, size_t command)
{
    return has_interactor(attempt) && attempt->step->check.interactor == command;
}

/* Is the pipe that `reader` reads from part of the interaction? */
static bool is_held(const struct bl_attempt *attempt, size_t reader)
{
    return is_interactor(attempt, reader) ||
           is_interactor(attempt, attempt->step->commands[reader].in.pipe_from);
}

/* ---- the end ----------------------------------------------------------------------------------
 */

static void settle(struct bl_attempt *attempt)
{
    const struct bl_result *results[BL_JOB_COMMANDS_MAX] = {NULL};

    for (size_t i = 0; i < attempt->part_count; i++) {
        bl_joint_release(&attempt->joints[i]);
        if (attempt->parts[i].over)
            results[i] = &attempt->parts[i].result;
        else /* never started, because of another one */
            attempt->parts[i].result =
                (struct bl_result){.verdict = BL_VERDICT_CANCELLED, .exit_code = -1};
    }
    attempt->end = bl_outcome_of(attempt->step, results, attempt->cancelled);
    bl_attempt_parts_over(attempt);
}

void bl_attempt_cancel_parts(struct bl_attempt *attempt)
{
    for (size_t i = 0; i < attempt->part_count; i++)
        bl_part_cancel(&attempt->parts[i]);
}

/* Does this end make an end of the others? */
static bool decides(const struct bl_attempt *attempt, size_t command)
{
    const struct bl_result *result = &attempt->parts[command].result;

    if (bl_result_is_ours(result) || (has_interactor(attempt) && result->ended_ns == 0))
        return true;
    return is_interactor(attempt, command) && bl_checker_word(result) != BL_ACCEPTS;
}

static void on_part_over(void *ctx, struct bl_part *part)
{
    struct bl_attempt *attempt = ctx;
    size_t command = (size_t)(part - attempt->parts);
    int32_t reader = attempt->step->commands[command].piped_to;

    attempt->running--;
    if (reader >= 0)
        bl_close_fd(&attempt->joints[reader].writes);
    if (attempt->running > 0 && decides(attempt, command))
        bl_attempt_cancel_parts(attempt);
    if (attempt->running == 0)
        settle(attempt);
}

/* ---- the start --------------------------------------------------------------------------------
 */

static int open_joints(struct bl_attempt *attempt, struct bl_err *err)
{
    for (size_t i = 0; i < attempt->part_count; i++)
        if (attempt->step->commands[i].in.kind == BL_STDIN_PIPE &&
            bl_joint_open(&attempt->joints[i], err) != 0)
            return -1;
    return 0;
}

static int prepare(struct bl_attempt *attempt, size_t command, struct bl_err *err)
{
    const struct bl_job_check *check = &attempt->step->check;
    int32_t reader = attempt->step->commands[command].piped_to;
    bool compares = check->kind != BL_CHECK_NONE && check->kind != BL_CHECK_INTERACTOR;
    bool is_judged = command == 0 && compares;
    const struct bl_part_order order = {
        .kit = &attempt->order.kits[command],
        .own = attempt->own,
        .testcase = attempt->testcase,
        .cpus = attempt->order.cpus,
        .is_first = command == 0,
        .judges = is_interactor(attempt, command),
        .out_is_judged = is_judged && check->file[0] == '\0',
        .judged_file = is_judged ? check->file : "",
    };

    return bl_part_prepare(&attempt->parts[command], &order, attempt->joints[command].reads,
                           reader >= 0 ? attempt->joints[reader].writes : -1, err);
}

/* All or none: one that can't be prepared leaves the others unstarted. */
static bool prepare_all(struct bl_attempt *attempt)
{
    struct bl_err err;

    for (size_t i = 0; i < attempt->part_count; i++)
        if (prepare(attempt, i, &err) != 0) {
            bl_part_refuse(&attempt->parts[i], &err);
            return false;
        }
    return true;
}

static void start_all(struct bl_attempt *attempt)
{
    struct bl_err err;

    for (size_t i = 0; i < attempt->part_count; i++) {
        if (bl_part_start(&attempt->parts[i], on_part_over, attempt, &err) != 0) {
            bl_part_refuse(&attempt->parts[i], &err);
            bl_attempt_cancel_parts(attempt);
            return;
        }
        attempt->ran = true;
        attempt->running++;
    }
    for (size_t i = 0; i < attempt->part_count; i++)
        if (!is_held(attempt, i))
            bl_joint_release(&attempt->joints[i]);
}

void bl_attempt_run(struct bl_attempt *attempt)
{
    struct bl_err err;

    bl_attempt_enter(attempt, BL_ATTEMPT_RUNNING);
    if (open_joints(attempt, &err) != 0) {
        bl_attempt_fail(attempt, &err);
        return;
    }
    if (prepare_all(attempt))
        start_all(attempt);
    if (attempt->running == 0)
        settle(attempt);
}

void bl_attempt_release_parts(struct bl_attempt *attempt)
{
    for (size_t i = 0; i < attempt->part_count; i++) {
        bl_part_release(&attempt->parts[i]);
        bl_joint_release(&attempt->joints[i]);
    }
}
