/* Calls between a server's and a client's connection: each kind, each way to end, flow control and
 * bounds, without a descriptor or a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/units.h"
#include "tests/unit/rpc_scene.h"

static void call__unary_brings_the_answer_and_the_status(void **state)
{
    struct rpc_scene *scene = *state;

    scene->echo = true;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 1000);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].messages, 1);
    assert_int_equal(scene->called[0].bytes, 1000);
    assert_int_equal(scene->called[0].ends, 1);
    assert_int_equal(scene->called[0].status, BL_RPC_OK);
    assert_int_equal(scene->served[0].cancels, 0);
    assert_int_equal(bl_connection_streams(scene->server), 0);
}

static void call__streams_both_ways_in_order(void **state)
{
    struct rpc_scene *scene = *state;

    scene->echo = true;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    for (unsigned i = 1; i <= 100; i++) {
        rpc_send(scene, 0, i);
        rpc_settle(scene);
        assert_int_equal(scene->called[0].messages, i);
    }
    rpc_send(scene, 0, 0);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].messages, 101);
    assert_int_equal(scene->called[0].bytes, 5050);
    assert_int_equal(scene->served[0].half_closes, 1);
    assert_int_equal(scene->called[0].status, BL_RPC_OK);
}

static void call__carries_16_mib_both_ways(void **state)
{
    struct rpc_scene *scene = *state;

    scene->echo = true;
    scene->max_message_bytes = 16 * BL_MIB;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 16 * BL_MIB);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].bytes, 16 * BL_MIB);
    assert_int_equal(scene->called[0].status, BL_RPC_OK);
}

static void call__shows_metadata_and_sends_trailers(void **state)
{
    static const struct bl_field trailers[] = {{"x-trailer", "retry later"}};
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_to_server(scene);
    assert_string_equal(bl_call_metadata(scene->served[0].call, "x-words"), "some words");
    assert_null(bl_call_metadata(scene->served[0].call, "x-none"));
    bl_call_finish(scene->served[0].call, BL_RPC_RESOURCE_EXHAUSTED, "voll: \xc3\xa9 100%",
                   trailers, 1);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_string_equal(scene->called[0].message, "voll: \xc3\xa9 100%");
    assert_string_equal(scene->called[0].trailer, "retry later");
}

static void call__of_an_unknown_method_is_unimplemented(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/None", 0);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_UNIMPLEMENTED);
    assert_int_equal(scene->served_count, 0);
}

static bool refuse_all(void *ctx, const struct bl_peer *peer, const char *authorization)
{
    (void)ctx, (void)peer;
    assert_null(authorization);
    return false;
}

static void call__without_a_right_to_it_reaches_no_method(void **state)
{
    struct rpc_scene *scene = *state;

    static const struct bl_peer peers[] = {
        {.has_ids = true}, {.subject = "CN=feeder"}, {.subject = ""}};
    static const char *const said[] = {"this user may not call",
                                       "neither the certificate's subject nor a token may call",
                                       "no valid token"};

    rpc_connect(scene);
    scene->services.may_call = refuse_all;
    for (unsigned i = 0; i < 3; i++) {
        scene->peer = peers[i];
        rpc_call(scene, i, "/test.Echo/One", 0);
        rpc_settle(scene);
        assert_int_equal(scene->called[i].status, BL_RPC_UNAUTHENTICATED);
        assert_string_equal(scene->called[i].message, said[i]);
    }
    assert_int_equal(scene->served_count, 0);
}

static void call__of_one_request_takes_exactly_one(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 1);
    rpc_send(scene, 0, 1);
    rpc_call(scene, 1, "/test.Echo/One", 0);
    bl_client_call_half_close(scene->called[1].client);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_INTERNAL);
    assert_int_equal(scene->served[0].messages, 1);
    assert_int_equal(scene->served[0].cancels, 1);
    assert_int_equal(scene->called[1].status, BL_RPC_INTERNAL);
    assert_int_equal(scene->served[1].cancels, 1);
}

static void call__with_too_large_a_message_is_refused_before_it_has_come(void **state)
{
    struct rpc_scene *scene = *state;

    scene->max_message_bytes = 1000;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 1001);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_int_equal(scene->served[0].why, BL_RPC_RESOURCE_EXHAUSTED);
}

static void call__cancelled_by_the_client_is_heard_once(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 1);
    rpc_settle(scene);
    bl_client_call_cancel(scene->called[0].client);
    rpc_settle(scene);
    assert_int_equal(scene->served[0].cancels, 1);
    assert_int_equal(scene->served[0].why, BL_RPC_CANCELLED);
    assert_int_equal(scene->called[0].ends, 0);
    assert_int_equal(bl_connection_streams(scene->server), 0);
}

static void call__of_a_lost_connection_is_cancelled_there_and_unavailable_here(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_settle(scene);
    bl_connection_free(&scene->server);
    bl_connection_free(&scene->client);
    assert_int_equal(scene->served[0].why, BL_RPC_CANCELLED);
    assert_int_equal(scene->called[0].status, BL_RPC_UNAVAILABLE);
}

static void call__ends_by_itself_at_its_deadline(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", BL_NS_PER_S);
    rpc_settle(scene);
    assert_true(bl_call_deadline_ns(scene->served[0].call) == scene->now_ns + BL_NS_PER_S);
    assert_true(bl_connection_due_ns(scene->server) <= scene->now_ns + BL_NS_PER_S);
    scene->now_ns += BL_NS_PER_S - 1;
    bl_connection_tick(scene->server, scene->now_ns);
    assert_int_equal(scene->served[0].cancels, 0);
    scene->now_ns += 1;
    bl_connection_tick(scene->server, scene->now_ns); /* the client's own clock stands still */
    assert_int_equal(scene->served[0].why, BL_RPC_DEADLINE_EXCEEDED);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_DEADLINE_EXCEEDED);
    assert_int_equal(scene->served[0].cancels, 1);
}

