/* bump.h - memory for one message from outside, with a ceiling: taken piece by piece, given back
 * all at once.
 *
 * protobuf-c spends up to 64 bytes of memory for one byte of a hostile message; here that ends at
 * the ceiling, whatever the message looks like. Each piece knows its size, by which a text that
 * holds a NUL is told from a shorter one. */
#ifndef BL_PROTO_BUMP_H
#define BL_PROTO_BUMP_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "bailiff/err.h"

struct bl_bump_chunk;

struct bl_bump {
    struct bl_bump_chunk *chunks; /* NULL: empty */
    size_t ceiling;               /* of `held` */
    size_t held;                  /* taken of malloc(3) */
    bool ran_over;                /* something was refused: the ceiling */
    bool ran_out;                 /* something was refused: malloc had nothing */
};

/* bl_bump_alloc - count zeroed elements, aligned to 8 bytes; none at all are a piece too. NULL: the
 * ceiling, or no memory; the bump says which. */
void *bl_bump_alloc(struct bl_bump *bump, size_t count, size_t size);

/* bl_bump_size - of a piece that the bump made, in bytes. */
size_t bl_bump_size(const void *piece);

void bl_bump_release(struct bl_bump *bump); /* idempotent */

/* bl_bump_fail - why a piece was refused, as an error: FIELD (the ceiling) or MEMORY. Returns -1.
 */
int bl_bump_fail(const struct bl_bump *bump, struct bl_err *err);

/* bl_bump_allocator - for protobuf-c; borrows the bump. */
ProtobufCAllocator bl_bump_allocator(struct bl_bump *bump);

#endif
