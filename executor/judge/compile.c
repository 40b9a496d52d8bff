/* compile.c - see compile.h. Copying files is in stage.c. */
#include "executor/judge/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/judge/stage.h"
#include "limits/ceilings.h"

/* Room for what a compiler writes: javac and go write many files, none of them for long. */
#define COMPILE_BOX_BYTES (512 * BL_MIB)
#define COMPILE_FILES 20000
#define COMPILE_SAYS_BYTES BL_MIB

struct bl_compile {
    struct bl_app *app;
    struct bl_compile_order order;
    struct bl_app_run run;
    int said; /* owned; the compiler's output */
    struct bl_compilation result;
    struct bl_deferred over;
};

static void tell(void *ctx)
{
    struct bl_compile *compile = ctx;

    compile->order.on_end(compile->order.ctx, &compile->result);
}

static void finish(struct bl_compile *compile, enum bl_outcome outcome, const char *reason)
{
    struct bl_judgement *judgement = &compile->result.judgement;

    judgement->outcome = outcome;
    (void)snprintf(judgement->reason, sizeof(judgement->reason), "%s", reason); /* may be cut */
    bl_loop_defer(compile->app->engine->loop, &compile->over);
}

static void finish_error(struct bl_compile *compile, enum bl_outcome outcome,
                         const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    finish(compile, outcome, bl_error_text(err, text));
}

static void read_output(struct bl_compile *compile)
{
    ssize_t length =
        pread(compile->said, compile->result.output, sizeof(compile->result.output) - 1, 0);

    compile->result.output[length > 0 ? length : 0] = '\0';
}

static void note_usage(struct bl_compile *compile, const struct bl_result *result)
{
    compile->result.cpu_time_ns = result->usage.cpu_time_ns;
    compile->result.wall_time_ns = result->usage.wall_time_ns;
    compile->result.memory_peak_bytes = result->usage.memory_peak_bytes;
}

/* Compilers begin with where they are; the first line that has the word is the one to show. */
static const char *error_line(const char *output)
{
    const char *error = strcasestr(output, "error");

    while (error && error > output && error[-1] != '\n')
        error--;
    return error ? error : output;
}

/* The compiler ran and something is wrong with the sources: what it wrote, or what happened to it
 * where it wrote nothing. */
static void finish_rejected(struct bl_compile *compile, const struct bl_result *result)
{
    struct bl_judgement judgement;
    char line[BL_REASON_MAX];

    bl_judge_program(result, 0, &judgement);
    (void)bl_judge_first_line(line, sizeof(line), error_line(compile->result.output));
    finish(compile, BL_CE,
           result->verdict == BL_VERDICT_RUNTIME_ERROR && line[0] ? line : judgement.reason);
}

static void on_compiled(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct bl_compile *compile = ctx;
    struct bl_err err;

    (void)run;
    note_usage(compile, result);
    read_output(compile);
    switch (result->verdict) {
    case BL_VERDICT_OK:
        if (bl_stage_products(compile->app, result, &err))
            finish_error(compile, bl_step_fault(err.step) == BL_FAULT_CLIENT ? BL_CE : BL_JE, &err);
        else
            finish(compile, BL_AC, "");
        return;
    case BL_VERDICT_FILE_ERROR: /* no product, or a link or a device in its place */
    case BL_VERDICT_RUNTIME_ERROR:
    case BL_VERDICT_SIGNALED:
    case BL_VERDICT_TIME_LIMIT:
    case BL_VERDICT_WALL_TIME_LIMIT:
    case BL_VERDICT_MEMORY_LIMIT:
    case BL_VERDICT_OUTPUT_LIMIT:
    case BL_VERDICT_FORBIDDEN_SYSCALL:
        finish_rejected(compile, result);
        return;
    case BL_VERDICT_EXEC_FAILED:
    case BL_VERDICT_CANCELLED:
    case BL_VERDICT_SANDBOX_ERROR:
    case BL_VERDICT_COUNT:
    default:
        finish_error(compile, BL_JE, &result->error);
        return;
    }
}

static struct bl_limits limits_of(const struct bl_compile_order *order)
{
    struct bl_limits limits = bl_limits_default();

