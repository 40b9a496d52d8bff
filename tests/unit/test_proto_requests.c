/* The small requests and answers: every field there and back, every bound named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <bailiff/v1/executor.pb-c.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "proto/replies.h"
#include "proto/requests.h"

static uint8_t digest[BL_SHA256_BYTES] = {1, 2, 3};

static struct bl_bytes pack(const ProtobufCMessage *message)
{
    struct bl_bytes out = {.length = protobuf_c_message_get_packed_size(message)};

    out.bytes = malloc(out.length + 1);
    assert_non_null(out.bytes);
    (void)protobuf_c_message_pack(message, out.bytes);
    return out;
}

static void ref__is_taken(void **state)
{
    Bailiff__V1__JobRef message = BAILIFF__V1__JOB_REF__INIT;
    struct bl_job_ref ref;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    message.id = (char *)"a:1";
    message.tenant = (char *)"t";
    bytes = pack(&message.base);
    assert_int_equal(bl_job_ref_decode(&ref, bytes.bytes, bytes.length, &err), 0);
    assert_string_equal(ref.id, "a:1");
    assert_string_equal(ref.tenant, "t");
    bl_bytes_release(&bytes);
    bl_bytes_release(&bytes);
}

static void ref__is_held_to_its_bounds(void **state)
{
    char id[BL_JOB_ID_MAX + 2], tenant[BL_JOB_TENANT_MAX + 2];
    const struct {
        char *id, *tenant;
        const char *said;
    } rows[] = {
        {(char *)"", (char *)"", "id: is empty"},
        {(char *)"a b", (char *)"", "id: takes letters, digits and ._:- only"},
        {id, (char *)"", "id: 129 bytes are more than 128"},
        {(char *)"a", tenant, "tenant: 65 bytes are more than 64"},
        {(char *)"a", (char *)"\xFF", "tenant: is not UTF-8"},
    };

    (void)state;
    memset(id, 'a', sizeof(id) - 1);
    memset(tenant, 'a', sizeof(tenant) - 1);
    id[sizeof(id) - 1] = tenant[sizeof(tenant) - 1] = '\0';
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        Bailiff__V1__JobRef message = BAILIFF__V1__JOB_REF__INIT;
        Bailiff__V1__AttachRequest attach = BAILIFF__V1__ATTACH_REQUEST__INIT;
        struct bl_attach_request request;
        struct bl_bytes bytes;
        struct bl_err err;

        message.id = rows[i].id;
        message.tenant = rows[i].tenant;
        bytes = pack(&message.base);
        assert_int_equal(bl_job_ref_decode(&request.job, bytes.bytes, bytes.length, &err), -1);
        assert_string_equal(err.detail, rows[i].said);
        bl_bytes_release(&bytes);
        attach.job = &message;
        bytes = pack(&attach.base);
        assert_int_equal(bl_attach_request_decode(&request, bytes.bytes, bytes.length, &err), -1);
        assert_memory_equal(err.detail, "job.", 4);
        assert_string_equal(err.detail + 4, rows[i].said);
        bl_bytes_release(&bytes);
    }
}

static void attach__tells_from_where(void **state)
{
    Bailiff__V1__JobRef ref = BAILIFF__V1__JOB_REF__INIT;
    Bailiff__V1__AttachRequest message = BAILIFF__V1__ATTACH_REQUEST__INIT;
    struct bl_attach_request request;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    message.from_number = 7;
    bytes = pack(&message.base);
    assert_int_equal(bl_attach_request_decode(&request, bytes.bytes, bytes.length, &err), -1);
    assert_string_equal(err.detail, "job: is missing");
    bl_bytes_release(&bytes);
    ref.id = (char *)"x";
    message.job = &ref;
    bytes = pack(&message.base);
    assert_int_equal(bl_attach_request_decode(&request, bytes.bytes, bytes.length, &err), 0);
    assert_string_equal(request.job.id, "x");
    assert_true(request.from_number == 7);
    bl_bytes_release(&bytes);
}

static void status_request__is_empty(void **state)
{
    static const uint8_t unknown[] = {0x08, 0x01};
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_status_request_decode(NULL, 0, &err), 0);
    assert_int_equal(bl_status_request_decode(unknown, sizeof(unknown), &err), -1);
    assert_string_equal(err.detail, "the message: field number 1 is not known to this version");
}

static void get__asks_for_a_part_of_a_file(void **state)
{
    Bailiff__V1__GetRequest message = BAILIFF__V1__GET_REQUEST__INIT;
    struct bl_get_request request;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    message.sha256 = (ProtobufCBinaryData){sizeof(digest), digest};
    message.offset = 5;
    bytes = pack(&message.base);
    assert_int_equal(bl_get_request_decode(&request, bytes.bytes, bytes.length, &err), 0);
    assert_memory_equal(request.sha256, digest, sizeof(digest));
    assert_true(request.offset == 5 && request.length == UINT64_MAX);
    bl_bytes_release(&bytes);
    message.length = 6;
    message.sha256.len = 31;
    bytes = pack(&message.base);
    assert_int_equal(bl_get_request_decode(&request, bytes.bytes, bytes.length, &err), -1);
    assert_string_equal(err.detail, "sha256: 31 bytes: a SHA-256 digest has 32");
    bl_bytes_release(&bytes);
}

static void digests__go_there_and_back(void **state)
{
    uint8_t list[2][BL_SHA256_BYTES] = {{1}, {2}};
    struct bl_digests digests;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_digests_encode(&bytes, list, 2, &err), 0);
    assert_int_equal(bl_digests_decode(&digests, bytes.bytes, bytes.length, &err), 0);
    assert_int_equal(digests.count, 2);
    assert_memory_equal(digests.sha256, list, sizeof(list));
    bl_digests_release(&digests);
    assert_null(digests.sha256);
    assert_int_equal(bl_digests_decode(&digests, bytes.bytes, bytes.length / 2 - 1, &err), -1);
    bl_bytes_release(&bytes);
    assert_int_equal(bl_digests_encode(&bytes, NULL, 0, &err), 0);
    assert_int_equal(bl_digests_decode(&digests, bytes.bytes, bytes.length, &err), 0);
    assert_int_equal(digests.count, 0);
    bl_digests_release(&digests);
    bl_bytes_release(&bytes);
}

static void digests__are_held_to_their_bounds(void **state)
{
    enum { COUNT = BL_DIGESTS_MAX + 1 };
    bl_autofree uint8_t(*list)[BL_SHA256_BYTES] = calloc(COUNT, BL_SHA256_BYTES);
    struct bl_digests digests;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_digests_encode(&bytes, list, COUNT, &err), 0);
    assert_int_equal(bl_digests_decode(&digests, bytes.bytes, bytes.length, &err), -1);
    assert_string_equal(err.detail, "sha256: 4097 are more than 4096");
    assert_int_equal(
        bl_digests_decode(&digests, bytes.bytes, bytes.length - 2 - BL_SHA256_BYTES, &err), 0);
    bl_digests_release(&digests);
    bytes.bytes[34 + 1] = 0; /* the second one's length: what follows it then is no field */
    assert_int_equal(bl_digests_decode(&digests, bytes.bytes, 36, &err), -1);
    assert_string_equal(err.detail, "sha256[1]: 0 bytes: a SHA-256 digest has 32");
    bl_bytes_release(&bytes);
}

