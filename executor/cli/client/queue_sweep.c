/* bailiff queue sweep - removes jobs that the queue should have forgotten, and puts those back that
 * it must not have.
 *
 * A job that is acknowledged leaves a work queue. Each replica of nats-server 2.9 sees to that by
 * itself, and one that was killed or hung meanwhile may keep such jobs: no consumer ever delivers
 * them again, yet they count against the stream's bounds. They are told by their number, which is
 * not above what their lane's consumer has acknowledged without a gap. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/queue_commands.h"
#include "executor/cli/client/queue_link.h"
#include "executor/cli/client/session.h"
#include "executor/queue/letter.h"

enum { ERROR_NO_MESSAGE = 10037 }; /* nats-server's err_code */

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
    json_t *floors;   /* of each lane's subject, as far as they were asked for; owned */
    int64_t oldest_s; /* result that is kept; what is older had one that has been forgotten */
    size_t removed, revived;
};

static int ask_floor(struct sweep *s, const struct bl_queue_lane *lane, json_int_t *floor,
                     struct bl_err *err)
{
    char name[BL_QUEUE_LANE_TEXT_MAX], request[BL_QUEUE_LANE_TEXT_MAX + 64];
    json_t *info;
    json_int_t code;

    (void)snprintf(request, sizeof(request), "$JS.API.CONSUMER.INFO.JOBS.%s",
                   bl_queue_lane_consumer(lane, name));
    if (bl_queue_ask(s->link, request, NULL, &info, err) < 0)
        return -1;
    if (!bl_queue_error(info, &code))
        *floor =
            json_integer_value(json_object_get(json_object_get(info, "ack_floor"), "stream_seq"));
    json_decref(info);
    return 0;
}

/* Up to which message all of a lane's are acknowledged; 0: there is no consumer, which will deliver
 * them once there is one. Each lane's is asked once. */
static int find_floor(struct sweep *s, const char *subject, json_int_t *floor, struct bl_err *err)
{
    const json_t *known = json_object_get(s->floors, subject);
    struct bl_queue_lane lane;

    *floor = json_integer_value(known);
    if (known || !bl_queue_lane_parse(subject, &lane))
        return 0;
    if (ask_floor(s, &lane, floor, err) < 0)
        return -1;
    if (json_object_set_new(s->floors, subject, json_integer(*floor)) != 0)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "lanes");
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

static natsMsg *copy_job(const struct bl_letter *job)
{
    char id[BL_QUEUE_KEY_MAX + 40];
    natsMsg *copy = NULL;

    (void)snprintf(id, sizeof(id), "%s#swept-%llu", job->key, (unsigned long long)job->sequence);
    if (natsMsg_Create(&copy, job->subject, NULL, (const char *)job->bytes, (int)job->length) !=
        NATS_OK)
        return NULL;
    if (natsMsgHeader_Set(copy, "Nats-Msg-Id", id) == NATS_OK)
        return copy;
    natsMsg_Destroy(copy);
    return NULL;
}

static int revive(struct sweep *s, const struct bl_letter *job, struct bl_err *err)
{
    json_t *answer;
    json_int_t code;
    int status;

    if (bl_queue_publish(s->link, copy_job(job), &answer, err) < 0)
        return -1;
    status = bl_queue_error(answer, &code) ? bl_queue_refused(answer, job->key, err) : 0;
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

static int sweep_letter(struct sweep *s, const struct bl_letter *job, struct bl_err *err)
{
    json_int_t floor;
    bool ended;

    if (find_floor(s, job->subject, &floor, err) < 0)
        return -1;
    if ((json_int_t)job->sequence > floor || !*job->key)
        return 0;
    if (has_end(s->link, job->key, &ended, err) < 0 ||
        (!ended && job->at_s >= s->oldest_s && revive(s, job, err) < 0))
        return -1;
    return delete_message(s, (json_int_t)job->sequence, err);
}

/* ---- what the leader has ----------------------------------------------------------------------
 */

static int sweep_sequence(struct sweep *s, json_int_t sequence, struct bl_err *err)
{
    struct bl_letter letter;
    json_t *answer;
    json_int_t code = 0;
    int status;

    if (bl_queue_ask(s->link, "$JS.API.STREAM.MSG.GET.JOBS", json_pack("{sI}", "seq", sequence),
                     &answer, err) < 0)
        return -1;
    if (bl_queue_error(answer, &code)) {
        status = code == ERROR_NO_MESSAGE ? 0 : bl_queue_refused(answer, "JOBS", err);
    } else if ((status = bl_letter_read(&letter, json_object_get(answer, "message"), err)) == 0) {
        status = sweep_letter(s, &letter, err);
        bl_letter_release(&letter);
    }
    json_decref(answer);
    return status;
}

static int find_oldest(struct sweep *s, struct bl_err *err)
{
    json_t *info;
    json_int_t code;
    int status = 0;

    if (bl_queue_ask(s->link, "$JS.API.STREAM.INFO.RESULTS", NULL, &info, err) < 0)
        return -1;
    if (bl_queue_error(info, &code))
        status = bl_queue_refused(info, "RESULTS", err);
    s->oldest_s = bl_letter_time(
        json_string_value(json_object_get(json_object_get(info, "state"), "first_ts")));
    json_decref(info);
    return status;
}

/* No lane's floor is above the one that is returned. */
static int find_highest_floor(struct sweep *s, const json_t *state, json_int_t *highest,
                              struct bl_err *err)
{
    const char *subject;
    json_t *count;

    *highest = 0;
    json_object_foreach(json_object_get(state, "subjects"), subject, count)
    {
        json_int_t floor;

        if (find_floor(s, subject, &floor, err) < 0)
            return -1;
        *highest = floor > *highest ? floor : *highest;
    }
    return 0;
}

/* Number by number, as the leader counts them: a replica that was damaged may not find by subject
 * what it has. `deleted` are the numbers that are free, in order. */
static int sweep_state(struct sweep *s, const json_t *state, struct bl_err *err)
{
    const json_t *deleted = json_object_get(state, "deleted");
    json_int_t at = json_integer_value(json_object_get(state, "first_seq")), highest;
    size_t next = 0;

    if (find_oldest(s, err) < 0 || find_highest_floor(s, state, &highest, err) < 0)
        return -1;
    for (; at > 0 && at <= highest; at++) {
        while (next < json_array_size(deleted) &&
               json_integer_value(json_array_get(deleted, next)) < at)
            next++;
        if (next < json_array_size(deleted) &&
            json_integer_value(json_array_get(deleted, next)) == at)
            continue;
        if (sweep_sequence(s, at, err) < 0)
            return -1;
    }
    return 0;
}

static int sweep(struct sweep *s, struct bl_err *err)
{
    json_t *info;
    json_int_t code;
    int status;

    s->floors = json_object();
    if (!s->floors)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "lanes");
    if (bl_queue_ask(s->link, "$JS.API.STREAM.INFO.JOBS",
                     json_pack("{ss,sb}", "subjects_filter", "jobs.>", "deleted_details", 1), &info,
                     err) < 0)
        return -1;
    status = bl_queue_error(info, &code) ? bl_queue_refused(info, "JOBS", err)
                                         : sweep_state(s, json_object_get(info, "state"), err);
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
        status = sweep(&s, &err);
    if (status < 0)
        status = bl_client_fail(&err);
    else
        printf("%zu left behind and removed, %zu of them put into the queue again\n", s.removed,
               s.revived);
    json_decref(s.floors);
    bl_queue_link_close(&link, &options.link);
    return status;
}
