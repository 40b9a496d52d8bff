/* judge_options.h - what `bailiff judge` was asked for: nothing is opened yet. */
#ifndef BL_CLI_JUDGE_OPTIONS_H
#define BL_CLI_JUDGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bailiff/err.h"
#include "executor/cli/options.h"

struct bl_judge_options {
    bool help, json, all, quiet, verbose;
    uint64_t jobs;          /* default: the CPUs that this process may use */
    uint64_t time_limit_ns; /* 0: the problem's */
    const char *languages;  /* a folder; NULL: the shipped ones */
};

/* bl_judge_options_parse - argv holds PACKAGE [SUBMISSION]... afterwards. Fails with OPTION. */
int bl_judge_options_parse(struct bl_judge_options *options, char **argv, struct bl_err *err);

void bl_judge_options_describe(bl_syntax_fn *use, void *ctx);

#endif
