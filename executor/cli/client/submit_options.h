/* submit_options.h - what `bailiff submit` was asked for: nothing is opened yet. */
#ifndef BL_CLIENT_SUBMIT_OPTIONS_H
#define BL_CLIENT_SUBMIT_OPTIONS_H

#include <bailiff/v1/job.pb-c.h>

#include "bailiff/spec.h"
#include "executor/cli/client/link_options.h"
#include "executor/cli/options.h"

struct bl_submit_options {
    bool help, json, quiet, verbose;
    struct bl_link_options link;
    /* of the job; what was not given leaves a job file's own word */
    const char *id, *tenant;
    struct bl_texts labels; /* KEY=VALUE */
    bool has_priority;
    int32_t priority;
    uint64_t deadline_ns, parallel; /* 0: not given */
    bool detach, rerun_if_noisy;
    /* instead of a job file */
    const char *language, *entrypoint, *tests, *input, *checker, *checker_language;
    bool exact, has_stop;
    Bailiff__V1__Stop stop;
    double tolerance;        /* below 0: not given */
    struct bl_limits limits; /* 0: not given */
};

struct bl_submit_options bl_submit_options_default(void); /* nothing is given */

/* bl_submit_options_check - do they go together? operands: the job file, or the sources. Fails with
 * OPTION. */
int bl_submit_options_check(const struct bl_submit_options *options, char **operands,
                            struct bl_err *err);
void bl_submit_options_release(struct bl_submit_options *options);

void bl_submit_options_describe(bl_syntax_fn *use, void *ctx);

#endif
