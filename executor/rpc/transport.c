#include "executor/rpc/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/rpc/outlet.h"

enum {
    READ_BYTES = 64 << 10,       /* at most; and at least: */
    READ_BYTES_LEAST = 16 << 10, /* a call and its reset that are read apart cost a sandbox */
    WRITE_BYTES = 64 << 10,
    PLAIN_BYTES = 16 << 10,    /* one TLS record */
    ROUND_BYTES = 1024 << 10,  /* sent at once before others have their turn */
    LINGER_BYTES = 1024 << 10, /* read and thrown away behind a last word */
};

#define LINGER_NS BL_NS_PER_S
#define LONG_READ_NS (BL_NS_PER_MS / 2) /* of one, after which less is read at once */
#define FLUSH_NS \
    (5 * BL_NS_PER_S) /* for a slow peer to take what is unsent of an ended connection */

struct bl_transport {
    int fd;
    struct bl_transport_options options;
    struct bl_peer peer;
    struct bl_connection *connection;
    struct bl_tls_session *tls; /* NULL: plain */
    struct bl_watch *watch;
    struct bl_timer *timer;
    struct bl_deferred deferred; /* serve(): after whoever woke us has returned */
    struct bl_outlet outlet;
    uint64_t due_ns;      /* what the timer is armed for; UINT64_MAX: not armed */
    uint64_t ready_by_ns; /* the TLS handshake; UINT64_MAX: done */
    uint64_t linger_ns;   /* when to stop waiting for the peer to read our last word; 0: not yet */
    size_t lingered_bytes;
    size_t read_bytes; /* so many at once */
    uint64_t rest_ns;  /* nothing is read until then; 0: it is */
    struct bl_err why; /* the first reason for its end; step NONE: none but ours */
    bool ready;        /* the TLS handshake is done */
    bool gone;         /* on_over is next */
    bool parts;        /* after one more attempt to write */
    bool busy;         /* there have been streams since on_quiet */
};

static void on_stream(void *ctx, struct bl_stream *stream)
{
    struct bl_transport *transport = ctx;

    transport->busy = true;
    transport->options.on_stream(transport->options.ctx, transport, stream);
}

static void on_wake(void *ctx)
{
    struct bl_transport *transport = ctx;

    bl_loop_defer(transport->options.loop, &transport->deferred);
}

/* The first reason counts: others follow from it. */
static void end_for(struct bl_transport *transport, enum bl_step step, int sys_errno,
                    const char *words)
{
    transport->gone = true;
    if (transport->why.step == BL_STEP_NONE)
        bl_err_fill(&transport->why, step, sys_errno, "%s", words);
}

/* The next bytes for the socket. Returns how many; 0: none now. */
static size_t take_output(struct bl_transport *transport, uint8_t *out, size_t room)
{
    uint8_t plain[PLAIN_BYTES];
    size_t length;

    if (!transport->tls)
        return bl_connection_send(transport->connection, out, room);
    length = bl_tls_session_send(transport->tls, out, room);
    if (length > 0 || !bl_tls_session_is_ready(transport->tls))
        return length;
    length = bl_connection_send(transport->connection, plain, sizeof(plain));
    if (length == 0)
        return 0;
    transport->gone = !bl_tls_session_write(transport->tls, plain, length);
    return transport->gone ? 0 : bl_tls_session_send(transport->tls, out, room);
}

/* BL_SENT_ALL: nothing is left to send. */
static enum bl_sent write_all(struct bl_transport *transport)
{
    uint8_t bytes[WRITE_BYTES];
    enum bl_sent sent = bl_outlet_flush(&transport->outlet);
    size_t length, done, round = 0;

    while (sent == BL_SENT_ALL && (length = take_output(transport, bytes, sizeof(bytes))) > 0) {
        sent = bl_outlet_send(&transport->outlet, bytes, length, &done);
        round += done;
        if (sent == BL_SENT_ALL && round >= ROUND_BYTES)
            return BL_SENT_PART; /* the socket is still writable: the loop comes back */
    }
    return sent;
}

/* A close() while unread bytes wait would reset the connection, and with it our last word; and a
 * peer that takes nothing must not keep us for good. A Unix socket keeps what was sent, so who is
 * at fault there is not waited for. */
static void begin_linger(struct bl_transport *transport, enum bl_sent sent)
{
    if (transport->linger_ns > 0)
        return;
    if (transport->tls && bl_tls_session_is_ready(transport->tls))
        bl_tls_session_close(transport->tls);
    transport->linger_ns = bl_now_ns() + (sent == BL_SENT_PART ? FLUSH_NS : LINGER_NS);
}

static short interest(const struct bl_transport *transport, enum bl_sent sent)
{
    bool reads = transport->linger_ns > 0 ||
                 (transport->rest_ns == 0 && !bl_connection_is_congested(transport->connection));

    return (short)((reads ? EV_READ : 0) | (sent == BL_SENT_PART ? EV_WRITE : 0));
}

