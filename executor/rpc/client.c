#include "executor/rpc/client.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

struct bl_client {
    struct bl_transport *transport; /* NULL: lost */
    struct bl_err why;              /* it was; step NONE: not known */
    struct bl_connection_limits limits;
    void (*on_lost)(void *ctx);
    void *ctx;
};

static void on_stream(void *ctx, struct bl_transport *transport, struct bl_stream *stream)
{
    (void)ctx, (void)transport, (void)stream;
    assert(false); /* we have told servers that they must not open any */
}

static void on_over(void *ctx, struct bl_transport *transport)
{
    struct bl_client *client = ctx;

    client->why = *bl_transport_why(transport); /* its calls hear of the end next, and may ask */
    bl_transport_free(&client->transport);
    if (client->on_lost)
        client->on_lost(client->ctx); /* may free the client */
}

static int begin_connect(int *out, const struct bl_address *address, struct bl_err *err)
{
    bl_autoclose int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    char text[BL_ADDRESS_TEXT_MAX];
    const int on = 1;

    if (fd < 0)
        return bl_fail(err, BL_STEP_CONNECT, errno, "socket");
    if (address->any.sa_family != AF_UNIX)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* slower without */
    if (connect(fd, &address->any, address->length) != 0 && errno != EINPROGRESS)
        return bl_fail(err, BL_STEP_CONNECT, errno, "%s", bl_address_text(address, text));
    *out = bl_take_fd(&fd);
    return 0;
}

int bl_client_new(struct bl_client **out, const struct bl_client_options *options,
                  struct bl_err *err)
{
    bl_autofree struct bl_client *client = calloc(1, sizeof(*client));
    bl_autoclose int fd = -1;
    struct bl_peer peer = {.has_ids = false};

    if (!client)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "client");
    client->limits = *options->limits;
    client->on_lost = options->on_lost;
    client->ctx = options->ctx;
    if (begin_connect(&fd, &options->address, err) != 0 ||
        bl_transport_new(&client->transport, bl_take_fd(&fd), &peer,
                         &(const struct bl_transport_options){
                             .loop = options->loop,
                             .client = true,
                             .limits = &client->limits,
                             .tls = options->tls,
                             .server_name = options->server_name,
                             .on_stream = on_stream,
                             .on_over = on_over,
                             .ctx = client,
                         },
                         err) != 0)
        return -1;
    *out = bl_take(&client);
    return 0;
}

int bl_client_call(struct bl_client_call **out, struct bl_client *client,
                   const struct bl_client_request *request,
                   const struct bl_client_handlers *handlers, void *ctx, struct bl_err *err)
{
    if (!client->transport)
        return bl_fail(err, BL_STEP_CONNECT, 0, "the connection is lost");
    return bl_client_call_start(out, bl_transport_connection(client->transport), request, handlers,
                                ctx, err);
}

const struct bl_err *bl_client_why(const struct bl_client *client)
{
    return &client->why;
}

void bl_client_free(struct bl_client **client)
{
    if (!*client)
        return;
    bl_transport_free(&(*client)->transport);
    free(*client);
    *client = NULL;
}
