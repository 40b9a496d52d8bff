/* bailiff queue dead - jobs that were tried too often, with what was tried; and once more with
 * them. */
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"
#include "executor/cli/printable.h"
#include "executor/queue/history.h"

struct dead_options {
    bool help, resubmit, remove;
    const char *tenant;
    struct bl_queue_link_options link;
};

#define AT(field) offsetof(struct dead_options, field)

static const struct bl_option rows[] = {
    {"tenant", "NAME", "whose jobs (needed where ids are given)", bl_option_text, AT(tenant)},
    {"resubmit", NULL, "put the jobs that are named into the queue again", bl_option_flag,
     AT(resubmit)},
    {"remove", NULL, "forget the jobs that are named", bl_option_flag, AT(remove)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_dead_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx,
        &(const struct bl_syntax){
            .command = "queue dead",
            .usage = "[OPTION]... [ID]...",
            .about = "Lists the jobs that were delivered too often without a result, each with "
                     "its history; or puts those that are named into the queue again, with a "
                     "clean record.",
            .groups = groups,
            .group_count = BL_ARRAY_LEN(groups),
        });
}

static const char *header_of(natsMsg *message, const char *key)
{
    const char *value = NULL;

    return natsMsgHeader_Get(message, key, &value) == NATS_OK && value ? value : "";
}

static void print_text(const char *before, const char *text)
{
    char shown[BL_HISTORY_NOTE_MAX + 8];

    (void)bl_printable(shown, sizeof(shown), text, strlen(text));
    printf("%s%s", before, shown);
}

static int print_dead(void *ctx, natsMsg *message, json_int_t sequence, struct bl_err *err)
{
    const char *history_text = header_of(message, "Bailiff-History");
    const char *subject = header_of(message, "Nats-Subject");
    struct bl_history history;
    struct bl_err wrong;

    (void)ctx, (void)sequence, (void)err;
    print_text("", strncmp(subject, "dead.", 5) == 0 ? subject + 5 : subject);
    print_text("  ", header_of(message, "Bailiff-Reason"));
    printf("  (%d bytes)\n", natsMsg_GetDataLength(message));
    if (bl_history_parse(&history, history_text, strlen(history_text), &wrong) < 0)
        return 0;
    for (size_t i = 0; i < history.count; i++) {
        printf("    delivery %llu", (unsigned long long)history.tries[i].delivery);
        print_text("  ", history.tries[i].worker);
        print_text("  ", history.tries[i].note);
        printf("\n");
    }
    return 0;
}

static int purge(struct bl_queue_link *link, enum bl_queue_stream stream, const char *subject,
                 struct bl_err *err)
{
    char request[64];
    json_t *answer;
    json_int_t code;
    int status;

    (void)snprintf(request, sizeof(request), "$JS.API.STREAM.PURGE.%s",
                   bl_queue_stream_name(stream));
    if (bl_queue_ask(link, request, json_pack("{ss}", "filter", subject), &answer, err) < 0)
        return -1;
    status = bl_queue_error(answer, &code) ? bl_queue_refused(answer, subject, err) : 0;
    json_decref(answer);
    return status;
}

/* The server remembers ids for some minutes: what stands behind '#' makes it another message. */
static natsMsg *copy_job(natsMsg *dead, const char *key)
{
    const char *subject = header_of(dead, "Bailiff-Subject");
    char id[BL_QUEUE_KEY_MAX + 32];
    struct bl_queue_lane lane;
    natsMsg *job = NULL;

    (void)snprintf(id, sizeof(id), "%s#%.20s", key, header_of(dead, "Nats-Sequence"));
    if (!bl_queue_lane_parse(subject, &lane) ||
        natsMsg_Create(&job, subject, NULL, natsMsg_GetData(dead), natsMsg_GetDataLength(dead)) !=
            NATS_OK)
        return NULL;
    if (natsMsgHeader_Set(job, "Nats-Msg-Id", id) == NATS_OK)
        return job;
    natsMsg_Destroy(job);
    return NULL;
}

static int not_dead(const char *key, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_FIELD, 0, "%.150s: is not among the dead", key);
}

/* Its grave goes last: whatever fails before, the job is somewhere. */
static int resubmit(struct bl_queue_link *link, const char *key, struct bl_err *err)
{
    char dead[BL_QUEUE_SUBJECT_MAX], tries[BL_QUEUE_SUBJECT_MAX];
    natsMsg *message, *job;
    json_t *answer;
    json_int_t code;
    int status;

    (void)bl_queue_subject(dead, "dead", key);
    if (bl_queue_last(link, BL_QUEUE_DEAD, dead, &message, err) < 0)
        return -1;
    if (!message)
        return not_dead(key, err);
    job = copy_job(message, key);
    natsMsg_Destroy(message);
    if (!job)
        return bl_fail(err, BL_STEP_FIELD, 0, "%.150s: nobody knows any more what queue it was in",
                       key);
    if (purge(link, BL_QUEUE_TRIES, bl_queue_subject(tries, "tries", key), err) < 0) {
        natsMsg_Destroy(job);
        return -1;
    }
    if (bl_queue_publish(link, job, &answer, err) < 0)
        return -1;
    status = bl_queue_error(answer, &code) ? bl_queue_refused(answer, key, err)
                                           : purge(link, BL_QUEUE_DEAD, dead, err);
    json_decref(answer);
    return status;
}

static int use_named(struct bl_queue_link *link, const char *key, const char *subject, bool remove,
                     struct bl_err *err)
{
    natsMsg *message;

    if (bl_queue_last(link, BL_QUEUE_DEAD, subject, &message, err) < 0)
        return -1;
    if (!message)
        return not_dead(key, err);
    natsMsg_Destroy(message);
    return remove ? purge(link, BL_QUEUE_DEAD, subject, err)
                  : bl_queue_each(link, BL_QUEUE_DEAD, subject, print_dead, NULL, err);
}

static int each_named(struct bl_queue_link *link, const struct dead_options *options, char **ids,
                      struct bl_err *err)
{
    for (; *ids; ids++) {
        char key[BL_QUEUE_KEY_MAX], subject[BL_QUEUE_SUBJECT_MAX];

        if (bl_queue_key(key, options->tenant ? options->tenant : "", *ids, err) < 0)
            return -1;
        (void)bl_queue_subject(subject, "dead", key);
        if ((options->resubmit ? resubmit(link, key, err)
                               : use_named(link, key, subject, options->remove, err)) < 0)
            return -1;
    }
    return 0;
}

static int dead(struct bl_queue_link *link, const struct dead_options *options, char **ids,
                struct bl_err *err)
{
    if (options->resubmit && options->remove)
        return bl_fail(err, BL_STEP_OPTION, 0, "--resubmit and --remove: one of them");
    if ((options->resubmit || options->remove) && !*ids)
        return bl_fail(err, BL_STEP_OPTION, 0, "which jobs? Name their ids");
    if (*ids && !options->tenant)
        return bl_fail(err, BL_STEP_OPTION, 0, "whose jobs? --tenant=NAME");
    if (bl_queue_link_open(link, &options->link, err) < 0)
        return -1;
    return *ids ? each_named(link, options, ids, err)
                : bl_queue_each(link, BL_QUEUE_DEAD, "dead.*.*", print_dead, NULL, err);
}

int bl_queue_dead(char **argv)
{
    struct dead_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_dead_describe, &options, &options.help, argv, 0, 10000, &status))
        return status;
    status = dead(&link, &options, argv, &err) < 0 ? bl_client_fail(&err) : 0;
    bl_queue_link_close(&link, &options.link);
    return status;
}
