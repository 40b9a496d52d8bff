#include "proto/replies.h"

#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "proto/encode_private.h"

typedef Bailiff__V1__WorkerStatus status_message;

static int pack(struct bl_bytes *out, const ProtobufCMessage *message, struct bl_err *err)
{
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(length + 1); /* an empty message is no failure */

    if (!bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "an answer");
    (void)protobuf_c_message_pack(message, bytes); /* as much as was asked for above */
    *out = (struct bl_bytes){bytes, length};
    return 0;
}

void bl_bytes_release(struct bl_bytes *bytes)
{
    bl_free_ptr(&bytes->bytes);
    bytes->length = 0;
}

int bl_cancel_reply_encode(struct bl_bytes *out, enum bl_job_end end, struct bl_err *err)
{
    Bailiff__V1__CancelReply message = BAILIFF__V1__CANCEL_REPLY__INIT;

    message.end = (Bailiff__V1__End)((int)end + 1); /* 0 stands for "not told" there */
    return pack(out, &message.base, err);
}

int bl_file_info_encode(struct bl_bytes *out, const uint8_t sha256[BL_SHA256_BYTES],
                        uint64_t size_bytes, bool was_there, struct bl_err *err)
{
    Bailiff__V1__FileInfo message = BAILIFF__V1__FILE_INFO__INIT;

    message.sha256 = (ProtobufCBinaryData){BL_SHA256_BYTES, (uint8_t *)sha256};
    message.size_bytes = size_bytes;
    message.was_there = was_there;
    return pack(out, &message.base, err);
}

int bl_get_chunk_encode(struct bl_bytes *out, const uint8_t *data, size_t length,
                        uint64_t size_bytes, struct bl_err *err)
{
    Bailiff__V1__GetChunk message = BAILIFF__V1__GET_CHUNK__INIT;

    message.data = (ProtobufCBinaryData){length, (uint8_t *)data};
    message.size_bytes = size_bytes;
    return pack(out, &message.base, err);
}

int bl_digests_encode(struct bl_bytes *out, uint8_t (*const sha256)[BL_SHA256_BYTES], size_t count,
                      struct bl_err *err)
{
    Bailiff__V1__Digests message = BAILIFF__V1__DIGESTS__INIT;
    bl_autofree ProtobufCBinaryData *list = calloc(count + 1, sizeof(*list));

    if (!list)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "an answer");
    for (size_t i = 0; i < count; i++)
        list[i] = (ProtobufCBinaryData){BL_SHA256_BYTES, sha256[i]};
    message.n_sha256 = count;
    message.sha256 = list;
    return pack(out, &message.base, err);
}

static Bailiff__V1__Room *encode_room(struct bl_encoder *e, const struct bl_room *room)
{
    Bailiff__V1__Room *out = bl_bump_alloc(&e->bump, 1, sizeof(*out));

    if (!out)
        return NULL;
    bailiff__v1__room__init(out);
    out->used = room->used;
    out->total = room->total;
    return out;
}

static int encode_rooms(struct bl_encoder *e, const struct bl_worker_status *status,
                        status_message *out)
{
    out->slots = encode_room(e, &status->slots);
    out->queue = encode_room(e, &status->queue);
    out->cpus_milli = encode_room(e, &status->cpus_milli);
    out->memory_bytes = encode_room(e, &status->memory_bytes);
    out->store_bytes = encode_room(e, &status->store_bytes);
    return out->slots && out->queue && out->cpus_milli && out->memory_bytes && out->store_bytes
               ? 0
               : -1;
}

static int encode_tenants(struct bl_encoder *e, const struct bl_worker_status *status,
                          status_message *out)
{
    Bailiff__V1__TenantStatus *list = bl_bump_alloc(&e->bump, status->tenant_count, sizeof(*list));

    out->tenants = bl_encode_list(e, status->tenant_count);
    if (!list || !out->tenants)
        return -1;
    for (size_t i = 0; i < status->tenant_count; i++) {
        bailiff__v1__tenant_status__init(&list[i]);
        list[i].name = (char *)status->tenants[i].name;
        list[i].running = status->tenants[i].running;
        list[i].queued = status->tenants[i].queued;
        out->tenants[out->n_tenants++] = &list[i];
    }
    return 0;
}

static int encode_languages(struct bl_encoder *e, const struct bl_worker_status *status,
                            status_message *out)
{
    Bailiff__V1__LanguageStatus *list =
        bl_bump_alloc(&e->bump, status->language_count, sizeof(*list));

    out->languages = bl_encode_list(e, status->language_count);
    if (!list || !out->languages)
        return -1;
    for (size_t i = 0; i < status->language_count; i++) {
        bailiff__v1__language_status__init(&list[i]);
        list[i].code = bl_encode_text(e, status->languages[i].code);
        list[i].name = bl_encode_text(e, status->languages[i].name);
        list[i].installed = status->languages[i].installed;
        if (!list[i].code || !list[i].name)
            return -1;
        out->languages[out->n_languages++] = &list[i];
    }
    return 0;
}

static int encode_profiles(struct bl_encoder *e, const struct bl_worker_status *status,
                           status_message *out)
{
    out->profiles = bl_encode_list(e, status->profile_count);
    for (size_t i = 0; out->profiles && i < status->profile_count; i++) {
        out->profiles[i] = bl_encode_text(e, status->profiles[i]);
        if (!out->profiles[i])
            return -1;
        out->n_profiles++;
    }
    return out->profiles ? 0 : -1;
}

static int encode_status(struct bl_encoder *e, const struct bl_worker_status *status,
                         status_message *out)
{
    bailiff__v1__worker_status__init(out);
    out->version = bl_encode_text(e, status->version);
    out->host = bl_encode_text(e, status->host);
    out->uptime_ns = status->uptime_ns;
    out->draining = status->draining;
    out->warm_sandboxes = status->warm_sandboxes;
    out->oldest_queued_ns = status->oldest_queued_ns;
    if (!out->version || !out->host || encode_rooms(e, status, out) ||
        encode_tenants(e, status, out) || encode_profiles(e, status, out))
        return -1;
    return encode_languages(e, status, out);
}

int bl_worker_status_encode(struct bl_bytes *out, const struct bl_worker_status *status,
                            struct bl_err *err)
{
    struct bl_encoder e = {.bump = {.ceiling = 64 * BL_MIB}};
    status_message message;
    int result = encode_status(&e, status, &message);

    if (result == 0)
        result = pack(out, &message.base, err);
    else
        (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "an answer"); /* is -1, as the result */
    bl_bump_release(&e.bump);
    return result;
}
