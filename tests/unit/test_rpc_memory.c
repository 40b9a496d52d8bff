/* Memory runs out at allocation number n, for every n of one conversation: nghttp2's through its
 * own hooks, ours through the linker's (tests/CMakeLists.txt). Whatever is missing, the call ends
 * once on either side, nothing leaks, and the quota is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/rpc/client_call.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/service.h"
#include "scarce.h"

static void *take(size_t size, void *ctx)
{
    (void)ctx;
    return malloc(size);
}

static void give(void *pointer, void *ctx)
{
    (void)ctx;
    free(pointer);
}

static void *take_zeroed(size_t count, size_t size, void *ctx)
{
    (void)ctx;
    return calloc(count, size);
}

static void *take_more(void *pointer, size_t size, void *ctx)
{
    (void)ctx;
    return realloc(pointer, size);
}

static nghttp2_mem hooks = {NULL, take, give, take_zeroed, take_more};

struct scene {
    struct bl_connection *server, *client;
    struct bl_quota all;
    struct bl_call *call;
    unsigned begun, ended; /* calls, as the service sees them */
    unsigned made, told;   /* as the client does */
    enum bl_rpc_status status;
};

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct scene *scene = ctx;
    struct bl_err err;

    if (bl_call_send(scene->call, bytes, length, &err) != 0) {
        bl_call_fail(scene->call, &err);
        scene->ended++;
    }
}

static void on_half_close(void *ctx)
{
    struct scene *scene = ctx;

    bl_call_finish(scene->call, BL_RPC_OK, "done", NULL, 0);
    scene->ended++;
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    assert_int_not_equal(why, BL_RPC_OK);
    ((struct scene *)ctx)->ended++;
}

static const struct bl_call_handlers served = {
    .on_message = on_message, .on_half_close = on_half_close, .on_cancel = on_cancel};

static void on_call(void *service, struct bl_call *call)
{
    struct scene *scene = service;

    scene->call = call;
    scene->begun++;
    bl_call_accept(call, &served, scene);
}

static const struct bl_method methods[] = {{"/test.Echo/Many", BL_METHOD_MANY_REQUESTS, on_call},
                                           {NULL, BL_METHOD_ONE_REQUEST, NULL}};

static void on_stream(void *ctx, struct bl_stream *stream)
{
    static const struct bl_peer peer;
    static struct bl_service service;
    static struct bl_services services;

    service = (struct bl_service){methods, ctx};
    services = (struct bl_services){.list = &service, .count = 1, .max_message_bytes = 1 << 20};
    bl_call_begin(stream, &services, &peer);
}

static void on_wake(void *ctx)
{
    (void)ctx;
}

static void on_answer(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)ctx, (void)bytes, (void)length;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers)
{
    struct scene *scene = ctx;

    (void)message, (void)trailers;
    scene->told++;
    scene->status = status;
}

static size_t move(struct bl_connection *from, struct bl_connection *to)
{
    uint8_t bytes[1000];
    size_t length, all = 0;

    while ((length = bl_connection_send(from, bytes, sizeof(bytes))) > 0) {
        bl_connection_receive(to, bytes, length, BL_NS_PER_S);
        all += length;
    }
    return all;
}

static int connect_both(struct scene *scene, struct bl_err *err)
{
    const struct bl_connection_owner owner = {on_stream, on_wake, scene};

    if (bl_connection_new(&scene->server, false, &bl_connection_limits_default, &owner, &scene->all,
                          &hooks, BL_NS_PER_S, err) != 0)
        return -1;
    return bl_connection_new(&scene->client, true, &bl_connection_limits_default, &owner,
                             &scene->all, &hooks, BL_NS_PER_S, err);
}

static void call_once(struct scene *scene)
{
    static const struct bl_client_handlers handlers = {on_answer, on_end};
    static const struct bl_client_request request = {.path = "/test.Echo/Many",
                                                     .authority = "localhost",
                                                     .scheme = "http",
                                                     .timeout_ns = BL_NS_PER_S,
                                                     .max_message_bytes = 1 << 20};
    static const uint8_t bytes[20000];
    struct bl_client_call *call;
    struct bl_err err;

    if (bl_client_call_start(&call, scene->client, &request, &handlers, scene, &err) != 0)
        return;
    scene->made++;
    if (bl_client_call_send(call, bytes, sizeof(bytes), &err) != 0 ||
        bl_client_call_send(call, bytes, 10, &err) != 0) {
        bl_client_call_cancel(call);
        scene->made--; /* it hears no more */
        return;
    }
    bl_client_call_half_close(call);
    while (move(scene->client, scene->server) + move(scene->server, scene->client) > 0)
        continue;
}

/* True: nothing failed. */
static bool converse(unsigned long fails_at)
{
    struct scene scene = {.all = {.max_bytes = 1 << 20}};
    struct bl_err err;

    scarce_memory.count = 0;
    scarce_memory.fails_at = fails_at;
    if (connect_both(&scene, &err) == 0) {
        while (move(scene.client, scene.server) + move(scene.server, scene.client) > 0)
            continue;
        call_once(&scene);
    }
    scarce_memory.fails_at = 0;
    bl_connection_free(&scene.client);
    bl_connection_free(&scene.server);
    assert_int_equal(scene.begun, scene.ended);
    assert_int_equal(scene.made, scene.told);
    assert_int_equal(scene.all.used_bytes, 0);
    if (scarce_memory.count >= fails_at)
        return false;
    assert_int_equal(scene.status, BL_RPC_OK);
    assert_int_equal(scene.begun, 1);
    return true;
}

static void memory__may_run_out_anywhere(void **state)
{
    unsigned long n = 1;

    (void)state;
    while (!converse(n))
        n++;
    assert_in_range(n, 30, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory__may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
