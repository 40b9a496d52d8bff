/* broker_nats_hear.c - messages of the broker as answers; see broker_nats_private.h.
 *
 * What comes is not believed: a message that is not of the form that was asked for is no answer,
 * and the request is made again in time. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/feeder/broker_nats_private.h"
#include "executor/queue/letter.h"

enum {
    ERROR_WRONG_LAST_SEQUENCE = 10071, /* nats-server's err_code: the subject has a message */
    ERROR_NO_CONSUMER = 10014,
    ERROR_NO_MESSAGE = 10037,
    ACK_TOKENS_MAX = 16,
};

struct hearing {
    natsMsg *message;
    const struct bl_broker_handlers *handlers;
    struct bl_broker_answer answer;
};

static void tell(const struct hearing *h, enum bl_broker_outcome outcome)
{
    struct bl_broker_answer answer = h->answer;

    answer.outcome = outcome;
    h->handlers->on_answer(h->handlers->ctx, &answer);
}

/* "404", "408", "503"...; "": an ordinary message. */
static const char *status_of(natsMsg *message)
{
    const char *value = NULL;

    return natsMsgHeader_Get(message, "Status", &value) == NATS_OK && value ? value : "";
}

/* ---- answers in JSON --------------------------------------------------------------------------
 */

static json_t *read_json(const struct hearing *h)
{
    json_error_t wrong;

    return json_loadb(natsMsg_GetData(h->message), (size_t)natsMsg_GetDataLength(h->message),
                      JSON_REJECT_DUPLICATES, &wrong);
}

/* What the server says against it; 0: nothing. */
static json_int_t error_of(const json_t *root)
{
    const json_t *error = json_object_get(root, "error");

    return json_is_object(error) ? json_integer_value(json_object_get(error, "err_code")) : 0;
}

static void hear_refusal(struct hearing *h, const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    const char *text = json_string_value(json_object_get(error, "description"));
    json_int_t code = json_integer_value(json_object_get(error, "code"));

    h->answer.text = text ? text : "";
    if (code < 500) /* 503: no leader now, for instance: later */
        tell(h, BL_BROKER_REFUSED);
}

static void hear_lanes(struct hearing *h)
{
    json_t *root = read_json(h), *count;
    json_t *subjects = json_object_get(json_object_get(root, "state"), "subjects");
    const char *subject;
    struct bl_queue_lane lane;

    json_object_foreach(subjects, subject, count)
    {
        if (bl_queue_lane_parse(subject, &lane) && json_integer_value(count) > 0)
            h->handlers->on_lane(h->handlers->ctx, &lane);
    }
    if (json_is_object(root) && error_of(root))
        hear_refusal(h, root);
    else if (json_is_object(root))
        tell(h, BL_BROKER_DONE);
    json_decref(root);
}

static void hear_open(struct hearing *h)
{
    json_t *root = read_json(h);
    json_int_t wait =
        json_integer_value(json_object_get(json_object_get(root, "config"), "ack_wait"));

    if (error_of(root) == ERROR_NO_CONSUMER)
        tell(h, BL_BROKER_NONE);
    else if (json_is_object(root) && error_of(root))
        hear_refusal(h, root);
    else if (wait > 0) {
        h->answer.value = (uint64_t)wait;
        tell(h, BL_BROKER_DONE);
    }
    json_decref(root);
}

/* A PubAck. A broker that stores a message names its stream. */
static void hear_stored(struct hearing *h)
{
    json_t *root = read_json(h);

    if (error_of(root) == ERROR_WRONG_LAST_SEQUENCE)
        tell(h, BL_BROKER_DONE);
    else if (json_is_object(json_object_get(root, "error")))
        hear_refusal(h, root);
    else if (json_is_string(json_object_get(root, "stream")))
        tell(h, BL_BROKER_DONE);
    json_decref(root);
}

/* ---- answers in themselves --------------------------------------------------------------------
 */

static void hear_last(struct hearing *h)
{
    const char *status = status_of(h->message);

    if (strcmp(status, "404") == 0)
        tell(h, BL_BROKER_NONE);
    if (*status)
        return;
    h->answer.bytes = (const uint8_t *)natsMsg_GetData(h->message);
    h->answer.length = (size_t)natsMsg_GetDataLength(h->message);
    tell(h, BL_BROKER_DONE);
}

