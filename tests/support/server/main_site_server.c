/* site_server - a whole site (executor/server/site.h) without what bailiffd adds: configuration,
 * and the giving up of privileges. For the clients of tests/e2e/site; needs root.
 *
 *     site_server [--KEY NUMBER]... FOLDER ADDRESS...
 *
 * FOLDER: for the store. Keys: slots (as if the machine had so many cores; all programs may run
 * anywhere), queue, tenant-queue, events (bytes), jobs, keep-ms, alone-ms, drain-ms, memory (bytes
 * for programs), ceiling (most memory of a command), buffered (bytes of messages), spool (bytes),
 * fetch (a port of this host: what it serves may be fetched). Prints each address as it came to be,
 * then serves until SIGTERM, drains and leaves with 0; where its warden ends before, at once and
 * with 1.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/base/log.h"
#include "executor/judge/engine.h"
#include "executor/rpc/frame.h"
#include "executor/rpc/health.h"
#include "executor/rpc/reflection.h"
#include "executor/rpc/server.h"
#include "executor/server/site.h"
#include "executor/server/slots_read.h"
#include "executor/server/store.h"
#include "executor/server/store_fetch.h"
#include "limits/ceilings.h"
#include "proto/descriptors.h"

struct site_server {
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_pool *pool;
    struct bl_spool *spool;
    struct bl_store *store;
    struct bl_fetcher *fetcher;
    struct bl_url_prefix prefix;
    char prefix_text[64];
    struct bl_plan *plan;
    struct bl_languages languages;
    struct bl_engine engine;
    struct bl_slots slots;
    struct bl_limits ceilings;
    struct bl_site *site;
    struct bl_health *health;
    struct bl_server *server;
    struct bl_signal *term;
    uint64_t drain_ns;
    uint64_t spool_bytes;
    size_t buffered_bytes;
    int status;
};

static void die(const struct bl_err *err)
{
    char text[BL_ERROR_TEXT_MAX];

    (void)fprintf(stderr, "site_server: %s\n", bl_error_text(err, text));
    exit(1);
}

static void on_gone(void *ctx)
{
    bl_loop_stop(((struct site_server *)ctx)->loop);
}

static void on_drained(void *ctx)
{
    struct site_server *s = ctx;

    if (s->server)
        bl_server_drain(s->server, on_gone, s);
}

static void on_term(void *ctx, int signo)
{
    struct site_server *s = ctx;

    (void)signo;
    bl_health_shut_down(s->health);
    bl_site_drain(s->site, s->drain_ns, on_drained, s);
}

static void on_warden_end(void *ctx)
{
    struct site_server *s = ctx;

    s->status = 1;
    bl_server_free(&s->server); /* nobody is told of jobs that end because of this */
    bl_loop_stop(s->loop);
}

/* Slots that name no CPU: all of them are everybody's. */
static void pretend_slots(struct bl_slots *slots, unsigned count)
{
    static struct bl_topology topology;
    struct bl_slots_options options = bl_slots_default_options();
    struct bl_err err;

    bl_topology_init(&topology);
    options.share_cores = true;
    options.worker_cores = 0;
    if (bl_slots_read(&topology, NULL, &err) || bl_slots_plan(slots, &topology, &options, &err))
        die(&err);
    for (unsigned i = 0; i < count; i++)
        slots->cpus[i] = slots->cpus[i % slots->count];
    slots->count = count;
}

static void start_warden(struct site_server *s)
{
    struct bl_pool_options pool = bl_pool_default_options();
    struct bl_err err;

    pool.idle_ns = BL_NS_PER_S; /* tests wait until nothing more is held than before */
    if (bl_languages_load(&s->languages, NULL, &err) || bl_plan_new(&s->plan, &err))
        die(&err);
    s->engine.languages = &s->languages;
    if (bl_engine_plan(&s->engine, s->plan, &err) ||
        bl_spool_new(&s->spool, s->spool_bytes, &err) || bl_loop_new(&s->loop, &err) ||
        bl_warden_start(&s->warden, s->loop, s->plan, &err) ||
        bl_pool_new(&s->pool, s->warden, &pool, &err))
        die(&err);
    bl_warden_on_end(s->warden, on_warden_end, s);
}

static void set(struct site_server *s, struct bl_site_options *options, const char *key,
                uint64_t value)
{
    if (strcmp(key, "--queue") == 0)
        options->admission.queue_jobs_max = (uint32_t)value;
    else if (strcmp(key, "--tenant-queue") == 0)
        options->admission.tenant_jobs_max = (uint32_t)value;
    else if (strcmp(key, "--events") == 0)
        options->event_bytes_max = value;
    else if (strcmp(key, "--jobs") == 0)
        options->jobs_max = (uint32_t)value;
    else if (strcmp(key, "--keep-ms") == 0)
        options->settings.keep_ns = value * BL_NS_PER_MS;
    else if (strcmp(key, "--alone-ms") == 0)
        options->settings.alone_ns = value * BL_NS_PER_MS;
    else if (strcmp(key, "--drain-ms") == 0)
        s->drain_ns = value * BL_NS_PER_MS;
    else if (strcmp(key, "--memory") == 0)
        options->admission.memory_bytes = value;
    else if (strcmp(key, "--ceiling") == 0)
        s->ceilings.memory_bytes = value;
    else if (strcmp(key, "--buffered") == 0)
        s->buffered_bytes = value;
    else if (strcmp(key, "--spool") == 0)
        s->spool_bytes = value;
    else if (strcmp(key, "--slots") == 0)
        options->admission.slots = (unsigned)value;
    else if (strcmp(key, "--fetch") == 0)
        (void)snprintf(s->prefix_text, sizeof(s->prefix_text), "http://127.0.0.1:%u/",
                       (unsigned)value);
    else
        exit(2);
}

