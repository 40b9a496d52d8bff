/* http.c - the server's end of accepting, and the clock; see http.h. */
#include "executor/server/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/base/log.h"
#include "executor/server/http_private.h"

static void on_accept(void *ctx, int fd, const struct bl_peer *peer)
{
    struct bl_http *http = ctx;
    struct bl_err err;

    (void)peer;
    if (http->count == http->options.connections_max)
        bl_http_connection_free(http->oldest);
    if (bl_http_connection_new(http, fd, &err) != 0)
        bl_log_error(BL_LOG_WARNING, "http connection refused", &err);
}

static void on_due(void *ctx)
{
    struct bl_http *http = ctx;
    uint64_t now_ns = bl_now_ns();

    while (http->oldest && bl_http_connection_due_ns(http->oldest) <= now_ns)
        bl_http_connection_free(http->oldest);
}

void bl_http_watch_clock(struct bl_http *http)
{
    if (http->oldest)
        bl_timer_arm(http->timer, bl_http_connection_due_ns(http->oldest));
    else
        bl_timer_disarm(http->timer);
}

static int check(const struct bl_http_options *options, struct bl_err *err)
{
    if (options->connections_max == 0 || options->connections_max > BL_HTTP_CONNECTIONS_MOST)
        return bl_fail(err, BL_STEP_FIELD, 0, "http connections: %u is not within 1 to %d",
                       options->connections_max, BL_HTTP_CONNECTIONS_MOST);
    if (options->request_ns == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "http request time: 0");
    return 0;
}

int bl_http_new(struct bl_http **out, const struct bl_http_options *options, struct bl_err *err)
{
    struct bl_http *http;

    if (check(options, err) != 0)
        return -1;
    http = calloc(1, sizeof(*http));
    if (!http)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "http server");
    http->options = *options;
    /* "encrypted" lets the listener take an address that others can reach; what is served here is
     * no secret between machines of one operator, and he said so. */
    if (bl_timer_new(&http->timer, options->loop, on_due, http, err) != 0 ||
        bl_listener_new(&http->listener, options->loop, options->address, options->mode,
                        options->remote, on_accept, http, err) != 0) {
        bl_http_free(&http);
        return -1;
    }
    *out = http;
    return 0;
}

const struct bl_address *bl_http_address(const struct bl_http *http)
{
    return bl_listener_address(http->listener);
}

unsigned bl_http_connections(const struct bl_http *http)
{
    return http->count;
}

void bl_http_free(struct bl_http **http)
{
    if (!*http)
        return;
    while ((*http)->oldest)
        bl_http_connection_free((*http)->oldest);
    bl_listener_free(&(*http)->listener);
    bl_timer_free(&(*http)->timer);
    free(*http);
    *http = NULL;
}
