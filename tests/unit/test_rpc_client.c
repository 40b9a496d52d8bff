/* Our client against our server on one loop: Unix socket, TCP and TLS, and servers that are not
 * there. Other people's clients: tests/e2e/rpc. */
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
#include "executor/rpc/client.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/token.h"
#include "tests/support/rpc/echo_methods.h"

struct scene {
    char folder[64], where[BL_ADDRESS_TEXT_MAX];
    struct bl_loop *loop;
    struct bl_server *server;
    struct bl_tls *server_tls, *client_tls;
    struct bl_client *client;
    struct bl_timer *timer;
    struct bl_service service;
    struct bl_services services;
    struct echo_methods methods;
    unsigned ends, wanted_ends, messages, lost;
    size_t bytes;
    enum bl_rpc_status status;
};

static void on_due(void *ctx)
{
    (void)ctx;
    fail_msg("it takes too long");
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct bl_err err;

    if (!scene || bl_loop_new(&scene->loop, &err) != 0 ||
        bl_timer_new(&scene->timer, scene->loop, on_due, scene, &err) != 0)
        return -1;
    bl_timer_arm(scene->timer, bl_now_ns() + 60 * BL_NS_PER_S);
    strcpy(scene->folder, "/tmp/bailiff-rpc-XXXXXX");
    scene->service = (struct bl_service){echo_methods, &scene->methods};
    scene->services = (struct bl_services){
        .list = &scene->service, .count = 1, .max_message_bytes = BL_FRAME_MAX_DEFAULT};
    *state = scene;
    return mkdtemp(scene->folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    char command[128];

    bl_client_free(&scene->client);
    bl_server_free(&scene->server);
    bl_tls_free(&scene->server_tls);
    bl_tls_free(&scene->client_tls);
    bl_timer_free(&scene->timer);
    bl_loop_free(&scene->loop);
    (void)snprintf(command, sizeof(command), "rm -r %s", scene->folder);
    assert_int_equal(system(command), 0);
    free(scene);
    return 0;
}

static void serve(struct scene *scene, const char *where)
{
    const struct bl_server_options options = {.loop = scene->loop,
                                              .services = &scene->services,
                                              .limits = &bl_connection_limits_default,
                                              .max_buffered_bytes = 64 << 20,
                                              .max_connections = 10};
    struct bl_address address;
    struct bl_err err;

    assert_int_equal(bl_address_parse(&address, where, &err), 0);
    assert_int_equal(bl_server_new(&scene->server, &options, &err), 0);
    assert_int_equal(bl_server_listen(scene->server, &address, 0600, scene->server_tls, &err), 0);
    scene->methods.server = scene->server;
    (void)bl_address_text(bl_server_address(scene->server, 0), scene->where);
}

static void on_lost(void *ctx)
{
    struct scene *scene = ctx;

    scene->lost++;
    bl_client_free(&scene->client);
    bl_loop_stop(scene->loop);
}

static int dial(struct scene *scene, const char *server_name, struct bl_err *err)
{
    struct bl_client_options options = {.loop = scene->loop,
                                        .limits = &bl_connection_limits_default,
                                        .tls = scene->client_tls,
                                        .server_name = server_name,
                                        .on_lost = on_lost,
                                        .ctx = scene};

    assert_int_equal(bl_address_parse(&options.address, scene->where, err), 0);
    return bl_client_new(&scene->client, &options, err);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct scene *scene = ctx;

    (void)bytes;
    scene->messages++;
    scene->bytes += length;
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers)
{
    struct scene *scene = ctx;

    (void)message, (void)trailers;
    scene->status = status;
    if (++scene->ends == scene->wanted_ends)
        bl_loop_stop(scene->loop);
}

static struct bl_client_call *call(struct scene *scene, const char *path, const char *text)
{
    static const struct bl_client_handlers handlers = {on_message, on_end};
    const struct bl_client_request request = {.path = path,
                                              .authority = "localhost",
                                              .scheme = scene->client_tls ? "https" : "http",
                                              .max_message_bytes = BL_FRAME_MAX_DEFAULT};
    struct bl_client_call *made;
    struct bl_err err;

    assert_int_equal(bl_client_call(&made, scene->client, &request, &handlers, scene, &err), 0);
    assert_int_equal(bl_client_call_send(made, (const uint8_t *)text, strlen(text), &err), 0);
    bl_client_call_half_close(made);
    scene->wanted_ends++;
    return made;
}

static void run(struct scene *scene)
{
    struct bl_err err;

    assert_int_equal(bl_loop_run(scene->loop, &err), 0);
}

static void assert_serves(struct scene *scene, const char *server_name)
{
    struct bl_err err;

    assert_int_equal(dial(scene, server_name, &err), 0);
    (void)call(scene, "/test.Echo/One", "hello");
    (void)call(scene, "/test.Echo/Count", "1000 5000");
    run(scene);
    assert_int_equal(scene->status, BL_RPC_OK);
    assert_int_equal(scene->messages, 1001);
    assert_int_equal(scene->bytes, 5 + 1000 * 5000);
    assert_int_equal(scene->lost, 0);
    assert_int_equal(bl_server_buffered_bytes(scene->server), 0);
}

static void serve_unix(struct scene *scene)
{
    char where[BL_ADDRESS_TEXT_MAX];

    (void)snprintf(where, sizeof(where), "unix:%s/socket", scene->folder);
    serve(scene, where);
}

static void client__talks_over_a_unix_socket(void **state)
{
    serve_unix(*state);
    assert_serves(*state, NULL);
}

static void client__talks_over_tcp(void **state)
{
    struct scene *scene = *state;

    serve(scene, "[::1]:0");
    assert_serves(scene, NULL);
}

/* A server's and, signed by itself, a client's certificate. */
static void make_tls(struct scene *scene, struct bl_err *err)
{
    char command[512], certificate[96], key[96];
    struct bl_tls_files files = {certificate, key, certificate};

    (void)snprintf(certificate, sizeof(certificate), "%s/pem", scene->folder);
    (void)snprintf(key, sizeof(key), "%s/key", scene->folder);
    (void)snprintf(command, sizeof(command),
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                   "-keyout '%s' -out '%s' -subj /CN=both -days 2 "
                   "-addext subjectAltName=DNS:bailiff.test,IP:127.0.0.1 2>/dev/null",
                   key, certificate);
    assert_int_equal(system(command), 0);
    assert_int_equal(bl_tls_new(&scene->server_tls, false, &files, err), 0);
    assert_int_equal(bl_tls_new(&scene->client_tls, true, &files, err), 0);
}

static void client__talks_over_tls_with_certificates_on_both_sides(void **state)
{
    static const char *const names[] = {"bailiff.test", "127.0.0.1"};
    struct scene *scene = *state;
    struct bl_err err;

    make_tls(scene, &err);
    for (size_t i = 0; i < 2; i++) {
        serve(scene, "127.0.0.1:0");
        assert_serves(scene, names[i]);
        bl_client_free(&scene->client);
        bl_server_free(&scene->server);
        scene->messages = 0;
        scene->bytes = 0;
    }
}

static void client__does_not_talk_to_a_server_of_another_name(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    make_tls(scene, &err);
    serve(scene, "127.0.0.1:0");
    assert_int_equal(dial(scene, "other.test", &err), 0);
    (void)call(scene, "/test.Echo/One", "secret");
    run(scene);
    assert_int_equal(scene->status, BL_RPC_UNAVAILABLE);
    assert_int_equal(scene->messages, 0);
}

static void client__hears_that_nobody_is_there(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    serve(scene, "127.0.0.1:0");
    bl_server_free(&scene->server);
    if (dial(scene, NULL, &err) == 0) {
        (void)call(scene, "/test.Echo/One", "hello");
        run(scene);
        assert_int_equal(scene->status, BL_RPC_UNAVAILABLE);
    } else {
        assert_int_equal(err.step, BL_STEP_CONNECT);
    }
    serve_unix(scene);
    bl_server_free(&scene->server);
    assert_int_equal(dial(scene, NULL, &err), -1);
    assert_int_equal(err.step, BL_STEP_CONNECT);
}

static void client__that_cancels_ends_the_work(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;
    struct bl_client_call *waiting;

    serve_unix(scene);
    assert_int_equal(dial(scene, NULL, &err), 0);
    waiting = call(scene, "/test.Echo/Wait", "");
    (void)call(scene, "/test.Echo/One", "x");
    scene->wanted_ends = 1;
    run(scene);
    assert_int_equal(scene->methods.waiting, 1);
    bl_client_call_cancel(waiting);
    (void)call(scene, "/test.Echo/One", "x");
    run(scene);
    assert_int_equal(scene->methods.waiting, 0);
    assert_int_equal(scene->methods.cancels, 1);
}

static void on_drained(void *ctx)
{
    ((struct scene *)ctx)->methods.server = NULL;
}

static void client__of_a_server_that_drains_is_told(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    serve_unix(scene);
    assert_int_equal(dial(scene, NULL, &err), 0);
    (void)call(scene, "/test.Echo/One", "x");
    run(scene);
    bl_server_drain(scene->server, on_drained, scene);
    run(scene); /* until it is lost */
    assert_int_equal(scene->lost, 1);
    assert_int_equal(scene->ends, 1);
    assert_null(scene->client);
}

static void tls__names_the_file_that_is_wrong(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    assert_int_equal(bl_tls_new(&scene->server_tls, false,
                                &(const struct bl_tls_files){"/none/pem", "/none/key", NULL}, &err),
                     -1);
    assert_int_equal(err.step, BL_STEP_TLS);
    assert_non_null(strstr(err.detail, "/none/pem"));
    assert_int_equal(
        bl_tls_new(&scene->server_tls, false, &(const struct bl_tls_files){NULL, NULL, NULL}, &err),
        -1);
    assert_int_equal(err.step, BL_STEP_TLS);
}

static void token__matches_itself_only(void **state)
{
    static const char *const others[] = {"",
                                         "Bearer",
                                         "Bearer ",
                                         "Bearer secre",
                                         "Bearersecret",
                                         "Bearer secrets",
                                         "Bearer  secret",
                                         "secret",
                                         "Basic secret",
                                         "Bearer SECRET"};

    (void)state;
    assert_true(bl_token_matches("secret", "Bearer secret"));
    assert_true(bl_token_matches("secret", "bearer secret"));
    assert_false(bl_token_matches("secret", NULL));
    assert_false(bl_token_matches("", "Bearer "));
    for (size_t i = 0; i < BL_ARRAY_LEN(others); i++)
        assert_false(bl_token_matches("secret", others[i]));
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(client__talks_over_a_unix_socket),
        test(client__talks_over_tcp),
        test(client__talks_over_tls_with_certificates_on_both_sides),
        test(client__does_not_talk_to_a_server_of_another_name),
        test(client__hears_that_nobody_is_there),
        test(client__that_cancels_ends_the_work),
        test(client__of_a_server_that_drains_is_told),
        test(tls__names_the_file_that_is_wrong),
        test(token__matches_itself_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
