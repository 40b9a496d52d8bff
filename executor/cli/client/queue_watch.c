/* bailiff queue watch - results as they come: of the jobs that are named, or of all. */
#include <bailiff/v1/result.pb-c.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "executor/cli/client/event_text.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"
#include "executor/cli/printable.h"
#include "proto/message.h"

enum { RESULT_BYTES_MAX = 64 << 20, WAIT_MS = 1000 };

struct watch_options {
    bool help;
    const char *tenant, *patience;
    struct bl_queue_link_options link;
};

#define AT(field) offsetof(struct watch_options, field)

static const struct bl_option rows[] = {
    {"tenant", "NAME", "whose jobs (needed where ids are given; default: everybody's)",
     bl_option_text, AT(tenant)},
    {"patience", "TIME", "give up after so long (default: never)", bl_option_text, AT(patience)},
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_watch_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx,
        &(const struct bl_syntax){
            .command = "queue watch",
            .usage = "[OPTION]... [ID]...",
            .about = "Tells a line for each result, those of the jobs that are named (then it "
                     "ends when all of them have one, or lie among the dead), or all that come "
                     "from now on.",
            .groups = groups,
            .group_count = BL_ARRAY_LEN(groups),
        });
}

static void print_done(const Bailiff__V1__JobResult *result)
{
    const Bailiff__V1__JobDone *done = result->done;
    char end[16], outcome[16], text[256];

    if (!done)
        return;
    printf("  %s  %s", bl_enum_name_of(&bailiff__v1__end__descriptor, (int)done->end, end),
           bl_enum_name_of(&bailiff__v1__outcome__descriptor, (int)done->outcome, outcome));
    if (done->error) {
        (void)bl_printable(text, sizeof(text), done->error->message, strlen(done->error->message));
        printf("  %s", text);
    }
}

void bl_queue_result_print(const char *subject, const void *bytes, size_t length)
{
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    const char *key = strchr(subject, '.');
    struct bl_message message;
    struct bl_err err;

    if (!key || !bl_queue_key_parse(key + 1, tenant, id))
        return;
    printf("%s/%s", tenant, id);
    if (strncmp(subject, "dead.", 5) == 0) {
        printf("  DEAD: see `bailiff queue dead`");
    } else if (bl_message_read(&message, &bailiff__v1__job_result__descriptor, bytes, length,
                               RESULT_BYTES_MAX, BL_MESSAGE_OPEN, &err) == 0) {
        print_done((const Bailiff__V1__JobResult *)message.root);
        bl_message_release(&message);
    }
    printf("\n");
    (void)fflush(stdout); /* a failure is told at the end */
}

static void print_message(natsMsg *message, const char *subject)
{
    bl_queue_result_print(subject, natsMsg_GetData(message),
                          (size_t)natsMsg_GetDataLength(message));
}

/* True: it has ended, and that was told. */
static bool is_settled(struct bl_queue_link *link, const char *key, struct bl_err *err, int *status)
{
    static const struct {
        enum bl_queue_stream stream;
        const char *what;
    } places[] = {{BL_QUEUE_RESULTS, "results"}, {BL_QUEUE_DEAD, "dead"}};
    char subject[BL_QUEUE_SUBJECT_MAX];

    for (size_t i = 0; i < BL_ARRAY_LEN(places); i++) {
        natsMsg *message;

        (void)bl_queue_subject(subject, places[i].what, key);
        if (bl_queue_last(link, places[i].stream, subject, &message, err) < 0) {
            *status = -1;
            return false;
        }
        if (!message)
            continue;
        print_message(message, subject);
        natsMsg_Destroy(message);
        return true;
    }
    return false;
}

struct watching {
    struct bl_queue_link *link;
    natsSubscription *results, *dead;
    uint64_t until_ns;
};

