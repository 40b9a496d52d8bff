#include "proto/bump.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* Small messages are many (a queue full of jobs), so the first chunk is small; large ones are few.
 */
enum { CHUNK_LEAST = 1024, CHUNK_MOST = 64 * 1024, ALIGNMENT = 8 };

struct bl_bump_chunk {
    struct bl_bump_chunk *next;
    size_t size, used; /* of the bytes behind this */
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

/* Stands before each piece. */
struct header {
    uint64_t size;
};

_Static_assert(sizeof(struct header) % ALIGNMENT == 0, "pieces stay aligned");

static struct bl_bump_chunk *new_chunk(struct bl_bump *bump, size_t size)
{
    size_t whole = sizeof(struct bl_bump_chunk) + size;
    struct bl_bump_chunk *chunk;

    if (whole > bump->ceiling - bump->held) {
        bump->ran_over = true;
        return NULL;
    }
    chunk = calloc(1, whole);
    if (!chunk) {
        bump->ran_out = true;
        return NULL;
    }
    bump->held += whole;
    chunk->size = size;
    return chunk;
}

/* A chunk with that much room. One that is made for a single large piece goes behind the first, so
 * that the room in that is not lost. */
static struct bl_bump_chunk *chunk_for(struct bl_bump *bump, size_t need)
{
    struct bl_bump_chunk *first = bump->chunks, *chunk;
    size_t size = first ? bump->held : CHUNK_LEAST;

    if (first && first->size - first->used >= need)
        return first;
    if (size > CHUNK_MOST)
        size = CHUNK_MOST;
    chunk = new_chunk(bump, need > size / 2 ? need : size);
    if (!chunk)
        return NULL;
    if (first && need > size / 2) {
        chunk->next = first->next;
        first->next = chunk;
    } else {
        chunk->next = first;
        bump->chunks = chunk;
    }
    return chunk;
}

void *bl_bump_alloc(struct bl_bump *bump, size_t count, size_t size)
{
    struct bl_bump_chunk *chunk;
    struct header *header;
    size_t bytes, need;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > bump->ceiling) {
        bump->ran_over = true;
        return NULL;
    }
    need = sizeof(*header) + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    chunk = chunk_for(bump, need);
    if (!chunk)
        return NULL;
    header = (struct header *)(void *)(chunk->bytes + chunk->used);
    chunk->used += need;
    header->size = bytes;
    return header + 1;
}

size_t bl_bump_size(const void *piece)
{
    return ((const struct header *)piece)[-1].size;
}

void bl_bump_release(struct bl_bump *bump)
{
    while (bump->chunks) {
        struct bl_bump_chunk *chunk = bump->chunks;

        bump->chunks = chunk->next;
        free(chunk);
    }
    bump->held = 0;
}

int bl_bump_fail(const struct bl_bump *bump, struct bl_err *err)
{
    if (bump->ran_over)
        return bl_fail(
            err, BL_STEP_FIELD, 0,
            "the message has too many small parts: it needs more than %zu bytes of memory",
            bump->ceiling);
    return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a message");
}

static void *take(void *bump, size_t size)
{
    return bl_bump_alloc(bump, 1, size);
}

static void give(void *bump, void *piece)
{
    (void)bump; /* all goes at once */
    (void)piece;
}

ProtobufCAllocator bl_bump_allocator(struct bl_bump *bump)
{
    return (ProtobufCAllocator){.alloc = take, .free = give, .allocator_data = bump};
}
