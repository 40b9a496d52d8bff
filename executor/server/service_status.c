/* service_status.c - how the worker stands: once, or whenever it changes.
 *
 * Whoever watches is told at most once in a tenth of a second, and only where something is another
 * than it was told last: with a thousand jobs a second nobody wants each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/admission.h"
#include "executor/server/answer.h"
#include "executor/server/service_private.h"
#include "executor/server/store.h"
#include "proto/replies.h"
#include "proto/requests.h"

#define INTERVAL_NS (100 * BL_NS_PER_MS)

struct bl_status_watch {
    struct bl_site *site;
    struct bl_call *call;
    struct bl_caller caller;
    struct bl_timer *timer; /* when the next may be told */
    uint64_t told_ns;
    uint8_t *told; /* what it was told last, without the times; owned */
    size_t told_length;
    struct bl_status_watch *newer, *older;
};

static struct bl_room cpus_of(const struct bl_admission_stats *stats)
{
    return (struct bl_room){stats->slots_used * UINT64_C(1000), stats->slots * UINT64_C(1000)};
}

/* Lists that live as long as the encoding. */
struct lists {
    const char *profiles[BL_PLAN_PROFILES_MAX];
    struct bl_language_status languages[BL_LANGUAGES_MAX];
    struct bl_tenant_status tenant;
};

static void fill_lists(const struct bl_site *site, const struct bl_caller *caller,
                       struct lists *lists, struct bl_worker_status *status)
{
    const struct bl_languages *languages = site->options.languages;
    struct bl_admission_tenant tenant = {0};

    for (size_t i = 0; i < site->profile_count; i++)
        lists->profiles[i] = site->profiles[i].name;
    for (unsigned i = 0; i < languages->count; i++)
        lists->languages[i] = (struct bl_language_status){
            languages->items[i].code, languages->items[i].name, site->installed[i]};
    (void)bl_admission_tenant(site->admission, caller->tenant, &tenant); /* not known: all 0 */
    lists->tenant = (struct bl_tenant_status){caller->tenant, tenant.running, tenant.queued};
    status->profiles = lists->profiles;
    status->profile_count = site->profile_count;
    status->languages = lists->languages;
    status->language_count = languages->count;
    status->tenants = &lists->tenant;
    status->tenant_count = 1;
}

/* now_ns 0: without what changes by itself. */
static int encode(const struct bl_site *site, const struct bl_caller *caller, uint64_t now_ns,
                  struct bl_bytes *out, struct bl_err *err)
{
    struct bl_admission_stats stats = bl_admission_stats(site->admission);
    struct bl_worker_status status = {.version = BAILIFF_VERSION};
    struct bl_store_usage usage;
    struct lists lists;

    bl_store_usage(site->options.store, &usage);
    fill_lists(site, caller, &lists, &status);
    status.host = site->host;
    status.draining = site->is_draining;
    status.slots = (struct bl_room){stats.slots_used, stats.slots};
    status.queue = (struct bl_room){stats.queued, site->options.admission.queue_jobs_max};
    status.cpus_milli = cpus_of(&stats);
    status.memory_bytes = (struct bl_room){stats.memory_used_bytes, stats.memory_bytes};
    status.store_bytes =
        (struct bl_room){usage.bytes, bl_store_limits_of(site->options.store)->bytes_max};
    if (site->options.pool)
        status.warm_sandboxes = bl_pool_stats(site->options.pool).ready;
    if (now_ns) {
        status.uptime_ns = now_ns - site->started_ns;
        if (stats.queued && stats.oldest_ns < now_ns)
            status.oldest_queued_ns = now_ns - stats.oldest_ns;
    }
    return bl_worker_status_encode(out, &status, err);
}

int bl_serve_status(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                    const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_bytes answer;

    if (bl_status_request_decode(bytes, length, err) ||
        encode(site, caller, bl_now_ns(), &answer, err))
        return -1;
    bl_answer(call, site, &answer);
    return 0;
}

static void watch_free(struct bl_status_watch *watch)
{
    if (watch->newer)
        watch->newer->older = watch->older;
    else
        watch->site->status_watches = watch->older;
    if (watch->older)
        watch->older->newer = watch->newer;
    bl_timer_free(&watch->timer);
    free(watch->told);
    free(watch);
}

/* True: what it was told last still holds; else it is remembered as told. */
static int is_old(struct bl_status_watch *watch, bool *old, struct bl_err *err)
{
    struct bl_bytes now;

    if (encode(watch->site, &watch->caller, 0, &now, err))
        return -1;
    *old = watch->told && now.length == watch->told_length &&
           memcmp(now.bytes, watch->told, now.length) == 0;
    free(watch->told);
    watch->told = now.bytes;
    watch->told_length = now.length;
    return 0;
}

static int send_status(struct bl_status_watch *watch, uint64_t now_ns, struct bl_err *err)
{
    struct bl_bytes bytes;
    int result;

    if (encode(watch->site, &watch->caller, now_ns, &bytes, err))
        return -1;
    result = bl_call_send(watch->call, bytes.bytes, bytes.length, err);
    bl_bytes_release(&bytes);
    watch->told_ns = now_ns;
    return result;
}

static void tell(struct bl_status_watch *watch)
{
    uint64_t now_ns = bl_now_ns();
    struct bl_err err;
    bool old;

    if (!bl_call_is_writable(watch->call))
        return;
    if (now_ns < watch->told_ns + INTERVAL_NS) {
        bl_timer_arm(watch->timer, watch->told_ns + INTERVAL_NS);
        return;
    }
    if (is_old(watch, &old, &err) == 0 && (old || send_status(watch, now_ns, &err) == 0))
        return;
    bl_answer_error(watch->call, watch->site, NULL, &err);
    watch_free(watch);
}

static void on_writable(void *ctx)
{
    tell(ctx);
}

static void on_due(void *ctx)
{
    tell(ctx);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    watch_free(ctx);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)ctx, (void)bytes, (void)length; /* there is one, and it has come */
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_writable = on_writable, .on_cancel = on_cancel};

int bl_serve_watch_status(struct bl_site *site, struct bl_call *call,
                          const struct bl_caller *caller, const uint8_t *bytes, size_t length,
                          struct bl_err *err)
{
    struct bl_status_watch *watch;
    struct bl_timer *timer;

    if (bl_status_request_decode(bytes, length, err))
        return -1;
    if (site->is_drained)
        return bl_fail(err, BL_STEP_DRAINING, 0, "nothing changes any more");
    watch = calloc(1, sizeof(*watch));
    if (!watch)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a watch");
    if (bl_timer_new(&timer, site->options.loop, on_due, watch, err)) {
        free(watch);
        return -1;
    }
    *watch = (struct bl_status_watch){.site = site,
                                      .call = call,
                                      .caller = *caller,
                                      .timer = timer,
                                      .older = site->status_watches};
    if (watch->older)
        watch->older->newer = watch;
    site->status_watches = watch;
    bl_call_accept(call, &handlers, watch);
    tell(watch);
    return 0;
}

void bl_status_wake(struct bl_site *site)
{
    for (struct bl_status_watch *at = site->status_watches, *older; at; at = older) {
        older = at->older;
        tell(at);
    }
}

void bl_status_end(struct bl_site *site)
{
    struct bl_err err;

    bl_err_fill(&err, BL_STEP_DRAINING, 0, "nothing changes any more");
    while (site->status_watches) {
        bl_answer_error(site->status_watches->call, site, NULL, &err);
        watch_free(site->status_watches);
    }
}
