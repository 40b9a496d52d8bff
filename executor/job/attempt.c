/* attempt.c - the life of an attempt; see attempt.h and attempt_private.h. */
#include "executor/job/attempt.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/job/attempt_private.h"

void bl_attempt_enter(struct bl_attempt *attempt, enum bl_attempt_phase phase)
{
    assert(phase > attempt->phase);
    attempt->phase = phase;
}

/* ---- the end ----------------------------------------------------------------------------------
 */

/* None is told where none was so much as tried. */
static size_t told_count(const struct bl_attempt *attempt)
{
    for (size_t i = 0; i < attempt->part_count; i++)
        if (attempt->parts[i].over)
            return attempt->part_count;
    return 0;
}

static void fill_report(struct bl_attempt *attempt)
{
    bool has_checker = attempt->checker.started || attempt->checker.over;
    size_t checker = attempt->part_count;

    for (size_t i = 0; i < attempt->part_count + has_checker; i++)
        attempt->reports[i] = attempt->keepings[i] ? *bl_keeping_report(attempt->keepings[i])
                              : i < checker        ? bl_keeping_bare(&attempt->parts[i])
                                                   : bl_keeping_bare(&attempt->checker);
    if (attempt->check.message_length > 0)
        attempt->check.message = attempt->message;
    if (has_checker)
        attempt->check.checker = &attempt->reports[checker];
    attempt->report = (struct bl_case_report){
        .step = attempt->order.step,
        .testcase = attempt->order.testcase,
        .outcome = attempt->end.outcome,
        .decided_by = attempt->end.decided_by,
        .first_ended = attempt->end.first_ended,
        .commands = attempt->reports,
        .command_count = told_count(attempt),
        .check = attempt->check,
        .error = attempt->error.step != BL_STEP_NONE ? &attempt->error : NULL,
    };
}

static void tell(void *ctx)
{
    struct bl_attempt *attempt = ctx;

    fill_report(attempt);
    attempt->order.on_end(attempt->order.ctx, attempt);
}

void bl_attempt_finish(struct bl_attempt *attempt)
{
    if (attempt->phase == BL_ATTEMPT_OVER)
        return;
    bl_attempt_enter(attempt, BL_ATTEMPT_OVER);
    bl_loop_defer(attempt->order.site->loop, &attempt->over);
}

void bl_attempt_fail(struct bl_attempt *attempt, const struct bl_err *err)
{
    if (attempt->error.step == BL_STEP_NONE)
        attempt->error = *err;
    attempt->end.outcome = BL_OUTCOME_ERROR;
    bl_attempt_finish(attempt);
}

/* ---- keeping ----------------------------------------------------------------------------------
 */

static void keep_next(struct bl_attempt *attempt);

/* Bytes that were asked for and can't be had make the case an error, though it is judged. */
static void on_kept(void *ctx, const struct bl_err *err)
{
    struct bl_attempt *attempt = ctx;

    if (err) {
        bl_attempt_fail(attempt, err);
        return;
    }
    attempt->keeping_at++;
    keep_next(attempt);
}

/* The next one that left anything; NULL: there is none. */
static struct bl_part *part_to_keep(struct bl_attempt *attempt)
{
    while (attempt->keeping_at < attempt->part_count) {
        struct bl_part *part = &attempt->parts[attempt->keeping_at];

        if (bl_keeping_is_due(part))
            return part;
        attempt->keeping_at++;
    }
    return attempt->keeping_at == attempt->part_count && attempt->checker.started
               ? &attempt->checker
               : NULL;
}

static void keep_next(struct bl_attempt *attempt)
{
    struct bl_part *part = part_to_keep(attempt);
    const struct bl_keeping_order order = {
        .part = part,
        .for_later = attempt->end.outcome == BL_OUTCOME_PASSED && part != &attempt->checker,
        .step = attempt->order.step,
        .testcase = attempt->order.testcase,
        .command = (uint32_t)attempt->keeping_at,
        .return_bytes = &attempt->return_bytes,
        .on_kept = on_kept,
        .ctx = attempt,
    };
    struct bl_err err;

    if (!part)
        bl_attempt_finish(attempt);
    else if (bl_keeping_start(&attempt->keepings[attempt->keeping_at], &order, &err) != 0)
        bl_attempt_fail(attempt, &err);
}

/* Of what says nothing about the program nothing is kept. */
static void keep(struct bl_attempt *attempt)
{
    if (attempt->end.outcome == BL_OUTCOME_ERROR || attempt->end.outcome == BL_OUTCOME_CANCELLED) {
        bl_attempt_finish(attempt);
        return;
    }
    bl_attempt_enter(attempt, BL_ATTEMPT_KEEPING);
    keep_next(attempt);
}

/* ---- the order of things ----------------------------------------------------------------------
 */

void bl_attempt_checked(struct bl_attempt *attempt)
{
    keep(attempt);
}

