/* queue_link.h - a connection to the queue's broker for commands that ask and wait, and the options
 * that tell where it is. */
#ifndef BL_CLIENT_QUEUE_LINK_H
#define BL_CLIENT_QUEUE_LINK_H

#include <jansson.h>
#include <nats/nats.h>
#include <stdbool.h>

#include "executor/cli/options.h"
#include "executor/queue/layout.h"

#define BL_QUEUE_SERVER "nats://127.0.0.1:4222" /* unless BAILIFF_QUEUE names another */

/* All borrowed, but the list. */
struct bl_queue_link_options {
    struct bl_texts servers;
    bool allow_plain;
    const char *authority, *certificate, *key, *credentials, *token;
};

struct bl_option_group bl_queue_link_group(size_t offset);

struct bl_queue_link {
    natsConnection *connection;
};

/* bl_queue_link_open - close it in either case; that releases the options' list, too. Fails as
 * bl_queue_options(), with BROKER. */
int bl_queue_link_open(struct bl_queue_link *link, const struct bl_queue_link_options *options,
                       struct bl_err *err);
void bl_queue_link_close(struct bl_queue_link *link, struct bl_queue_link_options *options);

/* bl_queue_ask - a request of JetStream's API and its answer, which is an object and may be an
 * error of the server's. request: NULL: none; taken. Fails with BROKER: no answer, or none that is
 * one. */
int bl_queue_ask(struct bl_queue_link *link, const char *subject, json_t *request, json_t **answer,
                 struct bl_err *err);

/* bl_queue_error - what the server says against it, and its number; NULL: nothing. */
const char *bl_queue_error(const json_t *answer, json_int_t *code);

/* bl_queue_refused - that as an error: BROKER_LAYOUT. Returns -1. */
int bl_queue_refused(const json_t *answer, const char *what, struct bl_err *err);

/* bl_queue_publish - a message that a stream is to store, taken; NULL: there was no memory for it.
 */
int bl_queue_publish(struct bl_queue_link *link, natsMsg *message, json_t **answer,
                     struct bl_err *err);

/* bl_queue_last - the last message of a subject; *out is NULL where there is none. Fails with
 * BROKER. */
int bl_queue_last(struct bl_queue_link *link, enum bl_queue_stream stream, const char *subject,
                  natsMsg **out, struct bl_err *err);

/* bl_queue_each - every message of a stream whose subject the filter matches, oldest first. -1 of
 * `use` ends it. sequence: of the message. Fails with BROKER, and as `use`. */
int bl_queue_each(struct bl_queue_link *link, enum bl_queue_stream stream, const char *filter,
                  int (*use)(void *ctx, natsMsg *message, json_int_t sequence, struct bl_err *err),
                  void *ctx, struct bl_err *err);

/* bl_queue_result_print - one line for a person: "blue.team/s-1  END_COMPLETED  OUTCOME_PASSED
 * ...". subject: results.<key>. */
void bl_queue_result_print(const char *subject, const void *bytes, size_t length);

#endif
