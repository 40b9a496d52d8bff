#include "executor/rpc/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/rpc/connection_private.h"

enum { TRAILERS_BYTES_MAX = 16 << 10 };

struct bl_stream *bl_stream_new(struct bl_connection *connection, int32_t id)
{
    struct bl_stream *stream = calloc(1, sizeof(*stream));

    if (!stream)
        return NULL;
    stream->connection = connection;
    stream->id = id;
    stream->headers.max_bytes = connection->limits.max_header_bytes;
    stream->trailers.max_bytes = TRAILERS_BYTES_MAX;
    stream->queue.quota = &connection->quota;
    stream->deadline_ns = UINT64_MAX;
    stream->next = connection->streams;
    if (stream->next)
        stream->next->previous = stream;
    connection->streams = stream;
    connection->stream_count++;
    return stream;
}

void bl_stream_close(struct bl_stream *stream, uint32_t http2_code)
{
    struct bl_connection *connection = stream->connection;

    *(stream->previous ? &stream->previous->next : &connection->streams) = stream->next;
    if (stream->next)
        stream->next->previous = stream->previous;
    connection->stream_count--;
    connection->idle_ns = connection->now_ns;
    bl_connection_due_by(connection, connection->limits.idle_ns > 0 && !connection->streams
                                         ? connection->now_ns + connection->limits.idle_ns
                                         : UINT64_MAX);
    if (stream->events)
        stream->events->on_close(stream->ctx, http2_code);
    bl_byte_queue_drop(&stream->queue, stream->queue.length);
    bl_headers_release(&stream->headers);
    bl_headers_release(&stream->trailers);
    free(stream);
}

/* Returns how many there are. The names and values are copied by whatever is submitted. */
static size_t to_nghttp2(nghttp2_nv out[BL_STREAM_FIELDS_MAX], const struct bl_field *fields,
                         size_t count)
{
    assert(count <= BL_STREAM_FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        out[i] = (nghttp2_nv){
            .name = (uint8_t *)fields[i].name, /* nghttp2 reads only: its type lacks the const */
            .value = (uint8_t *)fields[i].value,
            .namelen = strlen(fields[i].name),
            .valuelen = strlen(fields[i].value),
        };
    }
    return count;
}

int bl_stream_open(struct bl_stream **out, struct bl_connection *connection,
                   const struct bl_field *fields, size_t count,
                   const struct bl_stream_events *events, void *ctx, struct bl_err *err)
{
    nghttp2_nv wire[BL_STREAM_FIELDS_MAX];
    struct bl_stream *stream;
    nghttp2_data_provider body = {.read_callback = bl_stream_read_queue};

    if (count > BL_STREAM_FIELDS_MAX)
        return bl_fail(err, BL_STEP_RPC_BUFFER, 0, "%zu header fields", count);
    if (!bl_connection_takes_streams(connection))
        return bl_fail(err, BL_STEP_HTTP2, 0, "the server ends the connection");
    stream = bl_stream_new(connection, 0);
    if (!stream)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "stream");
    body.source.ptr = stream;
    stream->id = nghttp2_submit_request(connection->session, NULL, wire,
                                        to_nghttp2(wire, fields, count), &body, stream);
    if (stream->id < 0) {
        bl_stream_close(stream, NGHTTP2_INTERNAL_ERROR); /* nobody listens yet */
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "request");
    }
    bl_stream_listen(stream, events, ctx);
    bl_connection_wake(connection);
    *out = stream;
    return 0;
}

void bl_stream_listen(struct bl_stream *stream, const struct bl_stream_events *events, void *ctx)
{
    stream->events = events;
    stream->ctx = ctx;
}

const struct bl_headers *bl_stream_headers(const struct bl_stream *stream)
{
    return &stream->headers;
}

struct bl_connection *bl_stream_connection(const struct bl_stream *stream)
{
    return stream->connection;
}

void bl_stream_answer(struct bl_stream *stream, const struct bl_field *fields, size_t count,
                      bool end)
{
    nghttp2_nv wire[BL_STREAM_FIELDS_MAX];
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = bl_stream_read_queue};

    if (stream->reset)
        return;
    stream->finished = stream->finished || end;
    if (nghttp2_submit_response(stream->connection->session, stream->id, wire,
                                to_nghttp2(wire, fields, count), end ? NULL : &body) != 0)
        bl_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
    bl_connection_wake(stream->connection);
}

