/* shorthand.h - the common job without a job file: sources in one language, run on a folder of
 * tests. Names of files are noted, none is opened; the folder of tests is listed. */
#ifndef BL_CLIENT_SHORTHAND_H
#define BL_CLIENT_SHORTHAND_H

#include "executor/cli/client/draft.h"
#include "executor/cli/client/submit_options.h"

enum {
    BL_SHORTHAND_OUTPUT_BYTES = 64 * 1024
}; /* shown of a compiler, and of a run without tests */

/* bl_shorthand_make - sources: NULL-terminated. Two steps, "compile" and "tests" ("run" without
 * tests), and "checker" where that is compiled. Fails with OPTION (nothing in the folder, a test
 * without its answer), FILE_READ, JOB_FILE, MEMORY. */
int bl_shorthand_make(struct bl_draft *draft, const struct bl_submit_options *options,
                      const char *const *sources, struct bl_err *err);

#endif
