/* comparison.h - is this file the expected one? The default validator over two files, a piece in
 * each round of the loop (process: worker). */
#ifndef BL_JOB_COMPARISON_H
#define BL_JOB_COMPARISON_H

#include "executor/base/loop.h"
#include "limits/default_validator.h"

struct bl_comparison_run;

/* on_compared - from the loop, once; seen: lent for the call. It may be freed here. */
typedef void bl_on_compared(void *ctx, const struct bl_comparison *seen);

/* bl_comparison_start - flags: copied. answer, output: regular files that nobody changes meanwhile,
 * borrowed for the call; answer -1: nothing is expected. Fails with LOOP, MEMORY, SPOOL. */
int bl_comparison_start(struct bl_comparison_run **out, struct bl_loop *loop,
                        const struct bl_compare_flags *flags, int answer, int output,
                        bl_on_compared *on_compared, void *ctx, struct bl_err *err);

void bl_comparison_free(struct bl_comparison_run **comparison); /* at any time */

#endif
