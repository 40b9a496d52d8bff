/* server.h - services offered on some addresses: listeners, the connections that come of them, and
 * what is held against each peer because of them (peer_book.h). */
#ifndef BL_RPC_SERVER_H
#define BL_RPC_SERVER_H

#include "executor/rpc/listener.h"
#include "executor/rpc/service.h"
#include "executor/rpc/transport.h"

#define BL_SERVER_REGARD_NS (10 * BL_NS_PER_S)

struct bl_server;

struct bl_server_options {
    struct bl_loop *loop;
    const struct bl_services *services;        /* borrowed */
    const struct bl_connection_limits *limits; /* of each connection; copied */
    /* Of all connections together. Up to an eighth of it is theirs in equal shares, as far as a
     * message of the largest size goes before. */
    size_t max_buffered_bytes;
    /* At least 1. With so many, the one that has had no call for longest makes room for the next,
     * of those first that have had none within BL_SERVER_REGARD_NS: many that come at once and ask
     * for nothing take no place from who is between two calls. Where all have calls, more wait to
     * be accepted. */
    unsigned max_connections;
    /* New ones of one peer. Who is turned away is told so by GOAWAY with ENHANCE_YOUR_CALM and a
     * word of why, but where there is TLS: no handshake is made for that. burst 0: no limit. */
    struct bl_rate_limit connections;
};

/* bl_server_new - with no address yet. Fails with MEMORY. */
int bl_server_new(struct bl_server **out, const struct bl_server_options *options,
                  struct bl_err *err);

enum { BL_SERVER_LISTENERS_MAX = 8 };

/* bl_server_listen - one more address, at most BL_SERVER_LISTENERS_MAX. tls: borrowed; NULL: plain
 * (listener.h). Fails with ADDRESS, LISTEN, MEMORY, LOOP. */
int bl_server_listen(struct bl_server *server, const struct bl_address *address, mode_t mode,
                     struct bl_tls *tls, struct bl_err *err);

/* bl_server_renew_tls - connections accepted from now on where `before` was used use `after`, which
 * is borrowed like it. Those that there are keep what they began with. */
void bl_server_renew_tls(struct bl_server *server, const struct bl_tls *before,
                         struct bl_tls *after);

/* Where the n-th address turned out to be; its port. */
const struct bl_address *bl_server_address(const struct bl_server *server, unsigned n);

/* bl_server_drain - closes the listeners and asks all clients to go; on_drained when the last has
 * gone, at the latest a few seconds after the limits' drain_ns; not within this call. Once. */
void bl_server_drain(struct bl_server *server, void (*on_drained)(void *ctx), void *ctx);

unsigned bl_server_connections(const struct bl_server *server);
uint64_t bl_server_turned_away(const struct bl_server *server); /* connections, since the start */
size_t bl_server_buffered_bytes(const struct bl_server *server);

/* bl_server_free - ends what is left at once. Not within a callback of a call or a connection. */
void bl_server_free(struct bl_server **server);

#endif
