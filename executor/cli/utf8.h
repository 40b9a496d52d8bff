/* utf8.h - texts that came from outside (names, paths, arguments) as JSON can carry them. Pure. */
#ifndef BL_CLI_UTF8_H
#define BL_CLI_UTF8_H

#include <jansson.h>

/* bl_utf8_json - a JSON string; each byte that belongs to no character becomes U+FFFD. NULL only
 * without memory. */
json_t *bl_utf8_json(const char *text);

#endif
