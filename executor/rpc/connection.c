#include "executor/rpc/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/connection_private.h"

const struct bl_connection_limits bl_connection_limits_default = {
    .max_streams = 128,
    .max_header_bytes = 16 << 10,
    .stream_window_bytes = 256 << 10,
    .max_buffered_bytes = 80 << 20, /* one message of the largest size, and what goes with it */
    .resets = {.burst = 256, .per_second = 128}, /* all streams that there may be, and again */
    .control = {.burst = 512, .per_second = 128},
    .preface_ns = 10 * BL_NS_PER_S,
    .message_ns = 60 * BL_NS_PER_S,
    .idle_ns = 900 * BL_NS_PER_S,
    .drain_ns = 60 * BL_NS_PER_S,
    .keepalive_ns = 60 * BL_NS_PER_S,
    .keepalive_wait_ns = 20 * BL_NS_PER_S,
};

enum { CONNECTION_WINDOW_BYTES = 4 << 20, ANSWERS_MAX = 1024 };

void bl_connection_wake(struct bl_connection *connection)
{
    if (connection->woken)
        return;
    connection->woken = true;
    connection->owner.on_wake(connection->owner.ctx);
}

void bl_connection_terminate(struct bl_connection *connection, uint32_t http2_code)
{
    if (connection->deaf)
        return;
    connection->deaf = true;
    connection->at_fault = http2_code != NGHTTP2_NO_ERROR && http2_code != NGHTTP2_INTERNAL_ERROR;
    connection->deaf_ns = connection->now_ns;
    connection->ended = true;
    bl_connection_due_by(connection, connection->now_ns + LAST_WORD_NS);
    if (nghttp2_session_terminate_session(connection->session, http2_code) != 0)
        connection->gone = true; /* no memory for a last word */
    bl_connection_wake(connection);
}

/* Sizes of nghttp2's own bounds are its defaults where they suit: 8 CONTINUATION frames, 1000
 * acknowledgements unread, 64 KiB of header block, 32 entries of SETTINGS. */
static nghttp2_option *make_options(void)
{
    nghttp2_option *option;

    if (nghttp2_option_new(&option) != 0)
        return NULL;
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1); /* kept for priorities only */
    /* Ours come first and say ENHANCE_YOUR_CALM; this one would say INTERNAL_ERROR. */
    nghttp2_option_set_stream_reset_rate_limit(option, UINT32_MAX, UINT32_MAX);
    return option;
}

static int make_session(struct bl_connection *connection, nghttp2_mem *memory)
{
    nghttp2_session_callbacks *callbacks = bl_connection_callbacks();
    nghttp2_option *option = make_options();
    int status = NGHTTP2_ERR_NOMEM;

    if (callbacks && option)
        status = (connection->client ? nghttp2_session_client_new3 : nghttp2_session_server_new3)(
            &connection->session, callbacks, connection, option, memory);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    return status;
}

static int submit_settings(struct bl_connection *connection)
{
    const struct bl_connection_limits *limits = &connection->limits;
    const nghttp2_settings_entry server[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->stream_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->max_header_bytes},
    };
    const nghttp2_settings_entry client[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->stream_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->max_header_bytes},
    };
    int status =
        nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE,
                                connection->client ? client : server, BL_ARRAY_LEN(server));

    if (status == 0)
        status = nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0,
                                                       CONNECTION_WINDOW_BYTES);
    return status;
}

int bl_connection_new(struct bl_connection **out, bool client,
                      const struct bl_connection_limits *limits,
                      const struct bl_connection_owner *owner, struct bl_quota *parent,
                      nghttp2_mem *memory, uint64_t now_ns, struct bl_err *err)
{
    struct bl_connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "connection");
    connection->client = client;
    connection->limits = *limits;
    connection->owner = *owner;
    connection->quota =
        (struct bl_quota){.max_bytes = limits->max_buffered_bytes, .parent = parent};
    connection->resets.limit = limits->resets;
    connection->control.limit = limits->control;
    connection->now_ns = now_ns;
    connection->woken = true; /* whoever makes it sends at once */
    if (make_session(connection, memory) != 0 || submit_settings(connection) != 0) {
        bl_connection_free(&connection);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "HTTP/2 session");
    }
    bl_connection_clock_start(connection);
    *out = connection;
    return 0;
}

