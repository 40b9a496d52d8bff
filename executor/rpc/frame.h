/* frame.h - gRPC's length-prefixed messages in the bytes of a stream ("Length-Prefixed-Message" of
 * gRPC over HTTP/2): one byte that says whether it is compressed, four of length, big-endian, then
 * the message. Pure: bytes in, messages out.
 *
 * Memory grows with the bytes that came, never with the length that was declared, and comes out of
 * a quota. */
#ifndef BL_RPC_FRAME_H
#define BL_RPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/rpc/quota.h"

enum {
    BL_FRAME_HEAD_BYTES = 5,
    BL_FRAME_MAX_DEFAULT = 4 << 20, /* what gRPC's own libraries accept by default */
    BL_FRAME_MAX_CEILING = 64 << 20,
};

enum bl_frame_result {
    BL_FRAME_MORE,       /* all bytes were taken; no whole message yet */
    BL_FRAME_MESSAGE,    /* one message; call again for what is left of the bytes */
    BL_FRAME_COMPRESSED, /* the compressed flag, which no encoding of ours explains */
    BL_FRAME_TOO_LARGE,  /* declared longer than the maximum */
    BL_FRAME_NO_ROOM,    /* the quota, or memory, is used up */
};

/* Its fields are its own. After a result that is neither MORE nor MESSAGE: only release. */
struct bl_frame_reader {
    struct bl_quota *quota;
    size_t max_bytes;
    uint8_t head[BL_FRAME_HEAD_BYTES];
    unsigned head_bytes;
    uint8_t *bytes; /* the message so far, where it did not come in one piece */
    size_t length, room, wanted;
    bool lent; /* bytes hold the message that was given out last */
};

/* A whole message. Lent until the next call for this reader; never NULL, also where length is 0. */
struct bl_frame_message {
    const uint8_t *bytes;
    size_t length;
};

/* bl_frame_reader_init - max_bytes: longest message, up to BL_FRAME_MAX_CEILING. quota: borrowed.
 */
void bl_frame_reader_init(struct bl_frame_reader *reader, size_t max_bytes, struct bl_quota *quota);

/* bl_frame_reader_read - takes from *bytes what it needs and moves *bytes and *length on.
 * message: set with MESSAGE only; a message that lies whole in *bytes is not copied. */
enum bl_frame_result bl_frame_reader_read(struct bl_frame_reader *reader, const uint8_t **bytes,
                                          size_t *length, struct bl_frame_message *message);

/* bl_frame_reader_is_between - no message has begun: the stream may end here. */
bool bl_frame_reader_is_between(const struct bl_frame_reader *reader);

/* bl_frame_reader_declared - how long the message that has begun says it is; 0: none has, or it has
 * not said so yet. */
size_t bl_frame_reader_declared(const struct bl_frame_reader *reader);

/* Gives memory and quota back; idempotent. */
void bl_frame_reader_release(struct bl_frame_reader *reader);

/* bl_frame_head - the prefix of an uncompressed message. */
void bl_frame_head(uint8_t head[BL_FRAME_HEAD_BYTES], uint32_t length);

#endif
