#include "executor/daemon/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"

/* What one configuration has loaded so far, so that each policy and root is in the plan once. */
struct filling {
    struct bl_site *site;
    const struct bl_config *config;
    unsigned host_root;
    unsigned roots[BL_CONFIG_PROFILES_MAX], policies[BL_CONFIG_PROFILES_MAX];
};

static int wrong(const struct bl_config_profile *profile, const struct bl_err *why,
                 struct bl_err *err)
{
    return bl_fail(err, BL_STEP_CONFIG, why->sys_errno, "profiles: %.63s: %.160s", profile->name,
                   why->detail);
}

static int add_root(struct filling *f, size_t n, struct bl_err *err)
{
    const struct bl_config_profile *profile = &f->config->profiles[n];
    struct bl_err why;
    struct stat is;

    if (strcmp(profile->root, "host") == 0) {
        f->roots[n] = f->host_root;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(f->config->profiles[i].root, profile->root) == 0) {
            f->roots[n] = f->roots[i];
            return 0;
        }
    if (stat(profile->root, &is) < 0 || !S_ISDIR(is.st_mode)) {
        (void)bl_fail(&why, BL_STEP_INPUT, ENOTDIR, "%s", profile->root);
        return wrong(profile, &why, err);
    }
    if (bl_plan_add_dir_root(f->site->plan, profile->root, &f->roots[n], &why) < 0 ||
        bl_places_add(f->site->plan, f->roots[n], &why) < 0)
        return wrong(profile, &why, err);
    return 0;
}

/* True: a language's profile, or one before, has it. */
static bool policy_is_there(struct filling *f, size_t n)
{
    const struct bl_engine *engine = &f->site->engine;
    const char *name = f->config->profiles[n].policy;

    for (unsigned i = 0; i < engine->profile_count; i++)
        if (strcmp(engine->profiles[i].policy, name) == 0) {
            f->policies[n] = f->site->plan->profiles[engine->profiles[i].profile].policy;
            return true;
        }
    for (size_t i = 0; i < n; i++)
        if (strcmp(f->config->profiles[i].policy, name) == 0) {
            f->policies[n] = f->policies[i];
            return true;
        }
    return false;
}

static int add_policy(struct filling *f, size_t n, struct bl_err *err)
{
    const struct bl_config_profile *profile = &f->config->profiles[n];
    bl_autofree struct bl_policy *policy = NULL;
    struct bl_err why;

    if (policy_is_there(f, n))
        return 0;
    policy = malloc(sizeof(*policy));
    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "policy");
    if (bl_policy_load(policy, profile->policy, &why) < 0 ||
        bl_plan_add_policy(f->site->plan, policy, &f->policies[n], &why) < 0)
        return wrong(profile, &why, err);
    return 0;
}

static int add_profile(struct filling *f, size_t n, struct bl_err *err)
{
    const struct bl_config_profile *profile = &f->config->profiles[n];
    struct bl_site_profile *added = &f->site->profiles[f->site->profile_count];
    struct bl_err why;

    if (add_root(f, n, err) < 0 || add_policy(f, n, err) < 0)
        return -1;
    if (bl_plan_add_profile(f->site->plan, profile->name, f->roots[n], f->policies[n],
                            profile->network, &added->number, &why) < 0)
        return wrong(profile, &why, err);
    added->name = profile->name;
    f->site->profile_count++;
    return 0;
}

static int fill(struct bl_site *site, const struct bl_config *config, struct bl_err *err)
{
    struct filling f = {.site = site, .config = config};
    struct bl_plan *plan;

    if (bl_languages_load(&site->languages, *config->languages ? config->languages : NULL, err) < 0)
        return -1;
    site->engine.languages = &site->languages;
    if (bl_plan_new(&site->plan, err) < 0)
        return -1;
    plan = site->plan;
    plan->first_id = (uint32_t)config->first_id;
    (void)snprintf(plan->cgroup_place, sizeof(plan->cgroup_place), "%s", config->cgroup);
    f.host_root = plan->root_count;
    if (bl_engine_plan(&site->engine, plan, err) < 0)
        return -1;
    for (size_t n = 0; n < config->profile_count; n++)
        if (add_profile(&f, n, err) < 0)
            return -1;
    return 0;
}

int bl_site_new(struct bl_site **out, const struct bl_config *config, struct bl_err *err)
{
    struct bl_site *site = calloc(1, sizeof(*site));

    if (!site)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "languages");
    if (fill(site, config, err) < 0) {
        bl_site_free(&site);
        return -1;
    }
    *out = site;
    return 0;
}

void bl_site_free(struct bl_site **site)
{
    if (!*site)
        return;
    bl_plan_free(&(*site)->plan);
    bl_languages_release(&(*site)->languages);
    free(*site);
    *site = NULL;
}
