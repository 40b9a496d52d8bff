/* decode_command.c - one command: what runs, with what, within which limits. */
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"
#include "proto/decode_private.h"

typedef Bailiff__V1__Command command_message;

/* The limits under their names, in the order of bl_limit_rows(): where the message holds whether
 * one was given, and its value. */
static const struct {
    const char *field;
    size_t given, value;
} limit_fields[] = {
#define X(field, option, kind, least, most, otherwise) \
    {#field, offsetof(Bailiff__V1__Limits, field##_opt_case), offsetof(Bailiff__V1__Limits, field)},
    BL_LIMITS(X)
#undef X
};

static int decode_limit(const struct bl_decoder *d, const struct bl_path *path, size_t n,
                        const Bailiff__V1__Limits *message, struct bl_job_command *out)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    struct bl_err broken;
    uint32_t given;
    uint64_t value;

    memcpy(&given, (const char *)message + limit_fields[n].given, sizeof(given));
    memcpy(&value, (const char *)message + limit_fields[n].value, sizeof(value));
    if (!given)
        return 0;
    if (bl_limit_set(&out->limits, &rows[n], value, &broken))
        return bl_fail_at(d->err, BL_AT(path, limit_fields[n].field), "%s", broken.detail);
    out->limits_set |= UINT32_C(1) << n;
    return 0;
}

static int decode_limits(const struct bl_decoder *d, const struct bl_path *path,
                         const Bailiff__V1__Limits *message, struct bl_job_command *out)
{
    out->limits = bl_limits_default();
    for (size_t n = 0; message && n < BL_ARRAY_LEN(limit_fields); n++) {
        if (decode_limit(d, path, n, message, out))
            return -1;
    }
    return 0;
}

static int decode_compile(const struct bl_decoder *d, const struct bl_path *path,
                          const Bailiff__V1__Compile *message, struct bl_job_command *out)
{
    out->program = BL_PROGRAM_COMPILE;
    out->language = message->language;
    out->entrypoint = message->entrypoint;
    if (bl_decode_word(d, BL_AT(path, "language"), out->language, 1, BL_JOB_LANGUAGE_MAX, "_+-"))
        return -1;
    return *out->entrypoint ? bl_decode_name(d, BL_AT(path, "entrypoint"), out->entrypoint, false)
                            : 0;
}

static int decode_compiled(struct bl_decoder *d, const struct bl_path *path,
                           const Bailiff__V1__Compiled *message, struct bl_job_command *out)
{
    out->program = BL_PROGRAM_COMPILED;
    if (bl_decode_step_name(d, BL_AT(path, "step"), message->step, &out->compiled_step))
        return -1;
    if (d->steps[out->compiled_step].commands[0].program != BL_PROGRAM_COMPILE)
        return bl_fail_at(d->err, BL_AT(path, "step"), "\"%s\" compiles nothing", message->step);
    return 0;
}

static int decode_program(struct bl_decoder *d, const struct bl_path *path,
                          const command_message *message, struct bl_job_command *out)
{
    out->language = out->entrypoint = "";
    switch (message->language_case) {
    case BAILIFF__V1__COMMAND__LANGUAGE_COMPILE:
        return decode_compile(d, BL_AT(path, "compile"), message->compile, out);
    case BAILIFF__V1__COMMAND__LANGUAGE_COMPILED:
        return decode_compiled(d, BL_AT(path, "compiled"), message->compiled, out);
    case BAILIFF__V1__COMMAND__LANGUAGE__NOT_SET:
    case _BAILIFF__V1__COMMAND__LANGUAGE__CASE_IS_INT_SIZE:
        break;
    }
    if (message->n_argv == 0 || message->argv[0][0] == '\0')
        return bl_fail_at(d->err, BL_AT(path, "argv"), "names no program");
    return 0;
}

static int decode_env(const struct bl_decoder *d, const struct bl_path *path,
                      const command_message *message, struct bl_job_command *out)
{
    for (size_t i = 0; i < message->n_env; i++) {
        const char *equals = strchr(message->env[i], '=');

        if (!equals || equals == message->env[i])
            return bl_fail_at(d->err, BL_AT_INDEX(path, "env", i), "is not NAME=VALUE");
    }
    out->env_count = message->n_env;
    return bl_decode_strings(d, message->env, message->n_env, &out->env);
}

static int decode_place(const struct bl_decoder *d, const struct bl_path *path,
                        const command_message *message, struct bl_job_command *out)
{
    out->workdir = message->workdir;
    out->profile = message->profile;
    if (*out->workdir && *out->workdir != '/')
        return bl_fail_at(d->err, BL_AT(path, "workdir"), "is not an absolute path");
    return bl_decode_label(d, BL_AT(path, "workdir"), out->workdir, BL_WORKDIR_MAX) ||
                   bl_decode_label(d, BL_AT(path, "profile"), out->profile, BL_JOB_PROFILE_MAX)
               ? -1
               : 0;
}

void bl_args_add(struct bl_args_size *size, const char *const *strings)
{
    for (; *strings; strings++) {
        size->count += 1;
        size->bytes += strlen(*strings) + 1;
    }
}

int bl_decode_args_fit(const struct bl_decoder *d, const struct bl_path *path,
                       struct bl_args_size size)
{
    if (size.count > BL_ARGS_MAX)
        return bl_fail_at(d->err, path, "%zu arguments and environment strings are more than %d",
                          size.count, BL_ARGS_MAX);
    if (size.bytes > BL_ARGS_BYTES_MAX)
        return bl_fail_at(d->err, path, "arguments and environment: %zu bytes are more than %d",
                          size.bytes, BL_ARGS_BYTES_MAX);
    return 0;
}

static int decode_args(const struct bl_decoder *d, const struct bl_path *path,
                       const command_message *message, struct bl_job_command *out)
{
    struct bl_args_size size = {0};

    out->argc = message->n_argv;
    if (bl_decode_strings(d, message->argv, message->n_argv, &out->argv) ||
        decode_env(d, path, message, out))
        return -1;
    bl_args_add(&size, out->argv);
    bl_args_add(&size, out->env);
    return bl_decode_args_fit(d, path, size);
}

int bl_decode_command(struct bl_decoder *d, const struct bl_path *path,
                      const command_message *message, struct bl_job_command *out)
{
    const char *app_taken = message->language_case == BAILIFF__V1__COMMAND__LANGUAGE_COMPILED
                                ? "the compiled program is there"
                                : NULL;

    out->piped_to = -1;
    out->any_status = message->any_status;
    out->input_count = message->n_inputs;
    if (decode_program(d, path, message, out) || decode_args(d, path, message, out) ||
        decode_place(d, path, message, out) ||
        decode_limits(d, BL_AT(path, "limits"), message->limits, out) ||
        bl_decode_inputs(d, path, message->inputs, message->n_inputs, app_taken, &out->inputs) ||
        bl_decode_inputs_differ(d, path, NULL, 0, out->inputs, out->input_count) ||
        bl_decode_outputs(d, path, message, out) ||
        bl_decode_keep(d, BL_AT(path, "stdout"), message->stdout, &out->out) ||
        bl_decode_keep(d, BL_AT(path, "stderr"), message->stderr, &out->error_out))
        return -1;
    return 0;
}
