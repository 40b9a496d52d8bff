/* bailiff queue sweep - removes jobs that the queue should have forgotten, and puts those back that
 * it must not have.
 *
 * A job that is acknowledged leaves a work queue. Each replica of nats-server 2.9 sees to that by
 * itself, and one that was killed or hung meanwhile may keep such jobs: no consumer ever delivers
 * them again, yet they count against the stream's bounds. They are told by their number, which is
 * not above what their lane's consumer has acknowledged without a gap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"

struct sweep_options {
    bool help;
    struct bl_queue_link_options link;
};

#define AT(field) offsetof(struct sweep_options, field)

static const struct bl_option rows[] = {
    {"help", NULL, "this text", bl_option_flag, AT(help)},
};

void bl_queue_sweep_describe(bl_syntax_fn *use, void *ctx)
{
    const struct bl_option_group groups[] = {{"Options", rows, BL_ARRAY_LEN(rows), 0},
                                             bl_queue_link_group(AT(link))};

    use(ctx,
        &(const struct bl_syntax){
            .command = "queue sweep",
            .usage = "[OPTION]...",
            .about = "Removes jobs that are acknowledged and were left behind by a server that "
                     "died or hung; one among them that has no result and is not dead is put "
                     "into the queue again. Safe at any time, and twice.",
            .groups = groups,
            .group_count = BL_ARRAY_LEN(groups),
        });
}

struct sweep {
    struct bl_queue_link *link;
    char subject[BL_QUEUE_SUBJECT_MAX]; /* whose floor that is */
    json_int_t floor;
    size_t removed, revived;
};

static const char *header_of(natsMsg *message, const char *key)
{
    const char *value = NULL;

    return natsMsgHeader_Get(message, key, &value) == NATS_OK && value ? value : "";
}

/* Up to which message all of a lane's are acknowledged; 0: there is no consumer, which will deliver
 * them once there is one. */
static int find_floor(struct sweep *s, const char *subject, struct bl_err *err)
{
    char name[BL_QUEUE_LANE_TEXT_MAX], request[BL_QUEUE_LANE_TEXT_MAX + 64];
    struct bl_queue_lane lane;
    json_t *info;
    json_int_t code;

    if (strcmp(s->subject, subject) == 0)
        return 0;
    s->floor = 0;
    (void)snprintf(s->subject, sizeof(s->subject), "%s", subject);
    if (!bl_queue_lane_parse(subject, &lane))
        return 0;
    (void)snprintf(request, sizeof(request), "$JS.API.CONSUMER.INFO.JOBS.%s",
                   bl_queue_lane_consumer(&lane, name));
    if (bl_queue_ask(s->link, request, NULL, &info, err) < 0)
        return -1;
    if (!bl_queue_error(info, &code))
        s->floor =
            json_integer_value(json_object_get(json_object_get(info, "ack_floor"), "stream_seq"));
    json_decref(info);
    return 0;
}

static int has_end(struct bl_queue_link *link, const char *key, bool *out, struct bl_err *err)
{
    static const struct {
        enum bl_queue_stream stream;
        const char *what;
    } places[] = {{BL_QUEUE_RESULTS, "results"}, {BL_QUEUE_DEAD, "dead"}};

    *out = false;
    for (size_t i = 0; i < BL_ARRAY_LEN(places) && !*out; i++) {
        char subject[BL_QUEUE_SUBJECT_MAX];
        natsMsg *message;

        if (bl_queue_last(link, places[i].stream, bl_queue_subject(subject, places[i].what, key),
                          &message, err) < 0)
            return -1;
        *out = message != NULL;
        natsMsg_Destroy(message);
    }
    return 0;
}

static natsMsg *copy_job(natsMsg *job, const char *key, json_int_t sequence)
{
    char id[BL_QUEUE_KEY_MAX + 40];
    natsMsg *copy = NULL;

    (void)snprintf(id, sizeof(id), "%s#swept-%lld", key, (long long)sequence);
    if (natsMsg_Create(&copy, header_of(job, "Nats-Subject"), NULL, natsMsg_GetData(job),
                       natsMsg_GetDataLength(job)) != NATS_OK)
        return NULL;
    if (natsMsgHeader_Set(copy, "Nats-Msg-Id", id) == NATS_OK)
        return copy;
    natsMsg_Destroy(copy);
    return NULL;
}

static int revive(struct sweep *s, natsMsg *job, const char *key, json_int_t sequence,
                  struct bl_err *err)
{
    json_t *answer;
    json_int_t code;
    int status;

    if (bl_queue_publish(s->link, copy_job(job, key, sequence), &answer, err) < 0)
        return -1;
    status = bl_queue_error(answer, &code) ? bl_queue_refused(answer, key, err) : 0;
    json_decref(answer);
    s->revived += status == 0;
    return status;
}

static int delete_message(struct sweep *s, json_int_t sequence, struct bl_err *err)
{
    json_t *answer;

    if (bl_queue_ask(s->link, "$JS.API.STREAM.MSG.DELETE.JOBS",
                     json_pack("{sI,sb}", "seq", sequence, "no_erase", 1), &answer, err) < 0)
        return -1;
    json_decref(answer); /* an error: it is gone by now */
    s->removed++;
    return 0;
}

static int sweep_message(void *ctx, natsMsg *message, json_int_t sequence, struct bl_err *err)
{
    struct sweep *s = ctx;
    char key[BL_QUEUE_KEY_MAX], tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    const char *name = header_of(message, "Nats-Msg-Id");
    bool ended;

    if (find_floor(s, header_of(message, "Nats-Subject"), err) < 0)
        return -1;
    (void)snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "#"), name);
    if (sequence > s->floor || !bl_queue_key_parse(key, tenant, id))
        return 0;
    if (has_end(s->link, key, &ended, err) < 0 ||
        (!ended && revive(s, message, key, sequence, err) < 0))
        return -1;
    return delete_message(s, sequence, err);
}

/* Lane by lane, so that each one's consumer is asked once. */
static int sweep_lanes(struct sweep *s, struct bl_err *err)
{
    const char *subject;
    json_t *info, *count;
    int status = 0;

    if (bl_queue_ask(s->link, "$JS.API.STREAM.INFO.JOBS",
                     json_pack("{ss}", "subjects_filter", "jobs.>"), &info, err) < 0)
        return -1;
    json_object_foreach(json_object_get(json_object_get(info, "state"), "subjects"), subject, count)
    {
        status = bl_queue_each(s->link, BL_QUEUE_JOBS, subject, sweep_message, s, err);
        if (status < 0)
            break;
    }
    json_decref(info);
    return status;
}

int bl_queue_sweep(char **argv)
{
    struct sweep_options options = {.help = false};
    struct bl_queue_link link = {NULL};
    struct sweep s = {.link = &link};
    struct bl_err err;
    int status;

    if (!bl_client_begin(bl_queue_sweep_describe, &options, &options.help, argv, 0, 0, &status))
        return status;
    status = bl_queue_link_open(&link, &options.link, &err);
    if (status == 0)
        status = sweep_lanes(&s, &err);
    if (status < 0)
        status = bl_client_fail(&err);
    else
        printf("%zu left behind and removed, %zu of them put into the queue again\n", s.removed,
               s.revived);
    bl_queue_link_close(&link, &options.link);
    return status;
}
