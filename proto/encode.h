/* encode.h - what is told of a job, as messages: bailiff.v1.Event, and all of them as one
 * JobResult.
 *
 * Pure: values in, bytes out. What comes out is valid whatever a program called its files and
 * whatever an error quotes: names that programs made are `bytes`, other texts are cleaned. An event
 * is smaller than 4 MiB: of what a case may return, BL_JOB_RETURN_MAX bytes and
 * BL_JOB_FILES_TOLD_MAX files are told, and the rest is said to be cut. */
#ifndef BL_PROTO_ENCODE_H
#define BL_PROTO_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/job_event.h"

enum { BL_EVENT_BYTES_MAX = 4 * 1024 * 1024 }; /* what gRPC's clients take by default */

/* One event as a message. Kept by whoever may have to tell it again. */
struct bl_packed_event {
    enum bl_job_event_kind kind;
    uint8_t *bytes; /* owned, malloc(3) */
    size_t length;
    size_t body_at; /* where in bytes the kind's own message begins; it goes to the end */
};

/* bl_event_encode - job: what the indices of the event mean; its id is not looked at. id: the
 * job's, UTF-8. *out is set whole on success. Fails with MEMORY. */
int bl_event_encode(struct bl_packed_event *out, const struct bl_job *job, const char *id,
                    const struct bl_job_event *event, struct bl_err *err);

void bl_packed_event_release(struct bl_packed_event *event); /* idempotent */

/* bl_job_result_encode - the JobResult that those events amount to, QUEUED ones passed over, in the
 * order in which they are given. *bytes is malloc(3)ed. Fails with MEMORY. */
int bl_job_result_encode(uint8_t **bytes, size_t *length, const char *id,
                         const struct bl_packed_event *events, size_t count, struct bl_err *err);

#endif