    limits.cpu_time_ns = order->time_ns;
    limits.wall_time_ns = order->time_ns + 30 * BL_NS_PER_S;
    limits.memory_bytes = order->memory_bytes;
    limits.pids = 128;
    limits.stdout_bytes = limits.stderr_bytes = COMPILE_SAYS_BYTES;
    limits.file_size_bytes = limits.box_bytes = limits.tmp_bytes = COMPILE_BOX_BYTES;
    limits.box_files = limits.tmp_files = COMPILE_FILES;
    limits.open_files = 1024;
    return limits;
}

static int start_compiler(struct bl_compile *compile, struct bl_err *err)
{
    const struct bl_language_step *step = &compile->order.language->compile;
    struct bl_limits limits = limits_of(&compile->order);
    struct bl_stream streams[3] = {{BL_STREAM_NULL, -1}};

    if (limits.wall_time_ns > 86400 * BL_NS_PER_S)
        limits.wall_time_ns = 86400 * BL_NS_PER_S;
    if (bl_spool_file(compile->app->engine->spool, &compile->said, err) ||
        bl_app_run_prepare(&compile->run, compile->app, step, &limits, NULL, err))
        return -1;
    for (const char *const *product = step->products; *product; product++)
        bl_app_run_add_output(&compile->run, *product, true);
    streams[1] = streams[2] = (struct bl_stream){BL_STREAM_RELAY, compile->said};
    return bl_app_run_start(&compile->run, compile->app, streams, on_compiled, compile, err);
}

/* Settles what the placeholders of the language stand for. false: told already. */
static bool settle_words(struct bl_compile *compile)
{
    const struct bl_compile_order *order = &compile->order;
    struct bl_app *app = compile->app;
    struct bl_err err;

    app->words.language = order->language;
    app->words.memory_bytes = order->program_memory_bytes;
    app->words.main = bl_language_main(order->language, app->words.program, order->entrypoint);
    if (!app->words.main && order->language->extensions[0]) {
        finish(compile, BL_CE, "no such entry point");
        return false;
    }
    if (order->language->entry == BL_ENTRY_MAIN_CLASS && bl_stage_main_class(app, &err)) {
        finish_error(compile, BL_CE, &err);
        return false;
    }
    return true;
}

static bool fits(struct bl_compile *compile)
{
    const struct bl_program *program = compile->order.program;
    uint64_t bytes = 0;

    for (size_t i = 0; i < program->file_count; i++)
        bytes += program->files[i].size_bytes;
    if (!compile->order.code_bytes || bytes <= compile->order.code_bytes)
        return true;
    finish(compile, BL_CE, "the source is larger than the problem's code limit");
    return false;
}

static void begin(struct bl_compile *compile)
{
    const struct bl_compile_order *order = &compile->order;
    const char *missing = bl_language_missing(order->language);
    struct bl_err err;

    if (missing) {
        char reason[BL_REASON_MAX];

        (void)snprintf(reason, sizeof(reason), "%.60s is not installed: no %.200s",
                       order->language->name, missing);
        finish(compile, BL_JE, reason);
        return;
    }
    compile->app->language = order->language;
    if (!fits(compile))
        return;
    if (bl_stage_sources(compile->app, order, &err)) {
        finish_error(compile, BL_JE, &err);
        return;
    }
    if (!settle_words(compile))
        return;
    if (!order->language->compile.argv)
        finish(compile, BL_AC, "");
    else if (start_compiler(compile, &err))
        finish_error(compile, BL_JE, &err);
}

int bl_compile_start(struct bl_compile **out, struct bl_app *app,
                     const struct bl_compile_order *order, struct bl_err *err)
{
    struct bl_compile *compile = calloc(1, sizeof(*compile));

    if (!compile)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", order->program->name);
    compile->app = app;
    compile->order = *order;
    compile->said = -1;
    compile->over = (struct bl_deferred){.work = tell, .ctx = compile};
    *out = compile;
    begin(compile);
    return 0;
}

void bl_compile_free(struct bl_compile **compile)
{
    if (!*compile)
        return;
    bl_loop_undefer((*compile)->app->engine->loop, &(*compile)->over);
    bl_app_run_release(&(*compile)->run);
    bl_close_fd(&(*compile)->said);
    free(*compile);
    *compile = NULL;
}
