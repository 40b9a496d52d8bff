#include "executor/rpc/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

void bl_frame_reader_init(struct bl_frame_reader *reader, size_t max_bytes, struct bl_quota *quota)
{
    assert(max_bytes <= BL_FRAME_MAX_CEILING);
    *reader = (struct bl_frame_reader){.quota = quota, .max_bytes = max_bytes};
}

void bl_frame_reader_release(struct bl_frame_reader *reader)
{
    free(reader->bytes);
    reader->bytes = NULL;
    bl_quota_give(reader->quota, reader->room);
    reader->room = 0;
    reader->length = 0;
    reader->lent = false;
}

void bl_frame_head(uint8_t head[BL_FRAME_HEAD_BYTES], uint32_t length)
{
    head[0] = 0;
    head[1] = (uint8_t)(length >> 24);
    head[2] = (uint8_t)(length >> 16);
    head[3] = (uint8_t)(length >> 8);
    head[4] = (uint8_t)length;
}

bool bl_frame_reader_is_between(const struct bl_frame_reader *reader)
{
    return reader->head_bytes == 0;
}

size_t bl_frame_reader_declared(const struct bl_frame_reader *reader)
{
    return reader->head_bytes == BL_FRAME_HEAD_BYTES ? reader->wanted : 0;
}

/* Takes what there is of the prefix. MESSAGE: the prefix is whole and acceptable. */
static enum bl_frame_result read_head(struct bl_frame_reader *reader, const uint8_t **bytes,
                                      size_t *length)
{
    const uint8_t *head = reader->head;

    while (reader->head_bytes < BL_FRAME_HEAD_BYTES) {
        if (*length == 0)
            return BL_FRAME_MORE;
        reader->head[reader->head_bytes++] = *(*bytes)++;
        (*length)--;
    }
    if (head[0] != 0)
        return BL_FRAME_COMPRESSED;
    reader->wanted =
        (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | (size_t)head[4];
    return reader->wanted > reader->max_bytes ? BL_FRAME_TOO_LARGE : BL_FRAME_MESSAGE;
}

/* Doubles, so that a message is copied twice at most, but never beyond what it declared. */
static bool make_room(struct bl_frame_reader *reader, size_t needed)
{
    size_t room = reader->room ? reader->room : FIRST_ROOM;
    uint8_t *moved;

    if (needed <= reader->room)
        return true;
    while (room < needed)
        room *= 2;
    if (room > reader->wanted)
        room = reader->wanted;
    if (!bl_quota_take(reader->quota, room - reader->room))
        return false;
    moved = realloc(reader->bytes, room);
    if (!moved) {
        bl_quota_give(reader->quota, room - reader->room);
        return false;
    }
    reader->bytes = moved;
    reader->room = room;
    return true;
}

enum bl_frame_result bl_frame_reader_read(struct bl_frame_reader *reader, const uint8_t **bytes,
                                          size_t *length, struct bl_frame_message *message)
{
    enum bl_frame_result result;
    size_t part;

    if (reader->lent)
        bl_frame_reader_release(reader);
    result = read_head(reader, bytes, length);
    if (result != BL_FRAME_MESSAGE)
        return result;
    part = reader->wanted - reader->length;
    if (part > *length)
        part = *length;
    message->length = reader->wanted;
    if (reader->length == 0 && part == reader->wanted) {
        message->bytes = part > 0 ? *bytes : reader->head;
    } else if (part > 0) {
        if (!make_room(reader, reader->length + part))
            return BL_FRAME_NO_ROOM;
        memcpy(reader->bytes + reader->length, *bytes, part);
        reader->length += part;
        message->bytes = reader->bytes;
    }
    *bytes += part;
    *length -= part;
    if (reader->length > 0 ? reader->length < reader->wanted : part < reader->wanted)
        return BL_FRAME_MORE;
    reader->lent = true;
    reader->head_bytes = 0;
    return BL_FRAME_MESSAGE;
}
