/* Fetching from a real HTTP server that is good, slow, broken or hostile (tests/support/fetch). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "tests/unit/fetch_scene.h"

static void fetch__brings_files_of_all_sizes(void **state)
{
    static const size_t lengths[] = {0, 1, 16384, 16385, 900000};
    struct fetch_scene *scene = *state;
    char path[64];

    for (size_t i = 0; i < BL_ARRAY_LEN(lengths); i++) {
        (void)snprintf(path, sizeof(path), "/files/%zu/x", lengths[i]);
        assert_int_equal(fetch_scene_fetch(scene, path, lengths[i]), BL_STEP_NONE);
        store_scene_expect(scene->store->pin, 'f', lengths[i]);
        bl_pin_free(&scene->store->pin);
    }
}

static void fetch__of_another_content_is_refused(void **state)
{
    struct fetch_scene *scene = *state;

    assert_int_equal(fetch_scene_fetch(scene, "/files/100", 101), BL_STEP_STORE_CONTENT);
}

static void fetch__of_what_is_not_allowed_asks_nobody(void **state)
{
    struct fetch_scene *scene = *state;
    char url[128];

    assert_int_equal(fetch_scene_refusal(scene, "http://169.254.169.254/latest/meta-data/"),
                     BL_STEP_FETCH);
    assert_int_equal(fetch_scene_refusal(scene, "file:///etc/passwd"), BL_STEP_FETCH);
    (void)snprintf(url, sizeof(url), "http://localhost:%u/files/1", scene->server.port);
    assert_int_equal(fetch_scene_refusal(scene, url), BL_STEP_FETCH);
    scene->config.prefix_count = 0;
    fetch_scene_restart(scene);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/1", scene->server.port);
    assert_int_equal(fetch_scene_refusal(scene, url), BL_STEP_FETCH);
}

/* The name is allowed; where it leads is not. */
static void fetch__from_a_name_at_an_internal_address_is_refused(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest digest = fetch_scene_digest(5);
    char url[128];

    for (int is_internal = 0; is_internal < 2; is_internal++) {
        struct bl_fetch *fetch;

        fetch_scene_allow(scene, 0, "http", "localhost", "/", is_internal);
        fetch_scene_restart(scene);
        (void)snprintf(url, sizeof(url), "http://localhost:%u/files/5", scene->server.port);
        fetch = fetch_scene_begin(scene, &digest, url);
        store_scene_await(scene->store, &scene->store->readies);
        bl_fetch_free(&fetch);
        assert_int_equal(scene->store->has_failed, !is_internal);
        if (!is_internal) {
            assert_int_equal(scene->store->err.step, BL_STEP_FETCH);
            assert_non_null(strstr(scene->store->err.detail, "address"));
        }
    }
}

static void fetch__follows_redirects_that_are_allowed(void **state)
{
    struct fetch_scene *scene = *state;
    char path[256];

    (void)snprintf(path, sizeof(path), "/to/302?http://127.0.0.1:%u/files/7", scene->server.port);
    assert_int_equal(fetch_scene_fetch(scene, path, 7), BL_STEP_NONE);
    bl_pin_free(&scene->store->pin);
    assert_int_equal(fetch_scene_fetch(scene, "/to/308?/files/8", 8), BL_STEP_NONE);
    bl_pin_free(&scene->store->pin);
}

static void fetch__follows_no_redirect_elsewhere(void **state)
{
    static const char *const paths[] = {
        "/to/302?http://localhost:1/files/7",
        "/to/301?http://169.254.169.254/latest/",
        "/to/302?file:///etc/passwd",
        "/to/303?ftp://127.0.0.1/x",
        "/to/307?http://u:p@127.0.0.1/x",
        "/to/302?gopher://127.0.0.1:6379/_x",
        "/to/302?http://127.0.0.1.evil.org/x",
        "/to/302?//localhost/x",
        "/to/302?",
    };
    struct fetch_scene *scene = *state;

    for (size_t i = 0; i < BL_ARRAY_LEN(paths); i++) {
        if (fetch_scene_fetch(scene, paths[i], 7) != BL_STEP_FETCH)
            fail_msg("%s: %s", paths[i], scene->store->err.detail);
    }
}

