/* decode_step.c - a step: its commands and how they are joined, then cases and check. */
#include <string.h>

#include "proto/decode_private.h"

typedef Bailiff__V1__Step step_message;

static bool is_kept(const struct bl_keep *keep)
{
    return keep->store || keep->return_bytes > 0;
}

static int join(const struct bl_decoder *d, const struct bl_path *path, uint32_t reader,
                uint32_t writer, struct bl_job_command *commands, size_t count)
{
    const struct bl_path *at = BL_AT(BL_AT(path, "stdin"), "pipe_from");

    if (writer >= count)
        return bl_fail_at(d->err, at, "%u: the step has %zu commands", writer, count);
    if (writer == reader)
        return bl_fail_at(d->err, at, "%u is the command itself", writer);
    if (commands[writer].piped_to >= 0)
        return bl_fail_at(d->err, at, "commands[%d] reads from commands[%u] already",
                          commands[writer].piped_to, writer);
    if (is_kept(&commands[writer].out))
        return bl_fail_at(d->err, at, "the stdout of commands[%u] is to be kept", writer);
    commands[writer].piped_to = (int32_t)reader;
    commands[reader].in.pipe_from = writer;
    return 0;
}

/* n: the command that reads. */
static int decode_stdin(struct bl_decoder *d, const struct bl_path *path,
                        const Bailiff__V1__Stdin *message, uint32_t n,
                        struct bl_job_command *commands, size_t count)
{
    struct bl_job_stdin *in = &commands[n].in;

    in->kind = n == 0 ? BL_STDIN_CASE : BL_STDIN_EMPTY;
    if (!message)
        return 0;
    switch (message->source_case) {
    case BAILIFF__V1__STDIN__SOURCE_FILE:
        in->kind = BL_STDIN_FILE;
        return bl_decode_file(d, BL_AT(BL_AT(path, "stdin"), "file"), message->file, false,
                              &in->file);
    case BAILIFF__V1__STDIN__SOURCE_PIPE_FROM:
        in->kind = BL_STDIN_PIPE;
        return join(d, path, n, message->pipe_from, commands, count);
    case BAILIFF__V1__STDIN__SOURCE_EMPTY:
        in->kind = BL_STDIN_EMPTY;
        return 0;
    case BAILIFF__V1__STDIN__SOURCE__NOT_SET:
    case _BAILIFF__V1__STDIN__SOURCE__CASE_IS_INT_SIZE:
        break;
    }
    return bl_fail_at(d->err, BL_AT(path, "stdin"), "is none of file, pipe_from, empty");
}

static int decode_commands(struct bl_decoder *d, const struct bl_path *path,
                           const step_message *message, struct bl_job_step *out)
{
    size_t count = message->n_commands;
    struct bl_job_command *commands;

    if (count == 0 || count > BL_JOB_COMMANDS_MAX)
        return bl_fail_at(d->err, BL_AT(path, "commands"), "%zu: a step has 1 to %d", count,
                          BL_JOB_COMMANDS_MAX);
    commands = bl_decode_alloc(d, count, sizeof(*commands));
    if (!commands)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (bl_decode_command(d, BL_AT_INDEX(path, "commands", i), message->commands[i],
                              &commands[i]))
            return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (decode_stdin(d, BL_AT_INDEX(path, "commands", i), message->commands[i]->stdin, i,
                         commands, count))
            return -1;
    }
    out->commands = commands;
    out->command_count = count;
    return 0;
}

/* What `compiled` runs must be one thing. */
static int check_compile(const struct bl_decoder *d, const struct bl_path *path,
                         const step_message *message, const struct bl_job_step *step)
{
    for (size_t i = 0; i < step->command_count; i++) {
        if (step->commands[i].program == BL_PROGRAM_COMPILE &&
            (step->command_count > 1 || message->n_cases > 0 || message->check))
            return bl_fail_at(d->err, BL_AT(BL_AT_INDEX(path, "commands", i), "compile"),
                              "is the only command of its step, without cases and check");
    }
    return 0;
}

static int decode_needs(struct bl_decoder *d, const struct bl_path *path,
                        const step_message *message)
{
    uint32_t step;

    if (message->n_needs > BL_JOB_STEPS_MAX)
        return bl_fail_at(d->err, BL_AT(path, "needs"), "%zu are more than %d", message->n_needs,
                          BL_JOB_STEPS_MAX);
    for (size_t i = 0; i < message->n_needs; i++) {
        if (bl_decode_step_name(d, BL_AT_INDEX(path, "needs", i), message->needs[i], &step))
            return -1;
    }
    return 0;
}

static int decode_step_name(const struct bl_decoder *d, const struct bl_path *path,
                            const char *name)
{
    if (bl_decode_word(d, path, name, 1, BL_JOB_STEP_NAME_MAX, "._-"))
        return -1;
    for (uint32_t i = 0; i < d->step; i++) {
        if (strcmp(d->steps[i].name, name) == 0)
            return bl_fail_at(d->err, path, "\"%s\" is the name of steps[%u]", name, i);
    }
    return 0;
}

int bl_decode_step(struct bl_decoder *d, const struct bl_path *path, const step_message *message,
                   struct bl_job_step *out)
{
    static const enum bl_stop_policy stops[] = {
        [BAILIFF__V1__STOP__STOP_NEVER] = BL_STOP_NEVER,
        [BAILIFF__V1__STOP__STOP_STEP] = BL_STOP_STEP,
        [BAILIFF__V1__STOP__STOP_GROUP] = BL_STOP_GROUP,
    };

    d->return_bytes = 0;
    out->name = message->name;
    out->stop = stops[message->stop]; /* one of these (message.h) */
    if (decode_step_name(d, BL_AT(path, "name"), message->name) ||
        decode_commands(d, path, message, out) || check_compile(d, path, message, out) ||
        bl_decode_cases(d, path, message, out) ||
        bl_decode_check(d, BL_AT(path, "check"), message->check, out) ||
        decode_needs(d, path, message))
        return -1;
    return 0;
}