void bl_connection_free(struct bl_connection **connection)
{
    struct bl_connection *object = *connection;

    if (!object)
        return;
    object->woken = true; /* nobody is to be woken for what is going */
    object->gone = true;
    while (object->streams)
        bl_stream_close(object->streams, NGHTTP2_CONNECT_ERROR);
    nghttp2_session_del(object->session);
    free(object);
    *connection = NULL;
}

static uint32_t code_of(ssize_t nghttp2_error)
{
    switch (nghttp2_error) {
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
        return NGHTTP2_ENHANCE_YOUR_CALM;
    case NGHTTP2_ERR_NOMEM:
    case NGHTTP2_ERR_CALLBACK_FAILURE:
        return NGHTTP2_INTERNAL_ERROR;
    default:
        return NGHTTP2_PROTOCOL_ERROR;
    }
}

void bl_connection_receive(struct bl_connection *connection, const uint8_t *bytes, size_t length,
                           uint64_t now_ns)
{
    ssize_t status;

    connection->now_ns = now_ns;
    connection->heard_ns = now_ns;
    connection->heard = true;
    connection->woken = true; /* the caller sends afterwards anyway */
    if (connection->deaf || connection->gone)
        return;
    status = nghttp2_session_mem_recv(connection->session, bytes, length);
    if (status < 0)
        bl_connection_terminate(connection, code_of(status));
}

size_t bl_connection_send(struct bl_connection *connection, uint8_t *out, size_t room)
{
    size_t sent = 0;

    connection->woken = true;
    /* Before the first use of nghttp2, which must not be on the stack of what listeners do. */
    for (struct bl_stream *stream = connection->streams; stream; stream = stream->next)
        bl_stream_take_turn(stream);
    while (sent < room && !connection->gone) {
        size_t part = connection->unsent_length;

        if (part == 0) {
            ssize_t more = nghttp2_session_mem_send(connection->session, &connection->unsent);

            connection->gone =
                more < 0; /* no memory: half a frame must not be followed by another */
            if (more <= 0)
                break;
            connection->unsent_length = (size_t)more;
            continue;
        }
        if (part > room - sent)
            part = room - sent;
        memcpy(out + sent, connection->unsent, part);
        connection->unsent += part;
        connection->unsent_length -= part;
        sent += part;
    }
    connection->woken = false;
    return sent;
}

void bl_connection_part(struct bl_connection *connection)
{
    bl_connection_terminate(connection, NGHTTP2_NO_ERROR);
}

uint64_t bl_connection_idle_since_ns(const struct bl_connection *connection)
{
    for (const struct bl_stream *stream = connection->streams; stream; stream = stream->next)
        if (stream->events)
            return UINT64_MAX;
    return connection->idle_ns;
}

bool bl_connection_is_over(const struct bl_connection *connection)
{
    return connection->gone ||
           (connection->unsent_length == 0 &&
            nghttp2_session_want_write(connection->session) == 0 &&
            (connection->deaf || nghttp2_session_want_read(connection->session) == 0));
}

bool bl_connection_is_at_fault(const struct bl_connection *connection)
{
    return connection->at_fault;
}

bool bl_connection_is_strange(const struct bl_connection *connection)
{
    return connection->heard && !connection->greeted;
}

bool bl_connection_is_mute(const struct bl_connection *connection)
{
    return connection->mute;
}

bool bl_connection_is_congested(const struct bl_connection *connection)
{
    return connection->deaf ||
           nghttp2_session_get_outbound_queue_size(connection->session) > ANSWERS_MAX;
}

bool bl_connection_takes_streams(const struct bl_connection *connection)
{
    return !connection->ended && !connection->deaf && !connection->gone &&
           nghttp2_session_check_request_allowed(connection->session) != 0;
}

uint64_t bl_connection_now_ns(const struct bl_connection *connection)
{
    return connection->now_ns;
}

struct bl_quota *bl_connection_quota(struct bl_connection *connection)
{
    return &connection->quota;
}

void *bl_connection_ctx(const struct bl_connection *connection)
{
    return connection->owner.ctx;
}

unsigned bl_connection_streams(const struct bl_connection *connection)
{
    return connection->stream_count;
}