static void fetch__follows_few_redirects(void **state)
{
    struct fetch_scene *scene = *state;

    assert_int_equal(fetch_scene_fetch(scene, "/to/302?/to/302%3F/to/302%253F/files/3", 3),
                     BL_STEP_NONE);
    bl_pin_free(&scene->store->pin);
    scene->store->err.detail[0] = '\0';
    assert_int_equal(
        fetch_scene_fetch(scene,
                          "/to/302?/to/302%3F/to/302%253F/to/302%25253F/to/302%2525253F/to/"
                          "302%252525253F/files/4",
                          4),
        BL_STEP_FETCH);
    assert_non_null(strstr(scene->store->err.detail, "redirect"));
}

static void fetch__status_tells_whose_fault(void **state)
{
    struct fetch_scene *scene = *state;

    assert_int_equal(fetch_scene_fetch(scene, "/nothing", 3), BL_STEP_FETCH);
    assert_non_null(strstr(scene->store->err.detail, "404"));
    assert_int_equal(fetch_scene_fetch(scene, "/status/403", 3), BL_STEP_FETCH);
    assert_int_equal(fetch_scene_fetch(scene, "/status/206", 3), BL_STEP_FETCH);
    assert_int_equal(fetch_scene_fetch(scene, "/status/429", 3), BL_STEP_FETCH_LATER);
    assert_int_equal(fetch_scene_fetch(scene, "/status/503", 3), BL_STEP_FETCH_LATER);
    assert_non_null(strstr(scene->store->err.detail, "503"));
}

static void fetch__size_is_bounded(void **state)
{
    struct fetch_scene *scene = *state;

    assert_int_equal(fetch_scene_fetch(scene, "/files/900001", 900001), BL_STEP_FETCH);
    assert_int_equal(fetch_scene_fetch(scene, "/endless", 3), BL_STEP_FETCH);
    assert_non_null(strstr(scene->store->err.detail, "900000"));
    assert_int_equal(fetch_scene_fetch(scene, "/headers", 3), BL_STEP_FETCH);
    assert_non_null(strstr(scene->store->err.detail, "head"));
    scene->config.bytes_max = BL_GIB;
    fetch_scene_restart(scene);
    assert_int_equal(fetch_scene_fetch(scene, "/endless", 3),
                     BL_STEP_STORE_CONTENT); /* the store's bound */
}

static void fetch__time_is_bounded(void **state)
{
    struct fetch_scene *scene = *state;

    scene->config.time_ns = BL_NS_PER_S / 5;
    fetch_scene_restart(scene);
    assert_int_equal(fetch_scene_fetch(scene, "/stall", 10), BL_STEP_FETCH_LATER);
    assert_non_null(strstr(scene->store->err.detail, "time"));
}

static void fetch__from_a_broken_server_may_work_later(void **state)
{
    struct fetch_scene *scene = *state;
    struct fetch_server gone = fetch_scene_start_server(NULL, NULL);
    struct bl_digest digest = fetch_scene_digest(10);
    struct bl_fetch *late;
    unsigned port = scene->server.port;
    char url[64];

    assert_int_equal(fetch_scene_fetch(scene, "/short", 10), BL_STEP_FETCH_LATER);
    assert_int_equal(fetch_scene_fetch(scene, "/garbage", 10), BL_STEP_FETCH_LATER);
    fetch_scene_stop_server(&gone);
    scene->server.port = gone.port;
    fetch_scene_allow(scene, 1, "http", "127.0.0.1", "/", false);
    scene->server.port = port;
    fetch_scene_restart(scene);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", gone.port);
    late = fetch_scene_begin(scene, &digest, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&late);
    assert_int_equal(scene->store->err.step, BL_STEP_FETCH_LATER);
}

