#include "executor/rpc/reply.h"

#include <errno.h>

#include "bailiff/own.h"

int bl_reply_send(struct bl_call *call, const ProtobufCMessage *message, struct bl_err *err)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    bl_autofree uint8_t *bytes = malloc(length > 0 ? length : 1);

    if (!bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "answer");
    (void)protobuf_c_message_pack(message, bytes); /* exactly what was measured */
    return bl_call_send(call, bytes, length, err);
}

void bl_reply_finish(struct bl_call *call, const ProtobufCMessage *message)
{
    struct bl_err err;

    if (bl_reply_send(call, message, &err) == 0)
        bl_call_finish(call, BL_RPC_OK, NULL, NULL, 0);
    else
        bl_call_fail(call, &err);
}
