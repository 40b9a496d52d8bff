#include "executor/daemon/offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/job/places.h"
#include "executor/language/mounts.h"

/* An offer in the making: which roots and policies the plan has already, so that each is there
 * once. */
struct filling {
    struct bl_offer *offer;
    unsigned host_root;
    const char *roots[BL_PLAN_ROOTS_MAX];       /* paths, by number; NULL: the host's */
    const char *policies[BL_PLAN_POLICIES_MAX]; /* names, by number */
};

static int add_root(struct filling *f, const char *path, unsigned *root, struct bl_err *err)
{
    struct bl_plan *plan = f->offer->plan;
    struct stat is;

    *root = f->host_root;
    if (strcmp(path, "host") == 0)
        return 0;
    for (*root = 0; *root < plan->root_count; ++*root)
        if (f->roots[*root] && strcmp(f->roots[*root], path) == 0)
            return 0;
    errno = ENOTDIR;
    if (stat(path, &is) < 0 || !S_ISDIR(is.st_mode))
        return bl_fail(err, BL_STEP_INPUT, errno, "root: %s", path);
    if (bl_plan_add_dir_root(plan, path, root, err) < 0 || bl_places_add(plan, *root, err) < 0)
        return -1;
    f->roots[*root] = path;
    return 0;
}

/* What is wrong inside a file is told without it. */
static int policy_failed(const char *name, const struct bl_err *why, struct bl_err *err)
{
    bool names_it = strncmp(why->detail, name, strlen(name)) == 0;

    return bl_fail(err, why->step, why->sys_errno, "policy: %.70s%s%.130s", names_it ? "" : name,
                   names_it ? "" : ": ", why->detail);
}

static int add_policy(struct filling *f, const char *name, unsigned *number, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = NULL;
    struct bl_plan *plan = f->offer->plan;
    struct bl_err why;

    for (*number = 0; *number < plan->policy_count; ++*number)
        if (strcmp(f->policies[*number], name) == 0)
            return 0;
    policy = malloc(sizeof(*policy));
    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "policy");
    if (bl_policy_load(policy, name, &why) < 0)
        return policy_failed(name, &why, err);
    if (bl_plan_add_policy(plan, policy, number, err) < 0)
        return -1;
    f->policies[*number] = name;
    return 0;
}

static int add_profile(struct filling *f, const struct bl_config_profile *profile,
                       struct bl_err *err)
{
    unsigned root, policy, number;
    struct bl_err why;

    if (add_root(f, profile->root, &root, &why) == 0 &&
        add_policy(f, profile->policy, &policy, &why) == 0 &&
        bl_plan_add_profile(f->offer->plan, profile->name, root, policy, profile->network, &number,
                            &why) == 0)
        return 0;
    return bl_fail(err, BL_STEP_CONFIG, why.sys_errno, "profiles: %.63s: %.160s", profile->name,
                   why.detail);
}

static bool has_profile(const struct bl_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->profile_count; i++)
        if (strcmp(plan->profiles[i].name, name) == 0)
            return true;
    return false;
}

static int add_language(struct filling *f, const struct bl_language *language, struct bl_err *err)
{
    const char *const policies[] = {language->run.policy, language->compile.policy};

    for (size_t i = 0; i < BL_ARRAY_LEN(policies); i++) {
        const struct bl_config_profile profile = {policies[i], "host", policies[i],
                                                  BL_NETWORK_NONE};

        if (!has_profile(f->offer->plan, policies[i]) && add_profile(f, &profile, err) < 0)
            return -1;
    }
    return bl_language_mount(language, f->offer->plan, f->host_root, err);
}

static int fill(struct filling *f, const struct bl_config *config, struct bl_err *err)
{
    struct bl_offer *offer = f->offer;

    if (bl_languages_load(&offer->languages, *config->languages ? config->languages : NULL, err) <
        0)
        return bl_config_at("languages", err);
    if (bl_plan_new(&offer->plan, err) < 0)
        return -1;
    offer->plan->first_id = (uint32_t)config->first_id;
    (void)snprintf(offer->plan->cgroup_place, sizeof(offer->plan->cgroup_place), "%s",
                   config->cgroup);
    if (bl_plan_add_host_root(offer->plan, &f->host_root, err) < 0 ||
        bl_places_add(offer->plan, f->host_root, err) < 0)
        return -1;
    for (size_t i = 0; i < config->profile_count; i++)
        if (add_profile(f, &config->profiles[i], err) < 0)
            return -1;
    for (unsigned i = 0; i < offer->languages.count; i++)
        if (add_language(f, &offer->languages.items[i], err) < 0)
            return -1;
    return 0;
}

int bl_offer_new(struct bl_offer **out, const struct bl_config *config, struct bl_err *err)
{
    struct filling f = {.offer = calloc(1, sizeof(*f.offer))};

    if (!f.offer)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "languages");
    if (fill(&f, config, err) < 0) {
        bl_offer_free(&f.offer);
        return -1;
    }
    *out = f.offer;
    return 0;
}

void bl_offer_free(struct bl_offer **offer)
{
    if (!*offer)
        return;
    bl_plan_free(&(*offer)->plan);
    bl_languages_release(&(*offer)->languages);
    free(*offer);
    *offer = NULL;
}
