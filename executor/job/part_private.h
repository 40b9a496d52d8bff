/* part_private.h - how a part is made, in a file of its own (part_fill.c; process: worker). */
#ifndef BL_JOB_PART_PRIVATE_H
#define BL_JOB_PART_PRIVATE_H

#include "executor/job/part.h"

/* bl_part_fill_spec - part->spec from part->order. Fails with INPUT, FIELD, MEMORY. */
int bl_part_fill_spec(struct bl_part *part, struct bl_err *err);

/* bl_part_open_streams - part->streams. Fails with SPOOL. */
int bl_part_open_streams(struct bl_part *part, int in, int out, struct bl_err *err);

#endif
