/* call.h - one call as the service that serves it sees it: unary or streaming, all by the same few
 * functions.
 *
 * A call is the service's from on_call until exactly one of these: the service calls
 * bl_call_finish(), or it hears on_cancel. After that it must not name the call any more. on_cancel
 * comes when the client reset the call or went away (CANCELLED), when the deadline passed
 * (DEADLINE_EXCEEDED), or when what the client sent can't be accepted; the client has been answered
 * by then, and what remains is to stop the work.
 *
 * No function here calls back by itself, so a call can't end under the service's feet. */
#ifndef BL_RPC_CALL_H
#define BL_RPC_CALL_H

#include "executor/rpc/headers.h"
#include "executor/rpc/peer.h"
#include "executor/rpc/status.h"

struct bl_call;

struct bl_call_handlers {
    /* A whole message; lent for the time of this callback. */
    void (*on_message)(void *ctx, const uint8_t *bytes, size_t length);
    void (*on_half_close)(void *ctx); /* all messages have come; NULL: of no interest */
    /* bl_call_is_writable() again, or what bl_call_ask_taken() asked for; NULL: of no interest */
    void (*on_writable)(void *ctx);
    void (*on_cancel)(void *ctx, enum bl_rpc_status why);
};

/* bl_call_accept - in on_call, where it does not finish at once. handlers: borrowed. Again, later:
 * the call has another owner from now on. */
void bl_call_accept(struct bl_call *call, const struct bl_call_handlers *handlers, void *ctx);

/* bl_call_metadata - what the client sent along; names in lower case; lent, valid with the call.
 * NULL: no such name. */
const char *bl_call_metadata(const struct bl_call *call, const char *name);
const struct bl_headers *bl_call_headers(const struct bl_call *call); /* all of it */

const struct bl_peer *bl_call_peer(const struct bl_call *call); /* lent, valid with the call */

/* On bl_now_ns()'s clock; UINT64_MAX: the client set none. The call ends by itself then. */
uint64_t bl_call_deadline_ns(const struct bl_call *call);

/* bl_call_pause, bl_call_resume - no on_message (nor on_half_close) until resumed; the client can
 * send one window of bytes meanwhile (bl_connection_limits). What came is delivered later, not
 * within resume. */
void bl_call_pause(struct bl_call *call);
void bl_call_resume(struct bl_call *call);

/* bl_call_send - queues one message; bytes are copied. Fails with RPC_BUFFER where the client's
 * connection may not hold more: finish the call with RESOURCE_EXHAUSTED, or wait for on_writable
 * where something of this call is queued. */
int bl_call_send(struct bl_call *call, const uint8_t *bytes, size_t length, struct bl_err *err);

/* bl_call_is_writable - little enough is queued. Not binding: a service that goes on is stopped by
 * the quota only. False: on_writable will come. */
bool bl_call_is_writable(const struct bl_call *call);

/* bl_call_ask_taken - on_writable once the client has taken all that was sent. */
void bl_call_ask_taken(struct bl_call *call);

enum { BL_CALL_TRAILERS_MAX = 8 };

/* bl_call_finish - ends the call behind what was sent. message: UTF-8, for people; NULL: none.
 * trailers: further metadata, names in lower case (for instance {"grpc-retry-pushback-ms", "500"}
 * with RESOURCE_EXHAUSTED); at most BL_CALL_TRAILERS_MAX; copied. */
void bl_call_finish(struct bl_call *call, enum bl_rpc_status status, const char *message,
                    const struct bl_field *trailers, size_t count);

/* bl_call_fail - the same with the status and the words of an error (bl_rpc_status_of). */
void bl_call_fail(struct bl_call *call, const struct bl_err *err);

#endif
