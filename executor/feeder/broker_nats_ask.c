/* broker_nats_ask.c - requests as messages; see broker_nats_private.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/feeder/broker_nats_private.h"
#include "executor/queue/layout.h"

#define API "$JS.API."

struct asking {
    const char *inbox;
    const struct bl_broker_request *request;
    size_t bytes_max;
};

static natsMsg *make(const struct asking *a, const char *subject, const void *bytes, size_t length)
{
    char reply[BL_NATS_SUBJECT_MAX];
    natsMsg *message;

    (void)snprintf(reply, sizeof(reply), "%s.%d.%llu", a->inbox, (int)a->request->op,
                   (unsigned long long)a->request->serial);
    if (length > INT32_MAX ||
        natsMsg_Create(&message, subject, reply, bytes, (int)length) != NATS_OK)
        return NULL;
    return message;
}

static natsMsg *make_text(const struct asking *a, const char *subject, const char *text)
{
    return make(a, subject, text, strlen(text));
}

/* NULL: the message is destroyed. */
static natsMsg *with_header(natsMsg *message, const char *key, const char *value)
{
    if (!message || natsMsgHeader_Set(message, key, value) == NATS_OK)
        return message;
    natsMsg_Destroy(message);
    return NULL;
}

static natsMsg *ask_lanes(const struct asking *a)
{
    return make_text(a, API "STREAM.INFO.JOBS", "{\"subjects_filter\":\"jobs.>\"}");
}

/* Made as it is only where there is none: what an operator has changed stays. */
static natsMsg *ask_open(const struct asking *a)
{
    char subject[BL_NATS_SUBJECT_MAX], name[BL_QUEUE_LANE_TEXT_MAX];
    bl_autofree char *text = NULL;
    natsMsg *message;
    json_t *config;

    (void)bl_queue_lane_consumer(a->request->lane, name);
    if (a->request->wait_ns == 0) { /* first: is there one? */
        (void)snprintf(subject, sizeof(subject), API "CONSUMER.INFO.JOBS.%s", name);
        return make_text(a, subject, "");
    }
    (void)snprintf(subject, sizeof(subject), API "CONSUMER.DURABLE.CREATE.JOBS.%s", name);
    config = bl_queue_consumer_config(a->request->lane, a->request->wait_ns);
    text = config ? json_dumps(config, JSON_COMPACT) : NULL;
    json_decref(config);
    message = text ? make_text(a, subject, text) : NULL;
    return message;
}

static natsMsg *ask_pull(const struct asking *a)
{
    char subject[BL_NATS_SUBJECT_MAX], name[BL_QUEUE_LANE_TEXT_MAX], text[64];

    (void)snprintf(subject, sizeof(subject), API "CONSUMER.MSG.NEXT.JOBS.%s",
                   bl_queue_lane_consumer(a->request->lane, name));
    (void)snprintf(text, sizeof(text), "{\"batch\":1,\"expires\":%llu}",
                   (unsigned long long)a->request->wait_ns);
    return make_text(a, subject, text);
}

static natsMsg *ask_last(const struct asking *a, const char *stream, const char *what)
{
    char subject[64], text[BL_QUEUE_SUBJECT_MAX + 32], of[BL_QUEUE_SUBJECT_MAX];

    (void)snprintf(subject, sizeof(subject), API "DIRECT.GET.%s", stream);
    (void)snprintf(text, sizeof(text), "{\"last_by_subj\":\"%s\"}",
                   bl_queue_subject(of, what, a->request->key));
    return make_text(a, subject, text);
}

static natsMsg *ask_look(const struct asking *a)
{
    return ask_last(a, "RESULTS", "results");
}

static natsMsg *ask_ask(const struct asking *a)
{
    return ask_last(a, "CANCELS", "cancel");
}

static natsMsg *ask_read(const struct asking *a)
{
    return ask_last(a, "TRIES", "tries");
}

static natsMsg *ask_note(const struct asking *a)
{
    char subject[BL_QUEUE_SUBJECT_MAX];

    return make(a, bl_queue_subject(subject, "tries", a->request->key), a->request->bytes,
                a->request->length);
}

/* The first message of its subject, or none: not even the server's memory of ids is needed for
 * that, which forgets them after some minutes. */
static natsMsg *make_first(const struct asking *a, const char *what)
{
    char subject[BL_QUEUE_SUBJECT_MAX];

    return with_header(make(a, bl_queue_subject(subject, what, a->request->key), a->request->bytes,
                            a->request->length),
                       "Nats-Expected-Last-Subject-Sequence", "0");
}

static natsMsg *ask_store(const struct asking *a)
{
    return with_header(make_first(a, "results"), "Bailiff-Worker", a->request->text);
}

/* A job of nearly the greatest length has no room for its history beside it. */
static natsMsg *ask_bury(const struct asking *a)
{
    const struct bl_broker_request *request = a->request;
    char subject[BL_QUEUE_SUBJECT_MAX];
    natsMsg *message = make_first(a, "dead");
    size_t room = a->bytes_max > request->length ? a->bytes_max - request->length : 0;

    if (room > 1024) {
        message = with_header(message, "Bailiff-Reason", request->text);
        message =
            with_header(message, "Bailiff-Subject", bl_queue_lane_subject(request->lane, subject));
    }
    if (room > 1024 + strlen(request->history) && *request->history)
        message = with_header(message, "Bailiff-History", request->history);
    return message;
}

