/* utf8.h - texts that came from outside: are they UTF-8, and what stands for those that are not.
 *
 * Pure (limits/utf8.c). UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above
 * U+10FFFF. */
#ifndef BAILIFF_UTF8_H
#define BAILIFF_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* bl_utf8_length - bytes of the character at the start of text: 1 to 4, or 0 where none is whole
 * and well formed. */
size_t bl_utf8_length(const char *text, size_t length);

/* bl_utf8_valid - whole characters from end to end, and no NUL among them. */
bool bl_utf8_valid(const char *text, size_t length);

enum { BL_UTF8_GROWTH = 3 }; /* a byte may become so many */

/* bl_utf8_clean - copies, each byte that belongs to no character as U+FFFD. clean: room for
 * BL_UTF8_GROWTH * length + 1 bytes. Returns the length; a NUL stands behind it. */
size_t bl_utf8_clean(char *clean, const char *text, size_t length);

#endif
