/* A server's connection, fed any bytes behind a client's first ones through the real callbacks: it
 * neither crashes nor holds more than it may, and what it took is given back. The first byte says
 * how the bytes are cut, so that each way of splitting is tried. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct served {
    struct bl_call *call;
    unsigned messages;
};

/* Answers each message, pauses at every third, ends at the fifth. */
static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct served *served = ctx;
    struct bl_err err;

    served->messages++;
    if (bl_call_send(served->call, bytes, length, &err) != 0 || served->messages == 5) {
        bl_call_finish(served->call, BL_RPC_OK, "enough", NULL, 0);
        free(served);
    } else if (served->messages == 3) {
        bl_call_pause(served->call);
        bl_call_resume(served->call);
    }
}

static void on_half_close(void *ctx)
{
    struct served *served = ctx;

    bl_call_finish(served->call, BL_RPC_OK, NULL, NULL, 0);
    free(served);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    assert(why != BL_RPC_OK);
    free(ctx);
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_half_close = on_half_close, .on_cancel = on_cancel};

static void on_call(void *service, struct bl_call *call)
{
    struct served *served = calloc(1, sizeof(*served));

    (void)service;
    if (!served) {
        bl_call_finish(call, BL_RPC_UNAVAILABLE, NULL, NULL, 0);
        return;
    }
    served->call = call;
    bl_call_accept(call, &handlers, served);
}

static const struct bl_method methods[] = {{"/a.B/C", BL_METHOD_MANY_REQUESTS, on_call},
                                           {"/a.B/D", BL_METHOD_ONE_REQUEST, on_call},
                                           {NULL, BL_METHOD_ONE_REQUEST, NULL}};
static const struct bl_service service = {methods, NULL};
static const struct bl_services services = {
    .list = &service, .count = 1, .max_message_bytes = 4096};
static const struct bl_peer peer;

static void on_stream(void *ctx, struct bl_stream *stream)
{
    (void)ctx;
    bl_call_begin(stream, &services, &peer);
}

static void on_wake(void *ctx)
{
    (void)ctx;
}

static void feed(struct bl_connection *connection, const uint8_t *bytes, size_t length,
                 uint64_t *now_ns)
{
    uint8_t out[4096];
    bl_autofree uint8_t *copy = malloc(length > 0 ? length : 1);

    if (!copy)
        return;
    if (length > 0)
        memcpy(copy, bytes, length);
    *now_ns += BL_NS_PER_MS;
    bl_connection_receive(connection, copy, length, *now_ns);
    bl_connection_tick(connection, *now_ns);
    while (bl_connection_send(connection, out, sizeof(out)) > 0)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t begin[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    static const struct bl_connection_owner owner = {on_stream, on_wake, NULL};
    struct bl_quota all = {.max_bytes = 1 << 20};
    struct bl_connection *connection;
    uint64_t now_ns = BL_NS_PER_S;
    size_t step = size > 0 && data[0] > 0 ? data[0] : size;
    struct bl_err err;

    if (bl_connection_new(&connection, false, &bl_connection_limits_default, &owner, &all, NULL,
                          now_ns, &err) != 0)
        return 0;
    feed(connection, begin, sizeof(begin), &now_ns); /* the text's own NUL is the last byte */
    for (size_t at = 1; at < size && !bl_connection_is_over(connection); at += step)
        feed(connection, data + at, step < size - at ? step : size - at, &now_ns);
    assert(bl_connection_streams(connection) <= bl_connection_limits_default.max_streams);
    bl_connection_free(&connection);
    assert(all.used_bytes == 0);
    return 0;
}
