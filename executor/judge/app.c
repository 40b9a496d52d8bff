/* app.c - see app.h. */
#include "executor/judge/app.h"

#include <assert.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"

static const char *const common_env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/box",
                                         "LANG=C.UTF-8", "TMPDIR=/tmp"};

void bl_app_init(struct bl_app *app, struct bl_engine *engine)
{
    *app = (struct bl_app){.engine = engine, .folder = -1};
}

void bl_app_release(struct bl_app *app)
{
    bl_close_fd(&app->folder);
    if (app->folder_name[0])
        bl_spool_remove(app->engine->spool, app->folder_name);
    app->folder_name[0] = '\0';
    bl_arena_release(&app->arena);
}

static size_t list_length(const char *const *list)
{
    size_t length = 0;

    while (list[length])
        length++;
    return length;
}

static int fill_env(struct bl_app_run *run, const struct bl_language *language, struct bl_err *err)
{
    size_t own = list_length(language->env);
    const char **env =
        bl_arena_alloc(&run->arena, BL_ARRAY_LEN(common_env) + own + 1, sizeof(*env), err);

    if (!env)
        return -1;
    memcpy(env, common_env, sizeof(common_env));
    memcpy(env + BL_ARRAY_LEN(common_env), language->env, own * sizeof(*env));
    run->spec.env = env;
    return 0;
}

static int fill_limits(struct bl_app_run *run, const struct bl_language_step *step,
                       const struct bl_limits *limits, struct bl_err *err)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count), *memory = bl_limit_find("memory");

    run->spec.limits = *limits;
    for (size_t i = 0; i < count; i++)
        if (step->limits_set & (1u << i) &&
            bl_limit_set(&run->spec.limits, &rows[i], bl_limit_get(&step->limits, &rows[i]), err))
            return -1;
    return bl_limit_set(&run->spec.limits, memory,
                        run->spec.limits.memory_bytes + step->extra_memory_bytes, err);
}

int bl_app_run_prepare(struct bl_app_run *run, const struct bl_app *app,
                       const struct bl_language_step *step, const struct bl_limits *limits,
                       const char *const *args, struct bl_err *err)
{
    *run = (struct bl_app_run){0};
    run->spec.inputs = run->inputs;
    run->spec.outputs = run->outputs;
    run->spec.profile = bl_engine_profile(app->engine, step->policy);
    bl_app_run_add_input(run, app->folder, BL_PLACE_APP);
    if (bl_language_argv(step, &app->words, args, &run->arena, &run->spec.argv, err) ||
        fill_env(run, app->language, err))
        return -1;
    return fill_limits(run, step, limits, err);
}

void bl_app_run_add_input(struct bl_app_run *run, int fd, const char *name)
{
    assert(run->spec.input_count < BL_APP_INPUTS_MAX);
    run->inputs[run->spec.input_count++] = (struct bl_input){.fd = fd, .name = name};
}

void bl_app_run_add_output(struct bl_app_run *run, const char *glob, bool required)
{
    assert(run->spec.output_count < BL_APP_OUTPUTS_MAX);
    run->outputs[run->spec.output_count++] = (struct bl_output){.glob = glob, .required = required};
    run->spec.collect_bytes_max = run->spec.limits.box_bytes;
}

int bl_app_run_wrap(struct bl_app_run *run, const char *const *before, struct bl_err *err)
{
    size_t first = list_length(before), rest = list_length(run->spec.argv);
    const char **argv = bl_arena_alloc(&run->arena, first + rest + 1, sizeof(*argv), err);

    if (!argv)
        return -1;
    memcpy(argv, before, first * sizeof(*argv));
    memcpy(argv + first, run->spec.argv, rest * sizeof(*argv));
    run->spec.argv = argv;
    return 0;
}

int bl_app_run_start(struct bl_app_run *run, const struct bl_app *app,
                     const struct bl_stream streams[3], bl_on_run_end on_end, void *ctx,
                     struct bl_err *err)
{
    struct bl_run_order order = {.spec = &run->spec, .on_end = on_end, .ctx = ctx};

    memcpy(order.streams, streams, sizeof(order.streams));
    return bl_run_start(&run->run, app->engine->loop, app->engine->warden, &order, err);
}

void bl_app_run_release(struct bl_app_run *run)
{
    bl_run_free(&run->run);
    bl_arena_release(&run->arena);
}
