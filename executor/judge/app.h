/* app.h - a program that is ready to be run: its files in the spool, and its command line.
 *
 * Made by compile.h from the sources of a submission or a validator, once; run any number of times,
 * several at once. */
#ifndef BL_JUDGE_APP_H
#define BL_JUDGE_APP_H

#include "executor/job/run.h"
#include "executor/judge/engine.h"

struct bl_app {
    struct bl_engine *engine;           /* borrowed */
    const struct bl_language *language; /* borrowed */
    struct bl_arena arena;
    struct bl_language_words words;
    int folder; /* owned; what is at /app */
    char folder_name[BL_SPOOL_NAME_MAX];
};

void bl_app_init(struct bl_app *app, struct bl_engine *engine);
void bl_app_release(struct bl_app *app); /* removes its files; no run of it may be left */

enum { BL_APP_INPUTS_MAX = 64, BL_APP_OUTPUTS_MAX = 8 };

/* One run of it, or of its compiler: the spec with all that the spec points to. */
struct bl_app_run {
    struct bl_arena arena;
    struct bl_spec spec;
    struct bl_input inputs[BL_APP_INPUTS_MAX]; /* the first is /app */
    struct bl_output outputs[BL_APP_OUTPUTS_MAX];
    struct bl_run *run; /* NULL: not started */
};

/* bl_app_run_prepare - a step of the app's language (its run, or its compile). limits: what the
 * caller holds it to; the language's own limits and extra memory are put on top. args: behind the
 * step's argv, NULL-terminated, or NULL. Release in any case.
 * Fails with LANGUAGE, MEMORY. */
int bl_app_run_prepare(struct bl_app_run *run, const struct bl_app *app,
                       const struct bl_language_step *step, const struct bl_limits *limits,
                       const char *const *args, struct bl_err *err);

/* Borrowed until the run is over. */
void bl_app_run_add_input(struct bl_app_run *run, int fd, const char *name);
void bl_app_run_add_output(struct bl_app_run *run, const char *glob, bool required);

/* bl_app_run_wrap - puts a command before argv, which is to execute what follows it. */
int bl_app_run_wrap(struct bl_app_run *run, const char *const *before, struct bl_err *err);

/* bl_app_run_start - see bl_run_start(). */
int bl_app_run_start(struct bl_app_run *run, const struct bl_app *app,
                     const struct bl_stream streams[3], bl_on_run_end on_end, void *ctx,
                     struct bl_err *err);

void bl_app_run_release(struct bl_app_run *run); /* kills it where it still runs */

#endif