static void set_timer(struct bl_transport *transport)
{
    uint64_t due_ns = bl_connection_due_ns(transport->connection);

    if (transport->ready_by_ns < due_ns)
        due_ns = transport->ready_by_ns;
    if (transport->rest_ns > 0 && transport->rest_ns < due_ns)
        due_ns = transport->rest_ns;
    if (transport->linger_ns > 0)
        due_ns = transport->linger_ns;
    if (due_ns == transport->due_ns)
        return;
    transport->due_ns = due_ns;
    if (due_ns == UINT64_MAX)
        bl_timer_disarm(transport->timer);
    else
        bl_timer_arm(transport->timer, due_ns);
}

static void tell_quiet(struct bl_transport *transport)
{
    if (!transport->busy || bl_connection_streams(transport->connection) > 0)
        return;
    transport->busy = false;
    if (transport->options.on_quiet)
        transport->options.on_quiet(transport->options.ctx, transport);
}

/* Where nothing else is known. A peer that speaks another language gets our GOAWAY, or goes. */
static void find_reason(struct bl_transport *transport)
{
    if (bl_connection_is_strange(transport->connection))
        end_for(transport, BL_STEP_CONNECT, 0, "it does not speak HTTP/2");
    else if (bl_connection_is_mute(transport->connection))
        end_for(transport, BL_STEP_CONNECT, 0, "timed out: it is silent");
}

/* The one function that decides what happens next: after bytes, time or a wish of the services. */
static void serve(void *ctx)
{
    struct bl_transport *transport = ctx;
    enum bl_sent sent = transport->gone ? BL_SENT_FAILED : write_all(transport);
    struct bl_err err;

    if (sent == BL_SENT_FAILED && !transport->gone)
        end_for(transport, BL_STEP_CONNECT, errno, "");
    if (sent != BL_SENT_FAILED && bl_connection_is_over(transport->connection)) {
        transport->gone =
            transport->peer.has_ids && bl_connection_is_at_fault(transport->connection);
        begin_linger(transport, sent);
        if (sent == BL_SENT_ALL)
            sent = write_all(transport); /* TLS: its good-bye */
        if (sent == BL_SENT_ALL)
            (void)shutdown(transport->fd, SHUT_WR); /* fails where the peer has gone already */
    }
    if (sent != BL_SENT_FAILED &&
        bl_watch_want(transport->watch, interest(transport, sent), &err) != 0)
        sent = BL_SENT_FAILED; /* nothing would wake us again */
    if (sent == BL_SENT_FAILED || transport->gone || transport->parts) {
        (void)bl_watch_want(transport->watch, 0, &err); /* narrowing never fails */
        bl_timer_disarm(transport->timer);
        find_reason(transport);
        transport->options.on_over(transport->options.ctx, transport);
        return;
    }
    set_timer(transport);
    tell_quiet(transport);
}

static void note_ready(struct bl_transport *transport)
{
    if (transport->ready || !bl_tls_session_is_ready(transport->tls))
        return;
    transport->ready = true;
    transport->ready_by_ns = UINT64_MAX;
    bl_tls_session_subject(transport->tls, transport->peer.subject,
                           sizeof(transport->peer.subject));
}

static void receive_tls(struct bl_transport *transport, const uint8_t *bytes, size_t length,
                        uint64_t now_ns)
{
    uint8_t plain[PLAIN_BYTES];
    ssize_t got;

    transport->gone = !bl_tls_session_receive(transport->tls, bytes, length);
    while (!transport->gone &&
           (got = bl_tls_session_read(transport->tls, plain, sizeof(plain))) != 0) {
        note_ready(transport); /* before the first request, which may ask who the peer is */
        if (got > 0)
            bl_connection_receive(transport->connection, plain, (size_t)got, now_ns);
        /* What the session still says (an alert) goes out with the next write, if it can. */
        transport->gone = got < 0;
    }
    note_ready(transport);
    if (!transport->gone)
        return;
    if (bl_tls_session_why(transport->tls))
        end_for(transport, BL_STEP_TLS, 0, bl_tls_session_why(transport->tls));
    (void)write_all(transport);
}

static void receive(struct bl_transport *transport, uint64_t now_ns)
{
    uint8_t bytes[READ_BYTES];
    ssize_t length = recv(transport->fd, bytes, transport->read_bytes, 0);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 && !bl_connection_is_strange(transport->connection))
        end_for(transport, BL_STEP_CONNECT, length < 0 ? errno : 0,
                length < 0 ? "" : "it ended the connection");
    else if (length <= 0)
        transport->gone = true;
    else if (transport->linger_ns > 0)
        transport->gone = (transport->lingered_bytes += (size_t)length) > LINGER_BYTES;
    else if (transport->tls)
        receive_tls(transport, bytes, (size_t)length, now_ns);
    else
        bl_connection_receive(transport->connection, bytes, (size_t)length, now_ns);
}

