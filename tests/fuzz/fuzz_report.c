/* What is told of a job: reports of any values, names and errors of any bytes, become a message
 * that a client can read: its texts are UTF-8, its size is below the bound, and the result made of
 * it can be read as well. */
#include <assert.h>
#include <bailiff/v1/result.pb-c.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"
#include "limits/ceilings.h"
#include "proto/encode.h"
#include "tests/fuzz/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COMMANDS = 2, FILES_MAX = 3, TEXT_MAX = 256 };

/* Everything that one report points to. */
struct material {
    struct bl_result results[COMMANDS + 1];
    struct bl_limits limits;
    struct bl_command_report commands[COMMANDS + 1]; /* the last: a checker's */
    struct bl_file_report files[FILES_MAX];
    char names[FILES_MAX][TEXT_MAX], text[TEXT_MAX], cpus[16];
    struct bl_err error;
};

static const struct bl_job_command commands[COMMANDS];
static const struct bl_job_case cases[] = {{.name = "one", .group_name = ""},
                                           {.name = "two", .group_name = "a group"}};
static const struct bl_job_step steps[] = {
    {.name = "build", .commands = commands, .command_count = 1, .cases = cases, .case_count = 1},
    {.name = "test",
     .commands = commands,
     .command_count = COMMANDS,
     .cases = cases,
     .case_count = BL_ARRAY_LEN(cases)}};
static const struct bl_job job = {
    .steps = steps, .step_count = BL_ARRAY_LEN(steps), .case_count = 3};

/* ---- the report -------------------------------------------------------------------------------
 */

static void fill_error(struct fuzz_bytes *bytes, struct bl_err *error)
{
    error->step = (enum bl_step)fuzz_below(bytes, BL_STEP_COUNT);
    error->sys_errno = (int)fuzz_below(bytes, 140);
    error->index = (int)fuzz_below(bytes, 4) - 1;
    fuzz_take(bytes, error->detail, fuzz_below(bytes, BL_ERR_DETAIL_MAX));
}

static struct bl_blob make_blob(struct fuzz_bytes *bytes)
{
    struct bl_blob blob = {.size_bytes = fuzz_number(bytes), .stored = fuzz_below(bytes, 2)};

    fuzz_take(bytes, blob.sha256, sizeof(blob.sha256));
    if (fuzz_below(bytes, 2) == 0)
        return blob;
    blob.bytes = bytes->at; /* what comes next, whatever it is taken for besides */
    blob.length = fuzz_below(bytes, 256);
    if (blob.length > bytes->left)
        blob.length = bytes->left;
    return blob;
}

static void fill_result(struct fuzz_bytes *bytes, struct bl_result *result)
{
    static const char *const limits[] = {NULL, "memory", "cpu-time", "pids"};

    fuzz_take(bytes, &result->usage, sizeof(result->usage));
    /* Any byte but 0 and 1 is no bool. */
    result->usage.has_memory_peak = fuzz_below(bytes, 2);
    result->usage.has_memory_split = fuzz_below(bytes, 2);
    result->usage.has_memory_limit_hits = fuzz_below(bytes, 2);
    result->usage.has_pids_peak = fuzz_below(bytes, 2);
    result->usage.has_io = result->usage.has_throttled = fuzz_below(bytes, 2);
    result->usage.has_steal = result->usage.has_pressure = fuzz_below(bytes, 2);
    result->verdict = (enum bl_verdict)fuzz_below(bytes, BL_VERDICT_COUNT);
    result->kill_reason = (enum bl_kill_reason)fuzz_below(bytes, BL_KILL_REASON_COUNT);
    result->exit_code = (int)fuzz_below(bytes, 256) - 1;
    result->signal = (int)fuzz_below(bytes, 70);
    result->oom_killed = result->warm = fuzz_below(bytes, 2);
    result->limit = limits[fuzz_below(bytes, BL_ARRAY_LEN(limits))];
    result->bound = fuzz_number(bytes);
    result->observed = fuzz_number(bytes);
    result->refusal_count = fuzz_below(bytes, BL_REFUSALS_MAX + 1);
    for (unsigned i = 0; i < result->refusal_count; i++) {
        struct bl_refusal *refusal = &result->refusals[i];
        fuzz_take(bytes, refusal, offsetof(struct bl_refusal, killed));
        refusal->killed = fuzz_below(bytes, 2);
    }
    result->refusals_total = fuzz_number(bytes);
    fill_error(bytes, &result->error);
}

static void fill_command(struct fuzz_bytes *bytes, struct material *m, size_t i)
{
    struct bl_command_report *report = &m->commands[i];

    fill_result(bytes, &m->results[i]);
    report->result = &m->results[i];
    report->limits = &m->limits;
    report->out = make_blob(bytes);
    report->error_out = make_blob(bytes);
    report->files = m->files;
    report->file_count = fuzz_below(bytes, FILES_MAX + 1);
    report->noisy = fuzz_below(bytes, 2);
    report->noise = fuzz_below(bytes, 1U << BL_NOISE_COUNT);
}

static void fill_files(struct fuzz_bytes *bytes, struct material *m)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        fuzz_take(bytes, m->names[i], fuzz_below(bytes, TEXT_MAX));
        m->files[i] =
            (struct bl_file_report){m->names[i], fuzz_below(bytes, 256), make_blob(bytes)};
    }
}

