/* decode.h - a bailiff.v1.Job as bytes from outside into the checked struct bl_job.
 *
 * Pure: bytes in, value out. Total on hostile input: whatever the bytes are, either a whole job
 * comes out of which every bound of job.h and every reference holds, or an error that names the
 * field and its bound. Memory stays below bl_message_ceiling() (message.h); time is linear in the
 * message but for names that must differ: they are compared pair by pair, at most 120 times each.
 */
#ifndef BL_PROTO_DECODE_H
#define BL_PROTO_DECODE_H

#include "bailiff/err.h"
#include "bailiff/job.h"

/* bl_job_decode - the job owns its memory and borrows nothing of bytes.
 * Fails with FIELD (detail: "steps[2].cases[17].input.sha256: 31 bytes: a digest has 32"), MEMORY.
 */
int bl_job_decode(struct bl_job **out, const uint8_t *bytes, size_t length, struct bl_err *err);

void bl_job_free(struct bl_job **job);

#endif
