/* replies.h - every answer but a job's (encode.h), as bytes.
 *
 * Pure. Each sets *bytes (malloc(3)) and *length, or fails with MEMORY. Texts are UTF-8 already,
 * but for those that come from the host: they are cleaned. */
#ifndef BL_PROTO_REPLIES_H
#define BL_PROTO_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/job_event.h"

struct bl_bytes {
    uint8_t *bytes; /* owned */
    size_t length;
};

void bl_bytes_release(struct bl_bytes *bytes); /* idempotent */

int bl_cancel_reply_encode(struct bl_bytes *out, enum bl_job_end end, struct bl_err *err);

int bl_file_info_encode(struct bl_bytes *out, const uint8_t sha256[BL_SHA256_BYTES],
                        uint64_t size_bytes, bool was_there, struct bl_err *err);

int bl_get_chunk_encode(struct bl_bytes *out, const uint8_t *data, size_t length,
                        uint64_t size_bytes, struct bl_err *err);

int bl_digests_encode(struct bl_bytes *out, uint8_t (*const sha256)[BL_SHA256_BYTES], size_t count,
                      struct bl_err *err);

struct bl_room {
    uint64_t used, total;
};

struct bl_tenant_status {
    const char *name;
    uint32_t running, queued;
};

struct bl_language_status {
    const char *code, *name;
    bool installed;
};

/* All borrowed. */
struct bl_worker_status {
    const char *version, *host;
    uint64_t uptime_ns;
    bool draining;
    struct bl_room slots, queue, cpus_milli, memory_bytes, store_bytes;
    uint32_t warm_sandboxes;
    uint64_t oldest_queued_ns;
    const struct bl_tenant_status *tenants;
    size_t tenant_count;
    const char *const *profiles;
    size_t profile_count;
    const struct bl_language_status *languages;
    size_t language_count;
};

int bl_worker_status_encode(struct bl_bytes *out, const struct bl_worker_status *status,
                            struct bl_err *err);

#endif
