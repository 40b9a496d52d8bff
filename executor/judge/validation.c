/* validation.c - the validator's run and what it leaves; the default comparison (case_private.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/checker.h"
#include "executor/job/mapping.h"
#include "executor/judge/case_private.h"
#include "limits/ceilings.h"

static struct bl_limits limits_of(const struct bl_case *c)
{
    const struct bl_problem *problem = &c->order.package->problem;
    struct bl_limits limits = bl_limits_default();
    uint64_t waiting_ns = c->program.spec.limits.wall_time_ns; /* for the program; 0: batch */

    limits.cpu_time_ns = problem->validation_time_ns;
    limits.wall_time_ns = 2 * problem->validation_time_ns + waiting_ns + 10 * BL_NS_PER_S;
    if (limits.wall_time_ns > 86400 * BL_NS_PER_S)
        limits.wall_time_ns = 86400 * BL_NS_PER_S;
    limits.memory_bytes = limits.stack_bytes = problem->validation_memory_bytes;
    limits.stdout_bytes = limits.stderr_bytes = problem->validation_output_bytes;
    limits.file_size_bytes = limits.box_bytes = problem->validation_output_bytes;
    return limits;
}

static int prepare(struct bl_case *c, struct bl_err *err)
{
    const struct bl_app *app = c->order.validator;
    const char *const *flags = c->order.testcase->validator_args;
    struct bl_limits limits = limits_of(c);
    const char **args;
    size_t count = 0;

    while (flags[count])
        count++;
    args = bl_arena_alloc(&c->arena, count + 4, sizeof(*args), err);
    if (!args)
        return -1;
    args[0] = BL_PLACE_INPUT;
    args[1] = BL_PLACE_ANSWER;
    args[2] = BL_FEEDBACK_FOLDER;
    memcpy(args + 3, flags, count * sizeof(*args));
    bl_app_run_release(&c->validator);
    return bl_app_run_prepare(&c->validator, app, &app->language->run, &limits, args, err);
}

/* Earlier passes' feedback is put back where it was written. */
static int restore_feedback(struct bl_case *c, struct bl_err *err)
{
    static const char script[] = "cp -R " BL_PLACE_FEEDBACK "/. /box/ && exec \"$@\"";
    static const char *const before[] = {"/bin/sh", "-c", script, "sh", NULL};

    if (c->feedback < 0)
        return 0;
    bl_app_run_add_input(&c->validator, c->feedback, BL_PLACE_FEEDBACK);
    return bl_app_run_wrap(&c->validator, before, err);
}

int bl_case_start_validator(struct bl_case *c, int in, int out, bl_on_run_end on_end,
                            struct bl_err *err)
{
    struct bl_stream streams[3] = {
        {BL_STREAM_HAND, in}, {BL_STREAM_NULL, -1}, {BL_STREAM_NULL, -1}};

    if (prepare(c, err) || restore_feedback(c, err))
        return -1;
    if (out >= 0)
        streams[1] = (struct bl_stream){BL_STREAM_HAND, out};
    c->validator.spec.collect_any_status = true;
    bl_app_run_add_input(&c->validator, c->input, BL_PLACE_INPUT);
    bl_app_run_add_input(&c->validator, c->answer, BL_PLACE_ANSWER);
    bl_app_run_add_output(&c->validator,
                          c->order.package->problem.multipass ? "**" : BL_FEEDBACK_MESSAGE, false);
    return bl_app_run_start(&c->validator, c->order.validator, streams, on_end, c, err);
}

static int take_message(struct bl_case *c, int fd, struct bl_err *err)
{
    char *text = malloc(BL_JUDGEMESSAGE_MAX);
    ssize_t length = text ? pread(fd, text, BL_JUDGEMESSAGE_MAX - 1, 0) : -1;

    if (length < 0) {
        free(text);
        return bl_fail(err, BL_STEP_SPOOL, errno, BL_FEEDBACK_MESSAGE);
    }
    text[length] = '\0';
    free(c->result.judgemessage);
    c->result.judgemessage = text;
    return 0;
}

/* A multi-pass validator's files, kept for its next pass. */
static int keep_feedback(struct bl_case *c, const struct bl_result *result, struct bl_err *err)
{
    struct bl_spool *spool = c->order.validator->engine->spool;

    bl_close_fd(&c->feedback);
    if (c->feedback_name[0])
        bl_spool_remove(spool, c->feedback_name);
    c->feedback_name[0] = '\0';
    if (bl_spool_folder(spool, &c->feedback, c->feedback_name, err))
        return -1;
    for (unsigned i = 0; i < result->file_count; i++)
        if (strcmp(result->files[i].name, "nextpass.in") != 0 &&
            bl_spool_put(c->feedback, result->files[i].name, result->files[i].fd, 0644, err))
            return -1;
    return 0;
}

int bl_case_take_validator(struct bl_case *c, struct bl_result *result, struct bl_err *err)
{
    bool multipass = c->order.package->problem.multipass;

    c->validator_result = *result;
    c->validator_result.files = NULL;
    c->validator_result.file_count = 0;
    for (unsigned i = 0; i < result->file_count; i++)
        if (strcmp(result->files[i].name, BL_FEEDBACK_MESSAGE) == 0 &&
            take_message(c, result->files[i].fd, err))
            return -1;
    if (multipass && keep_feedback(c, result, err))
        return -1;
    for (unsigned i = 0; multipass && i < result->file_count; i++)
        if (strcmp(result->files[i].name, "nextpass.in") == 0 &&
            bl_case_spool_input(c, result->files[i].fd, &c->next_input, c->next_folder, err))
            return -1;
    return 0;
}

int bl_case_compare(struct bl_case *c, struct bl_judgement *out, struct bl_err *err)
{
    struct bl_comparison comparison;
    struct bl_mapping answer, output;

    if (bl_mapping_init(&answer, c->answer, c->order.testcase->answer_path, err))
        return -1;
    if (bl_mapping_init(&output, c->output, "the program's output", err)) {
        bl_mapping_release(&answer);
        return -1;
    }
    bl_compare(&c->order.testcase->compare, answer.bytes, answer.length, output.bytes,
               output.length, &comparison);
    bl_mapping_release(&answer);
    bl_mapping_release(&output);
    *out = (struct bl_judgement){.outcome = comparison.accepted ? BL_AC : BL_WA};
    if (!comparison.accepted)
        (void)snprintf(out->reason, sizeof(out->reason), "line %llu: %s",
                       (unsigned long long)comparison.output_line, comparison.reason);
    return 0;
}
