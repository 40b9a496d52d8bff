/* answer.h - results as the queue keeps them: what a worker's JobResult means for the job's way,
 * results that the feeder makes itself, and results that must become smaller. Pure.
 *
 * What is stored is always a bailiff.v1.JobResult. The feeder's own have no cases: END_EXPIRED,
 * END_CANCELLED, or END_BROKEN with an Error whose fault is CLIENT: mend the job. */
#ifndef BL_FEEDER_ANSWER_H
#define BL_FEEDER_ANSWER_H

#include <stddef.h>

#include "bailiff/err.h"
#include "executor/feeder/flow.h"
#include "proto/replies.h"

enum { BL_ANSWER_BYTES_MAX = 17 * 1024 * 1024 }; /* of a worker's */

/* bl_answer_of_result - RESULT, CANCELLED or BROKEN; what can't be read is BROKEN. */
enum bl_flow_answer bl_answer_of_result(const uint8_t *bytes, size_t length);

/* bl_answer_make - one of the feeder's own (not BL_FLOW_RESULT_ANSWER). why: of REFUSED, any bytes.
 * Fails with MEMORY. */
int bl_answer_make(struct bl_bytes *out, enum bl_flow_result result, const char *job_id,
                   const char *why, struct bl_err *err);

/* bl_answer_shrink - the same result without the bytes that programs left (they are marked as cut),
 * and failing that a REFUSED one that says so: at most `most` bytes, which must be 4 KiB or more.
 * Fails with MEMORY. */
int bl_answer_shrink(struct bl_bytes *out, const uint8_t *bytes, size_t length, size_t most,
                     const char *job_id, struct bl_err *err);

#endif
