/* client_call.h - one call as the client that makes it sees it, on a connection in client role. */
#ifndef BL_RPC_CLIENT_CALL_H
#define BL_RPC_CLIENT_CALL_H

#include "executor/rpc/connection.h"
#include "executor/rpc/status.h"

struct bl_client_call;

struct bl_client_request {
    const char *path;                /* "/package.Service/Method" */
    const char *authority;           /* the server's name; "localhost" for a Unix socket */
    const char *scheme;              /* "http", or "https" with TLS */
    const struct bl_field *metadata; /* names in lower case */
    size_t metadata_count;
    uint64_t timeout_ns;      /* 0: none */
    size_t max_message_bytes; /* of one message of the answer (frame.h) */
};

/* on_end comes exactly once, last; after it the call must not be named. */
struct bl_client_handlers {
    void (*on_message)(void *ctx, const uint8_t *bytes, size_t length); /* lent meanwhile */
    /* message: "" without one. trailers: the server's, lent; may be empty. UNAVAILABLE where the
     * connection was lost or the server took no more calls: it may be tried again elsewhere. */
    void (*on_end)(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers);
};

/* bl_client_call_start - request: borrowed for this call only. handlers: borrowed.
 * Fails with HTTP2 where the connection takes no more calls, MEMORY, RPC_BUFFER. */
int bl_client_call_start(struct bl_client_call **out, struct bl_connection *connection,
                         const struct bl_client_request *request,
                         const struct bl_client_handlers *handlers, void *ctx, struct bl_err *err);

/* bl_client_call_send - queues one message. Fails with RPC_BUFFER. */
int bl_client_call_send(struct bl_client_call *call, const uint8_t *bytes, size_t length,
                        struct bl_err *err);

/* bl_client_call_half_close - no more messages: needed for every kind of call, once. */
void bl_client_call_half_close(struct bl_client_call *call);

size_t bl_client_call_queued(const struct bl_client_call *call); /* bytes not yet sent */

/* bl_client_call_on_writable - calls back with the handlers' ctx when less than BL_STREAM_QUEUE_LOW
 * is queued again, after it was more than BL_STREAM_QUEUE_HIGH (stream.h). NULL: not any more. */
void bl_client_call_on_writable(struct bl_client_call *call, void (*on_writable)(void *ctx));

/* bl_client_call_cancel - resets it: no callback comes any more, and the call must not be named. */
void bl_client_call_cancel(struct bl_client_call *call);

#endif
