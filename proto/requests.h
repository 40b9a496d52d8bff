/* requests.h - every request but the job itself (decode.h), checked.
 *
 * Pure and total, as decode.h: FIELD, which names the field and its bound, or MEMORY. */
#ifndef BL_PROTO_REQUESTS_H
#define BL_PROTO_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/job.h"
#include "proto/message.h"

enum {
    BL_DIGESTS_MAX = 4096,                /* of one message */
    BL_CHUNK_BYTES_MAX = 4 * 1024 * 1024, /* of data in one PutChunk */
    BL_REQUEST_BYTES_MAX = 256 * 1024,    /* of any other message here */
    BL_CHUNK_MESSAGE_MAX = BL_CHUNK_BYTES_MAX + 4096,
};

/* Which job: Executor.Cancel, Result. */
struct bl_job_ref {
    char id[BL_JOB_ID_MAX + 1];
    char tenant[BL_JOB_TENANT_MAX + 1]; /* "": whoever the peer is */
};

int bl_job_ref_decode(struct bl_job_ref *out, const uint8_t *bytes, size_t length,
                      struct bl_err *err);

struct bl_attach_request {
    struct bl_job_ref job;
    uint64_t from_number; /* the first event that is wanted */
};

int bl_attach_request_decode(struct bl_attach_request *out, const uint8_t *bytes, size_t length,
                             struct bl_err *err);

/* bl_status_request_decode - nothing but its form. */
int bl_status_request_decode(const uint8_t *bytes, size_t length, struct bl_err *err);

struct bl_get_request {
    uint8_t sha256[BL_SHA256_BYTES];
    uint64_t offset;
    uint64_t length; /* UINT64_MAX: to the end */
};

int bl_get_request_decode(struct bl_get_request *out, const uint8_t *bytes, size_t length,
                          struct bl_err *err);

/* Files.Missing. */
struct bl_digests {
    uint8_t (*sha256)[BL_SHA256_BYTES]; /* owned, malloc(3) */
    size_t count;
};

int bl_digests_decode(struct bl_digests *out, const uint8_t *bytes, size_t length,
                      struct bl_err *err);
void bl_digests_release(struct bl_digests *digests); /* idempotent */

/* One message of Files.Put. That digest and size come with the first one only is the stream's
 * affair. */
struct bl_put_chunk {
    const uint8_t *sha256; /* NULL: not stated */
    uint64_t size_bytes;   /* 0: not stated */
    const uint8_t *data;
    size_t length;
    struct bl_message message; /* owns all of it */
};

int bl_put_chunk_decode(struct bl_put_chunk *out, const uint8_t *bytes, size_t length,
                        struct bl_err *err);
void bl_put_chunk_release(struct bl_put_chunk *chunk); /* idempotent */

#endif
