/* utf8.h - texts that came from outside (names, paths, arguments) as JSON can carry them. Pure. */
#ifndef BL_CLI_UTF8_H
#define BL_CLI_UTF8_H

#include <jansson.h>
#include <stddef.h>

/* bl_utf8_length - bytes of the character at the start of text: 1 to 4, or 0 where none is whole
 * and well formed (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF). */
size_t bl_utf8_length(const char *text, size_t length);

/* bl_utf8_json - a JSON string; each byte that belongs to no character becomes U+FFFD. NULL only
 * without memory. */
json_t *bl_utf8_json(const char *text);

#endif
