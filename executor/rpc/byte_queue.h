/* byte_queue.h - bytes on their way between two that are not equally fast, out of a quota. Pure.
 *
 * Each piece is copied once, into an allocation of its own, and freed as soon as it is taken. */
#ifndef BL_RPC_BYTE_QUEUE_H
#define BL_RPC_BYTE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/rpc/quota.h"

struct bl_byte_piece;

/* {.quota = q} is a valid start; the rest is its own. */
struct bl_byte_queue {
    struct bl_quota *quota; /* borrowed */
    struct bl_byte_piece *first, *last;
    size_t length; /* bytes in it */
};

/* bl_byte_queue_put - copies two parts as one piece: a head and what it stands for. False, with the
 * queue as it was, where the quota or memory is used up. Nothing put: true. */
bool bl_byte_queue_put(struct bl_byte_queue *queue, const uint8_t *head, size_t head_length,
                       const uint8_t *bytes, size_t length);

/* bl_byte_queue_take - moves up to `room` bytes out; returns how many: less only at its end. */
size_t bl_byte_queue_take(struct bl_byte_queue *queue, uint8_t *out, size_t room);

/* bl_byte_queue_front - a run of bytes, lent until the next call; its length, 0: it is empty. */
size_t bl_byte_queue_front(const struct bl_byte_queue *queue, const uint8_t **bytes);

/* bl_byte_queue_drop - forgets the first bytes; length: at most the queue's. */
void bl_byte_queue_drop(struct bl_byte_queue *queue, size_t length);

/* bl_byte_queue_is_cut - the first piece was taken in part: what follows makes no sense alone. */
bool bl_byte_queue_is_cut(const struct bl_byte_queue *queue);

#endif
