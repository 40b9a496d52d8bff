#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/rpc_scene.h"

static void on_served_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct rpc_heard *heard = ctx;
    struct bl_err err;

    heard->messages++;
    heard->bytes += length;
    if (heard->call && heard->echo)
        assert_int_equal(bl_call_send(heard->call, bytes, length, &err), 0);
}

static void on_served_half_close(void *ctx)
{
    struct rpc_heard *heard = ctx;

    heard->half_closes++;
    if (!heard->echo)
        return;
    bl_call_finish(heard->call, BL_RPC_OK, NULL, NULL, 0);
    heard->call = NULL;
}

static void on_served_writable(void *ctx)
{
    ((struct rpc_heard *)ctx)->writables++;
}

static void on_served_cancel(void *ctx, enum bl_rpc_status why)
{
    struct rpc_heard *heard = ctx;

    heard->cancels++;
    heard->why = why;
    heard->call = NULL;
}

static const struct bl_call_handlers served = {
    .on_message = on_served_message,
    .on_half_close = on_served_half_close,
    .on_writable = on_served_writable,
    .on_cancel = on_served_cancel,
};

static void on_call(void *service, struct bl_call *call)
{
    struct rpc_scene *scene = service;
    struct rpc_heard *heard = &scene->served[scene->served_count++ % 8];

    *heard = (struct rpc_heard){.call = call, .echo = scene->echo};
    bl_call_accept(call, &served, heard);
    if (scene->hold)
        bl_call_pause(call);
}

static const struct bl_method methods[] = {
    {"/test.Echo/One", BL_METHOD_ONE_REQUEST, on_call},
    {"/test.Echo/Many", BL_METHOD_MANY_REQUESTS, on_call},
    {"/test.Echo/Load", BL_METHOD_UPLOAD, on_call},
    {NULL, BL_METHOD_ONE_REQUEST, NULL},
};

static void on_stream(void *ctx, struct bl_stream *stream)
{
    struct rpc_scene *scene = ctx;

    bl_call_begin(stream, &scene->services, &scene->peer);
}

static void on_no_stream(void *ctx, struct bl_stream *stream)
{
    (void)ctx, (void)stream;
    fail_msg("a server opened a stream");
}

static void on_wake(void *ctx)
{
    ((struct rpc_scene *)ctx)->wakes++;
}

int rpc_set_up(void **state)
{
    struct rpc_scene *scene = calloc(1, sizeof(*scene));

    if (!scene)
        return -1;
    scene->limits = bl_connection_limits_default;
    scene->all.max_bytes = SIZE_MAX;
    scene->max_message_bytes = BL_FRAME_MAX_DEFAULT;
    scene->now_ns = 1000 * BL_NS_PER_S;
    scene->service = (struct bl_service){methods, scene};
    *state = scene;
    return 0;
}

int rpc_tear_down(void **state)
{
    struct rpc_scene *scene = *state;

    bl_connection_free(&scene->client);
    bl_connection_free(&scene->server);
    assert_int_equal(scene->all.used_bytes, 0);
    free(scene);
    return 0;
}

void rpc_connect_raw(struct rpc_scene *scene)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const struct bl_connection_owner owner = {on_stream, on_wake, scene};
    struct bl_err err;

    scene->services = (struct bl_services){
        .list = &scene->service, .count = 1, .max_message_bytes = scene->max_message_bytes};
    assert_int_equal(bl_connection_new(&scene->server, false, &scene->limits, &owner, &scene->all,
                                       NULL, scene->now_ns, &err),
                     0);
    rpc_raw(scene, preface, sizeof(preface) - 1);
}

void rpc_connect(struct rpc_scene *scene)
{
    const struct bl_connection_owner owner = {on_stream, on_wake, scene};
    const struct bl_connection_owner client = {on_no_stream, on_wake, scene};
    struct bl_err err;

    scene->services = (struct bl_services){
        .list = &scene->service, .count = 1, .max_message_bytes = scene->max_message_bytes};
    assert_int_equal(bl_connection_new(&scene->server, false, &scene->limits, &owner, &scene->all,
                                       NULL, scene->now_ns, &err),
                     0);
    assert_int_equal(bl_connection_new(&scene->client, true, &bl_connection_limits_default, &client,
                                       NULL, NULL, scene->now_ns, &err),
                     0);
    rpc_settle(scene);
}

/* In an allocation of exactly the size, so that reading on is seen. */
static void give(struct bl_connection *connection, const uint8_t *bytes, size_t length,
                 uint64_t now_ns)
{
    bl_autofree uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, bytes, length);
    bl_connection_receive(connection, copy, length, now_ns);
}

static size_t move(struct bl_connection *from, struct bl_connection *to, uint64_t now_ns)
{
    uint8_t bytes[4096];
    size_t length, all = 0;

    while ((length = bl_connection_send(from, bytes, sizeof(bytes))) > 0) {
        give(to, bytes, length, now_ns);
        all += length;
    }
    return all;
}

void rpc_to_server(struct rpc_scene *scene)
{
    (void)move(scene->client, scene->server, scene->now_ns);
}

void rpc_to_client(struct rpc_scene *scene)
{
    (void)move(scene->server, scene->client, scene->now_ns);
}

