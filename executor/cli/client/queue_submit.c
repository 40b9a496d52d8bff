/* bailiff queue submit - a job file into the queue; queue cancel - and out of it again. */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/draft.h"
#include "executor/cli/client/job_file.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"

enum { HEADERS_BYTES = 1024 }; /* which a message's bound includes */

struct submit_options {
    bool help;
    const char *tenant, *id, *class;
    struct bl_queue_link_options link;
};

#define AT(field) offsetof(struct submit_options, field)

static const struct bl_option rows[] = {
    {"tenant", "NAME", "whose job it is (default: the job file's own word)", bl_option_text,
     AT(tenant)},
    {"id", "ID", "its id (default: the job file's own word)", bl_option_text, AT(id)},
    {"class", "CLASS", "high, normal or low (default: by the job's priority)", bl_option_text,
     AT(class)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_submit_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx,
        &(const struct bl_syntax){
            .command = "queue submit",
            .usage = "[OPTION]... JOBFILE",
            .about = "Puts a job (YAML or JSON, as for bailiff submit; -: standard input) into "
                     "the queue, and says so once it is stored. The same id of the same tenant "
                     "has one result, however often it is submitted.",
            .groups = groups,
            .group_count = BL_ARRAY_LEN(groups),
        });
}

/* The class by which it goes before others of its tenant. */
static int find_lane(struct bl_queue_lane *lane, const struct submit_options *options,
                     const Bailiff__V1__Job *job, struct bl_err *err)
{
    lane->class = bl_queue_class_of(job->priority);
    (void)snprintf(lane->tenant, sizeof(lane->tenant), "%s", job->tenant);
    if (options->class && !bl_queue_class_parse(options->class, &lane->class))
        return bl_fail(err, BL_STEP_OPTION, 0, "--class=%.40s: it takes high, normal or low",
                       options->class);
    return 0;
}

static int make_job(struct bl_draft *draft, const struct submit_options *options, const char *path,
                    uint8_t **bytes, size_t *length, struct bl_err *err)
{
    if (bl_draft_init(draft, err) < 0 || bl_job_file_read(draft, path, err) < 0)
        return -1;
    if (options->tenant)
        draft->job->tenant = (char *)(uintptr_t)options->tenant; /* only read */
    if (options->id)
        draft->job->id = (char *)(uintptr_t)options->id;
    if (!*draft->job->tenant || !*draft->job->id)
        return bl_fail(
            err, BL_STEP_FIELD, 0,
            "whose job is it, and which? --tenant=NAME and --id=ID, or tenant: and id: in the "
            "job file");
    if (bl_draft_settle(draft, err) < 0)
        return -1;
    for (size_t i = 0; i < draft->file_count; i++)
        if (!draft->files[i].is_inside)
            return bl_fail(err, BL_STEP_FIELD, 0,
                           "%.120s: too large to go along: put it where workers can fetch it, and "
                           "name it by sha256 and url",
                           draft->files[i].path);
    return bl_draft_pack(draft, bytes, length, err);
}

static natsMsg *make_message(const char *subject, const char *key, const void *bytes, size_t length)
{
    natsMsg *message = NULL;

    if (natsMsg_Create(&message, subject, NULL, bytes, (int)length) != NATS_OK)
        return NULL;
    if (natsMsgHeader_Set(message, "Nats-Msg-Id", key) == NATS_OK)
        return message;
    natsMsg_Destroy(message);
    return NULL;
}

static int check_size(struct bl_queue_link *link, size_t length, struct bl_err *err)
{
    int64_t most = natsConnection_GetMaxPayload(link->connection) - HEADERS_BYTES;

    if ((int64_t)length <= most)
        return 0;
    return bl_fail(err, BL_STEP_FIELD, 0,
                   "the job has %zu bytes, the queue's messages at most %lld: name large files by "
                   "sha256 and url, or raise the server's max_payload",
                   length, (long long)most);
}

static int put(struct bl_queue_link *link, const struct bl_queue_lane *lane, const char *key,
               const void *bytes, size_t length, struct bl_err *err)
{
    char subject[BL_QUEUE_SUBJECT_MAX];
    json_t *answer;
    json_int_t code;
    int status = 0;

    if (check_size(link, length, err) < 0 ||
        bl_queue_publish(link,
                         make_message(bl_queue_lane_subject(lane, subject), key, bytes, length),
                         &answer, err) < 0)
        return -1;
    if (bl_queue_error(answer, &code))
        status = bl_queue_refused(answer, subject, err);
    else
        printf("%s%s\n", key,
               json_is_true(json_object_get(answer, "duplicate")) ? "  (was submitted already)"
                                                                  : "");
    json_decref(answer);
    return status;
}

static int submit(struct bl_queue_link *link, const struct submit_options *options,
                  const char *path, struct bl_err *err)
{
    struct bl_draft draft = {.job = NULL};
    bl_autofree uint8_t *bytes = NULL;
    char key[BL_QUEUE_KEY_MAX];
    struct bl_queue_lane lane;
    size_t length = 0;
    int status = -1;

    if (make_job(&draft, options, path, &bytes, &length, err) == 0 &&
        bl_queue_key(key, draft.job->tenant, draft.job->id, err) == 0 &&
        find_lane(&lane, options, draft.job, err) == 0 &&
        bl_queue_link_open(link, &options->link, err) == 0)
        status = put(link, &lane, key, bytes, length, err);
    bl_draft_release(&draft);
    return status;
}

int bl_queue_submit(char **argv)
{
    struct submit_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_submit_describe, &options, &options.help, argv, 1, 1, &status))
        return status;
    status = submit(&link, &options, argv[0], &err) < 0 ? bl_client_fail(&err) : 0;
    bl_queue_link_close(&link, &options.link);
    return status;
}

/* ---- cancel -----------------------------------------------------------------------------------
 */

static const struct bl_option cancel_rows[] = {
    {"tenant", "NAME", "whose job it is", bl_option_text, AT(tenant)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_cancel_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", cancel_rows, BL_ARRAY_LEN(cancel_rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx, &(const struct bl_syntax){
                 .command = "queue cancel",
                 .usage = "--tenant=NAME [OPTION]... ID",
                 .about = "Says that nobody wants a job any more. If it waits it is not run; if it "
                          "runs it is ended; either way its result says END_CANCELLED, unless it "
                          "was over first.",
                 .groups = groups,
                 .group_count = BL_ARRAY_LEN(groups),
             });
}

static int cancel(struct bl_queue_link *link, const struct submit_options *options, const char *id,
                  struct bl_err *err)
{
    char key[BL_QUEUE_KEY_MAX], subject[BL_QUEUE_SUBJECT_MAX];
    json_t *answer;
    json_int_t code;
    int status;

    if (!options->tenant)
        return bl_fail(err, BL_STEP_OPTION, 0, "whose job? --tenant=NAME");
    if (bl_queue_key(key, options->tenant, id, err) < 0 ||
        bl_queue_link_open(link, &options->link, err) < 0 ||
        bl_queue_publish(link, make_message(bl_queue_subject(subject, "cancel", key), key, "", 0),
                         &answer, err) < 0)
        return -1;
    status = bl_queue_error(answer, &code) ? bl_queue_refused(answer, subject, err) : 0;
    json_decref(answer);
    return status;
}

int bl_queue_cancel(char **argv)
{
    struct submit_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_cancel_describe, &options, &options.help, argv, 1, 1, &status))
        return status;
    status = cancel(&link, &options, argv[0], &err) < 0 ? bl_client_fail(&err) : 0;
    bl_queue_link_close(&link, &options.link);
    return status;
}
