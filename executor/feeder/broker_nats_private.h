/* broker_nats_private.h - JetStream behind broker.h, in three files: broker_nats.c (threads),
 * broker_nats_ask.c (requests as messages), broker_nats_hear.c (messages as answers).
 *
 * Every request is a message whose reply subject says what was asked: "<inbox>.<op>.<serial>". So
 * nothing has to be remembered of a request, and an answer that never comes leaves nothing behind.
 * JetStream's API is used as such, without libnats's functions for it: those wait. */
#ifndef BL_FEEDER_BROKER_NATS_PRIVATE_H
#define BL_FEEDER_BROKER_NATS_PRIVATE_H

#include <nats/nats.h>

#include "executor/feeder/broker.h"

/* Who swept last (sweep.h): in TRIES, under a name that no job can have. */
#define BL_NATS_CLAIM "tries.$.sweep"

enum { BL_NATS_INBOX_MAX = 80, BL_NATS_SUBJECT_MAX = 512 };

/* bl_nats_ask - the message of a request; NULL: no memory, or it can't be said. */
natsMsg *bl_nats_ask(const char *inbox, const struct bl_broker_request *request, size_t bytes_max);

/* bl_nats_hear - a message of the inbox, told to the handlers. */
void bl_nats_hear(const char *inbox, natsMsg *message, const struct bl_broker_handlers *handlers);

#endif
