/* offer.h - what this worker offers to jobs: its languages, and its profiles as a plan (process:
 * worker, at start-up).
 *
 * The plan's profiles are what jobs may name: those of the configuration, and for each policy that
 * a language names and that is no profile's name one on the host's root, called as the policy. The
 * host's root has what the languages need besides. */
#ifndef BL_DAEMON_OFFER_H
#define BL_DAEMON_OFFER_H

#include "executor/daemon/config.h"
#include "executor/language/language.h"
#include "executor/sandbox/plan.h"

struct bl_offer {
    struct bl_languages languages;
    struct bl_plan *plan;
};

/* bl_offer_new - fails with CONFIG (names the profile and what is wrong with it), LANGUAGE, and
 * what plan.h fails with. */
int bl_offer_new(struct bl_offer **out, const struct bl_config *config, struct bl_err *err);
void bl_offer_free(struct bl_offer **offer);

#endif
