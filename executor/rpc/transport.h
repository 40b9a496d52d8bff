/* transport.h - moves the bytes of one HTTP/2 connection between a socket, TLS where it is used,
 * and the connection, and wakes it when its clocks strike. Server's and client's end alike.
 *
 * It reads less at once (16 to 64 KiB) where that was seen to take longer than half a millisecond,
 * and a server's is patient (loop.h): however much comes on one connection, the others' wait is
 * short. */
#ifndef BL_RPC_TRANSPORT_H
#define BL_RPC_TRANSPORT_H

#include "executor/base/loop.h"
#include "executor/rpc/connection.h"
#include "executor/rpc/peer.h"
#include "executor/rpc/tls.h"

struct bl_transport;

struct bl_transport_options {
    struct bl_loop *loop;
    bool client;
    const struct bl_connection_limits *limits; /* preface_ns bounds the TLS handshake as well */
    struct bl_quota *quota;                    /* above the connection's; NULL: none */
    struct bl_tls *tls;                        /* NULL: plain */
    const char *server_name;                   /* client with TLS: see tls.h */
    void (*on_stream)(void *ctx, struct bl_transport *transport, struct bl_stream *stream);
    /* Nothing more will come or go: free it here. Never within a call of yours. */
    void (*on_over)(void *ctx, struct bl_transport *transport);
    uint64_t from_ns; /* nothing is read before */
    /* So long it took to take in what has just come. Returns until when nothing more is to be read:
     * 0: go on. It may come after the last word was said. NULL: of no interest. */
    uint64_t (*on_received)(void *ctx, struct bl_transport *transport, uint64_t took_ns,
                            uint64_t now_ns);
    /* The last stream has ended. NULL: of no interest. Never within a call of yours. */
    void (*on_quiet)(void *ctx, struct bl_transport *transport);
    void *ctx;
};

/* bl_transport_new - fd: a connected (client: or connecting) socket that doesn't block; taken, also
 * on failure. peer: copied; the certificate's subject is added when the handshake is done.
 * Fails with MEMORY, LOOP, TLS. */
int bl_transport_new(struct bl_transport **out, int fd, const struct bl_peer *peer,
                     const struct bl_transport_options *options, struct bl_err *err);

/* bl_transport_free - closes the socket as it is; calls that are open hear of it. Not within a
 * callback of it but on_over. */
void bl_transport_free(struct bl_transport **transport);

struct bl_connection *bl_transport_connection(struct bl_transport *transport);
const struct bl_peer *bl_transport_peer(const struct bl_transport *transport);

/* bl_transport_why - why it ended, or step NONE where we ended it: CONNECT (what the system says;
 * or that the peer went, is silent, or speaks something else), TLS. Valid in on_over. */
const struct bl_err *bl_transport_why(const struct bl_transport *transport);

/* bl_transport_is_ready - the TLS handshake is done, where there is to be one. */
bool bl_transport_is_ready(const struct bl_transport *transport);

/* bl_transport_part - bl_connection_part(), and the end: on_over follows in this round of the loop,
 * whether the peer takes the last word or not. */
void bl_transport_part(struct bl_transport *transport);

/* bl_transport_drain - bl_connection_drain(); on_over follows. */
void bl_transport_drain(struct bl_transport *transport);

#endif