/* There are bytes, or an end, again. */
static void resume(struct bl_stream *stream)
{
    if (stream->waiting) {
        stream->waiting = false;
        if (nghttp2_session_resume_data(stream->connection->session, stream->id) != 0)
            bl_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
    }
    bl_connection_wake(stream->connection);
}

int bl_stream_write(struct bl_stream *stream, const uint8_t *head, size_t head_length,
                    const uint8_t *bytes, size_t length, struct bl_err *err)
{
    if (stream->reset)
        return 0; /* on_close is on its way */
    assert(!stream->finished);
    if (!bl_byte_queue_put(&stream->queue, head, head_length, bytes, length))
        return bl_fail(err, BL_STEP_RPC_BUFFER, 0, "%zu bytes behind %zu", length,
                       stream->queue.length);
    stream->full = stream->full || stream->queue.length > BL_STREAM_QUEUE_HIGH;
    resume(stream);
    return 0;
}

void bl_stream_finish(struct bl_stream *stream, const struct bl_field *fields, size_t count)
{
    bool fits = true;

    if (stream->reset)
        return;
    stream->finished = true;
    for (size_t i = 0; i < count; i++)
        fits = fits && bl_headers_add(&stream->trailers, (const uint8_t *)fields[i].name,
                                      strlen(fields[i].name), (const uint8_t *)fields[i].value,
                                      strlen(fields[i].value));
    if (fits)
        resume(stream);
    else
        bl_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
}

void bl_stream_reset(struct bl_stream *stream, uint32_t http2_code)
{
    if (stream->reset)
        return;
    stream->reset = true;
    stream->finished = true;
    bl_byte_queue_drop(&stream->queue, stream->queue.length);
    if (nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id,
                                  http2_code) != 0)
        stream->connection->gone = true; /* no memory even for that */
    bl_connection_wake(stream->connection);
}

size_t bl_stream_queued(const struct bl_stream *stream)
{
    return stream->queue.length;
}

bool bl_stream_is_cut(const struct bl_stream *stream)
{
    return bl_byte_queue_is_cut(&stream->queue);
}

void bl_stream_consume(struct bl_stream *stream, size_t bytes)
{
    if (bytes > 0 && !stream->reset)
        /* Fails for a stream that is closing, whose window is of no use. */
        (void)nghttp2_session_consume_stream(stream->connection->session, stream->id, bytes);
    bl_connection_wake(stream->connection);
}

void bl_stream_set_deadline(struct bl_stream *stream, uint64_t at_ns)
{
    stream->deadline_ns = at_ns;
    bl_connection_due_by(stream->connection, at_ns);
}

void bl_stream_ask_turn(struct bl_stream *stream)
{
    stream->turn = true;
    bl_connection_wake(stream->connection);
}

void bl_stream_ask_taken(struct bl_stream *stream)
{
    stream->asks_taken = true;
    bl_connection_wake(stream->connection);
}

/* In bl_connection_send(), when nghttp2 is not on the stack. */
void bl_stream_take_turn(struct bl_stream *stream)
{
    bool turn = stream->turn;
    bool taken = stream->asks_taken && stream->queue.length == 0;
    bool writable = taken || (stream->full && stream->queue.length < BL_STREAM_QUEUE_LOW);

    stream->turn = false;
    stream->full = stream->full && !writable;
    stream->asks_taken = stream->asks_taken && !taken;
    if (writable && stream->events && !stream->finished)
        stream->events->on_writable(stream->ctx);
    if (turn && stream->events)
        stream->events->on_turn(stream->ctx);
}

static int submit_trailers(struct bl_stream *stream)
{
    struct bl_field fields[BL_STREAM_FIELDS_MAX] = {{NULL, NULL}}, field = {NULL, NULL};
    nghttp2_nv wire[BL_STREAM_FIELDS_MAX];
    size_t count = 0;

    while (count < BL_STREAM_FIELDS_MAX && bl_headers_next(&stream->trailers, &field))
        fields[count++] = field;
    return nghttp2_submit_trailer(stream->connection->session, stream->id, wire,
                                  to_nghttp2(wire, fields, count));
}

ssize_t bl_stream_read_queue(nghttp2_session *session, int32_t id, uint8_t *out, size_t room,
                             uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
    struct bl_stream *stream = source->ptr;
    size_t taken = bl_byte_queue_take(&stream->queue, out, room);

    (void)session, (void)id, (void)ctx;
    if (taken == 0 && !stream->finished) {
        stream->waiting = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (stream->finished && stream->queue.length == 0) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->trailers.length > 0) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            if (submit_trailers(stream) != 0)
                return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* resets this stream */
        }
    }
    return (ssize_t)taken;
}
