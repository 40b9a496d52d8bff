/* server_client.c - a server's connections, from their acceptance to their end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/rpc/server_private.h"

static void note_busy(struct client *client, bool is_busy)
{
    if (client->is_busy == is_busy)
        return;
    client->is_busy = is_busy;
    bl_peer_busy(&client->server->peers, client->account, is_busy);
}

static void note_fault(struct client *client, uint64_t now_ns)
{
    if (client->blamed || !bl_connection_is_at_fault(bl_transport_connection(client->transport)))
        return;
    client->blamed = true;
    bl_peer_blame(&client->server->peers, client->account, now_ns);
}

void bl_server_client_free(struct client *client)
{
    struct bl_server *server = client->server;

    note_fault(client, bl_now_ns());
    note_busy(client, false);
    bl_transport_free(&client->transport);
    bl_peer_close(&server->peers, client->account, bl_now_ns());
    *(client->previous ? &client->previous->next : &server->clients) = client->next;
    if (client->next)
        client->next->previous = client->previous;
    server->client_count--;
    server->parting -= client->parts;
    free(client);
}

/* Who only looks whether the port is open, as balancers do each second, is not told of; nor, unless
 * everything is, more of them than somebody can read. */
static void log_handshake(struct bl_server *server, const struct bl_transport *transport)
{
    const struct bl_err *why = bl_transport_why(transport);

    if (bl_transport_is_ready(transport) || why->step != BL_STEP_TLS)
        return;
    bl_log(bl_rate_spend(&server->handshakes, bl_now_ns()) ? BL_LOG_INFO : BL_LOG_DEBUG,
           "a TLS handshake failed", bl_log_text("peer", bl_transport_peer(transport)->address),
           bl_log_text("why", why->detail));
}

static void on_over(void *ctx, struct bl_transport *transport)
{
    struct client *client = ctx;
    struct bl_server *server = client->server;

    log_handshake(server, transport);
    bl_server_client_free(client);
    bl_server_open_gates(server);
    bl_server_look_whether_drained(server);
}

/* Perhaps others wait to be accepted. */
static void on_quiet(void *ctx, struct bl_transport *transport)
{
    struct client *client = ctx;
    struct bl_server *server = client->server;

    (void)transport;
    note_busy(client, false);
    if (!server->is_open)
        bl_server_open_gates(server);
}

static uint64_t on_received(void *ctx, struct bl_transport *transport, uint64_t took_ns,
                            uint64_t now_ns)
{
    struct client *client = ctx;

    (void)transport;
    note_fault(client, now_ns);
    return bl_peer_spend(&client->server->peers, client->account, took_ns, now_ns);
}

static void on_stream(void *ctx, struct bl_transport *transport, struct bl_stream *stream)
{
    struct client *client = ctx;

    note_busy(client, true);
    client->has_asked = true;
    bl_call_begin(stream, client->server->options.services, bl_transport_peer(transport));
    if (client->server->is_open && bl_server_is_full(client->server))
        bl_server_open_gates(client->server); /* it may have been the last one without a call */
}

/* Takes fd; the account with success only. */
static int add_client(struct gate *gate, int fd, const struct bl_peer *peer,
                      struct bl_peer_account *account, uint64_t from_ns, struct bl_err *err)
{
    struct bl_server *server = gate->server;
    struct client *client = calloc(1, sizeof(*client));
    const struct bl_transport_options options = {
        .loop = server->options.loop,
        .limits = &server->limits,
        .quota = &server->quota,
        .tls = gate->tls,
        .from_ns = from_ns,
        .on_stream = on_stream,
        .on_received = on_received,
        .on_over = on_over,
        .on_quiet = on_quiet,
        .ctx = client,
    };

    if (!client) {
        (void)close(fd);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "client");
    }
    client->server = server;
    client->account = account;
    if (bl_transport_new(&client->transport, fd, peer, &options, err) != 0) {
        free(client);
        return -1;
    }
    client->next = server->clients;
    if (client->next)
        client->next->previous = client;
    server->clients = client;
    server->client_count++;
    return 0;
}

/* SETTINGS and GOAWAY (RFC 9113, 6.5 and 6.8), of which some clients show their people the words.
 */
static void turn_away(const struct gate *gate, int fd)
{
    static const char words[] = "too many new connections";
    static const uint8_t head[] = {0,
                                   0,
                                   0,
                                   4,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0, /* SETTINGS: none */
                                   0,
                                   0,
                                   8 + sizeof(words) - 1,
                                   7,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0, /* GOAWAY: */
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   NGHTTP2_ENHANCE_YOUR_CALM};
    uint8_t all[sizeof(head) + sizeof(words) - 1];

    gate->server->turned_away++;
    bl_listener_rest(gate->listener);
    if (gate->tls)
        return;
    memcpy(all, head, sizeof(head));
    memcpy(all + sizeof(head), words, sizeof(words) - 1);
    (void)send(fd, all, sizeof(all), MSG_NOSIGNAL | MSG_DONTWAIT); /* who has gone misses nothing */
}

/* Takes fd. Who is turned away is no failure. */
static int admit(struct gate *gate, int fd, const struct bl_peer *peer, struct bl_err *err)
{
    struct bl_server *server = gate->server;
    bl_autoclose int socket_fd = fd;
    uint64_t now_ns = bl_now_ns(), from_ns;
    struct bl_peer_account *account = bl_peer_open(&server->peers, peer->origin, now_ns, &from_ns);

    if (!account)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "peer");
    if (from_ns == UINT64_MAX) {
        turn_away(gate, fd);
        return 0;
    }
    if (add_client(gate, bl_take_fd(&socket_fd), peer, account, from_ns, err) == 0)
        return 0;
    bl_peer_close(&server->peers, account, now_ns);
    return -1;
}

/* Who holds a connection and asks for nothing, half of a call included, must not keep others out.
 */
static void make_room(struct bl_server *server)
{
    struct client *idlest = bl_server_find_idlest(server);

    if (!idlest)
        return; /* they have got calls meanwhile */
    idlest->parts = true;
    server->parting++;
    bl_transport_part(idlest->transport);
}

void bl_server_on_accept(void *ctx, int fd, const struct bl_peer *peer)
{
    struct gate *gate = ctx;
    unsigned before = gate->server->client_count;
    bool was_full = bl_server_is_full(gate->server);
    struct bl_err err;

    if (admit(gate, fd, peer, &err) != 0)
        bl_log_error(BL_LOG_WARNING, "a connection was turned away", &err);
    else if (was_full && gate->server->client_count > before)
        make_room(gate->server);
    bl_server_open_gates(gate->server);
}
