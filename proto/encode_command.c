/* encode_command.c - one command's run. */
#include <string.h>

#include "proto/encode_private.h"

typedef Bailiff__V1__CommandResult command_message;

/* The schema's values are ours, moved up by one: 0 stands for "not told" there. */
#define VERDICT_OF(verdict) ((Bailiff__V1__Verdict)((int)(verdict) + 1))
#define NOISE_OF(noise) ((Bailiff__V1__Noise)((int)(noise) + 1))

static Bailiff__V1__AppliedLimits *encode_limits(struct bl_encoder *e,
                                                 const struct bl_limits *limits)
{
    Bailiff__V1__AppliedLimits *out = bl_bump_alloc(&e->bump, 1, sizeof(*out));

    if (!out)
        return NULL;
    bailiff__v1__applied_limits__init(out);
#define X(field, option, kind, least, most, otherwise) out->field = limits->field;
    BL_LIMITS(X)
#undef X
    out->cpuset = (char *)limits->cpuset;
    return out;
}

static int encode_noise(struct bl_encoder *e, const struct bl_command_report *report,
                        command_message *out)
{
    out->noisy = report->noisy;
    out->noise = bl_bump_alloc(&e->bump, BL_NOISE_COUNT, sizeof(*out->noise));
    for (int i = 0; out->noise && i < BL_NOISE_COUNT; i++) {
        if (report->noise & 1u << i)
            out->noise[out->n_noise++] = NOISE_OF(i);
    }
    return out->noise ? 0 : -1;
}

static int encode_end(struct bl_encoder *e, const struct bl_result *result, command_message *out)
{
    const char *name = result->signal ? sigabbrev_np(result->signal) : NULL;

    out->verdict = VERDICT_OF(result->verdict);
    if (result->exit_code >= 0) {
        out->exit_code_opt_case = BAILIFF__V1__COMMAND_RESULT__EXIT_CODE_OPT_EXIT_CODE;
        out->exit_code = result->exit_code;
    }
    out->signal = result->signal;
    out->signal_name = name ? (char *)name : out->signal_name;
    out->oom_killed = result->oom_killed;
    out->warm = result->warm;
    out->overshoot_ns = result->overshoot_ns;
    return bl_encode_cause(e, result, out);
}

static void encode_times(const struct bl_result *result, command_message *out)
{
    if (result->started_ns == 0)
        return;
    out->started_ns_opt_case = BAILIFF__V1__COMMAND_RESULT__STARTED_NS_OPT_STARTED_NS;
    out->started_ns = result->started_ns;
    out->start_latency_ns_opt_case =
        BAILIFF__V1__COMMAND_RESULT__START_LATENCY_NS_OPT_START_LATENCY_NS;
    out->start_latency_ns = result->start_latency_ns;
    if (result->ended_ns == 0)
        return;
    out->ended_ns_opt_case = BAILIFF__V1__COMMAND_RESULT__ENDED_NS_OPT_ENDED_NS;
    out->ended_ns = result->ended_ns;
}

int bl_encode_measurement(struct bl_encoder *e, const struct bl_command_report *report,
                          command_message **out)
{
    command_message *message = bl_bump_alloc(&e->bump, 1, sizeof(*message));

    if (!message)
        return -1;
    bailiff__v1__command_result__init(message);
    *out = message;
    message->usage = bl_bump_alloc(&e->bump, 1, sizeof(*message->usage));
    message->limits = encode_limits(e, report->limits);
    if (!message->usage || !message->limits || encode_noise(e, report, message) ||
        encode_end(e, report->result, message))
        return -1;
    bl_encode_usage(&report->result->usage, message->usage);
    encode_times(report->result, message);
    return 0;
}

/* *out stays NULL where nothing was to be kept. */
static int encode_data(struct bl_encoder *e, const struct bl_blob *blob, Bailiff__V1__Data **out)
{
    Bailiff__V1__Data *data;
    size_t length = blob->length < e->return_left ? blob->length : (size_t)e->return_left;

    if (!blob->stored && !blob->bytes)
        return 0;
    data = bl_bump_alloc(&e->bump, 1, sizeof(*data));
    if (!data)
        return -1;
    bailiff__v1__data__init(data);
    data->size_bytes = blob->size_bytes;
    if (blob->stored)
        data->sha256 = (ProtobufCBinaryData){BL_SHA256_BYTES, (uint8_t *)blob->sha256};
    if (blob->bytes) {
        data->data = (ProtobufCBinaryData){length, (uint8_t *)blob->bytes};
        data->cut = length < blob->size_bytes;
        e->return_left -= length;
    }
    *out = data;
    return 0;
}

static int encode_file(struct bl_encoder *e, const struct bl_file_report *file,
                       Bailiff__V1__CollectedFile **out)
{
    Bailiff__V1__CollectedFile *message = bl_bump_alloc(&e->bump, 1, sizeof(*message));

    if (!message)
        return -1;
    bailiff__v1__collected_file__init(message);
    message->name = (ProtobufCBinaryData){strlen(file->name), (uint8_t *)file->name};
    message->mode = file->mode;
    *out = message;
    return encode_data(e, &file->content, &message->content);
}

static int encode_files(struct bl_encoder *e, const struct bl_command_report *report,
                        command_message *out)
{
    size_t count = report->file_count < e->files_left ? report->file_count : e->files_left;

    out->files = bl_encode_list(e, count);
    if (!out->files)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (encode_file(e, &report->files[i], &out->files[i]))
            return -1;
    }
    out->n_files = count;
    out->files_untold = (uint32_t)(report->file_count - count);
    e->files_left -= count;
    return 0;
}

int bl_encode_command(struct bl_encoder *e, const struct bl_command_report *report,
                      command_message **out)
{
    if (bl_encode_measurement(e, report, out) || encode_data(e, &report->out, &(*out)->stdout) ||
        encode_data(e, &report->error_out, &(*out)->stderr))
        return -1;
    return encode_files(e, report, *out);
}