/* The judges' own programs' times decide nothing. */
static bool is_noisy(const struct bl_attempt *attempt)
{
    for (size_t i = 0; i < attempt->part_count; i++)
        if (!attempt->parts[i].order.judges && attempt->parts[i].over &&
            bl_confidence_lacks(&attempt->parts[i].confidence))
            return true;
    return false;
}

void bl_attempt_parts_over(struct bl_attempt *attempt)
{
    enum bl_check_kind kind = attempt->step->check.kind;

    bl_attempt_hear(attempt);
    if (attempt->end.outcome != BL_OUTCOME_ERROR && !attempt->cancelled &&
        attempt->order.may_set_aside && is_noisy(attempt)) {
        attempt->set_aside = true;
        bl_attempt_finish(attempt);
    } else if (attempt->end.outcome == BL_OUTCOME_PASSED && kind != BL_CHECK_NONE &&
               kind != BL_CHECK_INTERACTOR) {
        bl_attempt_check(attempt);
    } else {
        keep(attempt);
    }
}

static void on_gathered(void *ctx, const struct bl_err *err)
{
    struct bl_attempt *attempt = ctx;

    if (err)
        bl_attempt_fail(attempt, err);
    else
        bl_attempt_run(attempt);
}

static int gather(struct bl_attempt *attempt, struct bl_err *err)
{
    const struct bl_job_case *testcase = attempt->testcase;

    if (bl_gather_new(&attempt->own, attempt->order.site, on_gathered, attempt, err) != 0 ||
        bl_gather_add(attempt->own, &testcase->input, err) != 0 ||
        bl_gather_add(attempt->own, &testcase->answer, err) != 0)
        return -1;
    for (size_t i = 0; i < testcase->input_count; i++)
        if (bl_gather_add(attempt->own, &testcase->inputs[i].file, err) != 0)
            return -1;
    bl_gather_begin(attempt->own);
    return 0;
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static void init(struct bl_attempt *attempt, const struct bl_attempt_order *order)
{
    attempt->order = *order;
    attempt->step = &order->site->job->steps[order->step];
    attempt->testcase = &attempt->step->cases[order->testcase];
    attempt->part_count = attempt->step->command_count;
    attempt->end = (struct bl_case_end){.decided_by = -1, .first_ended = -1};
    attempt->checker_in = -1;
    attempt->return_bytes = BL_JOB_RETURN_MAX;
    attempt->over = (struct bl_deferred){.work = tell, .ctx = attempt};
    for (size_t i = 0; i < attempt->part_count; i++) {
        bl_part_init(&attempt->parts[i], order->site);
        attempt->joints[i] = (struct bl_joint)BL_JOINT_NONE;
    }
    bl_part_init(&attempt->checker, order->site);
}

int bl_attempt_start(struct bl_attempt **out, const struct bl_attempt_order *order,
                     struct bl_err *err)
{
    size_t parts = order->site->job->steps[order->step].command_count;
    struct bl_attempt *attempt = malloc(sizeof(*attempt) + parts * sizeof(attempt->parts[0]));

    if (!attempt)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a case");
    memset(attempt, 0, offsetof(struct bl_attempt, message));
    init(attempt, order);
    if (gather(attempt, err) != 0) {
        bl_attempt_free(&attempt);
        return -1;
    }
    *out = attempt;
    return 0;
}

void bl_attempt_cancel(struct bl_attempt *attempt)
{
    if (attempt->cancelled || attempt->phase == BL_ATTEMPT_OVER)
        return;
    attempt->cancelled = true;
    if (attempt->phase == BL_ATTEMPT_RUNNING) {
        bl_attempt_cancel_parts(attempt);
        return;
    }
    if (attempt->phase == BL_ATTEMPT_CHECKING && !bl_attempt_cancel_check(attempt))
        return;
    bl_gather_free(&attempt->own);
    bl_comparison_free(&attempt->comparison);
    for (size_t i = 0; i <= attempt->part_count; i++)
        bl_keeping_free(&attempt->keepings[i]);
    attempt->end.outcome = BL_OUTCOME_CANCELLED;
    bl_attempt_finish(attempt);
}

bool bl_attempt_ran(const struct bl_attempt *attempt)
{
    return attempt->ran;
}

bool bl_attempt_is_set_aside(const struct bl_attempt *attempt)
{
    return attempt->set_aside;
}

struct bl_case_report *bl_attempt_report(struct bl_attempt *attempt)
{
    return &attempt->report;
}

void bl_attempt_free(struct bl_attempt **attempt)
{
    struct bl_attempt *a = *attempt;

    if (!a)
        return;
    bl_loop_undefer(a->order.site->loop, &a->over);
    for (size_t i = 0; i <= a->part_count; i++)
        bl_keeping_free(&a->keepings[i]);
    bl_attempt_release_check(a);
    bl_attempt_release_parts(a);
    bl_gather_free(&a->own);
    free(a);
    *attempt = NULL;
}