static void hear_pull_over(struct hearing *h)
{
    bool no_consumer = strcmp(status_of(h->message), "503") == 0;

    tell(h, no_consumer ? BL_BROKER_REFUSED : BL_BROKER_NONE);
}

static void hear_done(struct hearing *h)
{
    if (!*status_of(h->message))
        tell(h, BL_BROKER_DONE);
}

/* ---- sweeping ---------------------------------------------------------------------------------
 */

static void hear_claimed(struct hearing *h)
{
    const char *sequence = NULL;

    if (natsMsgHeader_Get(h->message, "Nats-Sequence", &sequence) == NATS_OK && sequence)
        h->answer.value = strtoull(sequence, NULL, 10);
    hear_last(h);
}

static void hear_claim(struct hearing *h)
{
    json_t *root = read_json(h);
    json_int_t sequence = json_integer_value(json_object_get(root, "seq"));

    h->answer.value = sequence > 0 ? (uint64_t)sequence : 0;
    if (error_of(root) == ERROR_WRONG_LAST_SEQUENCE)
        tell(h, BL_BROKER_NONE);
    else if (json_is_object(root) && error_of(root))
        hear_refusal(h, root);
    else if (h->answer.value)
        tell(h, BL_BROKER_DONE);
    json_decref(root);
}

static void hear_oldest(struct hearing *h)
{
    json_t *root = read_json(h), *state = json_object_get(root, "state");

    h->answer.at_s = bl_letter_time(json_string_value(json_object_get(state, "first_ts")));
    if (json_is_object(root) && error_of(root))
        hear_refusal(h, root);
    else if (json_is_object(state))
        tell(h, BL_BROKER_DONE);
    json_decref(root);
}

static void hear_floor(struct hearing *h)
{
    json_t *root = read_json(h), *floor = json_object_get(root, "ack_floor");
    json_int_t sequence = json_integer_value(json_object_get(floor, "stream_seq"));

    h->answer.value = sequence > 0 ? (uint64_t)sequence : 0;
    if (error_of(root) == ERROR_NO_CONSUMER)
        tell(h, BL_BROKER_NONE);
    else if (json_is_object(root) && error_of(root))
        hear_refusal(h, root);
    else if (json_is_object(floor))
        tell(h, BL_BROKER_DONE);
    json_decref(root);
}

static void hear_next(struct hearing *h)
{
    json_t *root = read_json(h), *message = json_object_get(root, "message");
    struct bl_queue_lane lane;
    struct bl_letter letter;
    struct bl_err err;

    if (error_of(root) == ERROR_NO_MESSAGE) {
        tell(h, BL_BROKER_NONE);
    } else if (json_is_object(root) && error_of(root)) {
        hear_refusal(h, root);
    } else if (json_is_object(message) && bl_letter_read(&letter, message, &err) == 0) {
        h->answer.value = letter.sequence;
        h->answer.at_s = letter.at_s;
        h->answer.bytes = letter.bytes;
        h->answer.length = letter.length;
        h->answer.text = letter.key;
        h->answer.lane = bl_queue_lane_parse(letter.subject, &lane) ? &lane : NULL;
        tell(h, BL_BROKER_DONE);
        bl_letter_release(&letter);
    }
    json_decref(root);
}

/* What can't be removed is gone by now, or will be found again. */
static void hear_dropped(struct hearing *h)
{
    json_t *root = read_json(h);

    if (json_is_object(root))
        tell(h, json_is_true(json_object_get(root, "success")) ? BL_BROKER_DONE : BL_BROKER_NONE);
    json_decref(root);
}

/* ---- jobs -------------------------------------------------------------------------------------
 */

/* "$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<own>.<time>.<pending>"; newer servers may
 * put a domain and an account's hash behind ACK. */
