/* haul.h - files into a folder of the spool, a piece in each round of the loop, however large they
 * are (process: worker). */
#ifndef BL_JOB_HAUL_H
#define BL_JOB_HAUL_H

#include "bailiff/err.h"
#include "executor/base/loop.h"

struct bl_haul;

/* on_hauled - from the loop, once. err: NULL, or why it ended early: as bl_spool_put() fails. */
typedef void bl_on_hauled(void *ctx, const struct bl_err *err);

/* bl_haul_new - folder_fd: borrowed. Fails with LOOP, MEMORY. */
int bl_haul_new(struct bl_haul **out, struct bl_loop *loop, int folder_fd, bl_on_hauled *on_hauled,
                void *ctx, struct bl_err *err);

/* bl_haul_add - before begin. name: below the folder, borrowed; fd: a regular file, read from
 * offset 0, borrowed; both until on_hauled. mode: permission bits; r for all is added.
 * Fails with MEMORY. */
int bl_haul_add(struct bl_haul *haul, const char *name, int fd, unsigned mode, struct bl_err *err);

/* bl_haul_begin - on_hauled follows, also where there is nothing to carry. */
void bl_haul_begin(struct bl_haul *haul);

void bl_haul_free(struct bl_haul **haul); /* at any time */

#endif