static void chunk__is_lent_with_what_was_stated(void **state)
{
    Bailiff__V1__PutChunk message = BAILIFF__V1__PUT_CHUNK__INIT;
    struct bl_put_chunk chunk;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    message.data = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
    bytes = pack(&message.base);
    assert_int_equal(bl_put_chunk_decode(&chunk, bytes.bytes, bytes.length, &err), 0);
    assert_null(chunk.sha256);
    assert_int_equal(chunk.length, 3);
    assert_memory_equal(chunk.data, "abc", 3);
    bl_put_chunk_release(&chunk);
    bl_put_chunk_release(&chunk);
    bl_bytes_release(&bytes);
    message.sha256 = (ProtobufCBinaryData){sizeof(digest), digest};
    message.size_bytes = 9;
    bytes = pack(&message.base);
    assert_int_equal(bl_put_chunk_decode(&chunk, bytes.bytes, bytes.length, &err), 0);
    assert_memory_equal(chunk.sha256, digest, sizeof(digest));
    assert_true(chunk.size_bytes == 9);
    bl_put_chunk_release(&chunk);
    bl_bytes_release(&bytes);
    message.sha256.len = 1;
    bytes = pack(&message.base);
    assert_int_equal(bl_put_chunk_decode(&chunk, bytes.bytes, bytes.length, &err), -1);
    assert_string_equal(err.detail, "sha256: 1 bytes: a SHA-256 digest has 32");
    bl_bytes_release(&bytes);
}

static void chunk__is_held_to_its_size(void **state)
{
    Bailiff__V1__PutChunk message = BAILIFF__V1__PUT_CHUNK__INIT;
    bl_autofree uint8_t *data = calloc(1, BL_CHUNK_BYTES_MAX + 1);
    struct bl_put_chunk chunk;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    message.data = (ProtobufCBinaryData){BL_CHUNK_BYTES_MAX, data};
    bytes = pack(&message.base);
    assert_int_equal(bl_put_chunk_decode(&chunk, bytes.bytes, bytes.length, &err), 0);
    bl_put_chunk_release(&chunk);
    bl_bytes_release(&bytes);
    message.data.len++;
    bytes = pack(&message.base);
    assert_int_equal(bl_put_chunk_decode(&chunk, bytes.bytes, bytes.length, &err), -1);
    assert_string_equal(err.detail, "data: 4194305 bytes are more than 4194304");
    bl_bytes_release(&bytes);
}

