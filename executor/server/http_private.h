/* http_private.h - what http*.c share: the server's connections, oldest first. */
#ifndef BL_SERVER_HTTP_PRIVATE_H
#define BL_SERVER_HTTP_PRIVATE_H

#include "executor/rpc/listener.h"
#include "executor/server/http.h"
#include "executor/server/http_request.h"

struct bl_http_connection;

struct bl_http {
    struct bl_http_options options;
    struct bl_listener *listener;
    struct bl_timer *timer; /* armed for the oldest: all have the same time, so it is due first */
    struct bl_http_connection *oldest, *newest;
    unsigned count;
};

/* bl_http_connection_new - takes fd, also on failure. Fails with MEMORY, LOOP. */
int bl_http_connection_new(struct bl_http *http, int fd, struct bl_err *err);

/* bl_http_connection_free - closes it; in its own callbacks, too. */
void bl_http_connection_free(struct bl_http_connection *connection);

uint64_t bl_http_connection_due_ns(const struct bl_http_connection *connection);

/* bl_http_watch_clock - arms the timer for whoever is the oldest now. */
void bl_http_watch_clock(struct bl_http *http);

#endif
