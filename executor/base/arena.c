/* arena.c - bump allocation in blocks; see arena.h. */
#include "executor/base/arena.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024, ALIGNMENT = 16 };

struct bl_arena_block {
    struct bl_arena_block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

void bl_arena_release(struct bl_arena *arena)
{
    while (arena->blocks) {
        struct bl_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

static struct bl_arena_block *add_block(struct bl_arena *arena, size_t least)
{
    size_t size = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    struct bl_arena_block *block = malloc(sizeof(*block) + size);

    if (!block)
        return NULL;
    *block = (struct bl_arena_block){.size = size, .next = arena->blocks};
    arena->blocks = block;
    return block;
}

void *bl_arena_alloc(struct bl_arena *arena, size_t count, size_t size, struct bl_err *err)
{
    struct bl_arena_block *block = arena->blocks;
    size_t bytes;
    void *taken;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%zu elements", count);
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!block || block->size - block->used < bytes)
        block = add_block(arena, bytes);
    if (!block) {
        (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%zu bytes", bytes);
        return NULL;
    }
    taken = block->bytes + block->used;
    block->used += bytes;
    return memset(taken, 0, bytes); /* not whole blocks: most are hardly begun */
}

char *bl_arena_string(struct bl_arena *arena, const char *bytes, size_t length, struct bl_err *err)
{
    char *copy = bl_arena_alloc(arena, length + 1, 1, err);

    if (copy && length)
        memcpy(copy, bytes, length);
    return copy;
}

char *bl_arena_format(struct bl_arena *arena, struct bl_err *err, const char *format, ...)
{
    va_list args;
    int length;
    char *text;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        (void)bl_fail(err, BL_STEP_MEMORY, errno, "formatting");
        return NULL;
    }
    text = bl_arena_alloc(arena, (size_t)length + 1, 1, err);
    if (!text)
        return NULL;
    va_start(args, format);
    (void)vsnprintf(text, (size_t)length + 1, format, args); /* measured above */
    va_end(args);
    return text;
}

static size_t skip_word(const char *text, size_t at)
{
    while (text[at] && !isspace((unsigned char)text[at]))
        at++;
    return at;
}

static size_t skip_blanks(const char *text, size_t at)
{
    while (isspace((unsigned char)text[at]))
        at++;
    return at;
}

const char *const *bl_arena_words(struct bl_arena *arena, const char *text, size_t *count,
                                  struct bl_err *err)
{
    size_t words = 0;
    const char **list;

    for (size_t at = skip_blanks(text, 0); text[at]; at = skip_blanks(text, skip_word(text, at)))
        words++;
    list = bl_arena_alloc(arena, words + 1, sizeof(*list), err);
    if (!list)
        return NULL;
    if (count)
        *count = words;
    words = 0;
    for (size_t at = skip_blanks(text, 0); text[at];) {
        size_t end = skip_word(text, at);

        list[words] = bl_arena_string(arena, text + at, end - at, err);
        if (!list[words++])
            return NULL;
        at = skip_blanks(text, end);
    }
    return list;
}
