/* run_options.h - what `bailiff run` was asked for, as it was written: nothing is opened yet. */
#ifndef BL_CLI_RUN_OPTIONS_H
#define BL_CLI_RUN_OPTIONS_H

#include "bailiff/spec.h"
#include "executor/cli/options.h"

struct bl_run_options {
    bool help, quiet;
    struct bl_limits limits;
    const char *stdin_path, *stdout_path, *stderr_path; /* NULL: passed through */
    const char *report_path;                            /* "-": standard error; NULL: none */
    struct bl_texts inputs, outputs, binds, env;
    const char *root;    /* NULL: the host's /usr and the like */
    const char *seccomp; /* name or path of a policy */
    const char *workdir; /* NULL: /box */
    enum bl_network network;
};

/* bl_run_options_parse - defaults, then argv (see bl_options_parse); argv holds the program and its
 * arguments afterwards. Release *options in either case. Fails with OPTION, FIELD, MEMORY. */
int bl_run_options_parse(struct bl_run_options *options, char **argv, struct bl_err *err);
void bl_run_options_release(struct bl_run_options *options);

void bl_run_options_describe(bl_syntax_fn *use, void *ctx);

#endif
