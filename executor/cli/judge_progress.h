/* judge_progress.h - what `bailiff judge` says while it works: on a terminal one line that is drawn
 * anew, elsewhere a line for each submission that is over. */
#ifndef BL_CLI_JUDGE_PROGRESS_H
#define BL_CLI_JUDGE_PROGRESS_H

#include <stdio.h>

#include "executor/judge/standing.h"

struct bl_judge_progress {
    FILE *to; /* NULL: says nothing */
    bool terminal;
    bool drawn; /* a line stands there */
    const struct bl_standing *standings;
    bool *told; /* owned; which of them were */
    size_t count, over;
};

/* bl_judge_progress_init - to: NULL for silence. Fails with MEMORY. */
int bl_judge_progress_init(struct bl_judge_progress *progress, FILE *to,
                           const struct bl_standing *standings, size_t count, struct bl_err *err);
void bl_judge_progress_step(struct bl_judge_progress *progress, const struct bl_standing *standing);
void bl_judge_progress_end(struct bl_judge_progress *progress); /* wipes the line; releases */

#endif