/* What is in one piece of the same size may be the bytes of a file, or hundreds of calls. */
static void receive_some(struct bl_transport *transport)
{
    const struct bl_transport_options *options = &transport->options;
    uint64_t began_ns = bl_now_ns(), now_ns, took_ns;

    receive(transport, began_ns);
    now_ns = bl_now_ns();
    took_ns = now_ns - began_ns;
    if (took_ns > LONG_READ_NS && transport->read_bytes > READ_BYTES_LEAST)
        transport->read_bytes /= 2;
    else if (took_ns < LONG_READ_NS / 4 && transport->read_bytes < READ_BYTES)
        transport->read_bytes *= 2;
    if (options->on_received)
        transport->rest_ns = options->on_received(options->ctx, transport, took_ns, now_ns);
}

static void on_ready(void *ctx, short what)
{
    struct bl_transport *transport = ctx;

    if (what & EV_READ)
        receive_some(transport);
    bl_loop_defer(transport->options.loop, &transport->deferred);
}

static void on_due(void *ctx)
{
    struct bl_transport *transport = ctx;
    uint64_t now_ns = bl_now_ns();

    transport->due_ns = UINT64_MAX;
    if (transport->rest_ns <= now_ns)
        transport->rest_ns = 0;
    if (transport->ready_by_ns <= now_ns)
        end_for(transport, BL_STEP_TLS, 0, "timed out: it did not finish the handshake");
    transport->gone =
        transport->gone || (transport->linger_ns > 0 && transport->linger_ns <= now_ns);
    bl_connection_tick(transport->connection, now_ns);
    bl_loop_defer(transport->options.loop, &transport->deferred);
}

static int set_up(struct bl_transport *transport, struct bl_err *err)
{
    const struct bl_transport_options *options = &transport->options;
    const struct bl_connection_owner owner = {on_stream, on_wake, transport};
    uint64_t now_ns = bl_now_ns();

    if (bl_connection_new(&transport->connection, options->client, options->limits, &owner,
                          options->quota, NULL, now_ns, err) != 0)
        return -1;
    if (options->tls &&
        bl_tls_session_new(&transport->tls, options->tls, options->server_name, err) != 0)
        return -1;
    if (options->tls && options->limits->preface_ns > 0)
        transport->ready_by_ns = now_ns + options->limits->preface_ns;
    if (bl_timer_new(&transport->timer, options->loop, on_due, transport, err) != 0 ||
        bl_watch_new(&transport->watch, options->loop, transport->fd, on_ready, transport, err) !=
            0)
        return -1;
    if (!options->client)
        bl_watch_be_patient(transport->watch);
    transport->rest_ns = options->from_ns > now_ns ? options->from_ns : 0;
    return bl_watch_want(transport->watch, transport->rest_ns > 0 ? 0 : EV_READ, err);
}

int bl_transport_new(struct bl_transport **out, int fd, const struct bl_peer *peer,
                     const struct bl_transport_options *options, struct bl_err *err)
{
    bl_autoclose int socket_fd = fd;
    struct bl_transport *transport = calloc(1, sizeof(*transport));

    if (!transport)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "transport");
    transport->fd = bl_take_fd(&socket_fd);
    transport->outlet.fd = transport->fd;
    transport->options = *options;
    transport->peer = *peer;
    transport->deferred.work = serve;
    transport->deferred.ctx = transport;
    transport->due_ns = UINT64_MAX;
    transport->ready_by_ns = UINT64_MAX;
    transport->read_bytes = READ_BYTES_LEAST;
    if (set_up(transport, err) != 0) {
        bl_transport_free(&transport);
        return -1;
    }
    if (transport->tls && options->client) /* the handshake begins with us */
        (void)bl_tls_session_read(transport->tls, (uint8_t[1]){0}, 1);
    bl_loop_defer(options->loop, &transport->deferred); /* our SETTINGS */
    *out = transport;
    return 0;
}

void bl_transport_free(struct bl_transport **transport)
{
    struct bl_transport *object = *transport;

    if (!object)
        return;
    bl_connection_free(&object->connection);
    bl_loop_undefer(object->options.loop, &object->deferred);
    bl_watch_free(&object->watch);
    bl_timer_free(&object->timer);
    bl_tls_session_free(&object->tls);
    bl_close_fd(&object->fd);
    bl_outlet_release(&object->outlet);
    free(object);
    *transport = NULL;
}

struct bl_connection *bl_transport_connection(struct bl_transport *transport)
{
    return transport->connection;
}

const struct bl_peer *bl_transport_peer(const struct bl_transport *transport)
{
    return &transport->peer;
}

const struct bl_err *bl_transport_why(const struct bl_transport *transport)
{
    return &transport->why;
}

bool bl_transport_is_ready(const struct bl_transport *transport)
{
    return !transport->tls || transport->ready;
}

void bl_transport_part(struct bl_transport *transport)
{
    bl_connection_part(transport->connection);
    transport->parts = true;
    bl_loop_defer(transport->options.loop, &transport->deferred);
}

void bl_transport_drain(struct bl_transport *transport)
{
    bl_connection_drain(transport->connection);
    bl_loop_defer(transport->options.loop, &transport->deferred);
}
