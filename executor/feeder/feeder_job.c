/* feeder_job.c - what the way of one job (flow.h) asks for, carried out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/log.h"
#include "executor/feeder/answer.h"
#include "executor/feeder/feeder_private.h"
#include "proto/decode.h"

enum { MESSAGE_HEAD_BYTES = 1024 }; /* of a result's headers, which its bound includes */

static void act(struct bl_feeder *feeder, struct bl_held *held, unsigned actions);

static int64_t real_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail */
    return (int64_t)now.tv_sec * (int64_t)BL_NS_PER_S + now.tv_nsec;
}

/* ---- keeping them -----------------------------------------------------------------------------
 */

struct bl_held *bl_held_find(const struct bl_feeder *feeder, uint64_t serial)
{
    struct bl_held *held = feeder->held;

    while (held && held->serial != serial)
        held = held->next;
    return held;
}

static void release(struct bl_held *held)
{
    free(held->token);
    free(held->bytes);
    bl_bytes_release(&held->result);
    free(held);
}

static void forget(struct bl_feeder *feeder, struct bl_held *held)
{
    struct bl_held **at = &feeder->held;

    while (*at != held)
        at = &(*at)->next;
    *at = held->next;
    feeder->held_count--;
    release(held);
}

void bl_held_free_all(struct bl_feeder *feeder)
{
    while (feeder->held)
        forget(feeder, feeder->held);
}

static struct bl_held *make(struct bl_feeder *feeder, const struct bl_delivery *delivery)
{
    struct bl_held *held = calloc(1, sizeof(*held));

    if (!held)
        return NULL;
    held->token = strdup(delivery->token);
    held->bytes = malloc(delivery->length ? delivery->length : 1);
    if (!held->token || !held->bytes) {
        release(held);
        return NULL;
    }
    memcpy(held->bytes, delivery->bytes, delivery->length);
    held->length = delivery->length;
    held->lane = delivery->lane;
    held->published_ns = delivery->published_ns;
    held->serial = ++feeder->serial;
    memcpy(held->key, delivery->key, sizeof(held->key));
    held->next = feeder->held;
    feeder->held = held;
    feeder->held_count++;
    return held;
}

/* A message that names no job lies among the dead under its number in the stream. */
static void name_malformed(struct bl_held *held, uint64_t sequence)
{
    char id[32];
    struct bl_err err;

    (void)snprintf(id, sizeof(id), "message-%llu", (unsigned long long)sequence);
    (void)bl_queue_key(held->key, held->lane.tenant, id, &err); /* a lane's tenant is one */
}

struct bl_held *bl_held_find_key(const struct bl_feeder *feeder, const char *key)
{
    struct bl_held *held = *key ? feeder->held : NULL;

    while (held && strcmp(held->key, key) != 0)
        held = held->next;
    return held;
}

static void take_again(struct bl_feeder *feeder, struct bl_held *held,
                       const struct bl_delivery *delivery)
{
    char *token = strdup(delivery->token);

    if (!token)
        return;
    free(held->token);
    held->token = token;
    bl_held_step(
        feeder, held,
        &(const struct bl_flow_event){.kind = BL_FLOW_REDELIVERED, .delivery = delivery->delivery});
}

void bl_held_take(struct bl_feeder *feeder, const struct bl_delivery *delivery)
{
    struct bl_held *held = bl_held_find_key(feeder, delivery->key);
    bool malformed = !*delivery->key;

    if (held) {
        take_again(feeder, held, delivery);
        return;
    }
    held = make(feeder, delivery);
    if (!held)
        return; /* delivered again after ack_wait, perhaps to somebody with memory */
    if (malformed)
        name_malformed(held, delivery->sequence);
    (void)bl_queue_key_parse(held->key, held->tenant, held->id);
    act(feeder, held,
        bl_flow_begin(&held->flow, &feeder->options.rules, delivery->delivery, malformed,
                      bl_now_ns()));
    if (bl_held_was_cancelled(feeder, delivery->key))
        bl_held_cancel(feeder, delivery->key);
}

