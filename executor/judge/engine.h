/* engine.h - what all of judging shares: the loop, the warden, the spool, and what sandboxes look
 * like to judged programs (process: worker).
 *
 * One root for every language: the host's, with what the languages' files ask for besides, and the
 * places where a validator finds its files. One profile for each policy that a language names. */
#ifndef BL_JUDGE_ENGINE_H
#define BL_JUDGE_ENGINE_H

#include "executor/base/loop.h"
#include "executor/job/places.h"
#include "executor/job/spool.h"
#include "executor/language/language.h"
#include "executor/sandbox/plan.h"
#include "executor/sandbox/warden.h"

struct bl_engine {
    struct bl_loop *loop; /* all borrowed */
    struct bl_warden *warden;
    struct bl_spool *spool;
    const struct bl_languages *languages;
    struct {
        const char *policy; /* the languages' text */
        unsigned profile;
    } profiles[BL_PLAN_POLICIES_MAX];
    unsigned profile_count;
};

/* bl_engine_plan - adds the root, the policies and the profiles to a plan; engine->languages is set
 * already, the rest may come later. Fails with what plan.h and policy.h fail with. */
int bl_engine_plan(struct bl_engine *engine, struct bl_plan *plan, struct bl_err *err);

/* bl_engine_profile - the number of the profile with that policy, which a language names. */
unsigned bl_engine_profile(const struct bl_engine *engine, const char *policy);

#endif
