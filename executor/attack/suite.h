/* suite.h - trying the attacks of the table, one at a time (process: worker).
 *
 * In this order: bl_bait_plant · bl_suite_fill_plan · the caller's warden is started · privileges
 * are dropped · bl_suite_new · bl_suite_try for each attack and policy. After each an honest
 * program, the canary, is run: it must be served as if nothing had been. */
#ifndef BL_ATTACK_SUITE_H
#define BL_ATTACK_SUITE_H

#include "executor/attack/attack.h"
#include "executor/attack/bait.h"
#include "executor/base/loop.h"
#include "executor/sandbox/plan.h"
#include "executor/sandbox/warden.h"

struct bl_suite;

/* Which profile of the plan stands for each policy. */
struct bl_suite_profiles {
    unsigned of[BL_ATTACK_POLICY_COUNT];
};

/* bl_suite_fill_plan - the host's root with each policy. Fails as the plan's own functions do. */
int bl_suite_fill_plan(struct bl_plan *plan, struct bl_suite_profiles *profiles,
                       struct bl_err *err);

struct bl_suite_order {
    struct bl_loop *loop; /* all borrowed until bl_suite_free */
    struct bl_warden *warden;
    const struct bl_bait *bait;
    struct bl_suite_profiles profiles;
};

/* bl_suite_new - opens the hostile programs (bailiff-selftest, as bl_beside() finds it).
 * Fails with SELFTEST, MEMORY. */
int bl_suite_new(struct bl_suite **out, const struct bl_suite_order *order, struct bl_err *err);
void bl_suite_free(struct bl_suite **suite);

struct bl_suite_finding {
    bool holds;
    enum bl_verdict verdict;     /* of the attack; SANDBOX_ERROR where it could not be tried */
    char why[BL_ATTACK_WHY_MAX]; /* empty where it holds */
};

/* bl_suite_try - one attack under one policy, to its end; runs the loop meanwhile. Returns
 * finding->holds. */
bool bl_suite_try(struct bl_suite *suite, const struct bl_attack *attack,
                  enum bl_attack_policy policy, struct bl_suite_finding *finding);

#endif
