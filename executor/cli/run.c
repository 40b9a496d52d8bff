/* bailiff run - one program in one sandbox (process: worker, with the warden as its child).
 *
 * In this order: options · what they name is opened, so that mistakes are told before anything is
 * made · warden · privileges dropped · streams · the run · files kept · report. Nothing of the
 * program is read before the privileges are gone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/cli/commands.h"
#include "executor/cli/exit_status.h"
#include "executor/cli/message.h"
#include "executor/cli/privilege.h"
#include "executor/cli/report.h"
#include "executor/cli/run_files.h"
#include "executor/cli/run_options.h"
#include "executor/cli/run_plan.h"
#include "executor/cli/run_streams.h"
#include "executor/cli/stop_signals.h"
#include "executor/cli/whole_file.h"
#include "limits/ceilings.h"

/* Everything of one `bailiff run`; zero is a good start. */
struct session {
    const struct bl_run_options *options; /* borrowed */
    struct bl_texts env;
    struct bl_run_files files;
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_run_streams streams;
    struct bl_stop_signals *signals;
    struct bl_spec spec;
    struct bl_run *run;
    struct bl_result *result; /* the run's; NULL before its end */
    int stop_signal;          /* the first one that came; 0: none */
};

static const char *const default_env[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/box",
    "LANG=C.UTF-8",
};

/* A later NAME=VALUE takes the place of an earlier one. */
static int set_env(struct bl_texts *env, const char *entry, struct bl_err *err)
{
    size_t name_length = strcspn(entry, "=") + 1;

    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->items[i], entry, name_length) == 0) {
            env->items[i] = entry;
            return 0;
        }
    }
    return bl_texts_add(env, entry, err);
}

