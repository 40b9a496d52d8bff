/* link.h - a worker at the other end of a connection, and calls of its methods.
 *
 * Commands are straight lines of code: a call is started, and bl_link_finish() runs the loop until
 * it is over; others that were started go on meanwhile. What goes wrong with the worker is one
 * error (CONNECT: it can't be reached; CALL: its status and words) which says what to do next. */
#ifndef BL_CLIENT_LINK_H
#define BL_CLIENT_LINK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/base/loop.h"
#include "executor/cli/client/link_options.h"
#include "executor/rpc/client_call.h"
#include "proto/replies.h"

struct bl_link;

/* bl_link_open - loop: borrowed. Connects in the background. Fails as bl_link_resolve(), with
 * CONNECT, TLS, MEMORY, LOOP. */
int bl_link_open(struct bl_link **out, struct bl_loop *loop, const struct bl_link_options *options,
                 struct bl_err *err);
void bl_link_free(
    struct bl_link **link); /* calls that are open end; the caller's part is not told */

/* One call; the caller's memory, unmoved until it is over. */
struct bl_link_call {
    const char *method; /* "Executor/Watch" */
    /* A message of the answer; lent. -1 ends the call with that error. NULL: none is expected. */
    int (*on_message)(void *ctx, const uint8_t *bytes, size_t length, struct bl_err *err);
    void (*on_writable)(void *ctx); /* see client_call.h; may be NULL */
    void *ctx;
    bool streams; /* more requests follow: bl_link_send(), bl_link_half_close() */

    /* the link's */
    struct bl_link *link;
    struct bl_client_call *call; /* NULL: over, or never begun */
    enum bl_rpc_status status;   /* OK, or what err is about; UNKNOWN: our own failure */
    struct bl_err err;           /* step NONE: it ended well */
    struct bl_link_call *next;
};

/* bl_link_start - request: the first message. Fails with CONNECT, CALL, MEMORY, RPC_BUFFER. */
int bl_link_start(struct bl_link *link, struct bl_link_call *call, const struct bl_bytes *request,
                  struct bl_err *err);

/* Only of a call that is not over. */
int bl_link_send(struct bl_link_call *call, const struct bl_bytes *message, struct bl_err *err);
void bl_link_half_close(struct bl_link_call *call);
bool bl_link_is_full(const struct bl_link_call *call); /* on_writable tells when it isn't */

/* bl_link_drop - ends it here and now, without an error; also where it is over. */
void bl_link_drop(struct bl_link_call *call);

bool bl_link_is_over(const struct bl_link_call *call);

/* bl_link_finish - runs the loop until the call is over. Fails as the call did, or with LOOP. Not
 * from a callback. */
int bl_link_finish(struct bl_link_call *call, struct bl_err *err);

/* bl_link_call - start and finish at once. */
int bl_link_call(struct bl_link *link, struct bl_link_call *call, const struct bl_bytes *request,
                 struct bl_err *err);

/* bl_link_pack - a message of protobuf-c as bytes. Fails with MEMORY. */
int bl_link_pack(struct bl_bytes *out, const ProtobufCMessage *message, struct bl_err *err);

#endif
