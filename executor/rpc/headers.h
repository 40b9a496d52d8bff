/* headers.h - the header fields of one message as they came, bounded. Pure.
 *
 * Names are lower case: HTTP/2 has no others, and nghttp2 refuses them. Values hold no NUL, for the
 * same reason. Values of names that end in "-bin" are base64, as they came. */
#ifndef BL_RPC_HEADERS_H
#define BL_RPC_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bl_field {
    const char *name, *value;
};

/* {.max_bytes = n} is a valid start. */
struct bl_headers {
    char *text; /* name NUL value NUL, one field behind the other */
    size_t length, room;
    size_t listed_bytes, max_bytes; /* as SETTINGS_MAX_HEADER_LIST_SIZE counts: 32 more a field */
    bool overflown;                 /* more came than max_bytes or than memory holds */
};

/* bl_headers_add - false, with `overflown` set for good, where the bound or memory is used up. */
bool bl_headers_add(struct bl_headers *headers, const uint8_t *name, size_t name_length,
                    const uint8_t *value, size_t value_length);

/* bl_headers_get - the first value of a name, lent; NULL: there is none. */
const char *bl_headers_get(const struct bl_headers *headers, const char *name);

/* bl_headers_next - walks all fields in the order in which they came: start with {NULL, NULL};
 * false at the end. What it points to is lent. */
bool bl_headers_next(const struct bl_headers *headers, struct bl_field *field);

void bl_headers_release(struct bl_headers *headers); /* idempotent */

#endif