static bool read_token(const char *token, struct bl_delivery *delivery)
{
    const char *at[ACK_TOKENS_MAX];
    size_t count = 0, first;

    for (const char *next = token; next && count < ACK_TOKENS_MAX; count++) {
        at[count] = next;
        next = strchr(next, '.');
        next = next ? next + 1 : NULL;
    }
    if (strncmp(token, "$JS.ACK.", 8) != 0 || count < 9)
        return false;
    first = count == 9 ? 4 : 6;
    if (count < first + 5)
        return false;
    delivery->delivery = strtoull(at[first], NULL, 10);
    delivery->sequence = strtoull(at[first + 1], NULL, 10);
    delivery->published_ns = strtoll(at[first + 3], NULL, 10);
    delivery->token = token;
    return delivery->delivery > 0 && delivery->sequence > 0;
}

/* A tenant's jobs are in its own lanes. */
static void read_key(natsMsg *message, struct bl_delivery *delivery)
{
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    const char *value = NULL;

    if (natsMsgHeader_Get(message, "Nats-Msg-Id", &value) != NATS_OK || !value)
        return;
    bl_letter_key(delivery->key, value);
    if (*delivery->key && (!bl_queue_key_parse(delivery->key, tenant, id) ||
                           strcmp(tenant, delivery->lane.tenant) != 0))
        delivery->key[0] = '\0';
}

static void hear_job(natsMsg *message, const struct bl_broker_handlers *handlers)
{
    struct bl_delivery delivery = {.key = ""};
    const char *token = natsMsg_GetReply(message);

    if (!token || !read_token(token, &delivery) ||
        !bl_queue_lane_parse(natsMsg_GetSubject(message), &delivery.lane))
        return;
    read_key(message, &delivery);
    delivery.bytes = (const uint8_t *)natsMsg_GetData(message);
    delivery.length = (size_t)natsMsg_GetDataLength(message);
    handlers->on_delivery(handlers->ctx, &delivery);
}

static void hear_cancel(const char *subject, const struct bl_broker_handlers *handlers)
{
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];

    if (bl_queue_key_parse(subject + strlen("cancel."), tenant, id))
        handlers->on_cancel(handlers->ctx, subject + strlen("cancel."));
}

/* ---- whatever comes ---------------------------------------------------------------------------
 */

static void hear_answer(const char *subject, struct hearing *h)
{
    static void (*const hear[BL_BROKER_OP_COUNT])(struct hearing * h) = {
        [BL_BROKER_LANES] = hear_lanes,    [BL_BROKER_OPEN] = hear_open,
        [BL_BROKER_PULL] = hear_pull_over, [BL_BROKER_LOOK] = hear_last,
        [BL_BROKER_ASK] = hear_last,       [BL_BROKER_READ] = hear_last,
        [BL_BROKER_NOTE] = hear_stored,    [BL_BROKER_STORE] = hear_stored,
        [BL_BROKER_BURY] = hear_stored,    [BL_BROKER_ACK] = hear_done,
        [BL_BROKER_TERM] = hear_done,      [BL_BROKER_CLAIMED] = hear_claimed,
        [BL_BROKER_CLAIM] = hear_claim,    [BL_BROKER_OLDEST] = hear_oldest,
        [BL_BROKER_FLOOR] = hear_floor,    [BL_BROKER_NEXT] = hear_next,
        [BL_BROKER_LOOK_DEAD] = hear_last, [BL_BROKER_REQUEUE] = hear_stored,
        [BL_BROKER_DROP] = hear_dropped,
    };
    char *end;
    unsigned long op = strtoul(subject, &end, 10);

    if (*end != '.' || op >= BL_BROKER_OP_COUNT || !hear[op])
        return;
    h->answer.op = (enum bl_broker_op)op;
    h->answer.serial = strtoull(end + 1, NULL, 10);
    h->answer.text = "";
    hear[op](h);
}

void bl_nats_hear(const char *inbox, natsMsg *message, const struct bl_broker_handlers *handlers)
{
    struct hearing h = {.message = message, .handlers = handlers};
    const char *subject = natsMsg_GetSubject(message);
    size_t length = strlen(inbox);

    if (strncmp(subject, inbox, length) == 0 && subject[length] == '.')
        hear_answer(subject + length + 1, &h);
    else if (strncmp(subject, "cancel.", 7) == 0)
        hear_cancel(subject, handlers);
    else
        hear_job(message, handlers);
}
