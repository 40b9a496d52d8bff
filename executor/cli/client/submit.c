/* bailiff submit - a job for a worker, and what comes of it (process: the user's own).
 *
 * In this order: options · the job, from its file or the command line · its files, read and
 * hashed · the worker: files that it lacks, then the job, followed to its end. A signal before the
 * job is sent ends us as usual; afterwards it cancels the job, and what is left is told. */
#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/client_commands.h"
#include "executor/cli/client/follow.h"
#include "executor/cli/client/job_file.h"
#include "executor/cli/client/session.h"
#include "executor/cli/client/shorthand.h"
#include "executor/cli/client/upload.h"
#include "executor/cli/stop_signals.h"

struct session {
    const struct bl_submit_options *options;
    struct bl_client_session worker;
    struct bl_stop_signals *signals;
    struct bl_draft draft;
    struct bl_bytes job;
    struct bl_follow follow;
    struct bl_link_call watch, cancel;
    struct bl_bytes ref; /* of the job, for the cancelling */
    int stop_signal;     /* the first one that came; 0: none */
};

/* Once: the worker is asked to cancel it, and its last events still come. Before it has a name, and
 * the second time: leaving is cancelling. */
static void on_stop(void *ctx, int signo)
{
    struct session *s = ctx;
    struct bl_err err;

    if (s->stop_signal || !s->follow.id[0]) {
        s->stop_signal = s->stop_signal ? s->stop_signal : signo;
        bl_link_drop(&s->watch);
        return;
    }
    s->stop_signal = signo;
    s->cancel = (struct bl_link_call){.method = "Executor/Cancel"};
    if (bl_job_ref_pack(&s->ref, s->follow.id, s->draft.job->tenant, &err) < 0 ||
        bl_link_start(s->worker.link, &s->cancel, &s->ref, &err) < 0)
        bl_link_drop(&s->watch);
}

static int on_event(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct session *s = ctx;

    if (bl_follow_event(&s->follow, bytes, length, err) < 0)
        return -1;
    if (s->options->detach)
        bl_link_drop(&s->watch); /* detached: it goes on */
    return 0;
}

static int add_labels(struct bl_draft *draft, const struct bl_texts *labels, struct bl_err *err)
{
    Bailiff__V1__Job *job = draft->job;
    size_t room = job->n_labels + labels->count;
    Bailiff__V1__Label **all = bl_arena_alloc(&draft->arena, room ? room : 1, sizeof(void *), err);

    if (!all)
        return -1;
    if (job->n_labels > 0)
        memcpy(all, job->labels, job->n_labels * sizeof(void *));
    job->labels = all;
    for (size_t i = 0; i < labels->count; i++) {
        const char *equals = strchr(labels->items[i], '=');
        Bailiff__V1__Label *label = bl_draft_message(draft, &bailiff__v1__label__descriptor, err);

        if (!label)
            return -1;
        label->value = (char *)(uintptr_t)(equals + 1); /* only read */
        label->key = bl_arena_string(&draft->arena, labels->items[i],
                                     (size_t)(equals - labels->items[i]), err);
        if (!label->key)
            return -1;
        all[job->n_labels++] = label;
    }
    return 0;
}

/* What the command line says of the job stands above what its file says. */
static int apply_options(struct bl_draft *draft, const struct bl_submit_options *options,
                         struct bl_err *err)
{
    Bailiff__V1__Job *job = draft->job;

    if (options->id)
        job->id = (char *)(uintptr_t)options->id; /* only read */
    if (options->tenant)
        job->tenant = (char *)(uintptr_t)options->tenant;
    if (options->has_priority)
        job->priority = options->priority;
    if (options->deadline_ns)
        job->deadline_ns = options->deadline_ns;
    if (options->parallel)
        job->parallel = (uint32_t)options->parallel;
    job->detached = job->detached || options->detach;
    job->rerun_if_noisy = job->rerun_if_noisy || options->rerun_if_noisy;
    return add_labels(draft, &options->labels, err);
}