static int subscribe(struct watching *w, const char *tenant, struct bl_err *err)
{
    char key[BL_QUEUE_KEY_MAX], token[BL_QUEUE_KEY_MAX] = "*", subject[BL_QUEUE_SUBJECT_MAX];

    if (tenant) {
        if (bl_queue_key(key, tenant, "x", err) < 0)
            return -1;
        (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(key, "."), key);
    }
    (void)snprintf(subject, sizeof(subject), "results.%.190s.*", token);
    if (natsConnection_SubscribeSync(&w->results, w->link->connection, subject) != NATS_OK)
        return bl_fail(err, BL_STEP_BROKER, 0, "%s", subject);
    (void)snprintf(subject, sizeof(subject), "dead.%.190s.*", token);
    if (natsConnection_SubscribeSync(&w->dead, w->link->connection, subject) != NATS_OK ||
        natsConnection_FlushTimeout(w->link->connection, 5000) != NATS_OK)
        return bl_fail(err, BL_STEP_BROKER, 0, "%s", subject);
    return 0;
}

/* Waits for one message; the dead are rare, and looked for as often as nothing else comes. */
static natsMsg *next_message(struct watching *w)
{
    natsMsg *message = NULL;

    if (natsSubscription_NextMsg(&message, w->dead, 0) == NATS_OK)
        return message;
    (void)natsSubscription_NextMsg(&message, w->results, WAIT_MS);
    return message;
}

static int out_of_patience(const struct watching *w, struct bl_err *err)
{
    return bl_now_ns() < w->until_ns
               ? 0
               : bl_fail(err, BL_STEP_BROKER, 0, "no result within the patience that was given");
}

/* A connection that is lost is made again; one that the servers refuse is not. */
static int check_connection(const struct watching *w, struct bl_err *err)
{
    return natsConnection_IsClosed(w->link->connection)
               ? bl_fail(err, BL_STEP_BROKER, 0, "the connection is lost, and refused")
               : 0;
}

static int watch_all(struct watching *w, struct bl_err *err)
{
    while (out_of_patience(w, err) == 0 && check_connection(w, err) == 0) {
        natsMsg *message = next_message(w);

        if (message)
            print_message(message, natsMsg_GetSubject(message));
        natsMsg_Destroy(message);
    }
    return -1;
}

/* Once more after whatever was heard: a message may have been lost, the stream has it. */
static int watch_some(struct watching *w, const char *tenant, char **ids, struct bl_err *err)
{
    for (; *ids; ids++) {
        char key[BL_QUEUE_KEY_MAX];
        int status = 0;

        if (bl_queue_key(key, tenant ? tenant : "", *ids, err) < 0)
            return -1;
        while (!is_settled(w->link, key, err, &status)) {
            if (status < 0 || out_of_patience(w, err) < 0)
                return -1;
            natsMsg_Destroy(next_message(w));
        }
    }
    return 0;
}

static int watch(struct bl_queue_link *link, const struct watch_options *options, char **ids,
                 struct bl_err *err)
{
    struct watching w = {.link = link, .until_ns = UINT64_MAX};
    uint64_t patience_ns;
    int status = -1;

    if (*ids && !options->tenant)
        return bl_fail(err, BL_STEP_OPTION, 0, "whose jobs? --tenant=NAME");
    if (options->patience) {
        if (bl_parse_time(options->patience, &patience_ns) != BL_UNITS_OK ||
            patience_ns > UINT64_MAX / 4)
            return bl_fail(err, BL_STEP_OPTION, 0, "--patience=%.40s: it takes a time",
                           options->patience);
        w.until_ns = bl_now_ns() + patience_ns;
    }
    if (bl_queue_link_open(link, &options->link, err) == 0 &&
        subscribe(&w, options->tenant, err) == 0)
        status = *ids ? watch_some(&w, options->tenant, ids, err) : watch_all(&w, err);
    natsSubscription_Destroy(w.results);
    natsSubscription_Destroy(w.dead);
    return status;
}

int bl_queue_watch(char **argv)
{
    struct watch_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_watch_describe, &options, &options.help, argv, 0, 10000, &status))
        return status;
    status = watch(&link, &options, argv, &err) < 0 ? bl_client_fail(&err) : 0;
    bl_queue_link_close(&link, &options.link);
    return status;
}
