/* Clients that begin and do not go on: of each half there is an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/units.h"
#include "tests/unit/rpc_scene.h"

static const uint8_t half[] = "\0\0\0\0\xffhalf";

/* A server's end with one call, of which half a message has come. */
static void begin_half(struct rpc_scene *scene)
{
    scene->limits.keepalive_ns = 0;
    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, NGHTTP2_FLAG_END_HEADERS);
    rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, half, sizeof(half) - 1);
}

static void begin_call(struct rpc_scene *scene, const char *path)
{
    scene->limits.keepalive_ns = 0;
    rpc_connect(scene);
    rpc_call(scene, 0, path, 0);
    rpc_settle(scene);
}

static void pass(struct rpc_scene *scene, uint64_t ns)
{
    scene->now_ns += ns;
    bl_connection_tick(scene->server, scene->now_ns); /* the client's own clock stands still */
}

static void call__whose_message_stays_half_ends(void **state)
{
    struct rpc_scene *scene = *state;

    begin_half(scene);
    pass(scene, scene->limits.message_ns - 1);
    assert_int_equal(scene->served[0].cancels, 0);
    rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, "x", 1); /* one more byte is no more time */
    pass(scene, 1);
    assert_int_equal(scene->served[0].cancels, 1);
    assert_int_equal(scene->served[0].why, BL_RPC_DEADLINE_EXCEEDED);
    assert_int_equal(scene->all.used_bytes > 0, scene->served[0].messages > 0 ? 0 : 1);
    rpc_raw(scene, "", 0); /* what is to be sent is sent, and the stream is over */
    assert_int_equal(scene->all.used_bytes, 0);
}

static void call__with_a_long_message_has_longer(void **state)
{
    static const uint8_t long_half[] = {0, 0, BL_FRAME_MAX_DEFAULT >> 16, 0, 0, 'x'};
    const uint64_t more_ns = BL_FRAME_MAX_DEFAULT / BL_MESSAGE_PACE_BYTES * BL_NS_PER_S;
    struct rpc_scene *scene = *state;

    scene->limits.keepalive_ns = 0;
    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, NGHTTP2_FLAG_END_HEADERS);
    rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, long_half, sizeof(long_half));
    pass(scene, scene->limits.message_ns + more_ns - 1);
    assert_int_equal(scene->served[0].cancels, 0);
    pass(scene, 1);
    assert_int_equal(scene->served[0].cancels, 1);
}

static void call__each_message_has_its_own_time(void **state)
{
    struct rpc_scene *scene = *state;

    begin_half(scene);
    for (unsigned i = 0; i < 3; i++) {
        uint8_t rest[255 + 6] = {0};

        pass(scene, scene->limits.message_ns - 1);
        rest[251 + 4] = 8; /* the next one's head, and the first byte of it */
        rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, rest, 251 + 6);
        assert_int_equal(scene->served[0].messages, 1 + 2 * i);
        rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, "1234567", 7);
        assert_int_equal(scene->served[0].messages, 2 + 2 * i);
        rpc_raw_frame(scene, NGHTTP2_DATA, 0, 1, half, sizeof(half) - 1);
    }
    assert_int_equal(scene->served[0].cancels, 0);
    pass(scene, scene->limits.message_ns);
    assert_int_equal(scene->served[0].cancels, 1);
}

static void call__without_its_request_ends(void **state)
{
    struct rpc_scene *scene = *state;

    begin_call(scene, "/test.Echo/One");
    pass(scene, scene->limits.message_ns - 1);
    assert_int_equal(scene->served[0].cancels, 0);
    pass(scene, 1);
    assert_int_equal(scene->served[0].cancels, 1);
    rpc_to_client(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_DEADLINE_EXCEEDED);
    assert_string_equal(scene->called[0].message, "the request message did not come whole in time");
}

static void call__with_its_request_may_last(void **state)
{
    struct rpc_scene *scene = *state;

    begin_call(scene, "/test.Echo/One");
    rpc_send(scene, 0, 100);
    rpc_settle(scene);
    pass(scene, 10 * scene->limits.message_ns);
    assert_int_equal(scene->served[0].messages, 1);
    assert_int_equal(scene->served[0].cancels, 0);
}