static void replies__tell_files(void **state)
{
    Bailiff__V1__FileInfo *info;
    Bailiff__V1__GetChunk *chunk;
    Bailiff__V1__CancelReply *reply;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_file_info_encode(&bytes, digest, 12, true, &err), 0);
    info = bailiff__v1__file_info__unpack(NULL, bytes.length, bytes.bytes);
    assert_memory_equal(info->sha256.data, digest, sizeof(digest));
    assert_true(info->size_bytes == 12 && info->was_there);
    bailiff__v1__file_info__free_unpacked(info, NULL);
    bl_bytes_release(&bytes);
    assert_int_equal(bl_get_chunk_encode(&bytes, (const uint8_t *)"xyz", 3, 10, &err), 0);
    chunk = bailiff__v1__get_chunk__unpack(NULL, bytes.length, bytes.bytes);
    assert_int_equal(chunk->data.len, 3);
    assert_true(chunk->size_bytes == 10);
    bailiff__v1__get_chunk__free_unpacked(chunk, NULL);
    bl_bytes_release(&bytes);
    assert_int_equal(bl_cancel_reply_encode(&bytes, BL_JOB_CANCELLED, &err), 0);
    reply = bailiff__v1__cancel_reply__unpack(NULL, bytes.length, bytes.bytes);
    assert_int_equal(reply->end, BAILIFF__V1__END__END_CANCELLED);
    bailiff__v1__cancel_reply__free_unpacked(reply, NULL);
    bl_bytes_release(&bytes);
}

static void replies__tell_the_workers_status(void **state)
{
    static const char *const profiles[] = {"default", "strict"};
    const struct bl_tenant_status tenants[] = {{"a", 1, 2}, {"b", 3, 4}};
    const struct bl_language_status languages[] = {{"cpp", "C++\xFF", true}};
    const struct bl_worker_status status = {.version = "0.1.0",
                                            .host = "h",
                                            .uptime_ns = 1,
                                            .draining = true,
                                            .slots = {1, 2},
                                            .queue = {3, 4},
                                            .cpus_milli = {5, 6},
                                            .memory_bytes = {7, 8},
                                            .store_bytes = {9, 10},
                                            .warm_sandboxes = 11,
                                            .oldest_queued_ns = 12,
                                            .tenants = tenants,
                                            .tenant_count = 2,
                                            .profiles = profiles,
                                            .profile_count = 2,
                                            .languages = languages,
                                            .language_count = 1};
    Bailiff__V1__WorkerStatus *told;
    struct bl_bytes bytes;
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_worker_status_encode(&bytes, &status, &err), 0);
    told = bailiff__v1__worker_status__unpack(NULL, bytes.length, bytes.bytes);
    assert_string_equal(told->version, "0.1.0");
    assert_string_equal(told->host, "h");
    assert_true(told->uptime_ns == 1 && told->draining);
    assert_true(told->slots->used == 1 && told->slots->total == 2);
    assert_true(told->queue->used == 3 && told->queue->total == 4);
    assert_true(told->cpus_milli->used == 5 && told->cpus_milli->total == 6);
    assert_true(told->memory_bytes->used == 7 && told->memory_bytes->total == 8);
    assert_true(told->store_bytes->used == 9 && told->store_bytes->total == 10);
    assert_true(told->warm_sandboxes == 11 && told->oldest_queued_ns == 12);
    assert_int_equal(told->n_tenants, 2);
    assert_string_equal(told->tenants[1]->name, "b");
    assert_true(told->tenants[1]->running == 3 && told->tenants[1]->queued == 4);
    assert_int_equal(told->n_profiles, 2);
    assert_string_equal(told->profiles[1], "strict");
    assert_int_equal(told->n_languages, 1);
    assert_string_equal(told->languages[0]->code, "cpp");
    assert_string_equal(told->languages[0]->name, "C++\xEF\xBF\xBD");
    assert_true(told->languages[0]->installed);
    bailiff__v1__worker_status__free_unpacked(told, NULL);
    bl_bytes_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ref__is_taken),
        cmocka_unit_test(ref__is_held_to_its_bounds),
        cmocka_unit_test(attach__tells_from_where),
        cmocka_unit_test(status_request__is_empty),
        cmocka_unit_test(get__asks_for_a_part_of_a_file),
        cmocka_unit_test(digests__go_there_and_back),
        cmocka_unit_test(digests__are_held_to_their_bounds),
        cmocka_unit_test(chunk__is_lent_with_what_was_stated),
        cmocka_unit_test(chunk__is_held_to_its_size),
        cmocka_unit_test(replies__tell_files),
        cmocka_unit_test(replies__tell_the_workers_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
