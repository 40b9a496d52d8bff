/* service.h - which methods there are, and the way from a stream to the call of one. */
#ifndef BL_RPC_SERVICE_H
#define BL_RPC_SERVICE_H

#include "executor/rpc/call.h"
#include "executor/rpc/stream.h"

/* How many messages the client sends: the others are held to one by the call itself. How many a
 * service sends is its own affair.
 *
 * A message that has begun must come whole within the connection's message_ns, or the call ends
 * with DEADLINE_EXCEEDED. So must one be that has not begun where the call is about nothing else:
 * the one request, and the next piece of an upload. */
enum bl_method_kind {
    BL_METHOD_ONE_REQUEST,   /* unary, server streaming */
    BL_METHOD_MANY_REQUESTS, /* bidirectional: when the client likes */
    BL_METHOD_UPLOAD,        /* client streaming: one behind the other until its side is complete */
};

struct bl_method {
    const char *path; /* "/package.Service/Method"; NULL ends a table */
    enum bl_method_kind kind;
    /* Accepts the call or finishes it. service: the ctx of its bl_service. */
    void (*on_call)(void *service, struct bl_call *call);
};

struct bl_service {
    const struct bl_method *methods;
    void *ctx;
};

/* Everything that one server offers. Borrowed by its calls: must outlive them. */
struct bl_services {
    const struct bl_service *list;
    size_t count;
    size_t max_message_bytes; /* of one request message (frame.h) */
    /* Whom the calls of a connection are open to, before any method is looked up; NULL: all. False:
     * UNAUTHENTICATED. authorization: the metadata of that name, or NULL; never log it. */
    bool (*may_call)(void *ctx, const struct bl_peer *peer, const char *authorization);
    void *may_call_ctx;
};

/* bl_call_begin - a new stream of a server's connection, in on_stream: checks that it is gRPC,
 * finds the method (none: UNIMPLEMENTED), starts its deadline. peer: borrowed, must outlive the
 * connection. What can't be served is answered here. */
void bl_call_begin(struct bl_stream *stream, const struct bl_services *services,
                   const struct bl_peer *peer);

#endif
