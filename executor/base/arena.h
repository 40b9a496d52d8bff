/* arena.h - memory that is freed together: everything that a package, a language file or a job
 * becomes.
 *
 * Such a thing is hundreds of small strings and lists with one life. They come from here, are never
 * freed one by one, and are all gone with bl_arena_release(). What may be asked for is bounded by
 * the readers (yaml.h, say), so the arena itself has no bound. */
#ifndef BL_BASE_ARENA_H
#define BL_BASE_ARENA_H

#include <stddef.h>

#include "bailiff/err.h"

struct bl_arena {
    struct bl_arena_block *blocks; /* NULL: empty; {0} is a valid start */
};

void bl_arena_release(struct bl_arena *arena); /* idempotent */

/* bl_arena_alloc - count zeroed elements of size bytes, aligned for anything.
 * NULL with *err set (MEMORY) where there is none or the product overflows. */
void *bl_arena_alloc(struct bl_arena *arena, size_t count, size_t size, struct bl_err *err);

/* bl_arena_string - a copy of length bytes with a NUL behind it. NULL with *err set. */
char *bl_arena_string(struct bl_arena *arena, const char *bytes, size_t length, struct bl_err *err);

/* bl_arena_format - as asprintf(3). NULL with *err set. */
__attribute__((format(printf, 3, 4))) char *
bl_arena_format(struct bl_arena *arena, struct bl_err *err, const char *format, ...);

/* bl_arena_words - the words of a text, split at blanks, as a NULL-terminated list; *count (may be
 * NULL) is their number. No quoting: as the package format has it. NULL with *err set. */
const char *const *bl_arena_words(struct bl_arena *arena, const char *text, size_t *count,
                                  struct bl_err *err);

#endif
