/* start_serve.c - what bailiffd serves: the machine's slots and memory, read by root; then, by
 * nobody in particular, the store and the site over it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/daemon/confine.h"
#include "executor/daemon/daemon_private.h"
#include "executor/daemon/host_check.h"
#include "executor/daemon/state_folder.h"
#include "executor/server/slots_read.h"
#include "proto/descriptors.h"

enum { STORE_PUTS_MAX = 256 }; /* files that come in at once */

/* ---- by root ----------------------------------------------------------------------------------
 */

/* In the fetcher's process, before it reads anything. It has nobody's ids, and not the worker's:
 * they can't signal each other. */
static int settle_fetcher(void *ctx)
{
    static const char *const needed[] = {"/etc", "/lib", "/usr/lib", "/usr/share/ca-certificates",
                                         "/run/systemd/resolve"};
    const struct bl_daemon *d = ctx;
    struct bl_confine_path paths[BL_ARRAY_LEN(needed) + 1];
    struct bl_confinement confinement = {.is_fetcher = true,
                                         .uid = bl_daemon_nobody(&d->config) + 1,
                                         .gid = bl_daemon_nobody(&d->config) + 1,
                                         .paths = paths};
    struct bl_err err;
    int abi;

    for (size_t i = 0; i < BL_ARRAY_LEN(needed); i++)
        paths[confinement.path_count++] =
            (struct bl_confine_path){needed[i], BL_CONFINE_READ, true};
    if (*d->config.fetch_authority)
        paths[confinement.path_count++] =
            (struct bl_confine_path){d->config.fetch_authority, BL_CONFINE_READ, false};
    if (bl_confine(&confinement, &abi, &err) == 0)
        return 0;
    bl_log_error(BL_LOG_ERROR, "the fetcher can't be confined", &err);
    return -1;
}

int bl_daemon_start_fetcher(struct bl_daemon *d, struct bl_err *err)
{
    const struct bl_fetcher_config config = {
        .prefixes = d->config.urls,
        .prefix_count = d->config.url_count,
        .bytes_max = d->config.fetch_bytes,
        .time_ns = d->config.fetch_ns,
        .ca_file = *d->config.fetch_authority ? d->config.fetch_authority : NULL,
        .settle = settle_fetcher,
        .ctx = d,
    };

    if (d->config.url_count == 0)
        return 0;
    if (bl_host_check_authority(&d->config, err) < 0)
        return -1;
    return bl_fetcher_start(&d->fetcher, d->loop, &config, err);
}

static int plan_slots(struct bl_daemon *d, struct bl_topology *topology, struct bl_err *err)
{
    struct bl_slots_options options = bl_slots_default_options();

    options.worker_cores = (unsigned)d->config.worker_cores;
    options.slots_max = (unsigned)d->config.slots;
    options.share_cores = d->config.share_cores;
    if (bl_slots_read(topology, *d->config.cpus ? d->config.cpus : NULL, err) < 0)
        return -1;
    if (bl_slots_plan(d->slots, topology, &options, err) == 0)
        return 0;
    if (!*d->config.cpus)
        return -1;
    return bl_fail(err, BL_STEP_CONFIG, 0, "resources.cpus: %s: none is there that may be used",
                   d->config.cpus);
}

int bl_daemon_read_machine(struct bl_daemon *d, struct bl_err *err)
{
    bl_autofree struct bl_topology *topology = malloc(sizeof(*topology));
    uint64_t bytes;

    d->slots = calloc(1, sizeof(*d->slots));
    if (!topology || !d->slots)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "slots");
    bl_topology_init(topology);
    if (plan_slots(d, topology, err) < 0 || bl_memory_read(&bytes, err) < 0)
        return -1;
    d->memory_bytes = bl_memory_budget(bytes);
    if (d->config.memory_bytes > bytes)
        return bl_fail(err, BL_STEP_CONFIG, 0, "resources.memory: there are %llu MiB in all",
                       (unsigned long long)(bytes / BL_MIB));
    if (d->config.memory_bytes != 0)
        d->memory_bytes = d->config.memory_bytes;
    bl_process_open(&d->process);
    return 0;
}

/* The worker alone: the warden and what it makes have begun already. They go where no program runs,
 * of themselves: the pool makes nothing while all CPUs have programs. Kept to the worker's core as
 * well they took nothing less from programs, and were in its way (docs/performance.md). */
