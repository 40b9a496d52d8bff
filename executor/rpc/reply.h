/* reply.h - protobuf-c messages as messages of calls. */
#ifndef BL_RPC_REPLY_H
#define BL_RPC_REPLY_H

#include <protobuf-c/protobuf-c.h>

#include "executor/rpc/call.h"

/* bl_reply_send - packs and sends. Fails with MEMORY, RPC_BUFFER. */
int bl_reply_send(struct bl_call *call, const ProtobufCMessage *message, struct bl_err *err);

/* bl_reply_finish - sends it as the only, or last, message and finishes with OK, or with what went
 * wrong in sending it. */
void bl_reply_finish(struct bl_call *call, const ProtobufCMessage *message);

#endif
