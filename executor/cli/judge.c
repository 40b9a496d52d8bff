/* bailiff judge - the submissions of a problem package (process: worker, the warden its child).
 *
 * In this order: options · languages (trusted files) · plan · spool · warden · privileges dropped ·
 * the package, the first bytes from outside · the tournament · table or JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/judge_choice.h"
#include "executor/cli/judge_options.h"
#include "executor/cli/judge_progress.h"
#include "executor/cli/judge_table.h"
#include "executor/cli/printable.h"
#include "executor/cli/privilege.h"
#include "executor/cli/stop_signals.h"
#include "executor/judge/tournament.h"
#include "executor/sandbox/pool.h"

/* What the spool may hold: the programs of all submissions in flight and their outputs. */
#define SPOOL_BYTES (4 * BL_GIB)

enum { EXIT_UNMET = 1 };

/* Everything of one `bailiff judge`; zero is a good start but for package.fd. */
struct session {
    const struct bl_judge_options *options; /* borrowed */
    struct bl_languages languages;
    struct bl_spool *spool;
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_pool *pool;
    struct bl_stop_signals *signals;
    struct bl_engine engine;
    struct bl_package package;
    struct bl_judge_choice choice;
    struct bl_tournament *tournament;
    struct bl_judge_progress progress;
    struct bl_err error; /* the tournament's; step NONE: none */
    int stop_signal;     /* the first one that came; 0: none */
};

static int start_warden(struct session *s, struct bl_err *err)
{
    const struct bl_pool_options pool = bl_pool_default_options();
    struct bl_plan *plan = NULL;
    int status;

    if (bl_plan_new(&plan, err))
        return -1;
    plan->may_remap = true; /* whoever orders is root itself */
    status = bl_engine_plan(&s->engine, plan, err);
    if (status == 0)
        status = bl_spool_new(&s->spool, SPOOL_BYTES, err);
    if (status == 0)
        status = bl_loop_new(&s->loop, err);
    if (status == 0)
        status = bl_warden_start(&s->warden, s->loop, plan, err);
    if (status == 0)
        status = bl_pool_new(&s->pool, s->warden, &pool, err);
    bl_plan_free(&plan);
    s->engine.loop = s->loop;
    s->engine.warden = s->warden;
    s->engine.spool = s->spool;
    return status;
}

static void on_stop(void *ctx, int signo)
{
    struct session *s = ctx;

    if (!s->stop_signal)
        s->stop_signal = signo;
    bl_loop_stop(s->loop);
}

static void on_progress(void *ctx, const struct bl_standing *standing)
{
    struct session *s = ctx;

    bl_judge_progress_step(&s->progress, standing);
}

static void on_end(void *ctx, const struct bl_err *err)
{
    struct session *s = ctx;

    if (err)
        s->error = *err;
    bl_loop_stop(s->loop);
}

static void print_warnings(const struct bl_package *package)
{
    char line[512];

    for (unsigned i = 0; i < package->warnings.count && i < BL_WARNINGS_MAX; i++) {
        const char *text = package->warnings.texts[i];

        (void)bl_printable(line, sizeof(line), text, strlen(text));
        (void)fprintf(stderr, "bailiff: %s: %s\n", package->name, line);
    }
}

static int read_package(struct session *s, char **argv, struct bl_err *err)
{
    bool need_limit;

    if (bl_package_read(&s->package, argv[0], err))
        return -1;
    need_limit = !s->options->time_limit_ns && !s->package.problem.time_limit_ns;
    if (!s->options->quiet)
        print_warnings(&s->package);
    if (bl_judge_choose(&s->choice, &s->package, (const char *const *)argv + 1, need_limit, err))
        return -1;
    return s->choice.count ? 0
                           : bl_fail(err, BL_STEP_PACKAGE, 0, "%s: no submission", s->package.name);
}

