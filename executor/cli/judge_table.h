/* judge_table.h - what a tournament came to, for people and for machines.
 *
 * Pure but for the stream that is written to. */
#ifndef BL_CLI_JUDGE_TABLE_H
#define BL_CLI_JUDGE_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "executor/judge/package.h"
#include "executor/judge/standing.h"

struct bl_judge_summary {
    const struct bl_package *package;
    const struct bl_standing *standings;
    size_t count;
    uint64_t time_limit_ns;
    const char *time_limit_source; /* "problem.yaml", "--time-limit", "slowest x 5"... */
};

/* bl_judge_table_print - a row for each submission; verbose: and one for each testcase. */
void bl_judge_table_print(const struct bl_judge_summary *summary, bool verbose, FILE *to);

/* bl_judge_json - docs/judging.md. A new reference; NULL only without memory. */
json_t *bl_judge_json(const struct bl_judge_summary *summary);

/* bl_judge_all_met - was every expectation met, and nothing a judge error? */
bool bl_judge_all_met(const struct bl_judge_summary *summary);

#endif