static void call__of_an_upload_that_stalls_ends(void **state)
{
    struct rpc_scene *scene = *state;

    begin_call(scene, "/test.Echo/Load");
    for (unsigned i = 0; i < 5; i++) {
        pass(scene, scene->limits.message_ns - 1);
        rpc_send(scene, 0, 100);
        rpc_to_server(scene);
    }
    assert_int_equal(scene->served[0].messages, 5);
    pass(scene, scene->limits.message_ns - 1);
    assert_int_equal(scene->served[0].cancels, 0);
    pass(scene, 1);
    assert_int_equal(scene->served[0].cancels, 1);
}

static void call__of_a_whole_upload_may_last(void **state)
{
    struct rpc_scene *scene = *state;

    begin_call(scene, "/test.Echo/Load");
    rpc_send(scene, 0, 100);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    pass(scene, 10 * scene->limits.message_ns);
    assert_int_equal(scene->served[0].half_closes, 1);
    assert_int_equal(scene->served[0].cancels, 0);
}

static void call__that_talks_both_ways_may_be_silent(void **state)
{
    struct rpc_scene *scene = *state;

    begin_call(scene, "/test.Echo/Many");
    rpc_send(scene, 0, 100);
    rpc_settle(scene);
    pass(scene, 10 * scene->limits.message_ns);
    assert_int_equal(scene->served[0].cancels, 0);
}

static void call__that_we_hold_up_has_its_time_afterwards(void **state)
{
    struct rpc_scene *scene = *state;

    scene->hold = true;
    begin_call(scene, "/test.Echo/Load");
    pass(scene, 10 * scene->limits.message_ns);
    assert_int_equal(scene->served[0].cancels, 0);
    bl_call_resume(scene->served[0].call);
    rpc_settle(scene);
    pass(scene, scene->limits.message_ns - 1);
    assert_int_equal(scene->served[0].cancels, 0);
    pass(scene, 1);
    assert_int_equal(scene->served[0].cancels, 1);
}

static void call__answered_within_a_message_may_be_read_slowly(void **state)
{
    static const uint8_t large[100000];
    struct rpc_scene *scene = *state;
    struct bl_err err;

    begin_half(scene);
    assert_int_equal(bl_call_send(scene->served[0].call, large, sizeof(large), &err), 0);
    bl_call_finish(scene->served[0].call, BL_RPC_OK, NULL, NULL, 0);
    scene->served[0].call = NULL;
    rpc_raw(scene, "", 0);
    assert_true(scene->all.used_bytes > 0); /* the peer's window is 64 KiB */
    pass(scene, 10 * scene->limits.message_ns);
    rpc_raw(scene, "", 0);
    assert_true(scene->all.used_bytes > 0);
    assert_int_equal(scene->served[0].cancels, 0);
}

static void connection__whose_headers_stay_half_ends(void **state)
{
    struct rpc_scene *scene = *state;

    scene->limits.keepalive_ns = 0;
    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, 0);
    pass(scene, scene->limits.message_ns - 1);
    assert_int_equal(rpc_raw_goaway(scene), UINT32_MAX);
    pass(scene, 1);
    rpc_raw(scene, "", 0);
    assert_int_equal(rpc_raw_goaway(scene), NGHTTP2_ENHANCE_YOUR_CALM);
    assert_true(bl_connection_is_over(scene->server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(call__whose_message_stays_half_ends),
        rpc_test(call__with_a_long_message_has_longer),
        rpc_test(call__each_message_has_its_own_time),
        rpc_test(call__without_its_request_ends),
        rpc_test(call__with_its_request_may_last),
        rpc_test(call__of_an_upload_that_stalls_ends),
        rpc_test(call__of_a_whole_upload_may_last),
        rpc_test(call__that_talks_both_ways_may_be_silent),
        rpc_test(call__that_we_hold_up_has_its_time_afterwards),
        rpc_test(call__answered_within_a_message_may_be_read_slowly),
        rpc_test(connection__whose_headers_stay_half_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
