/* tournament.c - scheduling; see tournament.h. What follows from results is in standing.c. */
#include "executor/judge/tournament.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/judge/contender.h"

/* The validator's program while it is being built. */
struct validator {
    struct bl_app app;
    struct bl_compile *compile;
    bool started, ready;
};

struct bl_tournament {
    struct bl_tournament_order order;
    struct validator validator;
    struct bl_standing *standings;   /* one per submission, */
    struct bl_contender *contenders; /* and what runs of it */
    uint64_t time_limit_ns;
    unsigned busy; /* places taken of order.jobs */
    bool ended;
    struct bl_err error; /* step NONE: none */
    struct bl_deferred schedule;
};

static struct bl_loop *loop_of(const struct bl_tournament *t)
{
    return t->order.engine->loop;
}

/* Every event ends here: what is to be done next is decided at the end of the loop's round, when
 * no callback of a run is on the stack. */
static void wake(struct bl_tournament *t)
{
    bl_loop_defer(loop_of(t), &t->schedule);
}

static void fail(struct bl_tournament *t, const struct bl_err *err)
{
    if (t->error.step == BL_STEP_NONE)
        t->error = *err;
    wake(t);
}

static void on_contender(void *ctx, struct bl_contender *contender, const struct bl_err *err)
{
    struct bl_tournament *t = ctx;

    t->busy--;
    if (err)
        fail(t, err);
    if (t->order.on_progress)
        t->order.on_progress(t->order.ctx, contender->standing);
    wake(t);
}

static void on_validator(void *ctx, const struct bl_compilation *compilation)
{
    struct bl_tournament *t = ctx;

    t->busy--;
    t->validator.ready = compilation->judgement.outcome == BL_AC;
    if (!t->validator.ready) {
        struct bl_err err;

        (void)bl_fail(&err, BL_STEP_PACKAGE, 0, "the output validator: %.200s",
                      compilation->judgement.reason);
        fail(t, &err);
    }
    wake(t);
}

static int start_validator(struct bl_tournament *t, struct bl_err *err)
{
    const struct bl_problem *problem = &t->order.package->problem;
    const struct bl_compile_order order = {
        .program = &t->order.package->validator,
        .include_folder = -1,
        .language =
            bl_language_detect(t->order.engine->languages, &t->order.package->validator, true),
        .time_ns = problem->compilation_time_ns,
        .memory_bytes = problem->compilation_memory_bytes,
        .program_memory_bytes = problem->validation_memory_bytes,
        .on_end = on_validator,
        .ctx = t,
    };

    t->validator.started = true;
    if (!order.language)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: in no language known here",
                       t->order.package->validator.name);
    t->busy++;
    return bl_compile_start(&t->validator.compile, &t->validator.app, &order, err);
}

/* ---- the time limit ---------------------------------------------------------------------------
 */

/* Once every submission that bounds it is over. */
static int find_limit(struct bl_tournament *t, struct bl_err *err)
{
    uint64_t slowest = 0;
    bool found = false;

    for (size_t i = 0; i < t->order.submission_count; i++) {
        const struct bl_standing *standing = &t->standings[i];

        if (!t->contenders[i].finds_limit)
            continue;
        if (!standing->over)
            return 0;
        found |= standing->judgement.outcome != BL_CE && standing->judgement.outcome != BL_JE;
        if (bl_standing_lower_ns(standing) > slowest)
            slowest = bl_standing_lower_ns(standing);
    }
    if (!found)
        return bl_fail(err, BL_STEP_PACKAGE, 0,
                       "no time limit, and no submission that could be run to find one");
    t->time_limit_ns = bl_problem_time_limit(&t->order.package->problem, slowest);
    return 0;
}

/* ---- what to do next --------------------------------------------------------------------------
 */

static bool may_run(const struct bl_tournament *t, const struct bl_contender *contender)
{
    if (t->order.package->problem.custom_validator && !t->validator.ready)
        return false;
    return t->time_limit_ns || contender->finds_limit;
}

