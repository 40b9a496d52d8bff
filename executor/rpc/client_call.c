#include "executor/rpc/client_call.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/rpc/frame.h"
#include "executor/rpc/stream.h"
#include "executor/rpc/timeout.h"

struct bl_client_call {
    struct bl_stream *stream;
    const struct bl_client_handlers *handlers; /* NULL: told on_end, or cancelled */
    void *ctx;
    void (*on_writable)(void *ctx); /* NULL: nobody waits for it */
    struct bl_frame_reader reader;
    bool half_closed;
};

static void tell_end(struct bl_client_call *call, enum bl_rpc_status status, const char *message)
{
    const struct bl_client_handlers *handlers = call->handlers;

    if (!handlers)
        return;
    call->handlers = NULL;
    handlers->on_end(call->ctx, status, message, bl_stream_headers(call->stream));
}

/* Reset by us: the answer is of no use, or too late. */
static void give_up(struct bl_client_call *call, enum bl_rpc_status status, const char *message)
{
    bl_stream_reset(call->stream, NGHTTP2_CANCEL);
    tell_end(call, status, message);
}

static void on_headers(void *ctx)
{
    (void)ctx; /* read when the answer is complete */
}

static void on_data(void *ctx, const uint8_t *bytes, size_t length)
{
    struct bl_client_call *call = ctx;
    struct bl_frame_message message;
    size_t whole = length;

    while (call->handlers) {
        switch (bl_frame_reader_read(&call->reader, &bytes, &length, &message)) {
        case BL_FRAME_MESSAGE:
            call->handlers->on_message(call->ctx, message.bytes, message.length);
            continue;
        case BL_FRAME_MORE:
            bl_stream_consume(call->stream, whole);
            return;
        case BL_FRAME_COMPRESSED:
            give_up(call, BL_RPC_INTERNAL, "the answer is compressed");
            return;
        case BL_FRAME_TOO_LARGE:
        case BL_FRAME_NO_ROOM:
            give_up(call, BL_RPC_RESOURCE_EXHAUSTED, "the answer is too large");
            return;
        }
    }
}

static void on_end(void *ctx)
{
    struct bl_client_call *call = ctx;
    const struct bl_headers *headers = bl_stream_headers(call->stream);
    const char *status = bl_headers_get(headers, "grpc-status");
    const char *http = bl_headers_get(headers, ":status");
    const char *wire = bl_headers_get(headers, "grpc-message");
    char message[BL_RPC_MESSAGE_MAX + 1];

    (void)bl_rpc_message_decode(message, wire ? wire : "");
    if (status)
        tell_end(call, bl_rpc_status_parse(status), message);
    else
        tell_end(call, http ? bl_rpc_status_of_http((unsigned)atoi(http)) : BL_RPC_INTERNAL,
                 "the server sent no status");
}

static void on_deadline(void *ctx)
{
    give_up(ctx, BL_RPC_DEADLINE_EXCEEDED, "the deadline of the call has passed");
}

/* gRPC over HTTP/2, "Errors". */
static enum bl_rpc_status status_of(uint32_t http2_code)
{
    switch (http2_code) {
    case NGHTTP2_CONNECT_ERROR: /* ours: the connection was lost */
    case NGHTTP2_REFUSED_STREAM:
        return BL_RPC_UNAVAILABLE;
    case NGHTTP2_CANCEL:
        return BL_RPC_CANCELLED;
    case NGHTTP2_ENHANCE_YOUR_CALM:
        return BL_RPC_RESOURCE_EXHAUSTED;
    case NGHTTP2_INADEQUATE_SECURITY:
        return BL_RPC_PERMISSION_DENIED;
    default:
        return BL_RPC_INTERNAL;
    }
}

static void on_close(void *ctx, uint32_t http2_code)
{
    struct bl_client_call *call = ctx;

    tell_end(call, status_of(http2_code), "the call was reset");
    bl_frame_reader_release(&call->reader);
    free(call);
}

static void on_stream_writable(void *ctx)
{
    struct bl_client_call *call = ctx;

    if (call->handlers && call->on_writable)
        call->on_writable(call->ctx);
}

static void ignore(void *ctx)
{
    (void)ctx;
}

static const struct bl_stream_events events = {
    .on_headers = on_headers,
    .on_data = on_data,
    .on_end = on_end,
    .on_writable = on_stream_writable,
    .on_turn = ignore,
    .on_deadline = on_deadline,
    .on_close = on_close,
};

enum { OWN_FIELDS = 7 };

/* Returns how many, or more than BL_STREAM_FIELDS_MAX where they don't fit. */
static size_t put_fields(struct bl_field fields[BL_STREAM_FIELDS_MAX],
                         const struct bl_client_request *request,
                         char timeout[BL_RPC_TIMEOUT_TEXT_MAX])
{
    size_t count = 0;

    if (request->metadata_count > BL_STREAM_FIELDS_MAX - OWN_FIELDS)
        return BL_STREAM_FIELDS_MAX + 1;
    fields[count++] = (struct bl_field){":method", "POST"};
    fields[count++] = (struct bl_field){":scheme", request->scheme};
    fields[count++] = (struct bl_field){":path", request->path};
    fields[count++] = (struct bl_field){":authority", request->authority};
    fields[count++] = (struct bl_field){"te", "trailers"};
    fields[count++] = (struct bl_field){"content-type", "application/grpc"};
    if (request->timeout_ns > 0)
        fields[count++] =
            (struct bl_field){"grpc-timeout", bl_rpc_timeout_format(request->timeout_ns, timeout)};
    for (size_t i = 0; i < request->metadata_count; i++)
        fields[count++] = request->metadata[i];
    return count;
}

int bl_client_call_start(struct bl_client_call **out, struct bl_connection *connection,
                         const struct bl_client_request *request,
                         const struct bl_client_handlers *handlers, void *ctx, struct bl_err *err)
{
    struct bl_client_call *call = calloc(1, sizeof(*call));
    struct bl_field fields[BL_STREAM_FIELDS_MAX];
    char timeout[BL_RPC_TIMEOUT_TEXT_MAX];

    if (!call)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "call");
    if (bl_stream_open(&call->stream, connection, fields, put_fields(fields, request, timeout),
                       &events, call, err) != 0) {
        free(call);
        return -1;
    }
    call->handlers = handlers;
    call->ctx = ctx;
    bl_frame_reader_init(&call->reader, request->max_message_bytes,
                         bl_connection_quota(connection));
    if (request->timeout_ns > 0)
        bl_stream_set_deadline(call->stream,
                               bl_connection_now_ns(connection) + request->timeout_ns);
    *out = call;
    return 0;
}

int bl_client_call_send(struct bl_client_call *call, const uint8_t *bytes, size_t length,
                        struct bl_err *err)
{
    uint8_t head[BL_FRAME_HEAD_BYTES];

    assert(!call->half_closed && length <= UINT32_MAX);
    bl_frame_head(head, (uint32_t)length);
    return bl_stream_write(call->stream, head, sizeof(head), bytes, length, err);
}

void bl_client_call_half_close(struct bl_client_call *call)
{
    call->half_closed = true;
    bl_stream_finish(call->stream, NULL, 0);
}

size_t bl_client_call_queued(const struct bl_client_call *call)
{
    return bl_stream_queued(call->stream);
}

void bl_client_call_on_writable(struct bl_client_call *call, void (*on_writable)(void *ctx))
{
    call->on_writable = on_writable;
}

void bl_client_call_cancel(struct bl_client_call *call)
{
    call->handlers = NULL;
    bl_stream_reset(call->stream, NGHTTP2_CANCEL);
}
