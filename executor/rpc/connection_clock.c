/* connection_clock.c - what a connection does because time passes. */
#include <stdlib.h>

#include "executor/rpc/connection_private.h"

/* Opaque bytes of our PINGs: one asks whether the peer is there, the other how long it takes until
 * it has seen our GOAWAY. */
static const uint8_t alive[8] = "bl-alive", drained[8] = "bl-drain";

static uint64_t later(uint64_t from_ns, uint64_t duration_ns)
{
    return duration_ns == 0 || from_ns > UINT64_MAX - duration_ns ? UINT64_MAX
                                                                  : from_ns + duration_ns;
}

void bl_connection_due_by(struct bl_connection *connection, uint64_t at_ns)
{
    if (at_ns >= connection->due_ns)
        return;
    connection->due_ns = at_ns;
    bl_connection_wake(connection);
}

uint64_t bl_connection_due_ns(const struct bl_connection *connection)
{
    return connection->due_ns;
}

uint64_t bl_connection_message_due_ns(const struct bl_connection *connection, uint64_t began_ns,
                                      size_t length)
{
    uint64_t more_ns = length / BL_MESSAGE_PACE_BYTES * BL_NS_PER_S;

    return connection->limits.message_ns == 0
               ? UINT64_MAX
               : later(began_ns, connection->limits.message_ns + more_ns);
}

/* When each clock but the streams' own strikes. */
enum clock { PREFACE, IDLE, AGE, SEEN, DRAIN, PING, PONG, LAST_WORD, CLOCKS };

static void read_clocks(const struct bl_connection *connection, uint64_t at_ns[CLOCKS])
{
    const struct bl_connection_limits *limits = &connection->limits;
    const uint64_t never = UINT64_MAX;

    for (int i = 0; i < CLOCKS; i++)
        at_ns[i] = never;
    if (connection->deaf) { /* nothing but the end is to come */
        at_ns[LAST_WORD] = later(connection->deaf_ns, LAST_WORD_NS);
        return;
    }
    at_ns[PREFACE] = connection->greeted ? never : later(connection->born_ns, limits->preface_ns);
    at_ns[IDLE] = connection->streams || connection->ended
                      ? never
                      : later(connection->idle_ns, limits->idle_ns);
    at_ns[AGE] = connection->ended ? never : later(connection->born_ns, limits->age_ns);
    at_ns[SEEN] = connection->drain_ns > 0 && !connection->last_named
                      ? later(connection->drain_ns, SEEN_NS)
                      : never;
    at_ns[DRAIN] = connection->drain_ns > 0 ? later(connection->drain_ns, limits->drain_ns) : never;
    at_ns[PING] = connection->pinged_ns > 0 || !connection->greeted
                      ? never
                      : later(connection->heard_ns, limits->keepalive_ns);
    at_ns[PONG] =
        connection->pinged_ns > 0 ? later(connection->pinged_ns, limits->keepalive_wait_ns) : never;
}

static void find_due(struct bl_connection *connection)
{
    uint64_t at_ns[CLOCKS], due_ns = UINT64_MAX;

    read_clocks(connection, at_ns);
    for (int i = 0; i < CLOCKS; i++)
        due_ns = at_ns[i] < due_ns ? at_ns[i] : due_ns;
    for (const struct bl_stream *stream = connection->streams; stream; stream = stream->next)
        due_ns = stream->deadline_ns < due_ns ? stream->deadline_ns : due_ns;
    connection->due_ns = due_ns;
}

void bl_connection_clock_start(struct bl_connection *connection)
{
    connection->born_ns = connection->heard_ns = connection->idle_ns = connection->now_ns;
    find_due(connection);
}

static void ping(struct bl_connection *connection)
{
    /* One that can't be sent, for lack of memory, is not answered either. */
    (void)nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, alive);
    connection->pinged_ns = connection->now_ns;
}

/* The last stream is named when no request can be under way that the peer sent before it saw the
 * first GOAWAY: its answer to a PING behind that GOAWAY proves it. A peer that does not read now (a
 * client of gRPC's C core without a call looks at its sockets every five seconds) holds up nobody:
 * what it may have sent by then is not served, and it is told so. */
void bl_connection_drain(struct bl_connection *connection)
{
    if (connection->drain_ns > 0 || connection->gone)
        return;
    connection->drain_ns = connection->now_ns;
    connection->ended = true;
    if (connection->client || nghttp2_submit_shutdown_notice(connection->session) != 0 ||
        nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, drained) != 0)
        bl_connection_pong(connection);
    bl_connection_due_by(connection, later(connection->now_ns, connection->limits.drain_ns));
    bl_connection_due_by(connection, later(connection->now_ns, SEEN_NS));
    bl_connection_wake(connection);
}

void bl_connection_pong(struct bl_connection *connection)
{
    connection->pinged_ns = 0;
    if (connection->drain_ns == 0 || connection->last_named)
        return;
    connection->last_named = true;
    if (nghttp2_submit_goaway(connection->session, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(connection->session),
                              NGHTTP2_NO_ERROR, NULL, 0) != 0)
        connection->gone = true;
    bl_connection_wake(connection);
}

static void strike(struct bl_connection *connection, enum clock clock)
{
    switch (clock) {
    case PREFACE:
    case PONG:
        connection->mute = true;
        connection->gone = true;
        break;
    case LAST_WORD:
        connection->gone = true;
        break;
    case IDLE:
    case AGE:
        bl_connection_drain(connection);
        break;
    case SEEN:
        bl_connection_pong(connection);
        break;
    case DRAIN:
        bl_connection_terminate(connection, NGHTTP2_NO_ERROR);
        break;
    case PING:
        ping(connection);
        break;
    case CLOCKS:
        abort();
    }
}

/* on_deadline makes no callback and frees no stream (stream.h): the list holds still. A stream that
 * nobody listens to is one whose headers are not whole, and without them nothing that follows can
 * be read (HPACK). */
static void tell_deadlines(struct bl_connection *connection)
{
    for (struct bl_stream *stream = connection->streams; stream; stream = stream->next) {
        if (stream->deadline_ns > connection->now_ns)
            continue;
        stream->deadline_ns = UINT64_MAX;
        if (stream->events)
            stream->events->on_deadline(stream->ctx);
        else
            bl_connection_terminate(connection, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

void bl_connection_tick(struct bl_connection *connection, uint64_t now_ns)
{
    uint64_t at_ns[CLOCKS];

    connection->now_ns = now_ns;
    connection->woken = true; /* the caller sends afterwards anyway */
    if (now_ns < connection->due_ns || connection->gone)
        return;
    tell_deadlines(connection);
    read_clocks(connection, at_ns);
    for (int i = 0; i < CLOCKS; i++) {
        if (at_ns[i] <= now_ns)
            strike(connection, (enum clock)i);
    }
    find_due(connection);
}
