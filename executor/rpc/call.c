#include "executor/rpc/call.h"

#include <assert.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "executor/base/text.h"
#include "executor/rpc/call_private.h"

void bl_call_accept(struct bl_call *call, const struct bl_call_handlers *handlers, void *ctx)
{
    call->handlers = handlers;
    call->ctx = ctx;
}

const struct bl_headers *bl_call_headers(const struct bl_call *call)
{
    return bl_stream_headers(call->stream);
}

const char *bl_call_metadata(const struct bl_call *call, const char *name)
{
    return bl_headers_get(bl_call_headers(call), name);
}

const struct bl_peer *bl_call_peer(const struct bl_call *call)
{
    return call->peer;
}

uint64_t bl_call_deadline_ns(const struct bl_call *call)
{
    return call->deadline_ns;
}

static const struct bl_field answer_head[] = {
    {":status", "200"},
    {"content-type", "application/grpc"},
    {"grpc-accept-encoding", "identity"},
};

int bl_call_send(struct bl_call *call, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    uint8_t head[BL_FRAME_HEAD_BYTES];

    assert(!call->finished && length <= UINT32_MAX);
    bl_frame_head(head, (uint32_t)length);
    if (bl_stream_write(call->stream, head, sizeof(head), bytes, length, err) != 0)
        return -1;
    if (!call->answered)
        bl_stream_answer(call->stream, answer_head, BL_ARRAY_LEN(answer_head), false);
    call->answered = true;
    return 0;
}

bool bl_call_is_writable(const struct bl_call *call)
{
    return bl_stream_queued(call->stream) <= BL_STREAM_QUEUE_HIGH;
}

void bl_call_ask_taken(struct bl_call *call)
{
    bl_stream_ask_taken(call->stream);
}

/* What was sent follows in order; without anything sent, headers and status are one frame
 * ("Trailers-Only"). */
static void send_status(struct bl_call *call, enum bl_rpc_status status, const char *message,
                        const struct bl_field *trailers, size_t count)
{
    struct bl_field fields[BL_ARRAY_LEN(answer_head) + 2 + BL_CALL_TRAILERS_MAX];
    char number[BL_TEXT_NUMBER_MAX], wire[BL_RPC_MESSAGE_WIRE_MAX];
    size_t length = 0;

    assert(count <= BL_CALL_TRAILERS_MAX);
    (void)bl_text_number(number, status);
    for (size_t i = 0; i < BL_ARRAY_LEN(answer_head) && !call->answered; i++)
        fields[length++] = answer_head[i];
    fields[length++] = (struct bl_field){"grpc-status", number};
    if (message && bl_rpc_message_encode(wire, message) > 0)
        fields[length++] = (struct bl_field){"grpc-message", wire};
    for (size_t i = 0; i < count; i++)
        fields[length++] = trailers[i];
    if (call->answered)
        bl_stream_finish(call->stream, fields, length);
    else
        bl_stream_answer(call->stream, fields, length, true);
    call->answered = true;
    /* What is held stays until on_close: the service may be reading a message out of it. */
    call->finished = true;
}

void bl_call_finish(struct bl_call *call, enum bl_rpc_status status, const char *message,
                    const struct bl_field *trailers, size_t count)
{
    assert(!call->finished);
    send_status(call, status, message, trailers, count);
}

void bl_call_fail(struct bl_call *call, const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    bl_call_finish(call, bl_rpc_status_of(err), bl_error_text(err, text), NULL, 0);
}

void bl_call_end(struct bl_call *call, enum bl_rpc_status status, const char *message)
{
    if (call->finished)
        return;
    send_status(call, status, message, NULL, 0);
    if (call->handlers)
        call->handlers->on_cancel(call->ctx, status);
}

/* A client that takes nothing would never get to the status behind what is queued, and would hold
 * that for good: reset then, which it knows for its own deadline. */
static void on_deadline(void *ctx)
{
    struct bl_call *call = ctx;
    bool stuck = bl_stream_queued(call->stream) > 0;
    bool is_own = bl_connection_now_ns(bl_stream_connection(call->stream)) >= call->deadline_ns;

    if (!is_own && call->finished) { /* and waits for no message */
        bl_stream_set_deadline(call->stream, call->deadline_ns);
        return;
    }
    if (stuck)
        bl_stream_reset(call->stream, NGHTTP2_CANCEL);
    if (call->finished)
        return;
    if (!stuck) {
        bl_call_end(call, BL_RPC_DEADLINE_EXCEEDED,
                    is_own ? "the deadline of the call has passed"
                           : "the request message did not come whole in time");
        if (!is_own)
            bl_stream_set_deadline(call->stream, call->deadline_ns); /* to read that in */
        return;
    }
    call->finished = true;
    call->handlers->on_cancel(call->ctx, BL_RPC_DEADLINE_EXCEEDED);
}

static void on_writable(void *ctx)
{
    struct bl_call *call = ctx;

    if (!call->finished && call->handlers && call->handlers->on_writable)
        call->handlers->on_writable(call->ctx);
}

static void on_close(void *ctx, uint32_t http2_code)
{
    struct bl_call *call = ctx;

    (void)http2_code;
    if (!call->finished && call->handlers) {
        call->finished = true;
        call->handlers->on_cancel(call->ctx, BL_RPC_CANCELLED);
    }
    bl_byte_queue_drop(&call->held, call->held.length);
    bl_frame_reader_release(&call->reader);
    free(call);
}

static void on_headers(void *ctx)
{
    (void)ctx; /* trailers of a client: gRPC has none */
}

const struct bl_stream_events bl_call_events = {
    .on_headers = on_headers,
    .on_data = bl_call_on_data,
    .on_end = bl_call_on_end,
    .on_writable = on_writable,
    .on_turn = bl_call_on_turn,
    .on_deadline = on_deadline,
    .on_close = on_close,
};
