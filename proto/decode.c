#include "proto/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/decode_private.h"
#include "proto/message.h"

typedef Bailiff__V1__Job job_message;

/* The job lends what protobuf-c read; both go at once. */
struct owned_job {
    struct bl_job job; /* first: what is handed out */
    struct bl_message message;
};

void *bl_decode_alloc(const struct bl_decoder *d, size_t count, size_t size)
{
    void *piece = bl_bump_alloc(d->bump, count, size);

    if (!piece)
        (void)bl_bump_fail(d->bump, d->err); /* is -1, as the caller's answer will be */
    return piece;
}

int bl_decode_strings(const struct bl_decoder *d, char **strings, size_t count,
                      const char *const **out)
{
    static const char *const none[] = {NULL};
    const char **list;

    *out = none;
    if (count == 0)
        return 0;
    list = bl_decode_alloc(d, count + 1, sizeof(*list));
    if (!list)
        return -1;
    memcpy(list, strings, count * sizeof(*list));
    *out = list;
    return 0;
}

static int decode_labels(const struct bl_decoder *d, const job_message *message, struct bl_job *out)
{
    struct bl_job_label *labels;

    if (message->n_labels > BL_JOB_LABELS_MAX)
        return bl_fail_at(d->err, BL_AT(NULL, "labels"), "%zu are more than %d", message->n_labels,
                          BL_JOB_LABELS_MAX);
    labels = bl_decode_alloc(d, message->n_labels, sizeof(*labels));
    if (!labels)
        return -1;
    for (size_t i = 0; i < message->n_labels; i++) {
        const struct bl_path *at = BL_AT_INDEX(NULL, "labels", i);

        labels[i].key = message->labels[i]->key;
        labels[i].value = message->labels[i]->value;
        if (bl_decode_word(d, BL_AT(at, "key"), labels[i].key, 1, BL_JOB_LABEL_KEY_MAX, "._/-") ||
            bl_decode_label(d, BL_AT(at, "value"), labels[i].value, BL_JOB_LABEL_VALUE_MAX))
            return -1;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(labels[j].key, labels[i].key) == 0)
                return bl_fail_at(d->err, BL_AT(at, "key"), "\"%s\" is given twice", labels[i].key);
        }
    }
    out->labels = labels;
    out->label_count = message->n_labels;
    return 0;
}

static int decode_order(const struct bl_decoder *d, const job_message *message, struct bl_job *out)
{
    out->priority = message->priority;
    out->deadline_ns = message->deadline_ns;
    out->detached = message->detached;
    out->rerun_if_noisy = message->rerun_if_noisy;
    out->parallel = message->parallel ? message->parallel : 1;
    if (out->priority < -BL_JOB_PRIORITY_MAX || out->priority > BL_JOB_PRIORITY_MAX)
        return bl_fail_at(d->err, BL_AT(NULL, "priority"), "%d is out of bounds: %d to %d",
                          out->priority, -BL_JOB_PRIORITY_MAX, BL_JOB_PRIORITY_MAX);
    if (out->deadline_ns != 0 &&
        (out->deadline_ns < BL_JOB_DEADLINE_LEAST_NS || out->deadline_ns > BL_JOB_DEADLINE_MOST_NS))
        return bl_fail_at(d->err, BL_AT(NULL, "deadline_ns"), "%llu is out of bounds: %llu to %llu",
                          (unsigned long long)out->deadline_ns, BL_JOB_DEADLINE_LEAST_NS,
                          BL_JOB_DEADLINE_MOST_NS);
    if (out->parallel > BL_JOB_PARALLEL_MAX)
        return bl_fail_at(d->err, BL_AT(NULL, "parallel"), "%u is out of bounds: 1 to %d",
                          out->parallel, BL_JOB_PARALLEL_MAX);
    return 0;
}

static int decode_steps(struct bl_decoder *d, const job_message *message, struct bl_job *out)
{
    size_t count = message->n_steps;

    if (count == 0 || count > BL_JOB_STEPS_MAX)
        return bl_fail_at(d->err, BL_AT(NULL, "steps"), "%zu: a job has 1 to %d", count,
                          BL_JOB_STEPS_MAX);
    d->steps = bl_decode_alloc(d, count, sizeof(*d->steps));
    if (!d->steps)
        return -1;
    for (d->step = 0; d->step < count; d->step++) {
        struct bl_job_step *step = &d->steps[d->step];

        if (bl_decode_step(d, BL_AT_INDEX(NULL, "steps", d->step), message->steps[d->step], step))
            return -1;
        out->case_count += step->case_count;
        out->return_bytes_max += step->case_count * d->return_bytes;
    }
    out->steps = d->steps;
    out->step_count = count;
    return 0;
}

static int decode_job(struct bl_message *read, struct bl_job *out, struct bl_err *err)
{
    const job_message *message = (const job_message *)read->root;
    struct bl_decoder d = {.bump = &read->bump,
                           .cases_left = BL_JOB_CASES_MAX,
                           .inputs_left = BL_JOB_INPUTS_TOTAL_MAX,
                           .err = err};

    out->id = message->id;
    out->tenant = message->tenant;
    if (bl_decode_word(&d, BL_AT(NULL, "id"), out->id, 0, BL_JOB_ID_MAX, "._:-") ||
        bl_decode_word(&d, BL_AT(NULL, "tenant"), out->tenant, 0, BL_JOB_TENANT_MAX, "._-") ||
        decode_labels(&d, message, out) || decode_order(&d, message, out) ||
        decode_steps(&d, message, out))
        return -1;
    out->held_bytes = sizeof(struct owned_job) + read->bump.held;
    return 0;
}

int bl_job_decode(struct bl_job **out, const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct owned_job *owned = calloc(1, sizeof(*owned));
    struct bl_job *job;

    if (!owned)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job");
    job = &owned->job;
    if (bl_message_read(&owned->message, &bailiff__v1__job__descriptor, bytes, length,
                        BL_JOB_MESSAGE_MAX, BL_MESSAGE_STRICT, err) ||
        decode_job(&owned->message, job, err)) {
        bl_job_free(&job);
        return -1;
    }
    *out = job;
    return 0;
}

void bl_job_free(struct bl_job **job)
{
    struct owned_job *owned = (struct owned_job *)*job;

    if (owned)
        bl_message_release(&owned->message);
    free(owned);
    *job = NULL;
}