static void fill_case(struct fuzz_bytes *bytes, struct material *m, struct bl_case_report *report)
{
    fill_files(bytes, m);
    for (size_t i = 0; i <= COMMANDS; i++)
        fill_command(bytes, m, i);
    report->step = fuzz_below(bytes, BL_ARRAY_LEN(steps));
    report->testcase = fuzz_below(bytes, (unsigned)steps[report->step].case_count);
    report->outcome = (enum bl_case_outcome)fuzz_below(bytes, BL_OUTCOME_COUNT);
    report->skip = (enum bl_skip)fuzz_below(bytes, BL_SKIP_COUNT);
    report->commands = m->commands;
    report->command_count =
        report->outcome == BL_OUTCOME_SKIPPED ? 0 : steps[report->step].command_count;
    report->decided_by = (int32_t)fuzz_below(bytes, (unsigned)report->command_count + 1) - 1;
    report->first_ended = (int32_t)fuzz_below(bytes, (unsigned)report->command_count + 1) - 1;
    report->check.ran = fuzz_below(bytes, 2);
    report->check.accepted = fuzz_below(bytes, 2);
    report->check.message = (const uint8_t *)m->text;
    report->check.message_length = fuzz_below(bytes, TEXT_MAX);
    report->check.checker = fuzz_below(bytes, 2) ? &m->commands[COMMANDS] : NULL;
    report->set_aside = m->commands;
    report->set_aside_count = fuzz_below(bytes, 2) ? report->command_count : 0;
    report->error = fuzz_below(bytes, 2) ? &m->error : NULL;
}

static void fill_counts(struct fuzz_bytes *bytes, uint32_t counts[BL_OUTCOME_COUNT])
{
    fuzz_take(bytes, counts, BL_OUTCOME_COUNT * sizeof(*counts));
}

static void fill_event(struct fuzz_bytes *bytes, struct material *m, struct bl_job_event *event)
{
    event->kind = (enum bl_job_event_kind)fuzz_below(bytes, BL_JOB_EVENT_DONE + 1);
    event->number = fuzz_number(bytes);
    event->at_ns = fuzz_number(bytes);
    fill_error(bytes, &m->error);
    fuzz_take(bytes, m->text, TEXT_MAX);
    m->limits = bl_limits_default();
    switch (event->kind) {
    case BL_JOB_EVENT_QUEUED:
        event->queued.position = (uint32_t)fuzz_number(bytes);
        break;
    case BL_JOB_EVENT_STARTED:
        event->started.slot = (uint32_t)fuzz_number(bytes);
        event->started.waited_ns = fuzz_number(bytes);
        event->started.cpus = "0-3,7";
        break;
    case BL_JOB_EVENT_CASE:
        fill_case(bytes, m, &event->testcase);
        break;
    case BL_JOB_EVENT_STEP:
        event->step.step = fuzz_below(bytes, BL_ARRAY_LEN(steps));
        event->step.outcome = (enum bl_case_outcome)fuzz_below(bytes, BL_OUTCOME_COUNT);
        fill_counts(bytes, event->step.counts);
        break;
    case BL_JOB_EVENT_DONE:
        event->done.end = (enum bl_job_end)fuzz_below(bytes, BL_JOB_END_COUNT);
        event->done.outcome = (enum bl_case_outcome)fuzz_below(bytes, BL_OUTCOME_COUNT);
        event->done.step = fuzz_below(bytes, BL_ARRAY_LEN(steps));
        event->done.testcase = fuzz_below(bytes, (unsigned)steps[event->done.step].case_count);
        fill_counts(bytes, event->done.counts);
        event->done.error = fuzz_below(bytes, 2) ? &m->error : NULL;
        break;
    }
}

/* ---- what a client sees -----------------------------------------------------------------------
 */

static void expect_texts(const ProtobufCMessage *message);

/* A field's member: one value, or behind its pointer a list of them. */
static void expect_field(const ProtobufCFieldDescriptor *field, const void *member)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)member;
        assert(!text || bl_utf8_valid(text, strlen(text)));
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *inner = *(const ProtobufCMessage *const *)member;
        if (inner)
            expect_texts(inner);
    }
}

static void expect_texts(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const char *base = (const char *)message;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const void *member = base + field->offset;
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            if (*(const uint32_t *)(const void *)(base + field->quantifier_offset) == field->id)
                expect_field(field, member);
        } else if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            expect_field(field, member);
        } else if (field->type == PROTOBUF_C_TYPE_STRING ||
                   field->type == PROTOBUF_C_TYPE_MESSAGE) {
            size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
            for (size_t k = 0; k < count; k++)
                expect_field(field, *(void *const *const *)member + k);
        }
    }
}

static void expect_readable(const struct bl_packed_event *packed)
{
    Bailiff__V1__Event *event = bailiff__v1__event__unpack(NULL, packed->length, packed->bytes);
    Bailiff__V1__JobResult *result;
    bl_autofree uint8_t *bytes = NULL;
    struct bl_err err;
    size_t length;

    assert(event && packed->length <= BL_EVENT_BYTES_MAX && packed->body_at <= packed->length);
    expect_texts(&event->base);
    bailiff__v1__event__free_unpacked(event, NULL);
    if (bl_job_result_encode(&bytes, &length, "a-job", packed, 1, &err) != 0)
        return; /* no memory */
    result = bailiff__v1__job_result__unpack(NULL, length, bytes);
    assert(result);
    expect_texts(&result->base);
    bailiff__v1__job_result__free_unpacked(result, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bl_autofree struct material *material = calloc(1, sizeof(*material));
    struct fuzz_bytes bytes = {data, size};
    struct bl_job_event event = {.number = 0};
    struct bl_packed_event packed = {.bytes = NULL};
    struct bl_err err;

    if (!material)
        return 0;
    fill_event(&bytes, material, &event);
    if (bl_event_encode(&packed, &job, "a-job", &event, &err) != 0)
        return 0;
    assert(packed.kind == event.kind);
    expect_readable(&packed);
    bl_packed_event_release(&packed);
    return 0;
}