void rpc_settle(struct rpc_scene *scene)
{
    while (move(scene->client, scene->server, scene->now_ns) +
               move(scene->server, scene->client, scene->now_ns) >
           0)
        continue;
}

void rpc_raw(struct rpc_scene *scene, const void *bytes, size_t length)
{
    size_t more;

    give(scene->server, bytes, length, scene->now_ns);
    do {
        /* What was said long ago makes room. */
        if (scene->to_client_length > sizeof(scene->to_client) / 2)
            scene->to_client_length = 0;
        more = bl_connection_send(scene->server, scene->to_client + scene->to_client_length,
                                  sizeof(scene->to_client) - scene->to_client_length);
        scene->to_client_length += more;
    } while (more > 0);
}

void rpc_raw_frame(struct rpc_scene *scene, uint8_t type, uint8_t flags, uint32_t stream,
                   const void *payload, size_t length)
{
    uint8_t frame[9 + 1024] = {(uint8_t)(length >> 16),
                               (uint8_t)(length >> 8),
                               (uint8_t)length,
                               type,
                               flags,
                               (uint8_t)(stream >> 24),
                               (uint8_t)(stream >> 16),
                               (uint8_t)(stream >> 8),
                               (uint8_t)stream};

    assert_true(length <= 1024);
    if (length > 0)
        memcpy(frame + 9, payload, length);
    rpc_raw(scene, frame, 9 + length);
}

/* HPACK "literal header field never indexed", new name, no Huffman: RFC 7541, 6.2.3. */
static size_t put_field(uint8_t *out, const char *name, const char *value)
{
    size_t at = 0;

    out[at++] = 0x10;
    out[at++] = (uint8_t)strlen(name);
    memcpy(out + at, name, strlen(name));
    at += strlen(name);
    out[at++] = (uint8_t)strlen(value);
    memcpy(out + at, value, strlen(value));
    return at + strlen(value);
}

void rpc_raw_request(struct rpc_scene *scene, uint32_t stream, uint8_t flags)
{
    uint8_t block[512];
    size_t length = put_field(block, ":method", "POST");

    length += put_field(block + length, ":scheme", "http");
    length += put_field(block + length, ":path", "/test.Echo/Many");
    length += put_field(block + length, ":authority", "localhost");
    length += put_field(block + length, "content-type", "application/grpc");
    length += put_field(block + length, "te", "trailers");
    rpc_raw_frame(scene, NGHTTP2_HEADERS, flags, stream, block, length);
}

const uint8_t *rpc_raw_said(const struct rpc_scene *scene, uint8_t type, size_t *length)
{
    const uint8_t *found = NULL;

    for (size_t at = 0; at + 9 <= scene->to_client_length;) {
        const uint8_t *frame = scene->to_client + at;
        size_t size = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];

        if (frame[3] == type) {
            found = frame + 9;
            *length = size;
        }
        at += 9 + size;
    }
    return found;
}

uint32_t rpc_raw_goaway(const struct rpc_scene *scene)
{
    size_t length;
    const uint8_t *said = rpc_raw_said(scene, NGHTTP2_GOAWAY, &length);

    return said ? (uint32_t)said[4] << 24 | (uint32_t)said[5] << 16 | (uint32_t)said[6] << 8 |
                      said[7]
                : UINT32_MAX;
}

static void on_client_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct rpc_heard *heard = ctx;

    for (size_t i = 0; i < length; i++)
        assert_int_equal(bytes[i], (uint8_t)i);
    heard->messages++;
    heard->bytes += length;
}

static void on_client_end(void *ctx, enum bl_rpc_status status, const char *message,
                          const struct bl_headers *trailers)
{
    struct rpc_heard *heard = ctx;
    const char *trailer = bl_headers_get(trailers, "x-trailer");

    heard->ends++;
    heard->client = NULL;
    heard->status = status;
    strcpy(heard->message, message);
    strcpy(heard->trailer, trailer ? trailer : "");
}

static const struct bl_client_handlers called = {on_client_message, on_client_end};

void rpc_call(struct rpc_scene *scene, unsigned n, const char *path, uint64_t timeout_ns)
{
    const struct bl_field metadata[] = {{"x-words", "some words"}};
    const struct bl_client_request request = {
        .path = path,
        .authority = "localhost",
        .scheme = "http",
        .metadata = metadata,
        .metadata_count = 1,
        .timeout_ns = timeout_ns,
        .max_message_bytes = BL_FRAME_MAX_CEILING,
    };
    struct bl_err err;

    scene->called[n] = (struct rpc_heard){.messages = 0};
    assert_int_equal(bl_client_call_start(&scene->called[n].client, scene->client, &request,
                                          &called, &scene->called[n], &err),
                     0);
}

void rpc_send(struct rpc_scene *scene, unsigned n, size_t length)
{
    bl_autofree uint8_t *bytes = malloc(length > 0 ? length : 1);
    struct bl_err err;

    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(bl_client_call_send(scene->called[n].client, bytes, length, &err), 0);
}

void rpc_pass(struct rpc_scene *scene, uint64_t ns)
{
    scene->now_ns += ns;
    bl_connection_tick(scene->server, scene->now_ns);
    if (scene->client)
        bl_connection_tick(scene->client, scene->now_ns);
}
