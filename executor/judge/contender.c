/* contender.c - see contender.h. */
#include "executor/judge/contender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Which testcase of which submission a run's end is about. */
struct bl_contender_case {
    struct bl_contender *contender;
    size_t number;
};

static bool is_allowed(const struct bl_problem *problem, const struct bl_language *language)
{
    const char *const *code = problem->languages;

    while (code && *code && strcmp(*code, language->code) != 0)
        code++;
    return !code || *code;
}

static void settle_language(struct bl_contender *contender)
{
    struct bl_standing *standing = contender->standing;
    const struct bl_submission *submission = standing->submission;
    const struct bl_languages *languages = contender->engine->languages;

    standing->language = submission->language
                             ? bl_language_find(languages, submission->language)
                             : bl_language_detect(languages, &submission->program, false);
    if (!standing->language)
        bl_standing_refuse(standing, BL_CE, "in no language known here");
    else if (!is_allowed(&contender->package->problem, standing->language))
        bl_standing_refuse(standing, BL_CE, "in a language that the problem does not allow");
}

int bl_contender_init(struct bl_contender *contender, struct bl_standing *standing,
                      struct bl_engine *engine, struct bl_package *package, bl_on_contender on_step,
                      void *ctx, struct bl_err *err)
{
    size_t count = package->testdata.case_count;

    *contender = (struct bl_contender){
        .standing = standing, .engine = engine, .package = package, .on_step = on_step, .ctx = ctx};
    bl_app_init(&contender->app, engine);
    contender->running = calloc(count, sizeof(struct bl_case *));
    contender->tickets = calloc(count, sizeof(*contender->tickets));
    if (!contender->running || !contender->tickets)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", standing->submission->program.name);
    for (size_t i = 0; i < count; i++)
        contender->tickets[i] = (struct bl_contender_case){contender, i};
    contender->finds_limit = bl_standing_finds_limit(standing);
    settle_language(contender);
    return 0;
}

void bl_contender_stop(struct bl_contender *contender)
{
    bl_compile_free(&contender->compile);
    for (size_t i = 0; contender->running && i < contender->next; i++)
        bl_case_free(&contender->running[i]);
}

void bl_contender_release(struct bl_contender *contender)
{
    if (!contender->engine)
        return; /* never initialised */
    bl_contender_stop(contender);
    bl_app_release(&contender->app);
    free(contender->running);
    free(contender->tickets);
    contender->running = NULL;
    contender->tickets = NULL;
}

bool bl_contender_wants_compile(const struct bl_contender *contender)
{
    return !contender->standing->over && !contender->compiling && !contender->standing->compilation;
}

static void on_compiled(void *ctx, const struct bl_compilation *compilation)
{
    struct bl_contender *contender = ctx;
    struct bl_err err;
    int failed = bl_standing_compiled(contender->standing, compilation, &err);

    contender->on_step(contender->ctx, contender, failed ? &err : NULL);
}

int bl_contender_compile(struct bl_contender *contender, struct bl_err *err)
{
    const struct bl_problem *problem = &contender->package->problem;
    const struct bl_submission *submission = contender->standing->submission;
    struct bl_compile_order order = {
        .program = &submission->program,
        .include_folder = contender->package->fd,
        .language = contender->standing->language,
        .entrypoint = submission->entrypoint,
        .code_bytes = problem->code_bytes,
        .time_ns = problem->compilation_time_ns,
        .memory_bytes = problem->compilation_memory_bytes,
        .program_memory_bytes = problem->memory_bytes,
        .on_end = on_compiled,
        .ctx = contender,
    };
    struct bl_folder_entry *includes;

    contender->compiling = true;
    if (bl_package_include(contender->package, order.language->code, &includes,
                           &order.include_count, err))
        return -1;
    order.includes = includes;
    return bl_compile_start(&contender->compile, &contender->app, &order, err);
}

bool bl_contender_wants_case(const struct bl_contender *contender)
{
    return !contender->standing->over && contender->standing->compilation &&
           contender->next < contender->standing->stop;
}

static void on_case_end(void *ctx, struct bl_case *testcase, struct bl_case_result *result)
{
    const struct bl_contender_case *ticket = ctx;
    struct bl_contender *contender = ticket->contender;

    (void)testcase;
    bl_case_free(&contender->running[ticket->number]);
    if (contender->standing->over || ticket->number >= contender->standing->stop)
        bl_case_result_release(result); /* decided without it in the same round */
    else
        bl_standing_take_case(contender->standing, ticket->number, result);
    contender->on_step(contender->ctx, contender, NULL);
}

int bl_contender_start_case(struct bl_contender *contender, const struct bl_app *validator,
                            uint64_t time_limit_ns, struct bl_err *err)
{
    size_t number = contender->next++;
    const struct bl_case_order order = {
        .package = contender->package,
        .testcase = &contender->package->testdata.cases[number],
        .program = &contender->app,
        .validator = validator,
        .time_limit_ns = time_limit_ns,
        .on_end = on_case_end,
        .ctx = &contender->tickets[number],
    };

    return bl_case_start(&contender->running[number], &order, err);
}

unsigned bl_contender_trim(struct bl_contender *contender)
{
    unsigned killed = 0;
    bool runs = false;

    if (contender->given_up)
        return 0;
    for (size_t i = 0; i < contender->next; i++) {
        if (contender->running[i] && i >= contender->standing->stop) {
            bl_case_free(&contender->running[i]);
            killed++;
        }
        runs |= contender->running[i] != NULL;
    }
    if (contender->standing->over && !runs) {
        contender->given_up = true;
        bl_compile_free(&contender->compile);
        bl_app_release(&contender->app);
    }
    return killed;
}