static int hold_tournament(struct session *s, struct bl_err *err)
{
    const struct bl_tournament_order order = {
        .engine = &s->engine,
        .package = &s->package,
        .submissions = s->choice.items,
        .submission_count = s->choice.count,
        .jobs = (unsigned)s->options->jobs,
        .all = s->options->all,
        .time_limit_ns = s->options->time_limit_ns,
        .on_progress = on_progress,
        .on_end = on_end,
        .ctx = s,
    };

    if (bl_tournament_start(&s->tournament, &order, err) ||
        bl_judge_progress_init(&s->progress, s->options->quiet ? NULL : stderr,
                               bl_tournament_standings(s->tournament), s->choice.count, err) ||
        bl_loop_run(s->loop, err))
        return -1;
    bl_judge_progress_end(&s->progress);
    if (s->error.step != BL_STEP_NONE) {
        *err = s->error;
        return -1;
    }
    return 0;
}

static int execute(struct session *s, char **argv, struct bl_err *err)
{
    if (bl_languages_load(&s->languages, s->options->languages, err))
        return -1;
    s->engine.languages = &s->languages;
    if (start_warden(s, err) || bl_privilege_drop(err) ||
        bl_stop_signals_new(&s->signals, s->loop, on_stop, s, err))
        return -1;
    return read_package(s, argv, err) || hold_tournament(s, err) ? -1 : 0;
}

static const char *limit_source(const struct session *s)
{
    if (s->options->time_limit_ns)
        return "--time-limit";
    return s->package.problem.time_limit_ns ? s->package.problem.time_limit_source
                                            : "from the slowest accepted";
}

static int print(const struct session *s, const struct bl_judge_summary *summary,
                 struct bl_err *err)
{
    json_t *json;
    int failed;

    if (!s->options->json) {
        bl_judge_table_print(summary, s->options->verbose, stdout);
        return 0;
    }
    json = bl_judge_json(summary);
    if (!json)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the report");
    failed = json_dumpf(json, stdout, JSON_INDENT(2)) || fputc('\n', stdout) == EOF;
    json_decref(json);
    return failed ? bl_fail(err, BL_STEP_FILE_WRITE, errno, "standard output") : 0;
}

static int conclude(const struct session *s, struct bl_err *err)
{
    const struct bl_judge_summary summary = {
        .package = &s->package,
        .standings = bl_tournament_standings(s->tournament),
        .count = s->choice.count,
        .time_limit_ns = bl_tournament_time_limit(s->tournament),
        .time_limit_source = limit_source(s),
    };

    if (s->stop_signal)
        return BL_EXIT_SIGNAL + s->stop_signal;
    if (print(s, &summary, err))
        return -1;
    return bl_judge_all_met(&summary) ? 0 : EXIT_UNMET;
}

/* The reverse of execute(); the warden's end proves that nothing is left. */
static void release(struct session *s)
{
    bl_judge_progress_end(&s->progress);
    bl_tournament_free(&s->tournament);
    bl_pool_free(&s->pool);
    bl_warden_free(&s->warden);
    bl_stop_signals_free(&s->signals);
    if (s->loop)
        bl_loop_free(&s->loop);
    bl_spool_free(&s->spool);
    bl_judge_choice_release(&s->choice);
    bl_package_release(&s->package);
    bl_languages_release(&s->languages);
}

static int judge(const struct bl_judge_options *options, char **argv, struct bl_err *err)
{
    struct session *s = calloc(1, sizeof(*s)); /* the languages alone are large for a stack */
    int status;

    if (!s)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a session");
    s->options = options;
    s->package.fd = -1;
    status = execute(s, argv, err);
    if (status == 0)
        status = conclude(s, err);
    release(s);
    free(s);
    return status;
}

int bl_command_judge(char **argv)
{
    struct bl_judge_options options;
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    int status = bl_judge_options_parse(&options, argv, &err);

    if (status == 0 && options.help)
        bl_judge_options_describe(bl_options_print_help, stdout);
    else if (status == 0)
        status = bl_privilege_check(&err) < 0 ? -1 : judge(&options, argv, &err);
    if (status < 0) {
        fprintf(stderr, "bailiff: %s\n", bl_error_text(&err, text));
        status = BL_EXIT_BAILIFF;
    }
    return status;
}
