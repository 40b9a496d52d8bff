/* call_private.h - what call.c, call_receive.c and service.c share, and nobody else. */
#ifndef BL_RPC_CALL_PRIVATE_H
#define BL_RPC_CALL_PRIVATE_H

#include "executor/rpc/byte_queue.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/service.h"

struct bl_call {
    struct bl_stream *stream;
    const struct bl_peer *peer;
    const struct bl_call_handlers *handlers; /* NULL: no service has it yet */
    void *ctx;
    enum bl_method_kind kind;
    struct bl_frame_reader reader;
    struct bl_byte_queue held; /* came while paused */
    uint64_t deadline_ns;
    uint64_t since_ns; /* a message is waited for; UINT64_MAX: none is */
    unsigned messages; /* that came; stops counting at 2 */
    bool answered;     /* headers are sent */
    bool finished;     /* the status is set */
    bool paused;
    bool complete; /* the client's side */
    bool ending;   /* and on_half_close may be still to come */
};

/* The stream's events. ctx: the call. */
extern const struct bl_stream_events bl_call_events;

/* bl_call_end - as bl_call_finish(), but by us: the service hears on_cancel. */
void bl_call_end(struct bl_call *call, enum bl_rpc_status status, const char *message);

/* The receiving half (call_receive.c). */
void bl_call_await_message(struct bl_call *call); /* sets the stream's deadline: ours or theirs */
void bl_call_on_data(void *ctx, const uint8_t *bytes, size_t length);
void bl_call_on_end(void *ctx);
void bl_call_on_turn(void *ctx);

#endif
