#include "executor/rpc/server.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "executor/rpc/server_private.h"

enum { SHARES_PART = 8 }; /* of what may be buffered: server.h */

struct client *bl_server_find_idlest(const struct bl_server *server)
{
    struct client *idlest = NULL, *latest = server->clients;
    uint64_t since_ns, least_ns = UINT64_MAX;

    for (struct client *client = latest; client; client = client->next) {
        if (client == latest || client->parts)
            continue;
        since_ns = bl_connection_idle_since_ns(bl_transport_connection(client->transport));
        if (client->has_asked && since_ns != UINT64_MAX)
            since_ns += BL_SERVER_REGARD_NS;
        if (since_ns < least_ns) {
            least_ns = since_ns;
            idlest = client;
        }
    }
    return idlest;
}

static bool has_idle(const struct bl_server *server)
{
    for (const struct client *client = server->clients; client; client = client->next)
        if (!client->parts &&
            bl_connection_idle_since_ns(bl_transport_connection(client->transport)) != UINT64_MAX)
            return true;
    return false;
}

bool bl_server_is_full(const struct bl_server *server)
{
    return server->client_count - server->parting >= server->options.max_connections;
}

/* The one function that decides whether connections are accepted: also where one would have to make
 * room. */
void bl_server_open_gates(struct bl_server *server)
{
    bool open = !bl_server_is_full(server) || has_idle(server);

    if (open == server->is_open)
        return;
    server->is_open = open;
    for (unsigned i = 0; i < server->gate_count; i++) {
        if (!server->gates[i].listener)
            continue;
        if (open)
            bl_listener_resume(server->gates[i].listener);
        else
            bl_listener_pause(server->gates[i].listener);
    }
}

static void tell_drained(void *ctx)
{
    struct bl_server *server = ctx;

    server->on_drained(server->drained_ctx);
}

void bl_server_look_whether_drained(struct bl_server *server)
{
    if (server->on_drained && server->client_count == 0)
        bl_loop_defer(server->options.loop, &server->drained);
}

/* The largest message must come through where nobody else holds anything. */
static void share_out(struct bl_quota *quota, const struct bl_server_options *options)
{
    size_t message = options->services->max_message_bytes;
    size_t spare =
        options->max_buffered_bytes > message ? options->max_buffered_bytes - message : 0;
    size_t shares = options->max_buffered_bytes / SHARES_PART;

    if (shares > spare / 2)
        shares = spare / 2;
    quota->max_bytes = options->max_buffered_bytes;
    quota->assured_bytes = shares / options->max_connections;
    quota->reserved_bytes = quota->assured_bytes * options->max_connections;
}

int bl_server_new(struct bl_server **out, const struct bl_server_options *options,
                  struct bl_err *err)
{
    struct bl_server *server = calloc(1, sizeof(*server));

    assert(options->max_connections > 0);
    if (!server)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "server");
    server->options = *options;
    server->handshakes.limit = (struct bl_rate_limit){.burst = 10, .per_second = 1};
    server->limits = *options->limits;
    server->peers.connections = options->connections;
    share_out(&server->quota, options);
    server->drained.work = tell_drained;
    server->drained.ctx = server;
    server->is_open = true;
    *out = server;
    return 0;
}

int bl_server_listen(struct bl_server *server, const struct bl_address *address, mode_t mode,
                     struct bl_tls *tls, struct bl_err *err)
{
    struct gate *gate = &server->gates[server->gate_count];

    if (server->gate_count == BL_SERVER_LISTENERS_MAX)
        return bl_fail(err, BL_STEP_ADDRESS, 0, "more than %d addresses", BL_SERVER_LISTENERS_MAX);
    gate->server = server;
    gate->tls = tls;
    if (bl_listener_new(&gate->listener, server->options.loop, address, mode, tls != NULL,
                        bl_server_on_accept, gate, err) != 0)
        return -1;
    gate->address = *bl_listener_address(gate->listener);
    server->gate_count++;
    return 0;
}

void bl_server_renew_tls(struct bl_server *server, const struct bl_tls *before,
                         struct bl_tls *after)
{
    for (unsigned i = 0; i < server->gate_count; i++)
        if (server->gates[i].tls == before)
            server->gates[i].tls = after;
}

const struct bl_address *bl_server_address(const struct bl_server *server, unsigned n)
{
    assert(n < server->gate_count);
    return &server->gates[n].address;
}

static void close_gates(struct bl_server *server)
{
    for (unsigned i = 0; i < server->gate_count; i++)
        bl_listener_free(&server->gates[i].listener);
}

void bl_server_drain(struct bl_server *server, void (*on_drained)(void *ctx), void *ctx)
{
    assert(!server->on_drained);
    close_gates(server);
    server->on_drained = on_drained;
    server->drained_ctx = ctx;
    for (struct client *client = server->clients; client; client = client->next)
        bl_transport_drain(client->transport);
    bl_server_look_whether_drained(server);
}

unsigned bl_server_connections(const struct bl_server *server)
{
    return server->client_count;
}

uint64_t bl_server_turned_away(const struct bl_server *server)
{
    return server->turned_away;
}

size_t bl_server_buffered_bytes(const struct bl_server *server)
{
    return server->quota.used_bytes;
}

void bl_server_free(struct bl_server **server)
{
    struct bl_server *object = *server;

    if (!object)
        return;
    close_gates(object);
    while (object->clients)
        bl_server_client_free(object->clients);
    bl_loop_undefer(object->options.loop, &object->drained);
    bl_peer_book_release(&object->peers);
    free(object);
    *server = NULL;
}
