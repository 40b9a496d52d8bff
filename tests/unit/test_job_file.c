/* Job files: what they may say, and that whatever is wrong is told with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/client/job_file.h"
#include "proto/decode.h"

static int parse(struct bl_draft *draft, const char *text, struct bl_err *err)
{
    if (bl_draft_init(draft, err) < 0)
        return -1;
    return bl_job_file_parse(draft, "job.yaml", "/where", text, strlen(text), err);
}

/* Parsed and packed: it was held to the worker's own bounds. */
static struct bl_job *job_of(const char *text)
{
    struct bl_draft draft;
    struct bl_err err;
    bl_autofree uint8_t *bytes = NULL;
    struct bl_job *job = NULL;
    size_t length = 0;

    if (parse(&draft, text, &err) < 0 || bl_draft_pack(&draft, &bytes, &length, &err) < 0)
        fail_msg("%s", err.detail);
    bl_draft_release(&draft);
    assert_int_equal(bl_job_decode(&job, bytes, length, &err), 0);
    return job;
}

static const char whole[] =
    "id: submission-4711\n"
    "labels: [{key: team, value: '17'}]\n"
    "priority: -3\n"
    "steps:\n"
    "  - name: compile\n"
    "    commands:\n"
    "      - compile: {language: cpp}\n"
    "        inputs: [{name: /app/main.cpp, file: {inline: \"int main() {}\\n\"}}]\n"
    "        stderr: {return_bytes: 16KiB}\n"
    "  - name: tests\n"
    "    commands:\n"
    "      - compiled: {step: compile}\n"
    "        limits: {cpu_time_ns: 1s, wall_time_ns: 3000000000, memory_bytes: 256MiB, pids: 7}\n"
    "    cases:\n"
    "      - {name: one, input: {inline: '1 2'}, answer: {inline: ''}, args: [x, '']}\n"
    "      - name: two\n"
    "        group: secret\n"
    "        answer:\n"
    "          sha256: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "    check: {tokens: {absolute: 1e-6}}\n"
    "    stop: STOP_GROUP\n";

static void job_file__says_all_that_the_schema_says(void **state)
{
    struct bl_job *job = job_of(whole);
    const struct bl_job_step *tests = &job->steps[1];

    (void)state;
    assert_string_equal(job->id, "submission-4711");
    assert_string_equal(job->labels[0].value, "17");
    assert_int_equal(job->priority, -3);
    assert_int_equal(job->steps[0].commands[0].error_out.return_bytes, 16384);
    assert_int_equal(tests->commands[0].limits.cpu_time_ns, 1000000000);
    assert_int_equal(tests->commands[0].limits.wall_time_ns, 3000000000);
    assert_int_equal(tests->commands[0].limits.memory_bytes, 256 << 20);
    assert_int_equal(tests->commands[0].limits.pids, 7);
    assert_int_equal(tests->case_count, 2);
    assert_memory_equal(tests->cases[0].input.bytes, "1 2", 3);
    assert_int_equal(tests->cases[0].answer.kind, BL_FILE_INLINE);
    assert_int_equal(tests->cases[0].arg_count, 2);
    assert_int_equal(tests->cases[1].answer.sha256[31], 0x1f);
    assert_int_equal(tests->check.kind, BL_CHECK_TOKENS);
    assert_true(tests->check.absolute > 0 && tests->check.relative < 0);
    assert_int_equal(tests->stop, BL_STOP_GROUP);
    bl_job_free(&job);
}

static void job_file__may_be_json(void **state)
{
    struct bl_job *job = job_of("{\"steps\":[{\"name\":\"s\",\n\t\"commands\":[{\"argv\":"
                                "[\"/bin/echo\",\"\\u00e9\\/\"],\"any_status\":true}]}]}");

    (void)state;
    assert_string_equal(job->steps[0].commands[0].argv[1], "\xC3\xA9/");
    assert_true(job->steps[0].commands[0].any_status);
    bl_job_free(&job);
}

