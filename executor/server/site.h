/* site.h - a worker that serves: what ties warden, admission, store, languages and the services
 * together (process: worker).
 *
 * bailiffd makes one when its start-up is over and gives its services to an RPC server:
 *
 *     bl_site_new(&site, &options, &err);
 *     services.list[n++] = bl_site_executor(site), services.list[n++] = bl_site_files(site);
 *     ... bl_server_new(), bl_server_listen() ...
 *     SIGHUP:  bl_site_reload(site, &settings)
 *     SIGTERM: bl_health_shut_down(); bl_site_drain(site, 30 s, on_drained)
 *              on_drained: bl_server_drain(server, on_gone); on_gone: bl_loop_stop()
 *     bl_server_free(&server); bl_site_free(&site);
 *
 * What a client may ask for and what it is answered is told in proto/bailiff/v1; nothing of it is
 * repeated here. The process must ignore SIGPIPE and SIGXFSZ. */
#ifndef BL_SERVER_SITE_H
#define BL_SERVER_SITE_H

#include "executor/base/loop.h"
#include "executor/job/spool.h"
#include "executor/language/language.h"
#include "executor/rpc/service.h"
#include "executor/sandbox/plan.h"
#include "executor/sandbox/pool.h"
#include "executor/server/admission.h"
#include "executor/server/caller.h"
#include "executor/server/slots.h"
#include "executor/server/store_fetch_url.h"

struct bl_site;
struct bl_carrier;
struct bl_fetcher;
struct bl_metrics;
struct bl_store;

struct bl_tenant_weight {
    const char *name;
    uint32_t weight; /* 1 to BL_TENANT_WEIGHT_MOST; tenants that are not listed have 1 */
};

/* What may change while it serves. All pointers are borrowed until the next reload, or the end. */
struct bl_site_settings {
    bl_identify_fn *identify; /* NULL: bl_caller_of_peer() */
    void *identify_ctx;
    const struct bl_tenant_weight *weights;
    size_t weight_count;
    const struct bl_limits *ceilings; /* the most that a command may ask for; NULL: BL_LIMITS' */
    uint64_t keep_ns;                 /* how long the events of a job that is over are kept */
    uint64_t
        alone_ns; /* how long the others are waited for where a case is to run alone; 0: never */
};

struct bl_site_options {
    /* Borrowed, and must outlive the site. */
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_pool *pool; /* NULL: none; its figures are told */
    struct bl_spool *spool;
    struct bl_store *store;
    struct bl_fetcher *fetcher; /* NULL: nothing can be fetched */
    /* From where: the fetcher's own, so that a job is refused when it comes. */
    const struct bl_url_prefix *url_prefixes;
    size_t url_prefix_count;
    const struct bl_languages *languages;
    const struct bl_slots *slots;
    /* For the call. Its profiles are what jobs may name: there must be one called "default", and
     * one for each policy that a language names, called as the policy (as bl_engine_plan() makes
     * them). */
    const struct bl_plan *plan;
    struct bl_admission_options admission;
    /* Events of all jobs, running and over, until they are forgotten. A job that may tell more than
     * there is room for is refused. */
    size_t event_bytes_max;
    uint32_t jobs_max;                /* known at once, waiting, running and over */
    const struct bl_carrier *carrier; /* copied; NULL: jobs are carried out by executor/job */
    struct bl_site_settings settings;
};

/* bl_site_default_options - for so many slots and so much memory for programs: admission's own
 * defaults, 64 MiB of events, 100,000 jobs, ten minutes, ten seconds. The borrowed ones are NULL.
 */
struct bl_site_options bl_site_default_options(unsigned slots, uint64_t memory_bytes);

/* bl_site_new - fails with FIELD (options out of bounds, a missing profile), LOOP, MEMORY. */
int bl_site_new(struct bl_site **out, const struct bl_site_options *options, struct bl_err *err);

/* bl_site_free - after the server whose calls it serves. What runs is killed. */
void bl_site_free(struct bl_site **site);

/* bailiff.v1.Executor and bailiff.v1.Files, for bl_services. */
struct bl_service bl_site_executor(struct bl_site *site);
struct bl_service bl_site_files(struct bl_site *site);

/* What it counts; lent. Figures that are kept elsewhere are the reader's to fill in
 * (metrics_sources.h); bl_site_see_metrics() does so for those that the site knows. */
struct bl_metrics *bl_site_metrics(struct bl_site *site);
void bl_site_see_metrics(struct bl_site *site);

/* bl_site_reload - jobs that were accepted already go on as they were. */
void bl_site_reload(struct bl_site *site, const struct bl_site_settings *settings);

/* bl_site_drain - takes no more jobs; those that wait are refused (UNAVAILABLE), those that run may
 * finish until patience_ns from now, then they are killed and their callers told UNAVAILABLE.
 * Detached ones are no exception, as their results would end with the process: each is logged, and
 * whoever asks for one before the end is told UNAVAILABLE as well. on_drained: from the loop, when
 * nothing runs any more; calls that still send are the server's to wait for. Once. */
void bl_site_drain(struct bl_site *site, uint64_t patience_ns, void (*on_drained)(void *ctx),
                   void *ctx);

#endif
