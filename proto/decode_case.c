/* decode_case.c - what a step's cases vary. */
#include <string.h>

#include "proto/decode_private.h"

typedef Bailiff__V1__Case case_message;

/* The groups that were seen so far, by the number that they got: 1 is the first. */
struct groups {
    const char *names[BL_JOB_GROUPS_MAX];
    uint32_t count;
};

static int decode_group(const struct bl_decoder *d, const struct bl_path *path, const char *name,
                        struct groups *groups, struct bl_job_case *out)
{
    out->group_name = name;
    if (bl_decode_label(d, path, name, BL_JOB_GROUP_MAX))
        return -1;
    if (*name == '\0')
        return 0;
    for (uint32_t i = groups->count; i > 0; i--) { /* the last one is the likeliest */
        if (strcmp(groups->names[i - 1], name) == 0) {
            out->group = i;
            return 0;
        }
    }
    if (groups->count == BL_JOB_GROUPS_MAX)
        return bl_fail_at(d->err, path, "is one more than %d different groups", BL_JOB_GROUPS_MAX);
    groups->names[groups->count++] = name;
    out->group = groups->count;
    return 0;
}

static int decode_files(struct bl_decoder *d, const struct bl_path *path,
                        const case_message *message, const struct bl_job_command *program,
                        struct bl_job_case *out)
{
    out->input_count = message->n_inputs;
    if ((message->input &&
         bl_decode_file(d, BL_AT(path, "input"), message->input, false, &out->input)) ||
        (message->answer &&
         bl_decode_file(d, BL_AT(path, "answer"), message->answer, false, &out->answer)) ||
        bl_decode_inputs(d, path, message->inputs, message->n_inputs, "only a command's own can be",
                         &out->inputs) ||
        bl_decode_inputs_differ(d, path, program->inputs, program->input_count, out->inputs,
                                out->input_count))
        return -1;
    return 0;
}

/* program: what argv and env of the step's first command take. */
static int decode_args(const struct bl_decoder *d, const struct bl_path *path,
                       const case_message *message, struct bl_args_size program,
                       struct bl_job_case *out)
{
    struct bl_args_size check = {0};

    out->arg_count = message->n_args;
    out->check_arg_count = message->n_check_args;
    if (bl_decode_strings(d, message->args, message->n_args, &out->args) ||
        bl_decode_strings(d, message->check_args, message->n_check_args, &out->check_args))
        return -1;
    bl_args_add(&program, out->args);
    bl_args_add(&check, out->check_args);
    return bl_decode_args_fit(d, BL_AT(path, "args"), program) ||
                   bl_decode_args_fit(d, BL_AT(path, "check_args"), check)
               ? -1
               : 0;
}

static int decode_all(struct bl_decoder *d, const struct bl_path *path,
                      const Bailiff__V1__Step *message, const struct bl_job_command *program,
                      struct bl_job_case *cases)
{
    struct bl_args_size size = {0};
    struct groups groups = {.count = 0};

    bl_args_add(&size, program->argv);
    bl_args_add(&size, program->env);
    for (size_t i = 0; i < message->n_cases; i++) {
        const struct bl_path *at = BL_AT_INDEX(path, "cases", i);

        cases[i].name = message->cases[i]->name;
        if (bl_decode_label(d, BL_AT(at, "name"), cases[i].name, BL_JOB_CASE_NAME_MAX) ||
            decode_group(d, BL_AT(at, "group"), message->cases[i]->group, &groups, &cases[i]) ||
            decode_files(d, at, message->cases[i], program, &cases[i]) ||
            decode_args(d, at, message->cases[i], size, &cases[i]))
            return -1;
    }
    return 0;
}

/* A step without cases has one with nothing in it. */
static void fill_alone(struct bl_job_case *alone)
{
    static const char *const none[] = {NULL};

    alone->name = alone->group_name = "";
    alone->args = alone->check_args = none;
}

int bl_decode_cases(struct bl_decoder *d, const struct bl_path *path,
                    const Bailiff__V1__Step *message, struct bl_job_step *step)
{
    size_t count = message->n_cases ? message->n_cases : 1;
    struct bl_job_case *cases;

    if (count > d->cases_left)
        return bl_fail_at(d->err, BL_AT(path, "cases"), "a job's steps have at most %d together",
                          BL_JOB_CASES_MAX);
    d->cases_left -= count;
    cases = bl_decode_alloc(d, count, sizeof(*cases));
    if (!cases)
        return -1;
    if (message->n_cases == 0)
        fill_alone(cases);
    step->cases = cases;
    step->case_count = count;
    return decode_all(d, path, message, &step->commands[0], cases);
}
