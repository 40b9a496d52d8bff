/* What a connection does about peers that break rules, flood or fall silent, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/rpc_scene.h"

static void connection__refuses_what_is_not_http2(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_raw(scene, "GET / HTTP/1.1\r\n\r\n", 18);
    assert_int_not_equal(rpc_raw_goaway(scene), UINT32_MAX);
    assert_true(bl_connection_is_over(scene->server));
}

/* Repeated until the connection ends, which it must before `most` were sent. */
static void assert_flood_ends(struct rpc_scene *scene, uint8_t type, uint32_t stream,
                              const void *payload, size_t length, unsigned most)
{
    unsigned sent = 0;

    while (!bl_connection_is_over(scene->server) && sent < most) {
        rpc_raw_frame(scene, type, 0, stream, payload, length);
        sent++;
    }
    assert_in_range(sent, 8, most - 1);
    assert_int_equal(rpc_raw_goaway(scene), NGHTTP2_ENHANCE_YOUR_CALM);
}

static void connection__ends_a_flood_of_pings(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    assert_flood_ends(scene, NGHTTP2_PING, 0, "12345678", 8, 600);
}

static void connection__ends_a_flood_of_settings(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    assert_flood_ends(scene, NGHTTP2_SETTINGS, 0, NULL, 0, 600);
}

static void connection__ends_a_flood_of_empty_data(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, NGHTTP2_FLAG_END_HEADERS);
    assert_int_equal(scene->served_count, 1);
    assert_flood_ends(scene, NGHTTP2_DATA, 1, NULL, 0, 600);
}

static void connection__ends_a_flood_of_padding(void **state)
{
    struct rpc_scene *scene = *state;
    unsigned sent = 0;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, NGHTTP2_FLAG_END_HEADERS);
    while (!bl_connection_is_over(scene->server) && sent++ < 600)
        rpc_raw_frame(scene, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, "\x03\0\0\0", 4);
    assert_int_equal(rpc_raw_goaway(scene), NGHTTP2_ENHANCE_YOUR_CALM);
}

/* Requests, each ended early by this frame. Returns how many there were when the connection ended.
 */
static uint32_t reset_until_over(struct rpc_scene *scene, uint8_t type, const void *payload)
{
    uint32_t count = 0;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    for (; !bl_connection_is_over(scene->server) && count < 1000; count++) {
        rpc_raw_request(scene, 2 * count + 1, NGHTTP2_FLAG_END_HEADERS);
        rpc_raw_frame(scene, type, 0, 2 * count + 1, payload, 4);
    }
    return count;
}

static void connection__ends_rapid_resets(void **state)
{
    assert_in_range(reset_until_over(*state, NGHTTP2_RST_STREAM, "\0\0\0\x08"), 256, 264);
    assert_int_equal(rpc_raw_goaway(*state), NGHTTP2_ENHANCE_YOUR_CALM);
}

/* "Made you reset" (CVE-2025-8671): a window overflows, the server resets, the client is to blame.
 */
static void connection__ends_resets_that_the_client_provokes(void **state)
{
    assert_in_range(reset_until_over(*state, NGHTTP2_WINDOW_UPDATE, "\x7f\xff\xff\xff"), 256, 264);
    assert_int_equal(rpc_raw_goaway(*state), NGHTTP2_ENHANCE_YOUR_CALM);
}

static void connection__lets_resets_flow_at_the_rate_it_grants(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    for (uint32_t stream = 1; stream < 4000; stream += 2) {
        rpc_raw_request(scene, stream, NGHTTP2_FLAG_END_HEADERS);
        rpc_raw_frame(scene, NGHTTP2_RST_STREAM, 0, stream, "\0\0\0\x08", 4);
        scene->now_ns += BL_NS_PER_S / 128;
    }
    assert_false(bl_connection_is_over(scene->server));
    assert_int_equal(scene->served_count, 2000);
}

static void connection__ends_a_flood_of_continuations(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    rpc_raw_request(scene, 1, 0);
    for (int i = 0; i < 20; i++)
        rpc_raw_frame(scene, NGHTTP2_CONTINUATION, 0, 1, NULL, 0);
    assert_true(bl_connection_is_over(scene->server));
    assert_int_equal(rpc_raw_goaway(scene), NGHTTP2_ENHANCE_YOUR_CALM);
}

