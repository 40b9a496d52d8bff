/* confine_private.h - between confine.c, the list of what is given up, and confine_files.c. */
#ifndef BL_DAEMON_CONFINE_PRIVATE_H
#define BL_DAEMON_CONFINE_PRIVATE_H

#include "executor/daemon/confine.h"

/* worker.json and fetcher.json, embedded by the build. */
extern const char bl_worker_policy[], bl_fetcher_policy[];
extern const size_t bl_worker_policy_length, bl_fetcher_policy_length;

/* bl_confine_ruleset - the Landlock rules for the paths, not enforced yet; *ruleset: owned, -1
 * where the kernel has none (*abi is 0 then). Fails with CONFINE: names the path. */
int bl_confine_ruleset(const struct bl_confinement *confinement, int *ruleset, int *abi,
                       struct bl_err *err);

#endif
