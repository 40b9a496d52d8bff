/* The fetcher's process: when it dies, when it lies, and whom it believes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_fetch_wire.h"
#include "tests/unit/fetch_scene.h"

/* The children of a process, by /proc. 0: none. */
static pid_t child_of(pid_t parent)
{
    bl_autoclose int fd = -1;
    char text[64] = "";

    (void)snprintf(text, sizeof(text), "/proc/%d/task/%d/children", parent, parent);
    fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    memset(text, 0, sizeof(text));
    return read(fd, text, sizeof(text) - 1) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

static pid_t await_child_of(pid_t parent, pid_t other_than)
{
    uint64_t give_up_ns = bl_now_ns() + 20 * BL_NS_PER_S;
    pid_t child = 0;

    while ((child == 0 || child == other_than) && bl_now_ns() < give_up_ns) {
        child = child_of(parent);
        (void)poll(NULL, 0, 2);
    }
    assert_true(child > 0 && child != other_than);
    return child;
}

/* Where the fetcher crashes on what a server sends. */
static void fetch__goes_on_after_the_fetcher_died(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest digest = fetch_scene_digest(10);
    pid_t keeper = 0, fetcher;
    struct bl_fetch *stalled;
    char text[256], url[64];
    bl_autoclose int fd = -1;

    bl_log_open(BL_LOG_ERROR);
    assert_int_equal(fetch_scene_fetch(scene, "/files/20", 20), BL_STEP_NONE); /* it is up */
    bl_pin_free(&scene->store->pin);
    (void)snprintf(text, sizeof(text), "/proc/self/task/%d/children", getpid());
    fd = open(text, O_RDONLY | O_CLOEXEC);
    memset(text, 0, sizeof(text));
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    for (char *at = text; *at; at++) { /* the server, and the one that watches over the fetcher */
        pid_t child = (pid_t)strtol(at, &at, 10);

        if (child != scene->server.pid)
            keeper = child;
    }
    fetcher = await_child_of(keeper, 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/stall", scene->server.port);
    stalled = fetch_scene_begin(scene, &digest, url);
    assert_int_equal(kill(fetcher, SIGKILL), 0);
    store_scene_await(scene->store, &scene->store->readies);
    assert_true(scene->store->has_failed);
    assert_int_equal(scene->store->err.step, BL_STEP_FETCH_LATER);
    bl_fetch_free(&stalled);
    (void)await_child_of(keeper, fetcher);
    {
        struct bl_digest other = fetch_scene_digest(30);

        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/files/30", scene->server.port);
        stalled = fetch_scene_begin(scene, &other, url);
        store_scene_await(scene->store, &scene->store->readies);
        bl_fetch_free(&stalled);
        assert_false(scene->store->has_failed);
        bl_pin_free(&scene->store->pin);
    }
}

/* In the fetcher's process: one that was taken over. Only the socket is open beside 0, 1, 2. */
static int lie(void *ctx)
{
    const int *lie = ctx;
    static struct bl_fetch_news news;
    static struct bl_fetch_order order;
    int socket = 3;

    while (socket < 1024 && fcntl(socket, F_GETFD) < 0)
        socket++;
    (void)send(socket, "", 1, 0); /* as one that has settled */
    news.kind = BL_FETCH_NEWS_START;
    (void)send(socket, &news, BL_FETCH_NEWS_HEAD, 0);
    if (recv(socket, &order, sizeof(order), 0) != (ssize_t)sizeof(order))
        _exit(9);
    news = (struct bl_fetch_news){
        .id = order.id, .kind = BL_FETCH_NEWS_FAIL, .step = 12345, .length = 300};
    memset(news.data, 0x1b, 300);
    if (*lie == 0)
        (void)send(socket, &news, BL_FETCH_NEWS_HEAD + 300, 0);
    news.kind = *lie == 1 ? 77 : BL_FETCH_NEWS_DATA;
    if (*lie == 1)
        (void)send(socket, &news, BL_FETCH_NEWS_HEAD + 300, 0);
    news.length = UINT32_MAX;
    if (*lie == 2)
        (void)send(socket, &news, BL_FETCH_NEWS_HEAD + 10, 0);
    if (*lie == 3)
        (void)send(socket, &news, 5, 0);
    news.id += 1;
    news.length = 1;
    for (int i = 0; i < 1000; i++) /* of what nobody ordered */
        (void)send(socket, &news, BL_FETCH_NEWS_HEAD + 1, 0);
    (void)recv(socket, &order, sizeof(order), 0);
    _exit(0);
}

static void fetch__believes_nothing_that_the_fetcher_says(void **state)
{
    struct fetch_scene *scene = *state;
    static int how;

    bl_log_open(BL_LOG_ERROR);
    scene->config.settle = lie;
    scene->config.ctx = &how;
    for (how = 0; how < 4; how++) {
        fetch_scene_restart(scene);
        assert_int_equal(fetch_scene_fetch(scene, "/files/1", 1), BL_STEP_FETCH_LATER);
        for (const char *at = scene->store->err.detail; *at; at++)
            assert_true(*at >= ' ' && *at <= '~');
    }
}

/* What is there is used, though sixteen others stall and whatever became of the fetcher. */
static void fetch__of_what_is_there_waits_for_nobody(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest there = store_scene_put(scene->store, 'a', 9), missing = fetch_scene_digest(3);
    struct bl_fetch *stalled[BL_FETCHES_ACTIVE + 1], *fetch;
    static int how = 2;
    char url[64];

    scene->store->limits.puts_max = 50;
    store_scene_reopen(scene->store);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/stall", scene->server.port);
    for (size_t i = 0; i < BL_ARRAY_LEN(stalled); i++)
        stalled[i] = fetch_scene_begin(scene, &missing, url);
    fetch = fetch_scene_begin(scene, &there, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    store_scene_expect(scene->store->pin, 'a', 9);
    bl_pin_free(&scene->store->pin);
    for (size_t i = 0; i < BL_ARRAY_LEN(stalled); i++)
        bl_fetch_free(&stalled[i]);
    scene->config.settle = lie;
    scene->config.ctx = &how;
    fetch_scene_restart(scene);
    assert_int_equal(fetch_scene_fetch(scene, "/files/1", 1), BL_STEP_FETCH_LATER); /* gone */
    fetch = fetch_scene_begin(scene, &there, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    assert_false(scene->store->has_failed);
    bl_pin_free(&scene->store->pin);
    scene->config.ctx = NULL;
}

static void make_certificate(struct fetch_scene *scene, char *key)
{
    char command[1024];

    (void)snprintf(scene->ca_file, sizeof(scene->ca_file), "%.200s.pem", scene->store->path);
    (void)snprintf(key, STORE_SCENE_PATH_MAX, "%.200s.key", scene->store->path);
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                   "-days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 "
                   "-keyout '%s' -out '%s' 2>/dev/null",
                   key, scene->ca_file);
    assert_int_equal(system(command), 0);
}

static int set_up_tls(void **state)
{
    struct fetch_scene *scene = fetch_scene_make(state);
    char key[STORE_SCENE_PATH_MAX];

    make_certificate(scene, key);
    scene->server = fetch_scene_start_server(scene->ca_file, key);
    assert_int_equal(unlink(key), 0);
    fetch_scene_allow(scene, 0, "https", "127.0.0.1", "/", false);
    fetch_scene_allow(scene, 1, "https", "localhost", "/", true);
    fetch_scene_start(scene);
    return 0;
}

static void fetch__believes_only_certificates_that_it_knows(void **state)
{
    struct fetch_scene *scene = *state;
    struct bl_digest digest = fetch_scene_digest(33);
    struct bl_fetch *fetch;
    char url[64];

    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/files/33", scene->server.port);
    fetch = fetch_scene_begin(scene, &digest, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    assert_true(scene->store->has_failed);
    scene->config.ca_file = scene->ca_file;
    fetch_scene_restart(scene);
    fetch = fetch_scene_begin(scene, &digest, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    assert_false(scene->store->has_failed);
    bl_pin_free(&scene->store->pin);
    digest = fetch_scene_digest(34);
    (void)snprintf(url, sizeof(url), "https://localhost:%u/files/34", scene->server.port);
    fetch = fetch_scene_begin(scene, &digest, url);
    store_scene_await(scene->store, &scene->store->readies);
    bl_fetch_free(&fetch);
    assert_true(scene->store->has_failed); /* the certificate has another name */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fetch_test(fetch__goes_on_after_the_fetcher_died),
        fetch_test(fetch__believes_nothing_that_the_fetcher_says),
        fetch_test(fetch__of_what_is_there_waits_for_nobody),
        cmocka_unit_test_setup_teardown(fetch__believes_only_certificates_that_it_knows, set_up_tls,
                                        fetch_scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