static natsMsg *ask_ack(const struct asking *a)
{
    return make_text(a, a->request->token, "+ACK");
}

static natsMsg *ask_term(const struct asking *a)
{
    return make_text(a, a->request->token, "+TERM");
}

/* These two ask for no answer, so they name no reply subject. */
static natsMsg *tell(const struct asking *a, const char *text)
{
    natsMsg *message;

    return natsMsg_Create(&message, a->request->token, NULL, text, (int)strlen(text)) == NATS_OK
               ? message
               : NULL;
}

static natsMsg *ask_nak(const struct asking *a)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "-NAK {\"delay\":%llu}",
                   (unsigned long long)a->request->wait_ns);
    return tell(a, a->request->wait_ns ? text : "-NAK");
}

static natsMsg *ask_progress(const struct asking *a)
{
    return tell(a, "+WPI");
}

/* ---- sweeping ---------------------------------------------------------------------------------
 */

static natsMsg *ask_claimed(const struct asking *a)
{
    return make_text(a, API "DIRECT.GET.TRIES", "{\"last_by_subj\":\"" BL_NATS_CLAIM "\"}");
}

static natsMsg *ask_claim(const struct asking *a)
{
    char expected[32];

    (void)snprintf(expected, sizeof(expected), "%llu", (unsigned long long)a->request->value);
    return with_header(make_text(a, BL_NATS_CLAIM, a->request->text),
                       "Nats-Expected-Last-Subject-Sequence", expected);
}

static natsMsg *ask_oldest(const struct asking *a)
{
    return make_text(a, API "STREAM.INFO.RESULTS", "");
}

static natsMsg *ask_floor(const struct asking *a)
{
    char subject[BL_NATS_SUBJECT_MAX], name[BL_QUEUE_LANE_TEXT_MAX];

    (void)snprintf(subject, sizeof(subject), API "CONSUMER.INFO.JOBS.%s",
                   bl_queue_lane_consumer(a->request->lane, name));
    return make_text(a, subject, "");
}

/* Of the stream's leader: other replicas may have kept other messages. ">" and nothing less makes
 * it go by number. */
static natsMsg *ask_next(const struct asking *a)
{
    char text[BL_QUEUE_SUBJECT_MAX + 64], subject[BL_QUEUE_SUBJECT_MAX] = ">";

    if (a->request->lane)
        (void)bl_queue_lane_subject(a->request->lane, subject);

    (void)snprintf(text, sizeof(text), "{\"seq\":%llu,\"next_by_subj\":\"%s\"}",
                   (unsigned long long)a->request->value, subject);
    return make_text(a, API "STREAM.MSG.GET.JOBS", text);
}

static natsMsg *ask_look_dead(const struct asking *a)
{
    return ask_last(a, "DEAD", "dead");
}

static natsMsg *ask_requeue(const struct asking *a)
{
    char subject[BL_QUEUE_SUBJECT_MAX], id[BL_QUEUE_KEY_MAX + 40];

    (void)snprintf(id, sizeof(id), "%s#swept-%llu", a->request->key,
                   (unsigned long long)a->request->value);
    return with_header(make(a, bl_queue_lane_subject(a->request->lane, subject), a->request->bytes,
                            a->request->length),
                       "Nats-Msg-Id", id);
}

static natsMsg *ask_drop(const struct asking *a)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "{\"seq\":%llu,\"no_erase\":true}",
                   (unsigned long long)a->request->value);
    return make_text(a, API "STREAM.MSG.DELETE.JOBS", text);
}

/* ---- whatever is asked ------------------------------------------------------------------------
 */

natsMsg *bl_nats_ask(const char *inbox, const struct bl_broker_request *request, size_t bytes_max)
{
    static natsMsg *(*const ask[BL_BROKER_OP_COUNT])(const struct asking *a) = {
        [BL_BROKER_LANES] = ask_lanes,
        [BL_BROKER_OPEN] = ask_open,
        [BL_BROKER_PULL] = ask_pull,
        [BL_BROKER_LOOK] = ask_look,
        [BL_BROKER_ASK] = ask_ask,
        [BL_BROKER_READ] = ask_read,
        [BL_BROKER_NOTE] = ask_note,
        [BL_BROKER_STORE] = ask_store,
        [BL_BROKER_BURY] = ask_bury,
        [BL_BROKER_ACK] = ask_ack,
        [BL_BROKER_TERM] = ask_term,
        [BL_BROKER_NAK] = ask_nak,
        [BL_BROKER_PROGRESS] = ask_progress,
        [BL_BROKER_CLAIMED] = ask_claimed,
        [BL_BROKER_CLAIM] = ask_claim,
        [BL_BROKER_OLDEST] = ask_oldest,
        [BL_BROKER_FLOOR] = ask_floor,
        [BL_BROKER_NEXT] = ask_next,
        [BL_BROKER_LOOK_DEAD] = ask_look_dead,
        [BL_BROKER_REQUEUE] = ask_requeue,
        [BL_BROKER_DROP] = ask_drop,
    };
    const struct asking a = {.inbox = inbox, .request = request, .bytes_max = bytes_max};

    return ask[request->op](&a);
}
