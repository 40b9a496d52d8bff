/* broker.h - the queue as the feeder sees it: requests that never block, answers on the loop.
 *
 * Any answer may be lost, and any request may be carried out twice: flow.h is made for that. So
 * there is no error for a request: a broker that is away for a while simply does not answer. What
 * carries it out is one file for each kind of broker (broker_nats.c). */
#ifndef BL_FEEDER_BROKER_H
#define BL_FEEDER_BROKER_H

#include <stdint.h>

#include "executor/base/loop.h"
#include "executor/queue/access.h"
#include "executor/queue/names.h"

struct bl_broker;

enum bl_broker_op {
    BL_BROKER_LANES,    /* which lanes have jobs? on_lane follows for each, then the answer */
    BL_BROKER_OPEN,     /* lane, wait_ns: makes its consumer, where there is none. Answers the
                           consumer's own ack_wait, as value */
    BL_BROKER_PULL,     /* lane, wait_ns: one job, if one comes by then. on_delivery, or an answer
                           that is not DONE */
    BL_BROKER_LOOK,     /* key: is there a result? DONE or NONE */
    BL_BROKER_ASK,      /* key: was it cancelled? DONE or NONE */
    BL_BROKER_READ,     /* key: the history, as bytes; NONE */
    BL_BROKER_NOTE,     /* key, bytes: the history */
    BL_BROKER_STORE,    /* key, bytes, text (the worker's name): the result; DONE also where there
                           was one already. REFUSED: too large, or the stream is full */
    BL_BROKER_BURY,     /* key, bytes (the job), text (why), history, lane: DONE as with STORE */
    BL_BROKER_ACK,      /* token. Nobody waits for it: it goes with what is sent next, or soon */
    BL_BROKER_TERM,     /* token */
    BL_BROKER_NAK,      /* token, wait_ns; no answer */
    BL_BROKER_PROGRESS, /* token; no answer */
    /* For sweep.h. `value` of the request is a number in a stream, as is that of the answer. */
    BL_BROKER_CLAIMED, /* the last claim to sweep; NONE */
    BL_BROKER_CLAIM,   /* value (0: none), text: claims it, if the last claim is that one; else NONE
                        */
    BL_BROKER_OLDEST,  /* when the oldest result that is kept was stored, as at_s; 0: none is */
    BL_BROKER_FLOOR,   /* lane: up to where all is acknowledged; NONE: it has no consumer */
    BL_BROKER_NEXT, /* lane (NULL: any), value: the first message from there on, as bytes, its key
                       as text ("": it has none), its lane; NONE */
    BL_BROKER_LOOK_DEAD, /* key: is it among the dead? DONE or NONE */
    BL_BROKER_REQUEUE,   /* lane, key, bytes, value: of the message that is put back */
    BL_BROKER_DROP,      /* value: the message is removed; NONE: it was gone */
    BL_BROKER_OP_COUNT
};

struct bl_broker_request {
    enum bl_broker_op op;
    uint64_t serial; /* comes back with the answer */
    const char *key, *token, *text, *history;
    const struct bl_queue_lane *lane;
    const uint8_t *bytes;
    size_t length;
    uint64_t wait_ns, value;
};

enum bl_broker_outcome {
    BL_BROKER_DONE,
    BL_BROKER_NONE,    /* there is no such thing */
    BL_BROKER_REFUSED, /* the broker says no: text */
};

/* All lent. */
struct bl_broker_answer {
    enum bl_broker_op op;
    uint64_t serial;
    enum bl_broker_outcome outcome;
    const uint8_t *bytes;
    size_t length;
    uint64_t value;
    int64_t at_s; /* CLOCK_REALTIME; of OLDEST, and of NEXT's message */
    const char *text;
    const struct bl_queue_lane *lane; /* of NEXT's message; NULL: none that is one */
};

struct bl_delivery {
    struct bl_queue_lane lane;
    char key[BL_QUEUE_KEY_MAX]; /* "": the message names none that is one */
    uint64_t delivery, sequence;
    int64_t published_ns; /* CLOCK_REALTIME of the broker */
    const char *token;
    const uint8_t *bytes;
    size_t length;
};

struct bl_broker_handlers {
    void (*on_delivery)(void *ctx, const struct bl_delivery *delivery);
    void (*on_answer)(void *ctx, const struct bl_broker_answer *answer);
    void (*on_lane)(void *ctx, const struct bl_queue_lane *lane);
    void (*on_cancel)(void *ctx, const char *key);
    /* Whether the broker can be reached; told whenever it changes. */
    void (*on_reach)(void *ctx, bool reached);
    void *ctx;
};

/* bl_broker_nats_new - connects in the background. access: lent until then. handlers: copied.
 * Fails as bl_queue_options() does, and with LOOP, MEMORY. */
int bl_broker_nats_new(struct bl_broker **out, struct bl_loop *loop,
                       const struct bl_queue_access *access,
                       const struct bl_broker_handlers *handlers, struct bl_err *err);

/* bl_broker_free - what was asked for and not yet sent is sent first, if that is possible within
 * two seconds. Not in a handler. */
void bl_broker_free(struct bl_broker **broker);

/* bl_broker_send - all copied. What finds no memory is lost, as a message is. */
void bl_broker_send(struct bl_broker *broker, const struct bl_broker_request *request);

/* bl_broker_bytes_max - of a result or history; 0 before the first connection. */
size_t bl_broker_bytes_max(const struct bl_broker *broker);

#endif
