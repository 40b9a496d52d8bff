/* site.h - what the configuration offers to jobs: languages and profiles, as the plan has them
 * (process: worker, at start-up). */
#ifndef BL_DAEMON_SITE_H
#define BL_DAEMON_SITE_H

#include "executor/daemon/config.h"
#include "executor/judge/engine.h"

struct bl_site_profile {
    const char *name; /* the configuration's */
    unsigned number;  /* in the plan */
};

struct bl_site {
    struct bl_languages languages;
    struct bl_engine engine; /* its profiles: one for each policy that a language names */
    struct bl_plan *plan;    /* of no use once the warden is started */
    struct bl_site_profile profiles[BL_CONFIG_PROFILES_MAX];
    unsigned profile_count;
};

/* bl_site_new - config: borrowed for the site's life. Fails with CONFIG (names the profile and what
 * is wrong with it), LANGUAGE, and what plan.h fails with. */
int bl_site_new(struct bl_site **out, const struct bl_config *config, struct bl_err *err);
void bl_site_free(struct bl_site **site);

#endif
