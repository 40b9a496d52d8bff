/* stream.h - one stream of an HTTP/2 connection: headers, bytes and trailers in each direction.
 *
 * A stream lives until its on_close, which comes exactly once; afterwards nobody may name it. No
 * function here makes a callback by itself, so a stream can't vanish under its caller.
 *
 * Flow control. A peer may send one window of bytes; it may send more only as they are consumed
 * (bl_stream_consume). What the peer does not take stays queued here, out of the connection's
 * quota. */
#ifndef BL_RPC_STREAM_H
#define BL_RPC_STREAM_H

#include "executor/rpc/connection.h"

struct bl_stream_events {
    void (*on_headers)(void *ctx); /* client: headers came, or trailers: bl_stream_headers() */
    void (*on_data)(void *ctx, const uint8_t *bytes, size_t length);
    void (*on_end)(void *ctx); /* the peer's side is complete */
    /* Less is queued than BL_STREAM_QUEUE_LOW again, or what bl_stream_ask_taken() asked for. */
    void (*on_writable)(void *ctx);
    void (*on_turn)(void *ctx); /* asked for with bl_stream_ask_turn() */
    void (*on_deadline)(void *ctx);
    void (*on_close)(void *ctx, uint32_t http2_code); /* NGHTTP2_NO_ERROR: ended as it should */
};

enum {
    BL_STREAM_QUEUE_HIGH = 256 << 10, /* queued bytes, above which a writer should wait */
    BL_STREAM_QUEUE_LOW = 64 << 10,   /* on_writable after it was above HIGH */
    BL_STREAM_FIELDS_MAX = 32,        /* header fields in one message of ours */
};

/* bl_stream_open - client: opens one. fields: pseudo-headers first. *out is valid at once.
 * Fails with HTTP2 where the connection takes no more, MEMORY, RPC_BUFFER (too many fields). */
int bl_stream_open(struct bl_stream **out, struct bl_connection *connection,
                   const struct bl_field *fields, size_t count,
                   const struct bl_stream_events *events, void *ctx, struct bl_err *err);

/* bl_stream_listen - server, in on_stream: who hears of it. events: borrowed. */
void bl_stream_listen(struct bl_stream *stream, const struct bl_stream_events *events, void *ctx);

/* The last headers or trailers that came; lent. */
const struct bl_headers *bl_stream_headers(const struct bl_stream *stream);

struct bl_connection *bl_stream_connection(const struct bl_stream *stream);

/* bl_stream_answer - server: the headers of the answer. end: nothing follows (no bytes, no
 * trailers). Once, before anything else is written. A failure resets the stream. */
void bl_stream_answer(struct bl_stream *stream, const struct bl_field *fields, size_t count,
                      bool end);

/* bl_stream_write - queues a head and bytes as one piece. Fails with RPC_BUFFER, queue unchanged,
 * where the quota is used up. */
int bl_stream_write(struct bl_stream *stream, const uint8_t *head, size_t head_length,
                    const uint8_t *bytes, size_t length, struct bl_err *err);

/* bl_stream_finish - ends our side behind what is queued: server with trailers, client (count 0)
 * without. Nothing is written afterwards. fields: copied. */
void bl_stream_finish(struct bl_stream *stream, const struct bl_field *fields, size_t count);

/* bl_stream_reset - ends both sides now; what is queued is dropped. on_close follows; what
 * is still written until then is dropped. */
void bl_stream_reset(struct bl_stream *stream, uint32_t http2_code);

size_t bl_stream_queued(const struct bl_stream *stream);
bool bl_stream_is_cut(const struct bl_stream *stream); /* the first queued piece is sent in part */

/* bl_stream_consume - bytes of on_data are dealt with: the peer may send as many again. */
void bl_stream_consume(struct bl_stream *stream, size_t bytes);

/* bl_stream_ask_turn - on_turn once, in the next bl_connection_send(): for what must not be done
 * inside the call that gave the reason. */
void bl_stream_ask_turn(struct bl_stream *stream);

/* bl_stream_ask_taken - on_writable once nothing is queued any more: for who wants to see first
 * whether the peer takes anything at all. */
void bl_stream_ask_taken(struct bl_stream *stream);

/* bl_stream_set_deadline - on_deadline once, at this instant or later; UINT64_MAX: never. */
void bl_stream_set_deadline(struct bl_stream *stream, uint64_t at_ns);

#endif