static int fill_env(struct bl_texts *env, const struct bl_texts *given, struct bl_err *err)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(default_env); i++) {
        if (set_env(env, default_env[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < given->count; i++) {
        if (set_env(env, given->items[i], err) < 0)
            return -1;
    }
    return 0;
}

static void fill_spec(struct session *s, char **argv)
{
    s->spec = (struct bl_spec){
        .argv = (const char *const *)argv,
        .env = (const char *const *)s->env.items,
        .workdir = s->options->workdir,
        .limits = s->options->limits,
        .inputs = s->files.inputs,
        .input_count = s->files.input_count,
        .outputs = s->files.outputs,
        .output_count = s->files.output_count,
        .collect_bytes_max = s->options->limits.box_bytes, /* holes in files would get past it */
        .collect_any_status = true,
    };
}

static bool wants_report_file(const struct bl_run_options *options)
{
    return options->report_path && strcmp(options->report_path, "-") != 0;
}

/* Whatever can be wrong with what was asked for. */
static int open_request(struct session *s, char **argv, struct bl_err *err)
{
    if (wants_report_file(s->options) && bl_whole_file_check(s->options->report_path, err) < 0)
        return -1;
    if (fill_env(&s->env, &s->options->env, err) < 0 ||
        bl_run_files_open(&s->files, &s->options->inputs, &s->options->outputs, err) < 0)
        return -1;
    fill_spec(s, argv);
    return bl_spec_check(&s->spec, err);
}

static int start_warden(struct session *s, struct bl_err *err)
{
    struct bl_plan *plan = NULL;
    int status;

    if (bl_run_plan_new(&plan, s->options, &s->files, err) < 0)
        return -1;
    status = bl_loop_new(&s->loop, err);
    if (status == 0)
        status = bl_warden_start(&s->warden, s->loop, plan, err);
    bl_plan_free(&plan);
    return status;
}

static void on_stop(void *ctx, int signo)
{
    struct session *s = ctx;

    if (!s->stop_signal)
        s->stop_signal = signo;
    bl_run_cancel(s->run);
}

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct session *s = ctx;

    (void)run;
    s->result = result;
    bl_loop_stop(s->loop);
}

static int run_to_end(struct session *s, struct bl_err *err)
{
    struct bl_run_order order = {.spec = &s->spec, .on_end = on_end, .ctx = s};

    memcpy(order.streams, s->streams.of, sizeof(order.streams));
    if (bl_run_start(&s->run, s->loop, s->warden, &order, err) < 0)
        return -1;
    return bl_loop_run(s->loop, err);
}

static int execute(struct session *s, char **argv, struct bl_err *err)
{
    if (open_request(s, argv, err) < 0 || start_warden(s, err) < 0)
        return -1;
    if (bl_privilege_drop(err) < 0)
        return -1;
    if (bl_run_streams_open(&s->streams, s->options, err) < 0)
        return -1;
    if (bl_stop_signals_new(&s->signals, s->loop, on_stop, s, err) < 0)
        return -1;
    return run_to_end(s, err);
}

/* A program that was fine, and whose files did not arrive, is not OK. */
static void keep_files(struct session *s)
{
    struct bl_err err;

    if (bl_run_files_keep(&s->files, s->result, &err) < 0) {
        if (s->result->verdict == BL_VERDICT_OK)
            s->result->verdict = BL_VERDICT_FILE_ERROR;
        if (s->result->error.step == BL_STEP_NONE)
            s->result->error = err;
    }
}

static int write_report(const struct session *s, struct bl_err *err)
{
    bl_autofree char *text = NULL;

    if (!s->options->report_path)
        return 0;
    if (bl_report_text(&text, s->result, &s->options->limits, err) < 0)
        return -1;
    if (wants_report_file(s->options))
        return bl_whole_file_write(s->options->report_path, text, strlen(text), err);
    if (fputs(text, stderr) < 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "the report: standard error");
    return 0;
}

/* A broken limit is in the report, where there is one; what went wrong around the program is told
 * in any case, and a failure of ours even where quiet was wanted. */
static bool is_worth_a_line(const struct session *s, int status)
{
    if (s->result->verdict == BL_VERDICT_SANDBOX_ERROR)
        return true;
    if (s->options->quiet)
        return false;
    if (s->result->error.step != BL_STEP_NONE)
        return true;
    return !s->options->report_path &&
           (status == BL_EXIT_LIMIT || s->result->verdict == BL_VERDICT_FORBIDDEN_SYSCALL);
}

static int conclude(struct session *s, struct bl_err *err)
{
    char text[BL_MESSAGE_MAX];
    int status;

    keep_files(s);
    status = bl_exit_status(s->result, s->stop_signal);
    if (is_worth_a_line(s, status))
        fprintf(stderr, "bailiff: %s\n", bl_result_message(s->result, text));
    return write_report(s, err) < 0 ? -1 : status;
}

/* The reverse of execute(); the warden's end proves that nothing is left. */
static void release(struct session *s)
{
    bl_run_free(&s->run);
    bl_warden_free(&s->warden);
    bl_stop_signals_free(&s->signals);
    if (s->loop)
        bl_loop_free(&s->loop);
    bl_run_streams_release(&s->streams);
    bl_run_files_release(&s->files);
    bl_texts_release(&s->env);
}

static int run_session(const struct bl_run_options *options, char **argv, struct bl_err *err)
{
    struct session s = {.options = options, .streams.opened = {-1, -1, -1}};
    int status = execute(&s, argv, err);

    if (status == 0)
        status = conclude(&s, err);
    release(&s);
    return status;
}

int bl_command_run(char **argv)
{
    struct bl_run_options options;
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err;
    int status = bl_run_options_parse(&options, argv, &err);

    if (status == 0 && options.help)
        bl_run_options_describe(bl_options_print_help, stdout);
    else if (status == 0)
        status = bl_privilege_check(&err) < 0 ? -1 : run_session(&options, argv, &err);
    if (status < 0) {
        fprintf(stderr, "bailiff: %s\n", bl_error_text(&err, text));
        status = BL_EXIT_BAILIFF;
    }
    bl_run_options_release(&options);
    return status;
}