static int make_job(struct session *s, char **argv, struct bl_err *err)
{
    if (bl_draft_init(&s->draft, err) < 0 ||
        (s->options->language
             ? bl_shorthand_make(&s->draft, s->options, (const char *const *)argv, err)
             : bl_job_file_read(&s->draft, argv[0], err)) < 0 ||
        apply_options(&s->draft, s->options, err) < 0 || bl_draft_settle(&s->draft, err) < 0)
        return -1;
    return bl_draft_pack(&s->draft, &s->job.bytes, &s->job.length, err);
}

static int watch(struct session *s, struct bl_err *err)
{
    s->watch = (struct bl_link_call){.method = "Executor/Watch", .on_message = on_event, .ctx = s};
    return bl_link_call(s->worker.link, &s->watch, &s->job, err);
}

/* A file may leave the store between the question and the job: then once more. */
static int send_and_watch(struct session *s, struct bl_err *err)
{
    FILE *progress = s->options->quiet ? NULL : stderr;
    struct bl_err why;
    size_t sent;

    if (bl_upload(s->worker.link, &s->draft, progress, &sent, err) < 0 ||
        bl_stop_signals_new(&s->signals, s->worker.loop, on_stop, s, err) < 0)
        return -1;
    if (watch(s, err) == 0)
        return 0;
    if (s->watch.status != BL_RPC_FAILED_PRECONDITION || s->follow.events > 0 || s->stop_signal)
        return -1;
    if (bl_upload(s->worker.link, &s->draft, progress, &sent, &why) < 0 || sent == 0)
        return -1; /* nothing was missing: the first answer stands */
    return watch(s, err);
}

static int conclude(struct session *s, int status, struct bl_err *err)
{
    if (s->stop_signal) {
        if (status < 0)
            (void)bl_client_fail(err);
        else if (!bl_link_is_over(&s->cancel))
            (void)bl_link_finish(&s->cancel, err); /* all of it was told: only how it ended */
        return BL_CLIENT_SIGNAL + s->stop_signal;
    }
    if (status < 0) {
        status = bl_client_fail(err);
        if (s->follow.id[0] && err->step == BL_STEP_CONNECT)
            fprintf(stderr,
                    "bailiff: if it is there again and the job was detached: "
                    "`bailiff attach %s`\n",
                    s->follow.id);
        return status;
    }
    if (!s->options->detach)
        return bl_follow_status(&s->follow);
    /* An id needs no escapes (follow.c). */
    printf(s->options->json ? "{\"job_id\":\"%s\"}\n" : "%s\n", s->follow.id);
    return 0;
}

static void release(struct session *s)
{
    bl_stop_signals_free(&s->signals);
    bl_client_close(&s->worker);
    bl_bytes_release(&s->job);
    bl_bytes_release(&s->ref);
    bl_draft_release(&s->draft);
}

static int submit(const struct bl_submit_options *options, char **argv)
{
    struct session s = {.options = options};
    struct bl_err err;
    int status;

    s.follow = (struct bl_follow){
        .json = options->json,
        .silent = options->detach,
        .printer = {.results = stdout,
                    .progress = options->quiet ? NULL : stderr,
                    .verbose = options->verbose || (options->language && !options->tests)},
    };
    if (make_job(&s, argv, &err) < 0 || bl_client_open(&s.worker, &options->link, &err) < 0)
        status = bl_client_fail(&err);
    else
        status = conclude(&s, send_and_watch(&s, &err), &err);
    release(&s);
    return status;
}

int bl_command_submit(char **argv)
{
    struct bl_submit_options options = bl_submit_options_default();
    struct bl_err err;
    int status;

    if (bl_client_begin(bl_submit_options_describe, &options, &options.help, argv, 0, SIZE_MAX,
                        &status))
        status = bl_submit_options_check(&options, argv, &err) < 0 ? bl_client_fail(&err)
                                                                   : submit(&options, argv);
    bl_submit_options_release(&options);
    return status;
}
