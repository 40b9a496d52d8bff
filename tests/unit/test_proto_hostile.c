/* Job messages that nobody's library makes, and those as large as the bounds allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "job_scene.h"
#include "proto/decode.h"

static struct job_scene scene;

/* A text is longer than what C sees of it: protobuf-c forgets by how much. */
static void decode__refuses_a_nul_in_a_text(void **state)
{
    size_t length;
    struct bl_job *job = NULL;
    struct bl_err err;
    uint8_t *bytes, *at;

    (void)state;
    job_scene_set_up(&scene);
    bytes = job_scene_pack(&scene, &length);
    at = memmem(bytes, length, "contest.1", 9);
    assert_non_null(at);
    at[4] = '\0';
    assert_int_equal(bl_job_decode(&job, bytes, length, &err), -1);
    assert_string_equal(err.detail, "tenant: contains a NUL byte");
    free(bytes);
}

static void decode__refuses_fields_that_it_does_not_know(void **state)
{
    static const uint8_t unknown[] = {0x98, 0x06, 0x01}; /* field 99 */
    size_t length;
    struct bl_job *job = NULL;
    struct bl_err err;
    uint8_t *bytes;

    (void)state;
    job_scene_set_up(&scene);
    bytes = job_scene_pack(&scene, &length);
    bytes = realloc(bytes, length + sizeof(unknown));
    memcpy(bytes + length, unknown, sizeof(unknown));
    assert_int_equal(bl_job_decode(&job, bytes, length + sizeof(unknown), &err), -1);
    assert_string_equal(err.detail, "the message: field number 99 is not known to this version");
    free(bytes);
}

/* Half a message is a message in protobuf, so some of these are jobs. */
static void decode__is_total_on_every_prefix_and_every_spoilt_byte(void **state)
{
    size_t length;
    uint8_t *bytes;

    (void)state;
    job_scene_set_up(&scene);
    bytes = job_scene_pack(&scene, &length);
    for (size_t i = 0; i < 2 * length; i++) {
        struct bl_job *job = NULL;
        struct bl_err err = {.step = BL_STEP_NONE};
        bl_autofree uint8_t *copy = malloc(length);
        size_t size = i < length ? i : length;

        memcpy(copy, bytes, length);
        if (i >= length)
            copy[i - length] ^= (uint8_t)(1u << i % 8);
        if (bl_job_decode(&job, copy, size, &err) != 0)
            assert_true(err.step == BL_STEP_FIELD && err.detail[0] != '\0' && !job);
        bl_job_free(&job);
    }
    free(bytes);
}

/* What protobuf-c spends 30 to 64 bytes for each byte on. */
static void decode__memory_stays_below_the_ceiling(void **state)
{
    static const struct {
        uint8_t tag, length;
    } bombs[] = {
        {9 << 3 | 2, 0}, /* empty steps */
        {4 << 3 | 2, 0}, /* empty labels */
        {15 << 3 | 0, 1} /* fields that nobody knows */,
    };
    const size_t length = 1024 * 1024;
    uint8_t *bytes = malloc(length);

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(bombs); i++) {
        struct bl_job *job = NULL;
        struct bl_err err;

        for (size_t k = 0; k < length; k += 2) {
            bytes[k] = bombs[i].tag;
            bytes[k + 1] = bombs[i].length;
        }
        assert_int_equal(bl_job_decode(&job, bytes, length, &err), -1);
        assert_string_equal(err.detail, "the message has too many small parts: it needs more than "
                                        "12582912 bytes of memory");
    }
    free(bytes);
}

static void decode__refuses_a_long_message_unseen(void **state)
{
    struct bl_job *job = NULL;
    struct bl_err err;
    uint8_t byte = 0;

    (void)state;
    assert_int_equal(bl_job_decode(&job, &byte, BL_JOB_MESSAGE_MAX + 1, &err), -1);
    assert_string_equal(err.detail, "the message: 16777217 bytes are more than 16777216");
}

/* An inline file of nearly all of it is an ordinary job. */
static void decode__takes_a_message_of_full_size(void **state)
{
    const size_t size = BL_JOB_MESSAGE_MAX - 4096;
    uint8_t *content = calloc(1, size);
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    scene.source_files[1].inline_ = (ProtobufCBinaryData){size, content};
    job = job_scene_decode(&scene);
    assert_int_equal(job->steps[0].commands[0].inputs[1].file.length, size);
    assert_in_range(job->held_bytes, size, size + 256 * 1024);
    bl_job_free(&job);
    free(content);
}

/* As small as the bounds allow to say it: this must not meet the ceiling. */
static void decode__takes_as_many_cases_as_are_allowed(void **state)
{
    struct bl_job *job;

    (void)state;
    job_scene_set_up(&scene);
    scene.job.n_steps = 2;
    scene.steps[1].n_cases = BL_JOB_CASES_MAX - 1;
    job_scene_repeat(scene.case_list, BL_JOB_CASES_MAX - 1);
    scene.inputs[0].source_case = scene.answers[0].source_case = BAILIFF__V1__FILE__SOURCE_INLINE;
    scene.inputs[0].inline_ = scene.answers[0].inline_ = (ProtobufCBinaryData){1, scene.digest};
    scene.cases[0].name = scene.cases[0].group = (char *)"";
    job = job_scene_decode(&scene);
    assert_int_equal(job->case_count, BL_JOB_CASES_MAX);
    bl_job_free(&job);
}

static void decode__tells_as_many_groups_apart_as_are_allowed(void **state)
{
    enum { COUNT = BL_JOB_GROUPS_MAX };
    static Bailiff__V1__Case cases[COUNT + 1];
    static char names[COUNT + 1][8];
    size_t length;
    uint8_t *bytes;
    struct bl_job *job;
    struct bl_err err;

    (void)state;
    job_scene_set_up(&scene);
    scene.job.n_steps = 2;
    for (size_t i = 0; i <= COUNT; i++) {
        cases[i] = scene.cases[0];
        cases[i].group = names[i];
        (void)snprintf(names[i], sizeof(names[i]), "g%zu", i);
        scene.case_list[i] = &cases[i];
    }
    scene.steps[1].n_cases = COUNT;
    job = job_scene_decode(&scene);
    assert_int_equal(job->steps[1].cases[COUNT - 1].group, COUNT);
    bl_job_free(&job);
    scene.steps[1].n_cases = COUNT + 1;
    bytes = job_scene_pack(&scene, &length);
    assert_int_equal(bl_job_decode(&job, bytes, length, &err), -1);
    assert_string_equal(err.detail,
                        "steps[1].cases[256].group: is one more than 256 different groups");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__refuses_a_nul_in_a_text),
        cmocka_unit_test(decode__refuses_fields_that_it_does_not_know),
        cmocka_unit_test(decode__is_total_on_every_prefix_and_every_spoilt_byte),
        cmocka_unit_test(decode__memory_stays_below_the_ceiling),
        cmocka_unit_test(decode__refuses_a_long_message_unseen),
        cmocka_unit_test(decode__takes_a_message_of_full_size),
        cmocka_unit_test(decode__takes_as_many_cases_as_are_allowed),
        cmocka_unit_test(decode__tells_as_many_groups_apart_as_are_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
