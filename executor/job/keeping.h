/* keeping.h - what becomes of all that one part wrote and left: into the store, into the answer, or
 * kept for later steps; and the part's report (process: worker).
 *
 * One after the other: puts, then the copies for later steps. Nothing of it changes what the part
 * came to. */
#ifndef BL_JOB_KEEPING_H
#define BL_JOB_KEEPING_H

#include "executor/job/part.h"

struct bl_keeping;

/* on_kept - from the loop, once. err: NULL, or why something could not be kept; what could is in
 * the report. */
typedef void bl_on_kept(void *ctx, const struct bl_err *err);

/* bl_keeping_is_due - did the part leave anything, or would later steps ask for its files? Of one
 * that did not there is nothing but bl_keeping_bare(). part: over. */
bool bl_keeping_is_due(const struct bl_part *part);

/* bl_keeping_start - part: over, borrowed for the keeping's life. for_later: it is of a case that
 * passed, and goes to the leavings under these numbers; otherwise nothing is copied for later
 * steps. return_bytes: how much the case may still return; lowered by what is. Fails with MEMORY.
 */
struct bl_keeping_order {
    struct bl_part *part;
    bool for_later;
    uint32_t step, testcase, command;
    uint64_t *return_bytes;
    bl_on_kept *on_kept;
    void *ctx;
};
int bl_keeping_start(struct bl_keeping **out, const struct bl_keeping_order *order,
                     struct bl_err *err);

/* bl_keeping_report - after on_kept; lent, lives as long as the keeping. */
const struct bl_command_report *bl_keeping_report(const struct bl_keeping *keeping);

void bl_keeping_free(struct bl_keeping **keeping); /* at any time: what is under way is given up */

/* bl_keeping_bare - a report with the result and no bytes; of a part whose bytes nobody keeps. */
struct bl_command_report bl_keeping_bare(const struct bl_part *part);

#endif
