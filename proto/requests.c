#include "proto/requests.h"

#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "proto/decode_private.h"

static int read_request(struct bl_message *out, const ProtobufCMessageDescriptor *type,
                        const uint8_t *bytes, size_t length, struct bl_err *err)
{
    return bl_message_read(out, type, bytes, length, BL_REQUEST_BYTES_MAX, BL_MESSAGE_STRICT, err);
}

static int take_ref(const struct bl_path *path, const Bailiff__V1__JobRef *message,
                    struct bl_job_ref *out, struct bl_err *err)
{
    const struct bl_decoder d = {.err = err};

    if (!message)
        return bl_fail_at(err, path, "is missing");
    if (bl_decode_word(&d, BL_AT(path, "id"), message->id, 1, BL_JOB_ID_MAX, "._:-") ||
        bl_decode_word(&d, BL_AT(path, "tenant"), message->tenant, 0, BL_JOB_TENANT_MAX, "._-"))
        return -1;
    memcpy(out->id, message->id, strlen(message->id) + 1);
    memcpy(out->tenant, message->tenant, strlen(message->tenant) + 1);
    return 0;
}

static int take_digest(const struct bl_path *path, ProtobufCBinaryData digest,
                       uint8_t out[BL_SHA256_BYTES], struct bl_err *err)
{
    const struct bl_decoder d = {.err = err};
    const uint8_t *bytes;

    if (bl_decode_digest(&d, path, digest, &bytes))
        return -1;
    memcpy(out, bytes, BL_SHA256_BYTES);
    return 0;
}

int bl_job_ref_decode(struct bl_job_ref *out, const uint8_t *bytes, size_t length,
                      struct bl_err *err)
{
    struct bl_message read;
    int result;

    if (read_request(&read, &bailiff__v1__job_ref__descriptor, bytes, length, err))
        return -1;
    result = take_ref(NULL, (const Bailiff__V1__JobRef *)read.root, out, err);
    bl_message_release(&read);
    return result;
}

int bl_attach_request_decode(struct bl_attach_request *out, const uint8_t *bytes, size_t length,
                             struct bl_err *err)
{
    const Bailiff__V1__AttachRequest *message;
    struct bl_message read;
    int result;

    if (read_request(&read, &bailiff__v1__attach_request__descriptor, bytes, length, err))
        return -1;
    message = (const Bailiff__V1__AttachRequest *)read.root;
    out->from_number = message->from_number;
    result = take_ref(BL_AT(NULL, "job"), message->job, &out->job, err);
    bl_message_release(&read);
    return result;
}

int bl_status_request_decode(const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_message read;

    if (read_request(&read, &bailiff__v1__status_request__descriptor, bytes, length, err))
        return -1;
    bl_message_release(&read);
    return 0;
}

int bl_get_request_decode(struct bl_get_request *out, const uint8_t *bytes, size_t length,
                          struct bl_err *err)
{
    const Bailiff__V1__GetRequest *message;
    struct bl_message read;
    int result;

    if (read_request(&read, &bailiff__v1__get_request__descriptor, bytes, length, err))
        return -1;
    message = (const Bailiff__V1__GetRequest *)read.root;
    out->offset = message->offset;
    out->length = message->length ? message->length : UINT64_MAX;
    result = take_digest(BL_AT(NULL, "sha256"), message->sha256, out->sha256, err);
    bl_message_release(&read);
    return result;
}

static int take_digests(const Bailiff__V1__Digests *message, struct bl_digests *out,
                        struct bl_err *err)
{
    struct bl_digests digests = {.count = message->n_sha256};

    if (digests.count > BL_DIGESTS_MAX)
        return bl_fail_at(err, BL_AT(NULL, "sha256"), "%zu are more than %d", digests.count,
                          BL_DIGESTS_MAX);
    digests.sha256 = calloc(digests.count + 1, sizeof(*digests.sha256));
    if (!digests.sha256)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "digests");
    for (size_t i = 0; i < digests.count; i++) {
        if (take_digest(BL_AT_INDEX(NULL, "sha256", i), message->sha256[i], digests.sha256[i],
                        err)) {
            bl_digests_release(&digests);
            return -1;
        }
    }
    *out = digests;
    return 0;
}

int bl_digests_decode(struct bl_digests *out, const uint8_t *bytes, size_t length,
                      struct bl_err *err)
{
    struct bl_message read;
    int result;

    if (read_request(&read, &bailiff__v1__digests__descriptor, bytes, length, err))
        return -1;
    result = take_digests((const Bailiff__V1__Digests *)read.root, out, err);
    bl_message_release(&read);
    return result;
}

void bl_digests_release(struct bl_digests *digests)
{
    bl_free_ptr(&digests->sha256);
    digests->count = 0;
}

static int take_chunk(struct bl_put_chunk *out, struct bl_err *err)
{
    const Bailiff__V1__PutChunk *message = (const Bailiff__V1__PutChunk *)out->message.root;
    const struct bl_decoder d = {.err = err};

    out->size_bytes = message->size_bytes;
    out->data = message->data.data;
    out->length = message->data.len;
    if (message->data.len > BL_CHUNK_BYTES_MAX)
        return bl_fail_at(err, BL_AT(NULL, "data"), "%zu bytes are more than %d", message->data.len,
                          BL_CHUNK_BYTES_MAX);
    if (message->sha256.len == 0)
        return 0;
    return bl_decode_digest(&d, BL_AT(NULL, "sha256"), message->sha256, &out->sha256);
}

int bl_put_chunk_decode(struct bl_put_chunk *out, const uint8_t *bytes, size_t length,
                        struct bl_err *err)
{
    struct bl_put_chunk chunk = {.sha256 = NULL};

    if (bl_message_read(&chunk.message, &bailiff__v1__put_chunk__descriptor, bytes, length,
                        BL_CHUNK_MESSAGE_MAX, BL_MESSAGE_STRICT, err))
        return -1;
    if (take_chunk(&chunk, err)) {
        bl_message_release(&chunk.message);
        return -1;
    }
    *out = chunk;
    return 0;
}

void bl_put_chunk_release(struct bl_put_chunk *chunk)
{
    bl_message_release(&chunk->message);
    chunk->data = chunk->sha256 = NULL;
    chunk->length = 0;
}