static void connection__answers_too_many_headers_in_words(void **state)
{
    struct rpc_scene *scene = *state;

    scene->limits.max_header_bytes = 200;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_int_equal(scene->served_count, 0);
}

static void connection__refuses_streams_above_its_limit(void **state)
{
    struct rpc_scene *scene = *state;
    size_t length;

    scene->limits.max_streams = 3;
    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    for (uint32_t stream = 1; stream <= 7; stream += 2)
        rpc_raw_request(scene, stream, NGHTTP2_FLAG_END_HEADERS);
    assert_int_equal(bl_connection_streams(scene->server), 3);
    assert_memory_equal(rpc_raw_said(scene, NGHTTP2_RST_STREAM, &length), "\0\0\0\x07", 4);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, NULL, 0);
    rpc_raw_request(scene, 9, NGHTTP2_FLAG_END_HEADERS);
    assert_int_equal(rpc_raw_goaway(scene), NGHTTP2_PROTOCOL_ERROR);
}

static void connection__without_settings_is_gone_after_a_while(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect_raw(scene);
    rpc_pass(scene, 10 * BL_NS_PER_S - 1);
    assert_false(bl_connection_is_over(scene->server));
    assert_true(bl_connection_due_ns(scene->server) == scene->now_ns + 1);
    rpc_pass(scene, 1);
    assert_true(bl_connection_is_over(scene->server));
}

static void connection__asks_a_silent_peer_and_gives_it_up(void **state)
{
    struct rpc_scene *scene = *state;
    size_t length;

    rpc_connect_raw(scene);
    rpc_raw_frame(scene, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    assert_null(rpc_raw_said(scene, NGHTTP2_PING, &length));
    rpc_pass(scene, 60 * BL_NS_PER_S);
    rpc_raw(scene, NULL, 0);
    assert_non_null(rpc_raw_said(scene, NGHTTP2_PING, &length));
    rpc_raw_frame(scene, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "bl-alive", 8);
    rpc_pass(scene, 59 * BL_NS_PER_S);
    assert_false(bl_connection_is_over(scene->server));
    rpc_pass(scene, 1 * BL_NS_PER_S);
    rpc_pass(scene, 20 * BL_NS_PER_S);
    assert_true(bl_connection_is_over(scene->server));
}

static void connection__idle_for_long_ends_in_peace(void **state)
{
    struct rpc_scene *scene = *state;

    scene->limits.idle_ns = 30 * BL_NS_PER_S;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_settle(scene);
    rpc_pass(scene, 40 * BL_NS_PER_S);
    rpc_settle(scene);
    assert_true(bl_connection_takes_streams(scene->client));
    bl_call_finish(scene->served[0].call, BL_RPC_OK, NULL, NULL, 0);
    rpc_settle(scene);
    rpc_pass(scene, 30 * BL_NS_PER_S);
    rpc_settle(scene);
    assert_false(bl_connection_takes_streams(scene->client));
    assert_true(bl_connection_is_over(scene->server));
}

static void connection__drains_what_is_under_way(void **state)
{
    struct rpc_scene *scene = *state;
    struct bl_client_call *late;
    struct bl_err err;

    scene->echo = true;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    rpc_settle(scene);
    bl_connection_drain(scene->server);
    /* Sent before the client has seen the first GOAWAY: still served. */
    rpc_call(scene, 1, "/test.Echo/Many", 0);
    rpc_settle(scene);
    assert_int_equal(scene->served_count, 2);
    assert_int_equal(bl_client_call_start(&late, scene->client,
                                          &(const struct bl_client_request){.path = "/"}, NULL,
                                          NULL, &err),
                     -1);
    for (unsigned i = 0; i < 2; i++) {
        assert_false(bl_connection_is_over(scene->server));
        rpc_send(scene, i, 10);
        bl_client_call_half_close(scene->called[i].client);
        rpc_settle(scene);
        assert_int_equal(scene->called[i].messages, 1);
        assert_int_equal(scene->called[i].status, BL_RPC_OK);
    }
    assert_true(bl_connection_is_over(scene->server));
}

/* Its first GOAWAY lies unread in the socket of a peer that has nothing to do. */
static void connection__drains_though_an_idle_peer_reads_nothing(void **state)
{
    struct rpc_scene *scene = *state;

    scene->echo = true;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    rpc_settle(scene);
    bl_client_call_half_close(scene->called[0].client);
    rpc_settle(scene);
    bl_connection_drain(scene->server);
    for (int i = 0; i < 2 && !bl_connection_is_over(scene->server); i++) {
        scene->now_ns += BL_NS_PER_S;
        bl_connection_tick(scene->server, scene->now_ns);
        rpc_to_client(scene); /* the socket takes it */
    }
    assert_true(bl_connection_is_over(scene->server));
}

static void connection__draining_for_too_long_ends_all_the_same(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    rpc_settle(scene);
    bl_connection_drain(scene->server);
    rpc_settle(scene);
    rpc_pass(scene, 59 * BL_NS_PER_S);
    rpc_settle(scene);
    assert_false(bl_connection_is_over(scene->server));
    rpc_pass(scene, BL_NS_PER_S);
    rpc_settle(scene);
    assert_true(bl_connection_is_over(scene->server));
    bl_connection_free(&scene->server);
    assert_int_equal(scene->served[0].why, BL_RPC_CANCELLED);
}

static void connection__whose_peer_takes_no_last_word_is_gone(void **state)
{
    struct rpc_scene *scene = *state;

    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/Many", 0);
    rpc_settle(scene);
    bl_connection_drain(scene->server);
    for (int i = 0; i < 2; i++) { /* nobody moves bytes any more */
        uint64_t due_ns = bl_connection_due_ns(scene->server);

        assert_false(bl_connection_is_over(scene->server));
        assert_true(due_ns > scene->now_ns);
        scene->now_ns += (i == 0 ? 60 : 1) * BL_NS_PER_S;
        assert_true(due_ns <= scene->now_ns);
        bl_connection_tick(scene->server, scene->now_ns);
    }
    assert_true(bl_connection_is_over(scene->server));
}

static void connection__that_is_aged_drains(void **state)
{
    struct rpc_scene *scene = *state;

    scene->limits.age_ns = 100 * BL_NS_PER_S;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 1);
    rpc_settle(scene);
    for (int i = 0; i < 2; i++) {
        assert_true(bl_connection_takes_streams(scene->client));
        rpc_pass(scene, 50 * BL_NS_PER_S);
        rpc_settle(scene);
    }
    assert_false(bl_connection_takes_streams(scene->client));
    assert_false(bl_connection_is_over(scene->server));
}