int bl_daemon_keep_to_cpus(struct bl_daemon *d, struct bl_err *err)
{
    const struct bl_cgroup_cpus *cpus = &d->slots->worker_cpus;

    if (syscall(SYS_sched_setaffinity, 0, sizeof(cpus->bits), cpus->bits) < 0)
        return bl_fail(err, BL_STEP_MACHINE, errno, "keep to the worker's CPUs");
    if (bl_slots_leave_worker_alone(d->slots))
        bl_loop_may_expect(d->loop);
    return 0;
}

/* Calls are answered from the end of the start-up on; the list is complete then. */
int bl_daemon_make_services(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_health_new(&d->health, err) < 0)
        return -1;
    bl_health_set(d->health, "", false); /* until it is ready */
    d->descriptors = (struct bl_span){bl_proto_descriptors, bl_proto_descriptors_length};
    d->services = (struct bl_services){.list = d->list,
                                       .max_message_bytes = d->config.rpc_message_bytes,
                                       .may_call = bl_access_may_call,
                                       .may_call_ctx = d->access};
    d->list[d->services.count++] = bl_reflection_service(&d->descriptors);
    d->list[d->services.count++] = bl_health_service(d->health);
    return 0;
}

/* ---- by nobody in particular ------------------------------------------------------------------
 */

int bl_daemon_open_store(struct bl_daemon *d, struct bl_err *err)
{
    const struct bl_store_limits limits = {.bytes_max = d->store_bytes,
                                           .files_max = (uint32_t)d->config.store_files,
                                           .puts_max = STORE_PUTS_MAX};
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/" BL_STATE_STORE,
                   d->config.state_directory); /* fits: config.h */
    return bl_store_open(&d->store, d->loop, path, &limits, err);
}

struct bl_site_settings bl_daemon_settings(const struct bl_daemon *d)
{
    return (struct bl_site_settings){
        .identify = bl_access_identify,
        .identify_ctx = d->access,
        .weights = d->config.tenants,
        .weight_count = d->config.tenant_count,
        .ceilings = &d->config.ceilings,
        .keep_ns = d->config.results_keep_ns,
        .alone_ns = d->config.alone_ns,
    };
}

static void bound_queue(const struct bl_config *config, struct bl_admission_options *admission)
{
    admission->queue_jobs_max = (uint32_t)config->queue_jobs;
    admission->tenant_jobs_max =
        (uint32_t)(config->queue_tenant_jobs ? config->queue_tenant_jobs
                                             : (config->queue_jobs + 1) / 2);
    admission->queue_bytes_max = config->queue_bytes;
    admission->tenant_bytes_max = config->queue_bytes;
}

/* Figures that are not the site's own. */
static void refresh(void *ctx)
{
    struct bl_daemon *d = ctx;
    struct bl_metrics *metrics = bl_site_metrics(d->site);

    bl_site_see_metrics(d->site);
    bl_metrics_set(metrics, BL_METRIC_RPC_CONNECTIONS, 0, bl_server_connections(d->server));
    bl_metrics_set(metrics, BL_METRIC_RPC_TURNED_AWAY, 0, bl_server_turned_away(d->server));
    bl_metrics_set(metrics, BL_METRIC_RPC_BYTES, 0, bl_server_buffered_bytes(d->server));
}

int bl_daemon_make_site(struct bl_daemon *d, struct bl_err *err)
{
    struct bl_site_options options = bl_site_default_options(d->slots->count, d->memory_bytes);

    options.loop = d->loop;
    options.warden = d->warden;
    options.pool = d->pool;
    options.spool = d->spool;
    options.store = d->store;
    options.fetcher = d->fetcher;
    options.url_prefixes = d->config.urls;
    options.url_prefix_count = d->config.url_count;
    options.languages = &d->offer->languages;
    options.slots = d->slots;
    options.plan = d->offer->plan;
    options.event_bytes_max = d->config.results_bytes;
    options.jobs_max = (uint32_t)d->config.results_jobs;
    options.settings = bl_daemon_settings(d);
    bound_queue(&d->config, &options.admission);
    if (bl_site_new(&d->site, &options, err) < 0)
        return -1;
    bl_plan_free(&d->offer->plan);
    d->list[d->services.count++] = bl_site_executor(d->site);
    d->list[d->services.count++] = bl_site_files(d->site);
    d->figures = (struct bl_figures){.metrics = bl_site_metrics(d->site),
                                     .machine = bl_warden_machine(d->warden),
                                     .process = &d->process,
                                     .refresh = refresh,
                                     .ctx = d};
    return 0;
}