/* What protoc makes of the same job in its own format. */
static void job_file__of_the_examples_is_the_message_of_the_other(void **state)
{
    static uint8_t expected[64 * 1024];
    FILE *file = fopen(BAILIFF_BINARY_DIR "/tests/jobs/submission", "rb");
    bl_autofree uint8_t *bytes = NULL;
    struct bl_draft draft;
    struct bl_err err = {0};
    size_t length = 0, expected_length;

    (void)state;
    assert_non_null(file);
    expected_length = fread(expected, 1, sizeof(expected), file);
    (void)fclose(file); /* only read */
    assert_int_equal(bl_draft_init(&draft, &err), 0);
    if (bl_job_file_read(&draft, BAILIFF_SOURCE_DIR "/docs/examples/submission.yaml", &err) < 0 ||
        bl_draft_pack(&draft, &bytes, &length, &err) < 0)
        fail_msg("%s", err.detail);
    assert_int_equal(length, expected_length);
    assert_memory_equal(bytes, expected, length);
    bl_draft_release(&draft);
}

static void job_file__notes_paths_wherever_a_file_may_be(void **state)
{
    static const char text[] = "steps:\n"
                               "- name: s\n"
                               "  commands:\n"
                               "  - argv: [x]\n"
                               "    inputs: [{name: a, file: a.txt}]\n"
                               "    stdin: {file: {path: ../b.txt}}\n"
                               "  cases: [{input: /c.txt}]\n";
    struct bl_draft draft;
    struct bl_err err;

    (void)state;
    assert_int_equal(parse(&draft, text, &err), 0);
    assert_int_equal(draft.file_count, 3);
    assert_string_equal(draft.files[0].path, "/where/a.txt");
    assert_string_equal(draft.files[0].where, "job.yaml:5");
    assert_string_equal(draft.files[1].path, "/where/../b.txt");
    assert_string_equal(draft.files[2].path, "/c.txt");
    assert_ptr_equal(draft.files[2].into, draft.job->steps[0]->cases[0]->input);
    bl_draft_release(&draft);
}

static void job_file__tells_the_line_of_whatever_is_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "job.yaml: there is nothing in it"},
        {"- a", "job.yaml:1: must be a map"},
        {"steps: x", "job.yaml:1: steps: must be a sequence"},
        {"id: a\nstep: []", "job.yaml:2: step: a Job has no such field"},
        {"steps:\n- commands:\n  - {argv: [x], limits: {cpu_time: 1s}}",
         "job.yaml:3: cpu_time: a Limits has no such field"},
        {"steps:\n- check:\n", "job.yaml:2: check: has no value: leave it out, or write {}"},
        {"id:", "job.yaml:1: id: has no value"},
        {"id: [a]", "job.yaml:1: id: must be plain text"},
        {"id: a\nid: b", "job.yaml:2: the key 'id' stands twice"},
        {"priority: 1.5", "job.yaml:1: priority: must be a whole number"},
        {"priority: 99999999999", "job.yaml:1: priority: must be a whole number"},
        {"parallel: -1", "job.yaml:1: parallel: must be a whole number"},
        {"parallel: 4294967296", "job.yaml:1: parallel: must be a whole number"},
        {"detached: yes please", "job.yaml:1: detached: must be true or false"},
        {"deadline_ns: 1 day", "job.yaml:1: deadline_ns: \"1 day\""},
        {"deadline_ns: -5", "nanoseconds, or a unit as in 1.5s"},
        {"deadline_ns: 99999999999999999999", "job.yaml:1: deadline_ns:"},
        {"steps: [{stop: group}]", "\"group\" is none of STOP_NEVER, STOP_STEP, STOP_GROUP"},
        {"steps: [{check: {exact: {}, tokens: {}}}]", "it has 'exact' already"},
        {"steps:\n- cases: [{input: {inline: a, sha256: b}}]", "it has 'inline' already"},
        {"steps:\n- cases: [{input: {sha256: ABCD}}]", "64 lower-case hex digits"},
        {"steps:\n- cases: [{input: {path: a, inline: b}}]", "job.yaml:2: path: 'path' stands"},
        {"steps:\n- cases: [{input: ''}]", "job.yaml:2: input: a path that is empty"},
        {"steps: &a [*a]", "aliases are not accepted"},
        {"id: !!str a", "tags are not accepted"},
        {"steps: [{check: {tokens: {absolute: .inf}}}]", "must be a number"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_draft draft;
        struct bl_err err = {0};

        if (parse(&draft, cases[i].text, &err) == 0)
            fail_msg("\"%s\" was accepted", cases[i].text);
        assert_int_equal(err.step, BL_STEP_JOB_FILE);
        if (!strstr(err.detail, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.detail, cases[i].says);
        bl_draft_release(&draft);
    }
}