/* Takes one free place for whatever is next. false: nothing can be begun now. */
static bool begin_next(struct bl_tournament *t, struct bl_err *err, int *failed)
{
    if (t->order.package->problem.custom_validator && !t->validator.started) {
        *failed = start_validator(t, err);
        return true;
    }
    for (size_t i = 0; i < t->order.submission_count; i++) {
        struct bl_contender *contender = &t->contenders[i];
        uint64_t limit = t->time_limit_ns ? t->time_limit_ns : BL_FINDING_LIMIT_NS;

        if (bl_contender_wants_compile(contender)) {
            t->busy++;
            *failed = bl_contender_compile(contender, err);
            return true;
        }
        if (may_run(t, contender) && bl_contender_wants_case(contender)) {
            t->busy++;
            *failed = bl_contender_start_case(
                contender, t->order.package->problem.custom_validator ? &t->validator.app : NULL,
                limit, err);
            return true;
        }
    }
    return false;
}

static bool all_over(const struct bl_tournament *t)
{
    for (size_t i = 0; i < t->order.submission_count; i++)
        if (!t->standings[i].over)
            return false;
    return true;
}

static void end(struct bl_tournament *t)
{
    t->ended = true;
    for (size_t i = 0; i < t->order.submission_count; i++)
        bl_contender_stop(&t->contenders[i]);
    bl_compile_free(&t->validator.compile);
    t->order.on_end(t->order.ctx, t->error.step == BL_STEP_NONE ? NULL : &t->error);
}

/* From the loop's end of round. */
static void schedule(void *ctx)
{
    struct bl_tournament *t = ctx;
    struct bl_err err;
    int failed = 0;

    if (t->ended)
        return;
    for (size_t i = 0; i < t->order.submission_count; i++)
        t->busy -= bl_contender_trim(&t->contenders[i]);
    if (!t->time_limit_ns)
        failed = find_limit(t, &err);
    while (!failed && t->error.step == BL_STEP_NONE && t->busy < t->order.jobs)
        if (!begin_next(t, &err, &failed))
            break;
    if (failed && t->error.step == BL_STEP_NONE)
        t->error = err;
    if (t->error.step != BL_STEP_NONE || all_over(t))
        end(t);
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static int init_contenders(struct bl_tournament *t, struct bl_err *err)
{
    size_t count = t->order.submission_count;

    t->standings = calloc(count ? count : 1, sizeof(*t->standings));
    t->contenders = calloc(count ? count : 1, sizeof(*t->contenders));
    if (!t->standings || !t->contenders)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%zu submissions", count);
    for (size_t i = 0; i < count; i++) {
        const struct bl_submission *submission = &t->order.submissions[i];

        if (bl_standing_init(&t->standings[i], submission, &t->order.package->testdata,
                             t->order.all, err) ||
            bl_contender_init(&t->contenders[i], &t->standings[i], t->order.engine,
                              t->order.package, on_contender, t, err))
            return -1;
    }
    return 0;
}

int bl_tournament_start(struct bl_tournament **out, const struct bl_tournament_order *order,
                        struct bl_err *err)
{
    size_t cases = order->package->testdata.case_count;
    struct bl_tournament *t;

    if (order->submission_count > BL_TOURNAMENT_RUNS_MAX / cases)
        return bl_fail(err, BL_STEP_PACKAGE, 0,
                       "%zu submissions on %zu testcases: more than %d runs",
                       order->submission_count, cases, BL_TOURNAMENT_RUNS_MAX);
    t = calloc(1, sizeof(*t));
    if (!t)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a tournament");
    t->order = *order;
    t->time_limit_ns =
        order->time_limit_ns ? order->time_limit_ns : order->package->problem.time_limit_ns;
    t->schedule = (struct bl_deferred){.work = schedule, .ctx = t};
    bl_app_init(&t->validator.app, order->engine);
    if (init_contenders(t, err)) {
        bl_tournament_free(&t);
        return -1;
    }
    *out = t;
    wake(t);
    return 0;
}

void bl_tournament_free(struct bl_tournament **tournament)
{
    struct bl_tournament *t = *tournament;

    if (!t)
        return;
    bl_loop_undefer(loop_of(t), &t->schedule);
    for (size_t i = 0; i < t->order.submission_count; i++) {
        if (t->contenders)
            bl_contender_release(&t->contenders[i]);
        if (t->standings)
            bl_standing_release(&t->standings[i]);
    }
    bl_compile_free(&t->validator.compile);
    bl_app_release(&t->validator.app);
    free(t->contenders);
    free(t->standings);
    free(t);
    *tournament = NULL;
}

const struct bl_standing *bl_tournament_standings(const struct bl_tournament *tournament)
{
    return tournament->standings;
}

uint64_t bl_tournament_time_limit(const struct bl_tournament *tournament)
{
    return tournament->time_limit_ns;
}
