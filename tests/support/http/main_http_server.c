/* http_server - /metrics and /healthz for the tests of tests/e2e/http.
 *
 *     http_server ADDRESS REQUEST_MS CONNECTIONS
 *
 * Prints the address as it came to be, then serves until SIGTERM and leaves with 0. SIGUSR1 begins
 * draining. A page /large is as large as a page can be. Refuses addresses that others can reach. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/server/http_pages.h"

struct http_server {
    struct bl_loop *loop;
    struct bl_http *http;
    struct bl_signal *term, *usr1;
    struct bl_metrics metrics;
    struct bl_machine machine;
    struct bl_process process;
    struct bl_readiness readiness;
    uint64_t refreshed;
};

static void die(const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    (void)fprintf(stderr, "http_server: %s\n", bl_error_text(err, text));
    exit(1);
}

static void on_term(void *ctx, int signo)
{
    (void)signo;
    bl_loop_stop(((struct http_server *)ctx)->loop);
}

static void on_usr1(void *ctx, int signo)
{
    (void)signo;
    ((struct http_server *)ctx)->readiness.draining = true;
}

static void refresh(void *ctx)
{
    struct http_server *server = ctx;

    bl_metrics_set(&server->metrics, BL_METRIC_QUEUE_JOBS, 0, ++server->refreshed);
    bl_metrics_set(&server->metrics, BL_METRIC_SERVING, 0,
                   bl_readiness_is_serving(&server->readiness));
}

static void fill_large(void *ctx, struct bl_http_reply *reply)
{
    (void)ctx;
    memset(reply->body, 'x', BL_HTTP_BODY_MAX);
    reply->length = BL_HTTP_BODY_MAX;
}

static void observe_some(struct bl_metrics *metrics)
{
    for (uint64_t ns = 1; ns < 100 * BL_NS_PER_S; ns *= 3)
        bl_metrics_observe(metrics, BL_METRIC_QUEUE_WAIT, ns);
    bl_metrics_version(metrics, "a\"b\\c\nd");
}

int main(int argc, char **argv)
{
    struct http_server server = {.loop = NULL};
    struct bl_figures figures = {&server.metrics, &server.machine, &server.process, refresh,
                                 &server};
    const struct bl_http_page pages[] = {{"/healthz", bl_healthz_page, &server.readiness},
                                         {"/metrics", bl_metrics_page, &figures},
                                         {"/large", fill_large, NULL}};
    struct bl_http_options options = {.mode = 0600, .pages = pages, .page_count = 3};
    struct bl_address address;
    char where[BL_ADDRESS_TEXT_MAX];
    struct bl_err err;

    if (argc != 4)
        return 2;
    bl_metrics_init(&server.metrics);
    bl_machine_open(&server.machine);
    bl_process_open(&server.process);
    observe_some(&server.metrics);
    options.request_ns = strtoul(argv[2], NULL, 10) * BL_NS_PER_MS;
    options.connections_max = (unsigned)strtoul(argv[3], NULL, 10);
    options.address = &address;
    if (bl_address_parse(&address, argv[1], &err) != 0 || bl_loop_new(&server.loop, &err) != 0)
        die(&err);
    options.loop = server.loop;
    if (bl_signal_new(&server.term, server.loop, SIGTERM, on_term, &server, &err) != 0 ||
        bl_signal_new(&server.usr1, server.loop, SIGUSR1, on_usr1, &server, &err) != 0 ||
        bl_http_new(&server.http, &options, &err) != 0)
        die(&err);
    (void)puts(bl_address_text(bl_http_address(server.http), where));
    (void)fflush(stdout);
    if (bl_loop_run(server.loop, &err) != 0)
        die(&err);
    bl_http_free(&server.http);
    bl_signal_free(&server.term);
    bl_signal_free(&server.usr1);
    bl_loop_free(&server.loop);
    bl_machine_close(&server.machine);
    bl_process_close(&server.process);
    return 0;
}
