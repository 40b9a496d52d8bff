/* Memory runs out at allocation number n, for every n: whatever is missing, the answer is MEMORY
 * and nothing leaks (the sanitizers' build looks). malloc and calloc are the linker's
 * (tests/CMakeLists.txt); protobuf-c itself allocates through ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "job_scene.h"
#include "limits/ceilings.h"
#include "proto/decode.h"
#include "proto/encode.h"
#include "proto/replies.h"
#include "proto/requests.h"
#include "scarce.h"

/* One thing that is done; 0 or -1 with *err. */
typedef int what_is_done(struct bl_err *err);

static void without_each_allocation(what_is_done *deed)
{
    struct bl_err err;

    for (unsigned long n = 1;; n++) {
        int result;

        scarce_memory.count = 0;
        scarce_memory.fails_at = n;
        result = deed(&err);
        scarce_memory.fails_at = 0;
        if (scarce_memory.count < n) {
            assert_int_equal(result, 0);
            assert_true(n > 1);
            return;
        }
        assert_int_equal(result, -1);
        assert_int_equal(err.step, BL_STEP_MEMORY);
        assert_int_equal(err.sys_errno, ENOMEM);
    }
}

static struct job_scene scene;
static uint8_t *packed;
static size_t packed_length;

static int decode(struct bl_err *err)
{
    struct bl_job *job = NULL;
    int result = bl_job_decode(&job, packed, packed_length, err);

    assert_true((result == 0) == (job != NULL));
    bl_job_free(&job);
    return result;
}

static void decode__survives_without_any_one_allocation(void **state)
{
    (void)state;
    job_scene_set_up(&scene);
    scene.steps[1].n_cases = 500; /* several chunks */
    job_scene_repeat(scene.case_list, 500);
    scene.stream.case_ = 0;
    packed = job_scene_pack(&scene, &packed_length);
    without_each_allocation(decode);
    free(packed);
}

static struct bl_job *job;

static int encode(struct bl_err *err)
{
    struct bl_result result = {.verdict = BL_VERDICT_FILE_ERROR, .refusal_count = 2};
    struct bl_limits limits = bl_limits_default();
    const struct bl_file_report file = {.name = "a", .content = {.stored = true}};
    const struct bl_command_report report = {.result = &result,
                                             .limits = &limits,
                                             .out = {.stored = true},
                                             .error_out = {.stored = true},
                                             .files = &file,
                                             .file_count = 1};
    struct bl_command_report reports[8];
    struct bl_err error;
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_CASE,
                                       .testcase = {.step = 1,
                                                    .commands = reports,
                                                    .command_count = 8,
                                                    .set_aside = reports,
                                                    .set_aside_count = 8,
                                                    .check = {.ran = true, .checker = &report},
                                                    .error = &error}};
    struct bl_packed_event told = {.bytes = NULL};
    int outcome;

    (void)bl_fail(&result.error, BL_STEP_OUTPUT, ELOOP, "x");
    error = result.error;
    for (size_t i = 0; i < BL_ARRAY_LEN(reports); i++)
        reports[i] = report;
    outcome = bl_event_encode(&told, job, "j", &event, err);
    if (outcome == 0) {
        uint8_t *bytes = NULL;
        size_t length;

        outcome = bl_job_result_encode(&bytes, &length, "j", &told, 1, err);
        free(bytes);
    }
    bl_packed_event_release(&told);
    return outcome;
}

static void encode__survives_without_any_one_allocation(void **state)
{
    struct bl_err err;

    (void)state;
    job_scene_set_up(&scene);
    packed = job_scene_pack(&scene, &packed_length);
    assert_int_equal(bl_job_decode(&job, packed, packed_length, &err), 0);
    free(packed);
    without_each_allocation(encode);
    bl_job_free(&job);
}

static int exchange_digests(struct bl_err *err)
{
    uint8_t list[2][BL_SHA256_BYTES] = {{1}, {2}};
    struct bl_digests digests = {.count = 0};
    struct bl_bytes bytes;
    int result;

    if (bl_digests_encode(&bytes, list, 2, err))
        return -1;
    result = bl_digests_decode(&digests, bytes.bytes, bytes.length, err);
    bl_digests_release(&digests);
    bl_bytes_release(&bytes);
    return result;
}

static int tell_status(struct bl_err *err)
{
    static const char *const profiles[] = {"default"};
    static char name[4000]; /* several chunks */
    const struct bl_tenant_status tenants[] = {{"a", 1, 2}};
    const struct bl_language_status languages[] = {{"cpp", name, true}};
    const struct bl_worker_status status = {.version = name,
                                            .host = name,
                                            .tenants = tenants,
                                            .tenant_count = 1,
                                            .profiles = profiles,
                                            .profile_count = 1,
                                            .languages = languages,
                                            .language_count = 1};
    struct bl_bytes bytes = {.bytes = NULL};
    int result;

    memset(name, 'n', sizeof(name) - 1);
    result = bl_worker_status_encode(&bytes, &status, err);
    bl_bytes_release(&bytes);
    return result;
}

static void replies__survive_without_any_one_allocation(void **state)
{
    (void)state;
    without_each_allocation(exchange_digests);
    without_each_allocation(tell_status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode__survives_without_any_one_allocation),
        cmocka_unit_test(encode__survives_without_any_one_allocation),
        cmocka_unit_test(replies__survive_without_any_one_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