static void on_one_of_many(void *ctx, struct bl_pin *pin, const struct bl_err *err)
{
    assert_non_null(pin);
    bl_pin_free(&pin);
    store_scene_on_ready(ctx, err);
}

enum { MANY = 60 };

static void await_many(struct fetch_scene *scene, struct bl_fetch **fetches)
{
    while (scene->store->readies < MANY)
        store_scene_await(scene->store, &scene->store->readies);
    for (size_t i = 0; i < MANY; i++)
        bl_fetch_free(&fetches[i]);
}

static void fetch__many_of_one_file_cost_one(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest digest = fetch_scene_digest(500000), count_digest = store_scene_digest("1", 1);
    struct bl_fetch *fetches[MANY], *count;
    char url[64];
    struct bl_err err;

    scene->store->limits.puts_max = 100;
    store_scene_reopen(scene->store);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/500000", scene->server.port);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(bl_fetch_new(&fetches[i], scene->fetcher, scene->store->store, &digest,
                                      url, on_one_of_many, scene->store, &err),
                         0);
    await_many(scene, fetches);
    assert_int_equal(store_scene_usage(scene->store).stored, 1);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/count", scene->server.port);
    count = fetch_scene_begin(scene, &count_digest, url); /* content "1" */
    store_scene_await(scene->store, &scene->store->readies);
    assert_false(scene->store->has_failed);
    bl_fetch_free(&count);
}

static void fetch__many_files_take_turns(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_fetch *fetches[MANY];
    struct bl_err err;

    for (size_t i = 0; i < MANY; i++) {
        struct bl_digest digest = fetch_scene_digest(i + 1000);
        char url[64];

        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/%zu", scene->server.port,
                       i + 1000);
        assert_int_equal(bl_fetch_new(&fetches[i], scene->fetcher, scene->store->store, &digest,
                                      url, on_one_of_many, scene->store, &err),
                         0);
    }
    await_many(scene, fetches);
    assert_int_equal(store_scene_usage(scene->store).files, MANY);
}

static void fetch__given_up_leaves_nothing(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest digest = fetch_scene_digest(3);
    struct bl_fetch *fetches[40];
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/stall", scene->server.port);
    for (size_t i = 0; i < BL_ARRAY_LEN(fetches); i++)
        fetches[i] = fetch_scene_begin(scene, &digest, url);
    bl_fetch_free(&fetches[3]); /* one that waits, and one that waits its turn */
    bl_fetch_free(&fetches[39]);
    for (size_t i = 0; i < BL_ARRAY_LEN(fetches); i++)
        bl_fetch_free(&fetches[i]);
    assert_int_equal(store_scene_usage(scene->store).puts, 0);
    assert_int_equal(fetch_scene_fetch(scene, "/files/11", 11),
                     BL_STEP_NONE); /* the others' places are free */
    bl_pin_free(&scene->store->pin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fetch_test(fetch__brings_files_of_all_sizes),
        fetch_test(fetch__of_another_content_is_refused),
        fetch_test(fetch__of_what_is_not_allowed_asks_nobody),
        fetch_test(fetch__from_a_name_at_an_internal_address_is_refused),
        fetch_test(fetch__follows_redirects_that_are_allowed),
        fetch_test(fetch__follows_no_redirect_elsewhere),
        fetch_test(fetch__follows_few_redirects),
        fetch_test(fetch__status_tells_whose_fault),
        fetch_test(fetch__size_is_bounded),
        fetch_test(fetch__time_is_bounded),
        fetch_test(fetch__from_a_broken_server_may_work_later),
        fetch_test(fetch__many_of_one_file_cost_one),
        fetch_test(fetch__many_files_take_turns),
        fetch_test(fetch__given_up_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
