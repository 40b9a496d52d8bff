#include "executor/rpc/byte_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct bl_byte_piece {
    struct bl_byte_piece *next;
    size_t length, taken;
    uint8_t bytes[];
};

/* What a piece costs beyond its bytes: many tiny messages must not slip past the quota. */
static size_t cost(size_t length)
{
    return sizeof(struct bl_byte_piece) + length;
}

bool bl_byte_queue_put(struct bl_byte_queue *queue, const uint8_t *head, size_t head_length,
                       const uint8_t *bytes, size_t length)
{
    size_t whole = head_length + length;
    struct bl_byte_piece *piece;

    if (whole == 0)
        return true;
    if (!bl_quota_take(queue->quota, cost(whole)))
        return false;
    piece = malloc(cost(whole));
    if (!piece) {
        bl_quota_give(queue->quota, cost(whole));
        return false;
    }
    *piece = (struct bl_byte_piece){.length = whole};
    if (head_length > 0)
        memcpy(piece->bytes, head, head_length);
    if (length > 0)
        memcpy(piece->bytes + head_length, bytes, length);
    *(queue->first ? &queue->last->next : &queue->first) = piece;
    queue->last = piece;
    queue->length += whole;
    return true;
}

size_t bl_byte_queue_front(const struct bl_byte_queue *queue, const uint8_t **bytes)
{
    if (!queue->first)
        return 0;
    *bytes = queue->first->bytes + queue->first->taken;
    return queue->first->length - queue->first->taken;
}

void bl_byte_queue_drop(struct bl_byte_queue *queue, size_t length)
{
    assert(length <= queue->length);
    queue->length -= length;
    while (length > 0) {
        struct bl_byte_piece *piece = queue->first;
        size_t left = piece->length - piece->taken;

        if (length < left) {
            piece->taken += length;
            return;
        }
        length -= left;
        queue->first = piece->next;
        bl_quota_give(queue->quota, cost(piece->length));
        free(piece);
    }
}

size_t bl_byte_queue_take(struct bl_byte_queue *queue, uint8_t *out, size_t room)
{
    const uint8_t *bytes;
    size_t taken = 0, run;

    while (taken < room && (run = bl_byte_queue_front(queue, &bytes)) > 0) {
        if (run > room - taken)
            run = room - taken;
        memcpy(out + taken, bytes, run);
        bl_byte_queue_drop(queue, run);
        taken += run;
    }
    return taken;
}

bool bl_byte_queue_is_cut(const struct bl_byte_queue *queue)
{
    return queue->first && queue->first->taken > 0;
}
