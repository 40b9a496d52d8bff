#include "proto/encode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/error_words.h"
#include "bailiff/own.h"
#include "bailiff/units.h"
#include "bailiff/utf8.h"
#include "proto/encode_private.h"

typedef Bailiff__V1__Event event_message;

/* The body of an event, whichever it is. */
union body {
    ProtobufCMessage base;
    Bailiff__V1__Queued queued;
    Bailiff__V1__Started started;
    Bailiff__V1__CaseResult testcase;
    Bailiff__V1__StepResult step;
    Bailiff__V1__JobDone done;
};

void *bl_encode_list(struct bl_encoder *e, size_t count)
{
    return bl_bump_alloc(&e->bump, count, sizeof(void *));
}

char *bl_encode_text(struct bl_encoder *e, const char *text)
{
    size_t length = strlen(text);
    char *clean = bl_bump_alloc(&e->bump, BL_UTF8_GROWTH * length + 1, 1);

    if (clean)
        (void)bl_utf8_clean(clean, text, length); /* it is as long as it is */
    return clean;
}

/* No error, and BL_STEP_NONE, stay NULL. */
int bl_encode_error(struct bl_encoder *e, const struct bl_err *error, Bailiff__V1__Error **out)
{
    char text[BL_ERROR_TEXT_MAX];
    const char *name = error && error->sys_errno ? strerrorname_np(error->sys_errno) : NULL;
    Bailiff__V1__Error *message;

    if (!error || error->step == BL_STEP_NONE)
        return 0;
    message = bl_bump_alloc(&e->bump, 1, sizeof(*message));
    if (!message)
        return -1;
    bailiff__v1__error__init(message);
    message->step = (char *)bl_step_name(error->step);
    message->fault = (Bailiff__V1__Fault)((int)bl_step_fault(error->step) + 1);
    message->sys_errno = error->sys_errno;
    message->errno_name = name ? (char *)name : message->errno_name;
    message->detail = bl_encode_text(e, error->detail);
    message->message = bl_encode_text(e, bl_error_text(error, text));
    *out = message;
    return message->detail && message->message ? 0 : -1;
}

static Bailiff__V1__Counts *encode_counts(struct bl_encoder *e,
                                          const uint32_t counts[BL_OUTCOME_COUNT])
{
    Bailiff__V1__Counts *out = bl_bump_alloc(&e->bump, 1, sizeof(*out));

    if (!out)
        return NULL;
    bailiff__v1__counts__init(out);
    out->passed = counts[BL_OUTCOME_PASSED];
    out->rejected = counts[BL_OUTCOME_REJECTED];
    out->failed = counts[BL_OUTCOME_FAILED];
    out->check_failed = counts[BL_OUTCOME_CHECK_FAILED];
    out->skipped = counts[BL_OUTCOME_SKIPPED];
    out->cancelled = counts[BL_OUTCOME_CANCELLED];
    out->error = counts[BL_OUTCOME_ERROR];
    return out;
}

static int encode_step(struct bl_encoder *e, const struct bl_job *job,
                       const struct bl_step_report *report, Bailiff__V1__StepResult *out)
{
    bailiff__v1__step_result__init(out);
    out->step = report->step;
    out->step_name = (char *)job->steps[report->step].name;
    out->outcome = (Bailiff__V1__Outcome)((int)report->outcome + 1);
    out->counts = encode_counts(e, report->counts);
    return out->counts ? 0 : -1;
}

static int encode_done(struct bl_encoder *e, const struct bl_done_report *report,
                       Bailiff__V1__JobDone *out)
{
    bailiff__v1__job_done__init(out);
    out->end = (Bailiff__V1__End)((int)report->end + 1);
    out->outcome = (Bailiff__V1__Outcome)((int)report->outcome + 1);
    if (report->outcome != BL_OUTCOME_PASSED) {
        out->step_opt_case = BAILIFF__V1__JOB_DONE__STEP_OPT_STEP;
        out->step = report->step;
        out->case_opt_case = BAILIFF__V1__JOB_DONE__CASE_OPT_CASE;
        out->case_ = report->testcase;
    }
    out->waited_ns = report->waited_ns;
    out->ran_ns = report->ran_ns;
    out->counts = encode_counts(e, report->counts);
    return out->counts ? bl_encode_error(e, report->error, &out->error) : -1;
}

static int encode_body(struct bl_encoder *e, const struct bl_job *job,
                       const struct bl_job_event *event, event_message *out, union body *body)
{
    switch (event->kind) {
    case BL_JOB_EVENT_QUEUED:
        out->what_case = BAILIFF__V1__EVENT__WHAT_QUEUED;
        bailiff__v1__queued__init(&body->queued);
        body->queued.position = event->queued.position;
        return 0;
    case BL_JOB_EVENT_STARTED:
        out->what_case = BAILIFF__V1__EVENT__WHAT_STARTED;
        bailiff__v1__started__init(&body->started);
        body->started.slot = event->started.slot;
        body->started.cpus = (char *)event->started.cpus;
        body->started.waited_ns = event->started.waited_ns;
        return 0;
    case BL_JOB_EVENT_CASE:
        out->what_case = BAILIFF__V1__EVENT__WHAT_CASE_ENDED;
        return bl_encode_case(e, job, &event->testcase, &body->testcase);
    case BL_JOB_EVENT_STEP:
        out->what_case = BAILIFF__V1__EVENT__WHAT_STEP_ENDED;
        return encode_step(e, job, &event->step, &body->step);
    case BL_JOB_EVENT_DONE:
        break;
    }
    out->what_case = BAILIFF__V1__EVENT__WHAT_DONE;
    return encode_done(e, &event->done, &body->done);
}

/* The body's field has the highest number, so it is packed last. */
static int pack(const event_message *message, const union body *body, struct bl_packed_event *out)
{
    out->length = bailiff__v1__event__get_packed_size(message);
    out->body_at = out->length - protobuf_c_message_get_packed_size(&body->base);
    out->bytes = malloc(out->length);
    if (!out->bytes)
        return -1;
    (void)bailiff__v1__event__pack(message, out->bytes); /* as much as was asked for above */
    return 0;
}

int bl_event_encode(struct bl_packed_event *out, const struct bl_job *job, const char *id,
                    const struct bl_job_event *event, struct bl_err *err)
{
    struct bl_encoder e = {.bump = {.ceiling = 64 * BL_MIB}}; /* what we make is far below it */
    event_message message = BAILIFF__V1__EVENT__INIT;
    struct bl_packed_event packed = {.kind = event->kind};
    union body body;
    int result;

    message.job_id = (char *)id;
    message.number = event->number;
    message.at_ns = event->at_ns;
    message.queued = &body.queued; /* all of them begin with a ProtobufCMessage, at one address */
    result = encode_body(&e, job, event, &message, &body) || pack(&message, &body, &packed);
    bl_bump_release(&e.bump);
    if (result)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "an event");
    *out = packed;
    return 0;
}

void bl_packed_event_release(struct bl_packed_event *event)
{
    bl_free_ptr(&event->bytes);
    event->length = event->body_at = 0;
}
