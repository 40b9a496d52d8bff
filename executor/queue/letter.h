/* letter.h - a message of the queue as JetStream's API tells it (STREAM.MSG.GET), read from its
 * JSON. Pure. It comes from outside: what is not of the form is refused. */
#ifndef BL_QUEUE_LETTER_H
#define BL_QUEUE_LETTER_H

#include <jansson.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/queue/names.h"

struct bl_letter {
    uint64_t sequence;          /* in its stream */
    int64_t at_s;               /* when it was stored, CLOCK_REALTIME */
    const char *subject;        /* lent by the JSON */
    char key[BL_QUEUE_KEY_MAX]; /* "": its Nats-Msg-Id names none */
    uint8_t *bytes;             /* owned */
    size_t length;
};

/* bl_letter_read - of an answer's "message". Fails with BROKER, MEMORY; nothing is owned then. */
int bl_letter_read(struct bl_letter *letter, const json_t *message, struct bl_err *err);

/* bl_letter_time - of a time as the server writes it ("2026-01-31T23:59:59.123456789Z"), its
 * seconds; 0: it is none, or before 1970 (an empty stream's first message has one). */
int64_t bl_letter_time(const char *text);

void bl_letter_release(struct bl_letter *letter); /* idempotent */

/* bl_letter_key - the key that a message's Nats-Msg-Id names: what stands behind '#' only makes it
 * new to the server. "" where it names none. */
void bl_letter_key(char key[BL_QUEUE_KEY_MAX], const char *message_id);

#endif