void bl_held_step(struct bl_feeder *feeder, struct bl_held *held, const struct bl_flow_event *event)
{
    act(feeder, held, bl_flow_step(&held->flow, &feeder->options.rules, event, bl_now_ns()));
    bl_feeder_settle(feeder);
}

void bl_held_step_all(struct bl_feeder *feeder, enum bl_flow_event_kind kind)
{
    for (struct bl_held *held = feeder->held, *next; held; held = next) {
        next = held->next; /* a step frees nothing but what it is about */
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = kind});
    }
}

/* ---- actions ----------------------------------------------------------------------------------
 */

static void ask(struct bl_feeder *feeder, const struct bl_held *held,
                struct bl_broker_request request)
{
    request.serial = held->serial;
    request.key = held->key;
    request.token = held->token;
    request.lane = &held->lane;
    bl_broker_send(feeder->broker, &request);
}

/* The message's own names must be the job's: permissions go by them. */
static int check_names(const struct bl_held *held, const struct bl_job *job, struct bl_err *err)
{
    if (strcmp(job->tenant, held->tenant) != 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "tenant: \"%s\", but it was queued as %s's",
                       job->tenant, held->tenant);
    if (strcmp(job->id, held->id) != 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "id: \"%.100s\", but it was queued as %.100s",
                       job->id, held->id);
    return 0;
}

/* deadline_ns of a job is a span; it began when the job was queued. */
static uint64_t deadline_of(const struct bl_held *held, const struct bl_job *job)
{
    int64_t waited_ns = real_now_ns() - held->published_ns;
    uint64_t now_ns = bl_now_ns(), waited = waited_ns > 0 ? (uint64_t)waited_ns : 0;

    if (!job->deadline_ns)
        return UINT64_MAX;
    return waited >= job->deadline_ns ? now_ns : now_ns + job->deadline_ns - waited;
}

static void check(struct bl_feeder *feeder, struct bl_held *held)
{
    struct bl_flow_event event = {.kind = BL_FLOW_CHECKED, .deadline_ns = UINT64_MAX};
    struct bl_job *job = NULL;
    struct bl_err err;

    event.valid = bl_job_decode(&job, held->bytes, held->length, &err) == 0 &&
                  check_names(held, job, &err) == 0;
    if (event.valid)
        event.deadline_ns = deadline_of(held, job);
    else
        (void)snprintf(held->why, sizeof(held->why), "%s", err.detail);
    bl_job_free(&job);
    bl_held_step(feeder, held, &event);
}

static void note(struct bl_feeder *feeder, struct bl_held *held)
{
    bool again = held->flow.attempts > 1;
    bl_autofree char *text = NULL;
    struct bl_err err;

    if (!again) {
        bl_history_add(&held->history, held->flow.delivery, real_now_ns() / (int64_t)BL_NS_PER_MS,
                       feeder->options.name, held->flow.note);
        held->history.innocent += held->flow.state == BL_FLOW_RETURNING && held->flow.innocent;
    }
    if (bl_history_format(&held->history, &text, &err) == 0)
        ask(feeder, held,
            (struct bl_broker_request){
                .op = BL_BROKER_NOTE, .bytes = (uint8_t *)text, .length = strlen(text)});
}

static void run(struct bl_feeder *feeder, struct bl_held *held)
{
    uint64_t now_ns = bl_now_ns(), timeout_ns = 0;
    struct bl_err err;

    if (held->flow.deadline_ns != UINT64_MAX)
        timeout_ns = held->flow.deadline_ns > now_ns ? held->flow.deadline_ns - now_ns : 1;
    if (bl_worker_run(feeder->worker, held->serial, held->bytes, held->length, timeout_ns, &err) <
        0)
        bl_held_step(
            feeder, held,
            &(const struct bl_flow_event){.kind = BL_FLOW_ANSWER, .answer = BL_ANSWER_DOWN});
}

