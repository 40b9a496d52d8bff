/* http_request.h - the head of one HTTP/1.x request (RFC 9112), strictly. Pure.
 *
 * Strict on purpose: whoever is not understood at once is told so and let go. No bodies, no folded
 * lines, no bare newlines, targets in origin form only. */
#ifndef BL_SERVER_HTTP_REQUEST_H
#define BL_SERVER_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BL_HTTP_HEAD_MAX = 8192, /* bytes of a request's head, with its empty line */
    BL_HTTP_LINE_MAX = 1024, /* of its first line */
};

struct bl_http_request {
    bool head_only;              /* HEAD: the answer's body stays here */
    char path[BL_HTTP_LINE_MAX]; /* without the query; as it came, not decoded */
};

/* bl_http_request_parse - what to answer to the bytes so far: 0 nothing yet, more must come; 200
 * the request is whole and *request is set; else the status that refuses it: 400 malformed, 405
 * another method than GET and HEAD, 413 with a body, 414, 431 too long, 505 another version than
 * 1.0 and 1.1. What can't become a request any more is refused before it is whole. */
unsigned bl_http_request_parse(const char *bytes, size_t length, struct bl_http_request *request);

#endif
