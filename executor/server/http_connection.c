/* http_connection.c - one request, one answer; see http.h.
 *
 * READING until the head is whole or can't become one, WRITING the answer, then LEAVING: what the
 * peer still sends is read and thrown away, because closing on unread bytes makes the kernel reset
 * the connection, and the peer may lose the answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "executor/server/http_private.h"

enum { HEADERS_MAX = 512, LEFTOVER_MAX = 64 * 1024 };

enum state { READING, WRITING, LEAVING };

struct bl_http_connection {
    struct bl_http *http;
    struct bl_http_connection *older, *newer;
    struct bl_watch *watch;
    int fd;
    enum state state;
    uint64_t due_ns;
    char in[BL_HTTP_HEAD_MAX];
    size_t in_length; /* LEAVING: what was thrown away as well */
    char *out; /* HEADERS_MAX, in which the headers end where the body begins, and the body */
    size_t out_at, out_end;
};

static const struct {
    unsigned status;
    const char *text;
} statuses[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *status_text(unsigned status)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == status)
            return statuses[i].text;
    }
    return "Unknown";
}

/* The one setter of the state, and of what is waited for. False: the connection is gone. */
static bool enter(struct bl_http_connection *connection, enum state state)
{
    struct bl_err err;

    connection->state = state;
    if (bl_watch_want(connection->watch, state == WRITING ? EV_WRITE : EV_READ, &err) == 0)
        return true;
    bl_http_connection_free(connection);
    return false;
}

/* The answer of a page, or of none. */
static void fill(const struct bl_http *http, unsigned status, const char *path,
                 struct bl_http_reply *reply)
{
    reply->status = status;
    reply->content_type = "text/plain; charset=utf-8";
    for (size_t i = 0; status == 200 && i < http->options.page_count; i++) {
        const struct bl_http_page *page = &http->options.pages[i];

        if (strcmp(page->path, path) == 0) {
            page->fill(page->ctx, reply);
            return;
        }
    }
    if (status == 200)
        reply->status = 404;
    reply->length = (size_t)snprintf(reply->body, BL_HTTP_BODY_MAX, "%u %s\n", reply->status,
                                     status_text(reply->status));
}

/* Puts headers right before the body. */
static void put_headers(struct bl_http_connection *connection, const struct bl_http_reply *reply,
                        bool head_only)
{
    char headers[HEADERS_MAX];
    int length = snprintf(headers, sizeof(headers),
                          "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                          "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                          "Connection: close\r\n\r\n",
                          reply->status, status_text(reply->status), reply->content_type,
                          reply->length, reply->status == 405 ? "Allow: GET, HEAD\r\n" : "");

    connection->out_at = HEADERS_MAX - (size_t)length;
    memcpy(connection->out + connection->out_at, headers, (size_t)length);
    connection->out_end = HEADERS_MAX + (head_only ? 0 : reply->length);
}

/* False: the connection is gone. */
static bool answer(struct bl_http_connection *connection, unsigned status,
                   const struct bl_http_request *request)
{
    struct bl_http_reply reply = {.length = 0};

    connection->out = malloc(HEADERS_MAX + BL_HTTP_BODY_MAX);
    if (!connection->out) { /* turned away without a word */
        bl_http_connection_free(connection);
        return false;
    }
    reply.body = connection->out + HEADERS_MAX;
    fill(connection->http, status, request->path, &reply);
    put_headers(connection, &reply, request->head_only);
    return enter(connection, WRITING);
}

static bool is_later(ssize_t length)
{
    return length < 0 && (errno == EAGAIN || errno == EINTR);
}

static void read_request(struct bl_http_connection *connection)
{
    struct bl_http_request request = {.head_only = false};
    ssize_t length = recv(connection->fd, connection->in + connection->in_length,
                          sizeof(connection->in) - connection->in_length, 0);
    unsigned status;

    if (is_later(length))
        return;
    if (length <= 0) {
        bl_http_connection_free(connection);
        return;
    }
    connection->in_length += (size_t)length;
    status = bl_http_request_parse(connection->in, connection->in_length, &request);
    if (status != 0)
        (void)answer(connection, status, &request); /* gone or waiting: nothing more to do */
}

static void write_answer(struct bl_http_connection *connection)
{
    ssize_t length = send(connection->fd, connection->out + connection->out_at,
                          connection->out_end - connection->out_at, MSG_NOSIGNAL);

    if (is_later(length))
        return;
    if (length < 0) {
        bl_http_connection_free(connection);
        return;
    }
    connection->out_at += (size_t)length;
    if (connection->out_at < connection->out_end)
        return;
    free(connection->out);
    connection->out = NULL;
    if (shutdown(connection->fd, SHUT_WR) != 0)
        bl_http_connection_free(connection);
    else
        (void)enter(connection, LEAVING); /* gone or waiting: nothing more to do */
}

static void leave(struct bl_http_connection *connection)
{
    ssize_t length = recv(connection->fd, connection->in, sizeof(connection->in), 0);

    if (is_later(length))
        return;
    connection->in_length += length > 0 ? (size_t)length : 0;
    if (length <= 0 || connection->in_length > LEFTOVER_MAX)
        bl_http_connection_free(connection);
}

static void on_ready(void *ctx, short what)
{
    struct bl_http_connection *connection = ctx;

    (void)what;
    switch (connection->state) {
    case READING:
        read_request(connection);
        break;
    case WRITING:
        write_answer(connection);
        break;
    case LEAVING:
        leave(connection);
        break;
    }
}

int bl_http_connection_new(struct bl_http *http, int fd, struct bl_err *err)
{
    bl_autoclose int owned = fd;
    bl_autofree struct bl_http_connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "http connection");
    if (bl_watch_new(&connection->watch, http->options.loop, fd, on_ready, connection, err) != 0)
        return -1;
    if (bl_watch_want(connection->watch, EV_READ, err) != 0) {
        bl_watch_free(&connection->watch);
        return -1;
    }
    connection->http = http;
    connection->fd = bl_take_fd(&owned);
    connection->due_ns = bl_now_ns() + http->options.request_ns;
    connection->older = http->newest;
    *(http->newest ? &http->newest->newer : &http->oldest) = connection;
    http->newest = connection;
    http->count++;
    if (http->oldest == connection)
        bl_http_watch_clock(http);
    (void)bl_take(&connection);
    return 0;
}

void bl_http_connection_free(struct bl_http_connection *connection)
{
    struct bl_http *http = connection->http;
    bool was_oldest = http->oldest == connection;

    *(connection->older ? &connection->older->newer : &http->oldest) = connection->newer;
    *(connection->newer ? &connection->newer->older : &http->newest) = connection->older;
    http->count--;
    bl_watch_free(&connection->watch);
    bl_close_fd(&connection->fd);
    free(connection->out);
    free(connection);
    if (was_oldest)
        bl_http_watch_clock(http);
}

uint64_t bl_http_connection_due_ns(const struct bl_http_connection *connection)
{
    return connection->due_ns;
}
