/* gather.h - a set of files, wherever they come from, as descriptors (process: worker).
 *
 * Those of the depot are asked for all at once and answered when they are; inline bytes become
 * files of the spool; what an earlier step left is opened. The descriptors are the gather's, for as
 * long as it lives: one for each source, even where two sources are the same file. */
#ifndef BL_JOB_GATHER_H
#define BL_JOB_GATHER_H

#include "executor/job/job_site.h"

struct bl_gather;

/* on_gathered - from the loop, once. err: NULL, or the first reason why one can't be had: whatever
 * the depot says, INPUT (an earlier step left no such file), SPOOL. */
typedef void bl_on_gathered(void *ctx, const struct bl_err *err);

/* bl_gather_new - site: borrowed. Fails with MEMORY. */
int bl_gather_new(struct bl_gather **out, struct bl_job_site *site, bl_on_gathered *on_gathered,
                  void *ctx, struct bl_err *err);

/* bl_gather_add - before begin. source: borrowed for the gather's life; of kind NONE: nothing is to
 * be had. Fails with MEMORY. */
int bl_gather_add(struct bl_gather *gather, const struct bl_file_source *source,
                  struct bl_err *err);

/* bl_gather_begin - on_gathered follows, never from inside this call. */
void bl_gather_begin(struct bl_gather *gather);

/* bl_gather_fd - after on_gathered without an error: of a source that was added, by its address.
 * Lent; -1: of kind NONE, or never added. */
int bl_gather_fd(const struct bl_gather *gather, const struct bl_file_source *source);

void bl_gather_free(struct bl_gather **gather); /* at any time; NULL inside is fine */

#endif