static void call__whose_client_reads_nothing_is_dropped_at_its_deadline(void **state)
{
    static const uint8_t large[1 << 20];
    struct rpc_scene *scene = *state;
    struct bl_err err;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", BL_NS_PER_S);
    rpc_to_server(scene);
    assert_int_equal(bl_call_send(scene->served[0].call, large, sizeof(large), &err), 0);
    bl_call_finish(scene->served[0].call, BL_RPC_OK, NULL, NULL, 0);
    assert_true(scene->all.used_bytes >= sizeof(large));
    scene->now_ns += BL_NS_PER_S;
    bl_connection_tick(scene->server, scene->now_ns);
    assert_int_equal(scene->all.used_bytes, 0);
    assert_int_equal(scene->served[0].cancels, 0);
}

static void call__paused_holds_one_window_and_loses_nothing(void **state)
{
    struct rpc_scene *scene = *state;

    scene->hold = true;
    scene->limits.stream_window_bytes = 64 << 10;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    for (int i = 0; i < 1000; i++)
        rpc_send(scene, 0, 1000);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    assert_int_equal(scene->served[0].messages, 0);
    assert_in_range(scene->all.used_bytes, 60 << 10, 72 << 10);
    assert_true(bl_client_call_queued(scene->called[0].client) > 900000);
    /* Another call is not held up by it. */
    scene->hold = false;
    rpc_call(scene, 1, "/test.Echo/Many", 0);
    rpc_send(scene, 1, 500000);
    rpc_settle(scene);
    assert_int_equal(scene->served[1].bytes, 500000);
    bl_call_resume(scene->served[0].call);
    assert_int_equal(scene->served[0].messages, 0);
    rpc_settle(scene);
    assert_int_equal(scene->served[0].messages, 1000);
    assert_int_equal(scene->served[0].half_closes, 1);
}

static uint8_t bytes[100 << 10];

/* As the client expects them. */
static void fill(void)
{
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
}

static void call__gives_a_message_back_while_it_works(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 3000000);
    rpc_settle(scene);
    assert_int_equal(scene->served[0].bytes, 3000000);
    assert_int_equal(scene->all.used_bytes, 0);
}

static void call__tells_when_it_can_be_written_to_again(void **state)
{
    struct rpc_scene *scene = *state;
    struct bl_err err;

    fill();
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_to_server(scene);
    while (bl_call_is_writable(scene->served[0].call))
        assert_int_equal(bl_call_send(scene->served[0].call, bytes, sizeof(bytes), &err), 0);
    assert_int_equal(scene->served[0].writables, 0);
    rpc_to_client(scene); /* one window of it */
    rpc_settle(scene);
    assert_true(bl_call_is_writable(scene->served[0].call));
    assert_int_equal(scene->served[0].writables, 1);
}

static void call__over_the_quota_is_told_so(void **state)
{
    struct rpc_scene *scene = *state;
    struct bl_err err;

    fill();
    scene->limits.max_buffered_bytes = 1 << 20;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_to_server(scene);
    for (int i = 0; i < 10; i++)
        assert_int_equal(bl_call_send(scene->served[0].call, bytes, sizeof(bytes), &err), 0);
    assert_false(bl_call_is_writable(scene->served[0].call));
    assert_int_equal(bl_call_send(scene->served[0].call, bytes, sizeof(bytes), &err), -1);
    assert_int_equal(err.step, BL_STEP_RPC_BUFFER);
    bl_call_fail(scene->served[0].call, &err);
    assert_int_equal(scene->served[0].writables, 0);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_int_equal(scene->all.used_bytes, 0);
}

static void call__wakes_whoever_moves_the_bytes_once(void **state)
{
    struct rpc_scene *scene = *state;
    struct bl_err err;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_settle(scene);
    scene->wakes = 0;
    assert_int_equal(bl_call_send(scene->served[0].call, NULL, 0, &err), 0);
    assert_int_equal(bl_call_send(scene->served[0].call, NULL, 0, &err), 0);
    assert_int_equal(scene->wakes, 1);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].messages, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(call__unary_brings_the_answer_and_the_status),
        rpc_test(call__streams_both_ways_in_order),
        rpc_test(call__carries_16_mib_both_ways),
        rpc_test(call__shows_metadata_and_sends_trailers),
        rpc_test(call__of_an_unknown_method_is_unimplemented),
        rpc_test(call__without_a_right_to_it_reaches_no_method),
        rpc_test(call__of_one_request_takes_exactly_one),
        rpc_test(call__with_too_large_a_message_is_refused_before_it_has_come),
        rpc_test(call__cancelled_by_the_client_is_heard_once),
        rpc_test(call__of_a_lost_connection_is_cancelled_there_and_unavailable_here),
        rpc_test(call__ends_by_itself_at_its_deadline),
        rpc_test(call__whose_client_reads_nothing_is_dropped_at_its_deadline),
        rpc_test(call__paused_holds_one_window_and_loses_nothing),
        rpc_test(call__gives_a_message_back_while_it_works),
        rpc_test(call__tells_when_it_can_be_written_to_again),
        rpc_test(call__over_the_quota_is_told_so),
        rpc_test(call__wakes_whoever_moves_the_bytes_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
