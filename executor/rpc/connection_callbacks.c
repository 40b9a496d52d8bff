/* connection_callbacks.c - what nghttp2 tells us about one connection. In here nghttp2_submit_*()
 * may be called, but neither mem_send nor mem_recv; a stream is closed in on_stream_close only. */
#include <string.h>

#include "executor/rpc/connection_private.h"

static struct bl_stream *stream_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

static void spend(struct bl_connection *connection, struct bl_rate *rate)
{
    if (!connection->deaf && !bl_rate_spend(rate, connection->now_ns))
        bl_connection_terminate(connection, NGHTTP2_ENHANCE_YOUR_CALM);
}

static bool is_request(const nghttp2_frame *frame)
{
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct bl_connection *connection = ctx;
    struct bl_stream *stream;

    if (!is_request(frame)) {
        stream = stream_of(session, frame->hd.stream_id);
        if (stream)
            bl_headers_release(&stream->headers);
        return 0;
    }
    stream = bl_stream_new(connection, frame->hd.stream_id);
    if (!stream || nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream) != 0)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* this one request is turned away */
    bl_stream_set_deadline(stream, bl_connection_message_due_ns(connection, connection->now_ns, 0));
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *ctx)
{
    struct bl_stream *stream = stream_of(session, frame->hd.stream_id);

    (void)flags, (void)ctx;
    if (stream) /* what does not fit is marked: the listener answers in words */
        (void)bl_headers_add(&stream->headers, name, name_length, value, value_length);
    return 0;
}

static void take_headers(struct bl_connection *connection, const nghttp2_frame *frame,
                         struct bl_stream *stream)
{
    if (is_request(frame)) {
        stream->deadline_ns = UINT64_MAX; /* they are whole */
        connection->owner.on_stream(connection->owner.ctx, stream);
    } else if (stream->events) {
        stream->events->on_headers(stream->ctx);
    }
}

static void take_ping(struct bl_connection *connection, const nghttp2_frame *frame)
{
    if (frame->hd.flags & NGHTTP2_FLAG_ACK)
        bl_connection_pong(connection);
    else
        spend(connection, &connection->control);
}

static void take_settings(struct bl_connection *connection, const nghttp2_frame *frame)
{
    connection->greeted = true;
    if (!(frame->hd.flags & NGHTTP2_FLAG_ACK))
        spend(connection, &connection->control);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct bl_connection *connection = ctx;
    struct bl_stream *stream = stream_of(session, frame->hd.stream_id);
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        if (stream)
            take_headers(connection, frame, stream);
        break;
    case NGHTTP2_DATA:
        if (frame->hd.length <= frame->data.padlen && !ends)
            spend(connection, &connection->control);
        break;
    case NGHTTP2_RST_STREAM:
        spend(connection, &connection->resets);
        break;
    case NGHTTP2_PING:
        take_ping(connection, frame);
        break;
    case NGHTTP2_SETTINGS:
        take_settings(connection, frame);
        break;
    case NGHTTP2_PRIORITY:
        spend(connection, &connection->control);
        break;
    case NGHTTP2_GOAWAY:
        connection->ended = true;
        break;
    default:
        break;
    }
    if (ends && stream && stream->events &&
        (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA))
        stream->events->on_end(stream->ctx);
    return 0;
}

/* The connection's window is opened again at once, a stream's when its bytes are consumed: one that
 * nobody reads can't hold up the others, and holds one window at most. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t length, void *ctx)
{
    struct bl_stream *stream = stream_of(session, id);

    (void)flags, (void)ctx;
    if (nghttp2_session_consume_connection(session, length) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (stream && stream->events && !stream->reset)
        stream->events->on_data(stream->ctx, bytes, length);
    else
        (void)nghttp2_session_consume_stream(session, id, length); /* closing: no matter */
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t http2_code, void *ctx)
{
    struct bl_stream *stream = stream_of(session, id);

    (void)ctx;
    if (stream)
        bl_stream_close(stream, http2_code);
    return 0;
}

/* Codes that nghttp2 resets a stream with, or ends all, because of what the peer did: as dear to us
 * as its own resets (CVE-2025-8671). */
static bool is_peers_fault(uint32_t http2_code)
{
    return http2_code != NGHTTP2_NO_ERROR && http2_code != NGHTTP2_CANCEL &&
           http2_code != NGHTTP2_INTERNAL_ERROR;
}

/* Counted as it comes: a peer that takes no answers would never see one counted. */
static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int code,
                            void *ctx)
{
    struct bl_connection *connection = ctx;
    struct bl_stream *stream = stream_of(session, frame->hd.stream_id);

    (void)code;
    if (stream)
        stream->blamed = true;
    connection->clumsy = connection->clumsy || frame->hd.type == NGHTTP2_RST_STREAM;
    spend(connection, &connection->resets);
    return 0;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct bl_connection *connection = ctx;
    int32_t id = frame->hd.stream_id;

    if (connection->client)
        return 0;
    if (frame->hd.type == NGHTTP2_GOAWAY) /* nghttp2 ends it by itself, too */
        connection->at_fault = connection->at_fault ||
                               (!connection->clumsy && is_peers_fault(frame->goaway.error_code));
    if (frame->hd.type == NGHTTP2_RST_STREAM && is_peers_fault(frame->rst_stream.error_code) &&
        stream_of(session, id) && !stream_of(session, id)->blamed)
        spend(connection, &connection->resets);
    /* Answered while the client still sends: what comes will not be read ("RST_STREAM with
     * NO_ERROR", RFC 9113, 8.1). */
    if (frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) &&
        nghttp2_session_get_stream_remote_close(session, id) == 0 &&
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    return 0;
}

nghttp2_session_callbacks *bl_connection_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    return callbacks;
}