static void connection__of_a_peer_above_all_quota_turns_calls_away(void **state)
{
    struct rpc_scene *scene = *state;

    scene->all.max_bytes = 10000;
    rpc_connect(scene);
    rpc_call(scene, 0, "/test.Echo/One", 0);
    rpc_send(scene, 0, 100000);
    rpc_settle(scene);
    assert_int_equal(scene->called[0].status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_int_equal(scene->all.used_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(connection__refuses_what_is_not_http2),
        rpc_test(connection__ends_a_flood_of_pings),
        rpc_test(connection__ends_a_flood_of_settings),
        rpc_test(connection__ends_a_flood_of_empty_data),
        rpc_test(connection__ends_a_flood_of_padding),
        rpc_test(connection__ends_rapid_resets),
        rpc_test(connection__lets_resets_flow_at_the_rate_it_grants),
        rpc_test(connection__ends_resets_that_the_client_provokes),
        rpc_test(connection__ends_a_flood_of_continuations),
        rpc_test(connection__answers_too_many_headers_in_words),
        rpc_test(connection__refuses_streams_above_its_limit),
        rpc_test(connection__without_settings_is_gone_after_a_while),
        rpc_test(connection__asks_a_silent_peer_and_gives_it_up),
        rpc_test(connection__idle_for_long_ends_in_peace),
        rpc_test(connection__drains_what_is_under_way),
        rpc_test(connection__drains_though_an_idle_peer_reads_nothing),
        rpc_test(connection__draining_for_too_long_ends_all_the_same),
        rpc_test(connection__whose_peer_takes_no_last_word_is_gone),
        rpc_test(connection__that_is_aged_drains),
        rpc_test(connection__of_a_peer_above_all_quota_turns_calls_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
