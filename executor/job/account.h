/* account.h - entering what was seen of a program into its result (process: worker).
 *
 * Pure but for the files that a result owns. */
#ifndef BL_JOB_ACCOUNT_H
#define BL_JOB_ACCOUNT_H

#include "bailiff/result.h"
#include "executor/sandbox/sandbox.h"

/* bl_account_ending - times, switches, faults, resident peak and refusals, from init's report.
 * ordered_ns: when the run was asked for. */
void bl_account_ending(struct bl_result *result, const struct bl_ending *ending,
                       uint64_t ordered_ns);

/* bl_account_baseline - takes off what the group had used before the launch: that was the set-up,
 * all of it system calls, so it comes off the system time first. */
void bl_account_baseline(struct bl_usage *usage, uint64_t baseline_ns);

/* bl_account_add_file - takes *file, also on failure. Fails with MEMORY. */
int bl_account_add_file(struct bl_result *result, struct bl_collected *file, struct bl_err *err);

void bl_account_release_file(struct bl_collected *file);
void bl_account_drop_files(struct bl_result *result); /* all; what was taken of them is fd -1, name
                                                         NULL */

#endif
