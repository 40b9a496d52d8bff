/* site.c - see site.h. */
#include "executor/server/site.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "executor/server/carrier_graph.h"
#include "executor/server/metrics_sources.h"
#include "executor/server/site_private.h"
#include "executor/server/store.h"
#include "executor/server/task.h"

struct bl_site_options bl_site_default_options(unsigned slots, uint64_t memory_bytes)
{
    return (struct bl_site_options){
        .admission = bl_admission_default_options(slots, memory_bytes),
        .event_bytes_max = 64 * BL_MIB,
        .jobs_max = 100000,
        .settings.keep_ns = 600 * BL_NS_PER_S,
        .settings.alone_ns = 10 * BL_NS_PER_S,
    };
}

int bl_site_profile_number(const struct bl_site *site, const char *name)
{
    for (size_t i = 0; i < site->profile_count; i++)
        if (strcmp(site->profiles[i].name, name) == 0)
            return (int)site->profiles[i].number;
    return -1;
}

uint32_t bl_site_weight(const struct bl_site *site, const char *tenant)
{
    const struct bl_site_settings *settings = &site->options.settings;

    for (size_t i = 0; i < settings->weight_count; i++)
        if (strcmp(settings->weights[i].name, tenant) == 0)
            return settings->weights[i].weight;
    return 1;
}

bool bl_site_is_installed(const struct bl_site *site, const struct bl_language *language)
{
    return site->installed[language - site->options.languages->items];
}

static void take_profiles(struct bl_site *site, const struct bl_plan *plan)
{
    for (uint32_t i = 0; i < plan->profile_count; i++) {
        struct bl_site_profile *profile = &site->profiles[site->profile_count++];

        (void)snprintf(profile->name, sizeof(profile->name), "%s", plan->profiles[i].name);
        profile->number = i;
    }
}

static int need_profile(const struct bl_site *site, const char *name, const char *whose,
                        struct bl_err *err)
{
    if (bl_site_profile_number(site, name) >= 0)
        return 0;
    return bl_fail(err, BL_STEP_FIELD, 0, "profiles: there is no \"%s\", for %s", name, whose);
}

static int take_languages(struct bl_site *site, struct bl_err *err)
{
    const struct bl_languages *languages = site->options.languages;

    for (unsigned i = 0; i < languages->count; i++) {
        const struct bl_language *language = &languages->items[i];

        site->installed[i] = !bl_language_missing(language);
        if (need_profile(site, language->run.policy, language->name, err) ||
            need_profile(site, language->compile.policy, language->name, err))
            return -1;
    }
    return need_profile(site, "default", "commands that name none", err);
}

static int check(const struct bl_site_options *options, struct bl_err *err)
{
    if (!options->event_bytes_max || !options->jobs_max)
        return bl_fail(err, BL_STEP_FIELD, 0, "event_bytes_max, jobs_max: 0");
    if (!options->settings.keep_ns || options->settings.keep_ns > BL_JOB_DEADLINE_MOST_NS)
        return bl_fail(err, BL_STEP_FIELD, 0, "keep_ns: 1 ns to seven days");
    return 0;
}

static int set_up(struct bl_site *site, struct bl_err *err)
{
    const struct bl_site_options *options = &site->options;

    take_profiles(site, options->plan);
    site->options.plan = NULL;
    if (take_languages(site, err) || bl_site_pump_init(site, err) ||
        bl_admission_new(&site->admission, &options->admission, err))
        return -1;
    if (!options->carrier)
        return bl_carrier_graph_new(&site->graph, site, err);
    site->carrier = *options->carrier;
    return 0;
}

int bl_site_new(struct bl_site **out, const struct bl_site_options *options, struct bl_err *err)
{
    struct bl_site *site;

    if (check(options, err))
        return -1;
    site = calloc(1, sizeof(*site));
    if (!site)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "site");
    site->options = *options;
    site->store_depot = (struct bl_store_depot){options->store, options->fetcher};
    if (gethostname(site->host, sizeof(site->host) - 1) != 0)
        site->host[0] = '\0';
    site->events.max_bytes = options->event_bytes_max;
    site->started_ns = bl_now_ns();
    bl_registry_init(&site->registry, options->jobs_max);
    bl_shelves_init(&site->shelves, &site->events, options->jobs_max);
    bl_metrics_init(&site->metrics);
    bl_solitude_init(&site->solitude, options->settings.alone_ns);
    if (getrandom(&site->epoch, sizeof(site->epoch), GRND_NONBLOCK) < 0)
        site->epoch = (uint32_t)(site->started_ns >> 10); /* before the pool is full: will do */
    if (set_up(site, err)) {
        bl_site_free(&site);
        return -1;
    }
    *out = site;
    return 0;
}

void bl_site_free(struct bl_site **out)
{
    struct bl_site *site = *out;

    if (!site)
        return;
    assert(!site->status_watches);
    while (site->tasks)
        bl_task_free(site->tasks);
    bl_carrier_graph_free(&site->graph);
    bl_admission_free(&site->admission);
    bl_site_pump_release(site);
    free(site);
    *out = NULL;
}

void bl_site_reload(struct bl_site *site, const struct bl_site_settings *settings)
{
    site->options.settings = *settings;
    site->solitude.patience_ns = settings->alone_ns;
    bl_site_pump(site); /* how long to keep what is over may have changed */
}

void bl_site_see_metrics(struct bl_site *site)
{
    struct bl_store_usage usage;

    bl_metrics_see_admission(&site->metrics, site->admission, bl_now_ns());
    if (site->options.pool)
        bl_metrics_see_pool(&site->metrics, site->options.pool);
    bl_store_usage(site->options.store, &usage);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_BYTES, 0, usage.bytes);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_BYTES_MAX, 0,
                   bl_store_limits_of(site->options.store)->bytes_max);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_FILES, 0, usage.files);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_LOOKUPS, BL_METRIC_LOOKUP_HIT, usage.found);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_LOOKUPS, BL_METRIC_LOOKUP_MISS, usage.lacking);
    bl_metrics_set(&site->metrics, BL_METRIC_STORE_EVICTIONS, 0, usage.evicted);
    bl_metrics_set(&site->metrics, BL_METRIC_SERVING, 0, !site->is_draining);
}

struct bl_metrics *bl_site_metrics(struct bl_site *site)
{
    return &site->metrics;
}