/* Makes what is to be stored, once. */
static int settle_result(struct bl_feeder *feeder, struct bl_held *held, struct bl_err *err)
{
    size_t most = bl_broker_bytes_max(feeder->broker);
    struct bl_bytes small;

    if (held->flow.result != BL_FLOW_RESULT_ANSWER && !held->result.bytes)
        return bl_answer_make(&held->result, held->flow.result, held->id, held->why, err);
    if (most <= 2 * MESSAGE_HEAD_BYTES || held->result.length <= most - MESSAGE_HEAD_BYTES)
        return 0;
    if (bl_answer_shrink(&small, held->result.bytes, held->result.length, most - MESSAGE_HEAD_BYTES,
                         held->id, err) < 0)
        return -1;
    bl_bytes_release(&held->result);
    held->result = small;
    return 0;
}

static void store(struct bl_feeder *feeder, struct bl_held *held)
{
    struct bl_err err;

    if (held->flow.result != BL_FLOW_RESULT_ANSWER && held->flow.attempts == 1)
        bl_bytes_release(&held->result); /* of a run that is not what is answered */
    if (settle_result(feeder, held, &err) < 0) {
        bl_log_error(BL_LOG_ERROR, "a result can't be made; trying again", &err);
        return;
    }
    ask(feeder, held,
        (struct bl_broker_request){.op = BL_BROKER_STORE,
                                   .text = feeder->options.name,
                                   .bytes = held->result.bytes,
                                   .length = held->result.length});
}

static void bury(struct bl_feeder *feeder, struct bl_held *held)
{
    bl_autofree char *text = NULL;
    struct bl_err err;

    if (bl_history_format(&held->history, &text, &err) < 0)
        return; /* tried again */
    bl_log(BL_LOG_WARNING, "a job is put among the dead", bl_log_text("job", held->key),
           bl_log_text("why", held->flow.note),
           bl_log_number("delivery", (int64_t)held->flow.delivery));
    ask(feeder, held,
        (struct bl_broker_request){.op = BL_BROKER_BURY,
                                   .text = held->flow.note,
                                   .history = text,
                                   .bytes = held->bytes,
                                   .length = held->length});
}

/* Those that only send a word. */
static void tell_queue(struct bl_feeder *feeder, const struct bl_held *held, unsigned actions)
{
    static const struct {
        unsigned action;
        enum bl_broker_op op;
    } words[] = {{BL_DO_PROGRESS, BL_BROKER_PROGRESS},
                 {BL_DO_LOOK, BL_BROKER_LOOK},
                 {BL_DO_LOOK, BL_BROKER_ASK},
                 {BL_DO_READ, BL_BROKER_READ},
                 {BL_DO_ACK, BL_BROKER_ACK},
                 {BL_DO_TERM, BL_BROKER_TERM},
                 {BL_DO_NAK, BL_BROKER_NAK}};

    for (size_t i = 0; i < BL_ARRAY_LEN(words); i++)
        if (actions & words[i].action)
            ask(feeder, held,
                (struct bl_broker_request){.op = words[i].op, .wait_ns = held->flow.delay_ns});
}

static void act(struct bl_feeder *feeder, struct bl_held *held, unsigned actions)
{
    tell_queue(feeder, held, actions);
    if (actions & BL_DO_STOP)
        bl_worker_cancel(feeder->worker, held->tenant, held->id);
    if (actions & BL_DO_NOTE)
        note(feeder, held);
    if (actions & BL_DO_STORE)
        store(feeder, held);
    if (actions & BL_DO_BURY)
        bury(feeder, held);
    if (actions & BL_DO_CHECK) /* these two may go on to the next step, and are alone */
        check(feeder, held);
    else if (actions & BL_DO_RUN)
        run(feeder, held);
    else if (actions & BL_DO_FORGET)
        forget(feeder, held);
}
