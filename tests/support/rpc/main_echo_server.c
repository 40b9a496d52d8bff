/* rpc_echo_server - the server that the tests of executor/rpc drive with real clients.
 *
 *     rpc_echo_server [--tls CERTIFICATE KEY [--authority CA]] [--token TOKEN] [--max-message
 * BYTES]
 *                     [--max-buffered BYTES] [--message-ms N] [--max-connections N] [--mode OCTAL]
 *                     [--connection-burst N] ADDRESS...
 *
 * Addresses before --tls are plain. Prints each address as it came to be, then serves until
 * SIGTERM, drains and leaves with 0. SIGUSR1 turns the health of "test.Echo" over. Messages of its
 * methods are plain bytes (echo_methods.h). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/health.h"
#include "executor/rpc/reflection.h"
#include "executor/rpc/server.h"
#include "executor/rpc/token.h"
#include "proto/descriptors.h"
#include "tests/support/rpc/echo_methods.h"

struct echo_server {
    struct bl_loop *loop;
    struct bl_server *server;
    struct bl_tls *tls;
    struct bl_signal *term, *usr1;
    struct bl_health *health;
    const char *token;
    mode_t mode;
    bool ill;
    struct echo_methods methods;
};

static void die(const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    (void)fprintf(stderr, "rpc_echo_server: %s\n", bl_error_text(err, text));
    exit(1);
}

static bool may_call(void *ctx, const struct bl_peer *peer, const char *authorization)
{
    const struct echo_server *echo = ctx;

    (void)peer;
    return bl_token_matches(echo->token, authorization);
}

static void on_drained(void *ctx)
{
    bl_loop_stop(((struct echo_server *)ctx)->loop);
}

static void on_term(void *ctx, int signo)
{
    struct echo_server *echo = ctx;

    (void)signo;
    bl_health_shut_down(echo->health);
    bl_server_drain(echo->server, on_drained, echo);
}

/* Each SIGUSR1 turns the health of test.Echo over. */
static void on_usr1(void *ctx, int signo)
{
    struct echo_server *echo = ctx;

    (void)signo;
    echo->ill = !echo->ill;
    bl_health_set(echo->health, "test.Echo", !echo->ill);
}

static void listen_on(struct echo_server *echo, const char *text)
{
    char where[BL_ADDRESS_TEXT_MAX];
    struct bl_address address;
    struct bl_err err;
    static unsigned count;

    if (bl_address_parse(&address, text, &err) != 0 ||
        bl_server_listen(echo->server, &address, echo->mode, echo->tls, &err) != 0)
        die(&err);
    (void)printf("%s\n", bl_address_text(bl_server_address(echo->server, count++), where));
}

static void set_up_tls(struct echo_server *echo, const struct bl_tls_files *files)
{
    struct bl_err err;

    if (bl_tls_new(&echo->tls, false, files, &err) != 0)
        die(&err);
}

int main(int argc, char **argv)
{
    struct bl_connection_limits limits = bl_connection_limits_default;
    struct echo_server echo = {.mode = 0600};
    const struct bl_span set = {bl_proto_descriptors, bl_proto_descriptors_length};
    struct bl_service list[3] = {{echo_methods, &echo.methods}, bl_reflection_service(&set)};
    struct bl_services services = {
        .list = list, .count = 3, .max_message_bytes = BL_FRAME_MAX_DEFAULT};
    struct bl_server_options options = {.services = &services,
                                        .limits = &limits,
                                        .max_buffered_bytes = (size_t)256 << 20,
                                        .max_connections = 100};
    struct bl_tls_files files = {NULL, NULL, NULL};
    struct bl_err err;

    limits.preface_ns = 2000000000;
    limits.drain_ns = 5000000000;
    if (bl_loop_new(&options.loop, &err) != 0)
        die(&err);
    echo.loop = options.loop;
    if (bl_health_new(&echo.health, &err) != 0)
        die(&err);
    bl_health_set(echo.health, "test.Echo", true);
    list[2] = bl_health_service(echo.health);
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (more && strcmp(argv[i], "--token") == 0) {
            echo.token = argv[++i];
            services.may_call = may_call;
            services.may_call_ctx = &echo;
        } else if (more && strcmp(argv[i], "--max-message") == 0) {
            services.max_message_bytes = (size_t)atol(argv[++i]);
        } else if (more && strcmp(argv[i], "--message-ms") == 0) {
            limits.message_ns = (uint64_t)atol(argv[++i]) * BL_NS_PER_MS;
        } else if (more && strcmp(argv[i], "--max-buffered") == 0) {
            limits.max_buffered_bytes = (size_t)atol(argv[++i]);
        } else if (more && strcmp(argv[i], "--max-connections") == 0) {
            options.max_connections = (unsigned)atol(argv[++i]);
        } else if (more && strcmp(argv[i], "--connection-burst") == 0) {
            options.connections.burst = (uint32_t)atol(argv[++i]);
            options.connections.per_second = 1;
        } else if (more && strcmp(argv[i], "--mode") == 0) {
            echo.mode = (mode_t)strtoul(argv[++i], NULL, 8);
        } else if (more && strcmp(argv[i], "--authority") == 0) {
            files.authority = argv[++i];
        } else if (i + 2 < argc && strcmp(argv[i], "--tls") == 0) {
            files.certificate = argv[++i];
            files.key = argv[++i];
        } else {
            if (!echo.server && bl_server_new(&echo.server, &options, &err) != 0)
                die(&err);
            if (files.certificate && !echo.tls)
                set_up_tls(&echo, &files);
            listen_on(&echo, argv[i]);
        }
    }
    if (!echo.server)
        return 2;
    echo.methods.server = echo.server;
    if (bl_signal_new(&echo.term, echo.loop, SIGTERM, on_term, &echo, &err) != 0 ||
        bl_signal_new(&echo.usr1, echo.loop, SIGUSR1, on_usr1, &echo, &err) != 0)
        die(&err);
    (void)fflush(stdout);
    if (bl_loop_run(echo.loop, &err) != 0)
        die(&err);
    bl_server_free(&echo.server);
    bl_signal_free(&echo.term);
    bl_signal_free(&echo.usr1);
    bl_health_free(&echo.health);
    bl_tls_free(&echo.tls);
    bl_loop_free(&echo.loop);
    return 0;
}
