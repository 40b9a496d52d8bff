/* client.h - a connection to a server, for calls (client_call.h).
 *
 * It is connected in the background: calls may be made at once, and hear UNAVAILABLE where the
 * server can't be reached. A client that has lost its server stays lost: make a new one. */
#ifndef BL_RPC_CLIENT_H
#define BL_RPC_CLIENT_H

#include "executor/rpc/address.h"
#include "executor/rpc/client_call.h"
#include "executor/rpc/transport.h"

struct bl_client;

struct bl_client_options {
    struct bl_loop *loop;
    struct bl_address address; /* no "fd:" */
    const struct bl_connection_limits
        *limits;             /* preface_ns bounds the connecting as well; copied */
    struct bl_tls *tls;      /* borrowed; NULL: plain */
    const char *server_name; /* with TLS: see tls.h */
    void (*on_lost)(
        void *ctx); /* the server has gone or was never there; calls have heard. May be
                     * NULL. Not within a call of yours; free the client where you like */
    void *ctx;
};

/* bl_client_new - fails with CONNECT, MEMORY, LOOP, TLS. */
int bl_client_new(struct bl_client **out, const struct bl_client_options *options,
                  struct bl_err *err);

/* bl_client_call - bl_client_call_start() on its connection; also fails with CONNECT: it is lost.
 */
int bl_client_call(struct bl_client_call **out, struct bl_client *client,
                   const struct bl_client_request *request,
                   const struct bl_client_handlers *handlers, void *ctx, struct bl_err *err);

/* bl_client_why - as bl_transport_why(), once the server is lost; already in on_end of the calls
 * that hear of it. */
const struct bl_err *bl_client_why(const struct bl_client *client);

/* bl_client_free - calls that are open hear UNAVAILABLE. Not within a callback of one. */
void bl_client_free(struct bl_client **client);

#endif
