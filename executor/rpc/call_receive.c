/* call_receive.c - how a client's bytes become messages of a call, at the service's pace. */
#include "executor/rpc/call_private.h"

static bool awaits_message(const struct bl_call *call)
{
    if (call->finished || call->paused)
        return false;
    if (!bl_frame_reader_is_between(&call->reader))
        return true;
    return !call->complete && (call->kind == BL_METHOD_UPLOAD ||
                               (call->kind == BL_METHOD_ONE_REQUEST && call->messages == 0));
}

void bl_call_await_message(struct bl_call *call)
{
    const struct bl_connection *connection = bl_stream_connection(call->stream);
    uint64_t due_ns = UINT64_MAX;

    if (!awaits_message(call))
        call->since_ns = UINT64_MAX;
    else if (call->since_ns == UINT64_MAX)
        call->since_ns = bl_connection_now_ns(connection);
    if (call->since_ns != UINT64_MAX)
        due_ns = bl_connection_message_due_ns(connection, call->since_ns,
                                              bl_frame_reader_declared(&call->reader));
    bl_stream_set_deadline(call->stream, due_ns < call->deadline_ns ? due_ns : call->deadline_ns);
}

void bl_call_pause(struct bl_call *call)
{
    call->paused = true;
    bl_call_await_message(call);
}

void bl_call_resume(struct bl_call *call)
{
    call->paused = false;
    bl_stream_ask_turn(call->stream);
}

static void refuse(struct bl_call *call, enum bl_frame_result result)
{
    if (result == BL_FRAME_COMPRESSED)
        bl_call_end(call, BL_RPC_UNIMPLEMENTED, "compressed messages are not supported");
    else if (result == BL_FRAME_TOO_LARGE)
        bl_call_end(call, BL_RPC_RESOURCE_EXHAUSTED, "the request message is too large");
    else
        bl_call_end(call, BL_RPC_RESOURCE_EXHAUSTED, "too much is held for this client");
}

static void take_message(struct bl_call *call, const struct bl_frame_message *message)
{
    call->since_ns = UINT64_MAX; /* the next one has its own time */
    if (call->messages < 2)
        call->messages++;
    if (call->kind == BL_METHOD_ONE_REQUEST && call->messages > 1)
        bl_call_end(call, BL_RPC_INTERNAL, "more than one request message");
    else
        call->handlers->on_message(call->ctx, message->bytes, message->length);
    /* At once: what the call does now may take long. */
    bl_frame_reader_release(&call->reader);
}

/* Gives out messages until the bytes are used up, the service pauses, or the call is over. Moves
 * *bytes and *length on. */
static void deliver(struct bl_call *call, const uint8_t **bytes, size_t *length)
{
    struct bl_frame_message message;

    while (!call->paused && !call->finished) {
        enum bl_frame_result result = bl_frame_reader_read(&call->reader, bytes, length, &message);

        if (result == BL_FRAME_MORE)
            break;
        if (result == BL_FRAME_MESSAGE)
            take_message(call, &message);
        else
            refuse(call, result);
    }
}

static void end_when_delivered(struct bl_call *call)
{
    if (!call->ending || call->paused || call->finished || call->held.length > 0)
        return;
    call->ending = false;
    if (!bl_frame_reader_is_between(&call->reader))
        bl_call_end(call, BL_RPC_INTERNAL, "the request ends within a message");
    else if (call->kind == BL_METHOD_ONE_REQUEST && call->messages == 0)
        bl_call_end(call, BL_RPC_INTERNAL, "the request message is missing");
    else if (call->handlers->on_half_close)
        call->handlers->on_half_close(call->ctx);
}

void bl_call_on_data(void *ctx, const uint8_t *bytes, size_t length)
{
    struct bl_call *call = ctx;
    size_t left = length;

    if (call->held.length == 0)
        deliver(call, &bytes, &left);
    bl_stream_consume(call->stream, call->finished ? length : length - left);
    if (!call->finished && !bl_byte_queue_put(&call->held, NULL, 0, bytes, left))
        refuse(call, BL_FRAME_NO_ROOM);
    if (!call->finished)
        bl_call_await_message(call);
}

void bl_call_on_end(void *ctx)
{
    struct bl_call *call = ctx;

    call->complete = call->ending = true;
    end_when_delivered(call);
    if (!call->finished)
        bl_call_await_message(call);
}

/* The service has resumed. */
void bl_call_on_turn(void *ctx)
{
    struct bl_call *call = ctx;
    const uint8_t *bytes;
    size_t length;

    while (!call->paused && !call->finished &&
           (length = bl_byte_queue_front(&call->held, &bytes)) > 0) {
        size_t left = length;

        deliver(call, &bytes, &left);
        if (call->finished)
            break; /* and nothing is held any more */
        bl_byte_queue_drop(&call->held, length - left);
        bl_stream_consume(call->stream, length - left);
    }
    end_when_delivered(call);
    if (!call->finished)
        bl_call_await_message(call);
}
