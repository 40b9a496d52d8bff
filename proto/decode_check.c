/* decode_check.c - what judges an output. */
#include <math.h>
#include <string.h>

#include "proto/decode_private.h"

typedef Bailiff__V1__Check check_message;

/* given: 0 where there is none. NaN is neither below nor above anything. */
static int decode_tolerance(const struct bl_decoder *d, const struct bl_path *path, int given,
                            double value, double *out)
{
    *out = -1;
    if (!given)
        return 0;
    if (!isfinite(value) || value < 0)
        return bl_fail_at(d->err, path, "takes a finite number that is not negative");
    *out = value;
    return 0;
}

static int decode_tokens(const struct bl_decoder *d, const struct bl_path *path,
                         const Bailiff__V1__Tokens *message, struct bl_job_check *out)
{
    out->case_sensitive = message->case_sensitive;
    out->space_change_sensitive = message->space_change_sensitive;
    return decode_tolerance(d, BL_AT(path, "absolute"), (int)message->absolute_opt_case,
                            message->absolute, &out->absolute) ||
                   decode_tolerance(d, BL_AT(path, "relative"), (int)message->relative_opt_case,
                                    message->relative, &out->relative)
               ? -1
               : 0;
}

/* Standard input is the output that it judges. */
static int decode_checker(struct bl_decoder *d, const struct bl_path *path,
                          const Bailiff__V1__Command *message, struct bl_job_check *out)
{
    struct bl_job_command *checker = bl_decode_alloc(d, 1, sizeof(*checker));

    if (!checker || bl_decode_command(d, path, message, checker))
        return -1;
    out->checker = checker;
    if (message->stdin)
        return bl_fail_at(d->err, BL_AT(path, "stdin"), "is what the checker judges");
    if (checker->program == BL_PROGRAM_COMPILE)
        return bl_fail_at(d->err, BL_AT(path, "compile"), "needs a step of its own");
    return 0;
}

static int decode_interactor(const struct bl_decoder *d, const struct bl_path *path,
                             const check_message *message, const struct bl_job_step *step,
                             struct bl_job_check *out)
{
    const struct bl_path *at = BL_AT(BL_AT(path, "interactor"), "command");

    out->interactor = message->interactor->command;
    if (out->interactor >= step->command_count)
        return bl_fail_at(d->err, at, "%u: the step has %zu", out->interactor, step->command_count);
    if (out->interactor == 0)
        return bl_fail_at(d->err, at, "0 is the program itself");
    if (out->command != 0)
        return bl_fail_at(d->err, BL_AT(path, "command"), "an interactor judges no output");
    if (*out->file)
        return bl_fail_at(d->err, BL_AT(path, "file"), "an interactor judges no output");
    return 0;
}

/* The file is collected like any other output; there is room for one more (decode_output.c). */
static int add_output(const struct bl_decoder *d, const struct bl_path *path, const char *file,
                      struct bl_job_command *command)
{
    struct bl_job_output *outputs = (struct bl_job_output *)command->outputs;
    size_t i = 0;

    if (bl_decode_name(d, path, file, false))
        return -1;
    if (strpbrk(file, "*?[\\"))
        return bl_fail_at(d->err, path, "\"%s\" has one of *?[\\ in it: it is a name", file);
    while (i < command->output_count && strcmp(outputs[i].glob, file) != 0)
        i++;
    outputs[i].glob = file;
    outputs[i].required = outputs[i].keep.later = true;
    if (i == command->output_count)
        command->output_count++;
    return 0;
}

/* What is judged must be kept until then. */
static int take_output(const struct bl_decoder *d, const struct bl_path *path,
                       const struct bl_job_step *step, const struct bl_job_check *check)
{
    struct bl_job_command *command;

    if (check->command >= step->command_count)
        return bl_fail_at(d->err, BL_AT(path, "command"), "%u: the step has %zu", check->command,
                          step->command_count);
    command = (struct bl_job_command *)&step->commands[check->command]; /* the decoder's own */
    if (*check->file)
        return add_output(d, BL_AT(path, "file"), check->file, command);
    if (command->piped_to >= 0)
        return bl_fail_at(d->err, path,
                          "commands[%u] writes to another command; judge a file or another one",
                          check->command);
    command->out.later = true;
    return 0;
}

static int need_answers(const struct bl_decoder *d, const struct bl_path *path,
                        const struct bl_job_step *step)
{
    for (size_t i = 0; i < step->case_count; i++) {
        if (step->cases[i].answer.kind == BL_FILE_NONE)
            return bl_fail_at(d->err, BL_AT(BL_AT_INDEX(path->up, "cases", i), "answer"),
                              "is missing: the check compares with it");
    }
    return 0;
}

int bl_decode_check(struct bl_decoder *d, const struct bl_path *path, const check_message *message,
                    struct bl_job_step *step)
{
    struct bl_job_check *out = &step->check;

    out->absolute = out->relative = -1;
    out->file = message ? message->file : "";
    out->command = message ? message->command : 0;
    switch (message ? message->kind_case : BAILIFF__V1__CHECK__KIND__NOT_SET) {
    case BAILIFF__V1__CHECK__KIND_EXACT:
        out->kind = BL_CHECK_EXACT;
        return need_answers(d, path, step) || take_output(d, path, step, out) ? -1 : 0;
    case BAILIFF__V1__CHECK__KIND_TOKENS:
        out->kind = BL_CHECK_TOKENS;
        return need_answers(d, path, step) || take_output(d, path, step, out) ||
                       decode_tokens(d, BL_AT(path, "tokens"), message->tokens, out)
                   ? -1
                   : 0;
    case BAILIFF__V1__CHECK__KIND_CHECKER:
        out->kind = BL_CHECK_CHECKER;
        return take_output(d, path, step, out) ||
                       decode_checker(d, BL_AT(path, "checker"), message->checker, out)
                   ? -1
                   : 0;
    case BAILIFF__V1__CHECK__KIND_INTERACTOR:
        out->kind = BL_CHECK_INTERACTOR;
        return decode_interactor(d, path, message, step, out);
    case BAILIFF__V1__CHECK__KIND__NOT_SET:
    case _BAILIFF__V1__CHECK__KIND__CASE_IS_INT_SIZE:
        break;
    }
    if (message)
        return bl_fail_at(d->err, path, "is none of exact, tokens, checker, interactor");
    return 0;
}
