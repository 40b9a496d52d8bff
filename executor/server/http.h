/* http.h - a few pages for machines: /metrics, /healthz (process: worker).
 *
 * One request for each connection, GET and HEAD, answered whole and closed: what a scraper or a
 * probe needs, and nothing beyond it. A connection has one deadline, from accept to close, however
 * its bytes trickle; where there are too many the oldest makes room, so that whoever holds some
 * open keeps nobody out. Not libevent's evhttp: 2.1 counts only silence (a peer that sends a byte
 * now and then held a connection with a timeout of 2 s for as long as it was watched) and has no
 * bound on connections (1000 of 1000 were kept). */
#ifndef BL_SERVER_HTTP_H
#define BL_SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/base/loop.h"
#include "executor/rpc/address.h"

struct bl_http;

enum { BL_HTTP_BODY_MAX = 64 * 1024 };

struct bl_http_reply {
    unsigned status;          /* 200 or 503; 200 where it is not touched */
    const char *content_type; /* "text/plain; charset=utf-8" where it is not touched */
    char *body;               /* BL_HTTP_BODY_MAX bytes to be filled */
    size_t length;            /* how many were */
};

struct bl_http_page {
    const char *path; /* exactly */
    /* Must not free the server. */
    void (*fill)(void *ctx, struct bl_http_reply *reply);
    void *ctx;
};

struct bl_http_options {
    struct bl_loop *loop;
    const struct bl_address *address;
    mode_t mode; /* of a Unix socket's file */
    bool remote; /* an address that other hosts can reach may be used, without TLS; else refused */
    unsigned connections_max;         /* 1 to BL_HTTP_CONNECTIONS_MOST; each some 80 KiB at most */
    uint64_t request_ns;              /* for a whole connection; > 0 */
    const struct bl_http_page *pages; /* borrowed */
    size_t page_count;
};

enum { BL_HTTP_CONNECTIONS_MOST = 1024 };

/* bl_http_new - serves from now on. Fails with FIELD (options), ADDRESS, LISTEN, MEMORY, LOOP. */
int bl_http_new(struct bl_http **out, const struct bl_http_options *options, struct bl_err *err);

/* Where it listens, with the port that was chosen. */
const struct bl_address *bl_http_address(const struct bl_http *http);

unsigned bl_http_connections(const struct bl_http *http);

/* bl_http_free - closes all. Not in a page's fill. */
void bl_http_free(struct bl_http **http);

#endif
