/* run_plan.h - the plan of one run: one root, one policy, one profile. */
#ifndef BL_CLI_RUN_PLAN_H
#define BL_CLI_RUN_PLAN_H

#include "executor/cli/run_files.h"
#include "executor/cli/run_options.h"
#include "executor/sandbox/plan.h"

/* bl_run_plan_new - profile 0 is the run's. Owned by the caller (bl_plan_free). files: of the same
 * options; an input with an absolute name gets a mount point, where the root has none.
 * Fails with OPTION, INPUT (--root, --bind: missing, of the wrong kind, too long a path), FIELD,
 * POLICY, POLICY_BUILD, MEMORY. */
int bl_run_plan_new(struct bl_plan **out, const struct bl_run_options *options,
                    const struct bl_run_files *files, struct bl_err *err);

#endif
