/* connection.h - one HTTP/2 connection, either end, as bytes in and bytes out: no descriptor, no
 * clock. nghttp2 frames; this adds bounds, clocks and streams with a life of their own (stream.h).
 *
 * Whoever moves the bytes (transport.h) calls receive() and tick(), then send() until it gives
 * nothing, and frees the connection once it is over or the peer is gone. on_wake tells that send()
 * or due() would say something new outside of these calls.
 *
 * What a peer can make us hold: `max_streams` streams, each with its headers and one window of
 * unread bytes; messages and replies out of a quota. What costs more to answer than to send
 * (resets, pings, settings, empty frames) has a rate; above it the connection ends with
 * ENHANCE_YOUR_CALM. Runs of CONTINUATION, unread acknowledgements and oversized header blocks
 * nghttp2 bounds. */
#ifndef BL_RPC_CONNECTION_H
#define BL_RPC_CONNECTION_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/rpc/headers.h"
#include "executor/rpc/quota.h"
#include "executor/rpc/rate.h"

struct bl_connection;
struct bl_stream;
struct bl_stream_events;

/* Instants and durations are of bl_now_ns()'s clock; a duration of 0: never. */
struct bl_connection_limits {
    /* Of the peer's at once. More are refused (REFUSED_STREAM); from a peer that has acknowledged
     * our SETTINGS they are an error that ends the connection. */
    uint32_t max_streams;
    uint32_t max_header_bytes;    /* of one message's header list */
    uint32_t stream_window_bytes; /* unread bytes that a stream may hold back */
    size_t max_buffered_bytes;    /* of messages and replies, whole connection */
    struct bl_rate_limit resets;  /* streams ended early: RST_STREAM, and ours for a peer's error */
    struct bl_rate_limit control; /* PING, SETTINGS, PRIORITY, DATA without bytes */
    uint64_t preface_ns;          /* until the peer's SETTINGS have come */
    /* For the headers of a request to come whole in, and then for each message that we wait for
     * (service.h), where it is not we who hold it up; a message that says it is long has a second
     * more for each BL_MESSAGE_PACE_BYTES. */
    uint64_t message_ns;
    uint64_t idle_ns;           /* without a stream: then drain */
    uint64_t age_ns;            /* then drain */
    uint64_t drain_ns;          /* for streams to end in; what is left then is reset */
    uint64_t keepalive_ns;      /* silence, after which a PING is sent */
    uint64_t keepalive_wait_ns; /* for its answer; then the peer is gone */
};

enum { BL_MESSAGE_PACE_BYTES = 128 << 10 };

/* What a worker grants to people whom it does not know. */
extern const struct bl_connection_limits bl_connection_limits_default;

struct bl_connection_owner {
    /* The headers of a new stream are whole (server only). To be heard further, bl_stream_listen();
     * else whatever comes on it is dropped. */
    void (*on_stream)(void *ctx, struct bl_stream *stream);
    /* Something to send, or an earlier due time: once, until the next receive, send or tick. Do not
     * call the connection from it: note it. */
    void (*on_wake)(void *ctx);
    void *ctx;
};

/* bl_connection_new - limits and owner: copied, all but ctx. parent: a quota above this
 * connection's, or NULL. memory: for nghttp2, NULL: malloc(3); borrowed.
 * Fails with MEMORY. */
int bl_connection_new(struct bl_connection **out, bool client,
                      const struct bl_connection_limits *limits,
                      const struct bl_connection_owner *owner, struct bl_quota *parent,
                      nghttp2_mem *memory, uint64_t now_ns, struct bl_err *err);

/* bl_connection_free - what streams are left hear on_close with NGHTTP2_CONNECT_ERROR first. Not
 * from a callback of it. */
void bl_connection_free(struct bl_connection **connection);

/* bl_connection_receive - what came from the peer. What is wrong with it is answered with GOAWAY,
 * and the connection is over once that has been sent. */
void bl_connection_receive(struct bl_connection *connection, const uint8_t *bytes, size_t length,
                           uint64_t now_ns);

/* bl_connection_send - what goes to the peer: up to `room` bytes; returns how many, 0: nothing now.
 * Streams hear on_writable in it. */
size_t bl_connection_send(struct bl_connection *connection, uint8_t *out, size_t room);

/* bl_connection_due_ns - when tick() wants to be called; UINT64_MAX: not at all. */
uint64_t bl_connection_due_ns(const struct bl_connection *connection);

/* bl_connection_tick - deadlines of streams and the clocks above; early or late does no harm. */
void bl_connection_tick(struct bl_connection *connection, uint64_t now_ns);

/* bl_connection_drain - no new streams (GOAWAY); over when those under way have ended, or when
 * drain_ns has passed. Idempotent. */
void bl_connection_drain(struct bl_connection *connection);

/* bl_connection_part - the peer is to go at once: what has not begun it may ask others for
 * (GOAWAY). Streams are cut. Over when that is sent. */
void bl_connection_part(struct bl_connection *connection);

/* bl_connection_idle_since_ns - since when nobody has had a call on it; UINT64_MAX: somebody has.
 * A request whose headers are not whole is no call. */
uint64_t bl_connection_idle_since_ns(const struct bl_connection *connection);

/* bl_connection_is_over - nothing will be read or sent any more: close it. */
bool bl_connection_is_over(const struct bl_connection *connection);

/* bl_connection_is_at_fault - it is over, or will be, because of what the peer did. Certain once
 * all is sent. */
bool bl_connection_is_at_fault(const struct bl_connection *connection);

/* bl_connection_is_strange - bytes came, and none of them were HTTP/2's first word. */
bool bl_connection_is_strange(const struct bl_connection *connection);

/* bl_connection_is_mute - it was ended because the peer said nothing in time, or no more. */
bool bl_connection_is_mute(const struct bl_connection *connection);

/* bl_connection_is_congested - so many frames wait to be sent that nothing more should be received
 * before some are, a peer that asks and does not listen; or it would not be heard any more. */
bool bl_connection_is_congested(const struct bl_connection *connection);

/* bl_connection_takes_streams - the peer has not asked to end it, nor we (client). */
bool bl_connection_takes_streams(const struct bl_connection *connection);

/* bl_connection_message_due_ns - when a message must be whole that began at an instant and says how
 * long it is, or may say so yet (0). UINT64_MAX: never. */
uint64_t bl_connection_message_due_ns(const struct bl_connection *connection, uint64_t began_ns,
                                      size_t length);

uint64_t bl_connection_now_ns(const struct bl_connection *connection); /* of the last call */
struct bl_quota *bl_connection_quota(struct bl_connection *connection);
void *bl_connection_ctx(const struct bl_connection *connection);        /* its owner's */
unsigned bl_connection_streams(const struct bl_connection *connection); /* open now */

#endif