static void job_file__is_bounded(void **state)
{
    size_t length = BL_JOB_FILE_BYTES_MAX + 1;
    bl_autofree char *bytes = malloc(length);
    struct bl_draft draft;
    struct bl_err err;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, '#', length);
    assert_int_equal(bl_draft_init(&draft, &err), 0);
    assert_int_equal(bl_job_file_parse(&draft, "job.yaml", "", bytes, length, &err), -1);
    assert_non_null(strstr(err.detail, "larger than 16 MiB"));
    bl_draft_release(&draft);

    memcpy(bytes, "labels: [", 9); /* as many values as bytes allow */
    for (size_t i = 9; i < length; i++)
        bytes[i] = i % 2 ? '1' : ',';
    assert_int_equal(bl_draft_init(&draft, &err), 0);
    assert_int_equal(bl_job_file_parse(&draft, "job.yaml", "", bytes, length - 1, &err), -1);
    assert_non_null(strstr(err.detail, "more than 262144 values"));
    bl_draft_release(&draft);
}

/* What is well formed and out of its bounds is told by the worker's own words, before it travels.
 */
static void draft__holds_the_job_to_the_workers_bounds(void **state)
{
    struct bl_draft draft;
    struct bl_err err = {0};
    uint8_t *bytes;
    size_t length;

    (void)state;
    assert_int_equal(
        parse(&draft, "steps: [{name: s, commands: [{argv: [x], limits: {pids: 0}}]}]", &err), 0);
    assert_int_equal(bl_draft_pack(&draft, &bytes, &length, &err), -1);
    assert_int_equal(err.step, BL_STEP_FIELD);
    assert_non_null(strstr(err.detail, "steps[0].commands[0].limits.pids"));
    bl_draft_release(&draft);
}

/* A type that the reader does not know would be found by a user first. */
static void schema__has_no_type_that_a_job_file_cannot_say(void **state)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &bailiff__v1__job__descriptor,       &bailiff__v1__label__descriptor,
        &bailiff__v1__step__descriptor,      &bailiff__v1__case__descriptor,
        &bailiff__v1__command__descriptor,   &bailiff__v1__compile__descriptor,
        &bailiff__v1__compiled__descriptor,  &bailiff__v1__limits__descriptor,
        &bailiff__v1__input__descriptor,     &bailiff__v1__file__descriptor,
        &bailiff__v1__output_of__descriptor, &bailiff__v1__remote__descriptor,
        &bailiff__v1__output__descriptor,    &bailiff__v1__keep__descriptor,
        &bailiff__v1__stdin__descriptor,     &bailiff__v1__empty__descriptor,
        &bailiff__v1__check__descriptor,     &bailiff__v1__exact__descriptor,
        &bailiff__v1__tokens__descriptor,    &bailiff__v1__interactor__descriptor,
    };

    (void)state;
    for (size_t t = 0; t < BL_ARRAY_LEN(types); t++) {
        for (unsigned i = 0; i < types[t]->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &types[t]->fields[i];
            bool known_bytes =
                strcmp(field->name, "inline") == 0 || strcmp(field->name, "sha256") == 0;

            assert_true(
                field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING ||
                field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_UINT32 ||
                field->type == PROTOBUF_C_TYPE_SINT32 || field->type == PROTOBUF_C_TYPE_DOUBLE ||
                field->type == PROTOBUF_C_TYPE_BOOL || field->type == PROTOBUF_C_TYPE_ENUM ||
                (field->type == PROTOBUF_C_TYPE_BYTES && known_bytes));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_file__says_all_that_the_schema_says),
        cmocka_unit_test(job_file__may_be_json),
        cmocka_unit_test(job_file__of_the_examples_is_the_message_of_the_other),
        cmocka_unit_test(job_file__notes_paths_wherever_a_file_may_be),
        cmocka_unit_test(job_file__tells_the_line_of_whatever_is_wrong),
        cmocka_unit_test(job_file__is_bounded),
        cmocka_unit_test(draft__holds_the_job_to_the_workers_bounds),
        cmocka_unit_test(schema__has_no_type_that_a_job_file_cannot_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
