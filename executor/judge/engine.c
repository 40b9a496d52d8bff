/* engine.c - see engine.h. */
#include "executor/judge/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/language/mounts.h"

static int add_policy(struct bl_engine *engine, struct bl_plan *plan, unsigned root,
                      const char *name, struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = NULL;
    unsigned number, *profile = &engine->profiles[engine->profile_count].profile;

    for (unsigned i = 0; i < engine->profile_count; i++)
        if (strcmp(engine->profiles[i].policy, name) == 0)
            return 0;
    if (engine->profile_count == BL_ARRAY_LEN(engine->profiles))
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "more than %zu policies in all languages",
                       BL_ARRAY_LEN(engine->profiles));
    policy = malloc(sizeof(*policy));
    if (!policy)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", name);
    if (bl_policy_load(policy, name, err) || bl_plan_add_policy(plan, policy, &number, err) ||
        bl_plan_add_profile(plan, name, root, number, BL_NETWORK_NONE, profile, err))
        return -1;
    engine->profiles[engine->profile_count++].policy = name;
    return 0;
}

int bl_engine_plan(struct bl_engine *engine, struct bl_plan *plan, struct bl_err *err)
{
    unsigned root;

    if (bl_plan_add_host_root(plan, &root, err) || bl_places_add(plan, root, err))
        return -1;
    for (unsigned i = 0; i < engine->languages->count; i++) {
        const struct bl_language *language = &engine->languages->items[i];

        if (bl_language_mount(language, plan, root, err) ||
            add_policy(engine, plan, root, language->run.policy, err) ||
            add_policy(engine, plan, root, language->compile.policy, err))
            return -1;
    }
    return 0;
}

unsigned bl_engine_profile(const struct bl_engine *engine, const char *policy)
{
    unsigned i = 0;

    while (i < engine->profile_count && strcmp(engine->profiles[i].policy, policy) != 0)
        i++;
    assert(i < engine->profile_count);
    return engine->profiles[i].profile;
}