static void start_fetcher(struct site_server *s)
{
    const struct bl_fetcher_config config = {.prefixes = &s->prefix,
                                             .prefix_count = 1,
                                             .bytes_max = 64 * BL_MIB,
                                             .time_ns = 60 * BL_NS_PER_S};
    struct bl_err err;

    if (!*s->prefix_text)
        return;
    s->prefix = (struct bl_url_prefix){s->prefix_text, true};
    if (bl_fetcher_start(&s->fetcher, s->loop, &config, &err))
        die(&err);
}

static void most(struct bl_limits *limits)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    struct bl_err err;

    *limits = bl_limits_default();
    for (size_t i = 0; i < count; i++)
        if (bl_limit_set(limits, &rows[i], rows[i].most, &err))
            die(&err);
}

static void make_site(struct site_server *s, struct bl_site_options *options, const char *folder)
{
    const struct bl_store_limits limits = {
        .bytes_max = 256 * BL_MIB, .files_max = 10000, .puts_max = 64};
    struct bl_err err;

    pretend_slots(&s->slots, options->admission.slots);
    if (bl_store_open(&s->store, s->loop, folder, &limits, &err))
        die(&err);
    options->loop = s->loop;
    options->warden = s->warden;
    options->pool = s->pool;
    options->spool = s->spool;
    options->store = s->store;
    options->fetcher = s->fetcher;
    options->url_prefixes = &s->prefix;
    options->url_prefix_count = s->fetcher != NULL;
    options->languages = &s->languages;
    options->slots = &s->slots;
    options->plan = s->plan;
    options->settings.ceilings = &s->ceilings;
    if (bl_site_new(&s->site, options, &err) || bl_health_new(&s->health, &err))
        die(&err);
    bl_health_set(s->health, "bailiff.v1.Executor", true);
    bl_plan_free(&s->plan);
}

static void listen_on(struct site_server *s, char **addresses)
{
    char where[BL_ADDRESS_TEXT_MAX];
    struct bl_address address;
    struct bl_err err;

    for (unsigned n = 0; addresses[n]; n++) {
        if (bl_address_parse(&address, addresses[n], &err) ||
            bl_server_listen(s->server, &address, 0666, NULL, &err))
            die(&err);
        (void)printf("%s\n", bl_address_text(bl_server_address(s->server, n), where));
    }
    (void)fflush(stdout);
}

static void tear_down(struct site_server *s)
{
    bl_server_free(&s->server);
    bl_signal_free(&s->term);
    bl_site_free(&s->site);
    bl_health_free(&s->health);
    bl_fetcher_free(&s->fetcher);
    bl_store_free(&s->store);
    bl_pool_free(&s->pool);
    bl_warden_free(&s->warden);
    bl_spool_free(&s->spool);
    bl_languages_release(&s->languages);
    bl_loop_free(&s->loop);
}

int main(int argc, char **argv)
{
    static struct site_server s = {.drain_ns = 10 * BL_NS_PER_S,
                                   .spool_bytes = 256 * BL_MIB,
                                   .buffered_bytes = (size_t)256 << 20};
    struct bl_site_options options = bl_site_default_options(2, 16 * BL_GIB);
    struct bl_connection_limits limits = bl_connection_limits_default;
    const struct bl_span descriptors = {bl_proto_descriptors, bl_proto_descriptors_length};
    struct bl_service list[4];
    struct bl_services services = {.list = list, .count = 4, .max_message_bytes = (17u << 20)};
    struct bl_server_options server = {
        .services = &services, .limits = &limits, .max_connections = 200};
    struct bl_err err;
    int i = 1;

    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    bl_log_open(BL_LOG_INFO);
    most(&s.ceilings);
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
        set(&s, &options, argv[i], strtoull(argv[i + 1], NULL, 10));
    if (i + 1 >= argc)
        return 2;
    start_warden(&s);
    start_fetcher(&s);
    make_site(&s, &options, argv[i]);
    limits.max_buffered_bytes = (size_t)80 << 20;
    limits.drain_ns = 5 * BL_NS_PER_S;
    server.loop = s.loop;
    server.max_buffered_bytes = s.buffered_bytes;
    list[0] = bl_site_executor(s.site);
    list[1] = bl_site_files(s.site);
    list[2] = bl_health_service(s.health);
    list[3] = bl_reflection_service(&descriptors);
    if (bl_server_new(&s.server, &server, &err) ||
        bl_signal_new(&s.term, s.loop, SIGTERM, on_term, &s, &err))
        die(&err);
    listen_on(&s, argv + i + 1);
    if (bl_loop_run(s.loop, &err) != 0)
        die(&err);
    tear_down(&s);
    return s.status;
}
