/* part_fill.c - a part's spec and streams, out of the job's words (process: worker; see part.h). */
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/text.h"
#include "executor/job/checker.h"
#include "executor/job/part_private.h"
#include "executor/job/places.h"

/* ---- argv -------------------------------------------------------------------------------------
 */

static size_t list_length(const char *const *list)
{
    size_t length = 0;

    while (list && list[length])
        length++;
    return length;
}

static size_t append(const char **to, size_t at, const char *const *list, size_t count)
{
    if (count > 0)
        memcpy(to + at, list, count * sizeof(*to));
    return at + count;
}

static int fill_argv(struct bl_part *part, struct bl_err *err)
{
    static const char *const checkers[] = {BL_PLACE_INPUT, BL_PLACE_ANSWER, BL_FEEDBACK_FOLDER};
    const struct bl_job_case *testcase = part->order.testcase;
    const char *const *base = part->order.kit->outfit.argv;
    size_t own = list_length(base), at = 0;
    const char **argv = bl_arena_alloc(&part->arena,
                                       own + BL_ARRAY_LEN(checkers) + testcase->arg_count +
                                           testcase->check_arg_count + 1,
                                       sizeof(*argv), err);

    if (!argv)
        return -1;
    at = append(argv, at, base, own);
    if (part->order.is_first)
        at = append(argv, at, testcase->args, testcase->arg_count);
    if (part->order.judges) {
        at = append(argv, at, checkers, BL_ARRAY_LEN(checkers));
        (void)append(argv, at, testcase->check_args, testcase->check_arg_count);
    }
    part->spec.argv = argv;
    return 0;
}

/* ---- inputs and outputs -----------------------------------------------------------------------
 */

static void add_input(struct bl_input *inputs, size_t *count, int fd, const char *name)
{
    if (fd >= 0)
        inputs[(*count)++] = (struct bl_input){.fd = fd, .name = name};
}

static void add_of_case(struct bl_part *part, struct bl_input *inputs)
{
    const struct bl_job_case *testcase = part->order.testcase;

    for (size_t i = 0; i < testcase->input_count; i++)
        add_input(inputs, &part->spec.input_count,
                  bl_gather_fd(part->order.own, &testcase->inputs[i].file),
                  testcase->inputs[i].name);
}

static int fill_inputs(struct bl_part *part, struct bl_err *err)
{
    const struct bl_kit *kit = part->order.kit;
    const struct bl_job_command *command = kit->command;
    const struct bl_job_case *testcase = part->order.testcase;
    size_t most = command->input_count + testcase->input_count + 3;
    struct bl_input *inputs = bl_arena_alloc(&part->arena, most, sizeof(*inputs), err);
    size_t *count = &part->spec.input_count;

    if (!inputs)
        return -1;
    part->spec.inputs = inputs;
    add_input(inputs, count, kit->app, BL_PLACE_APP);
    for (size_t i = 0; i < command->input_count; i++)
        if (!bl_kit_below_app(&command->inputs[i]))
            add_input(inputs, count, bl_gather_fd(kit->shared, &command->inputs[i].file),
                      command->inputs[i].name);
    if (part->order.judges) {
        add_input(inputs, count, bl_gather_fd(part->order.own, &testcase->input), BL_PLACE_INPUT);
        add_input(inputs, count, bl_gather_fd(part->order.own, &testcase->answer), BL_PLACE_ANSWER);
    }
    if (part->order.is_first)
        add_of_case(part, inputs);
    return 0;
}

static int fill_outputs(struct bl_part *part, struct bl_err *err)
{
    const struct bl_job_command *command = part->order.kit->command;
    const char *const *products = part->order.kit->outfit.products;
    size_t product_count = list_length(products), *count = &part->spec.output_count;
    struct bl_output *outputs = bl_arena_alloc(
        &part->arena, command->output_count + product_count + 2, sizeof(*outputs), err);

    if (!outputs)
        return -1;
    part->spec.outputs = outputs;
    for (size_t i = 0; i < product_count; i++)
        outputs[(*count)++] = (struct bl_output){.glob = products[i], .required = true};
    for (size_t i = 0; i < command->output_count; i++)
        outputs[(*count)++] = (struct bl_output){.glob = command->outputs[i].glob,
                                                 .required = command->outputs[i].required};
    if (part->order.judged_file[0] != '\0')
        outputs[(*count)++] = (struct bl_output){.glob = part->order.judged_file, .required = true};
    if (part->order.judges)
        outputs[(*count)++] = (struct bl_output){.glob = BL_FEEDBACK_MESSAGE};
    part->spec.collect_bytes_max = command->collect_bytes_max;
    return 0;
}

int bl_part_fill_spec(struct bl_part *part, struct bl_err *err)
{
    const struct bl_kit *kit = part->order.kit;
    struct bl_limits *limits = &part->spec.limits;

    part->spec = (struct bl_spec){
        .env = kit->outfit.env,
        .workdir = kit->command->workdir[0] != '\0' ? kit->command->workdir : NULL,
        .limits = kit->outfit.limits,
        .collect_any_status = kit->command->any_status || part->order.judges,
        .profile = kit->outfit.profile,
    };
    if (!bl_text_copy(limits->cpuset, sizeof(limits->cpuset), part->order.cpus))
        return bl_fail(err, BL_STEP_FIELD, 0, "cpuset: is too long");
    return fill_argv(part, err) != 0 || fill_inputs(part, err) != 0 ? -1 : fill_outputs(part, err);
}

/* ---- streams ----------------------------------------------------------------------------------
 */

/* What it reads, where no pipe is given; -1: nothing. */
static int source_of(const struct bl_part *part)
{
    const struct bl_job_stdin *in = &part->order.kit->command->in;

    switch (in->kind) {
    case BL_STDIN_CASE:
        return bl_gather_fd(part->order.own, &part->order.testcase->input);
    case BL_STDIN_FILE:
        return bl_gather_fd(part->order.kit->shared, &in->file);
    case BL_STDIN_EMPTY:
    case BL_STDIN_PIPE:
    default:
        return -1;
    }
}

static int open_in(struct bl_part *part, int in, struct bl_err *err)
{
    int source = in >= 0 ? -1 : source_of(part);

    part->streams[0] = (struct bl_stream){.kind = BL_STREAM_NULL, .fd = -1};
    if (in >= 0)
        part->streams[0] = (struct bl_stream){.kind = BL_STREAM_HAND, .fd = in};
    if (source < 0)
        return 0;
    if (bl_spool_stdin(part->site->spool, source, BL_PART_COPIED_MAX, &part->files[0], err) != 0)
        return -1;
    part->streams[0] = (struct bl_stream){.kind = BL_STREAM_HAND, .fd = part->files[0]};
    return 0;
}

/* What later steps need as an input must have a name: only such a file can be mounted. And what is
 * only to be returned takes no more room in the spool than that. */
static int capture(struct bl_part *part, int number, const struct bl_keep *keep, bool judged,
                   struct bl_err *err)
{
    struct bl_spooled *folder = &part->leaving.streams;

    part->streams[number] = (struct bl_stream){.kind = BL_STREAM_NULL, .fd = -1};
    if (!keep->store && keep->return_bytes == 0 && !keep->later && !judged)
        return 0;
    if (!keep->store && !keep->later && !judged)
        part->kept_bytes[number] = keep->return_bytes;
    if (keep->later && folder->fd < 0 && bl_spooled_new(folder, part->site->spool, err) != 0)
        return -1;
    if (keep->later ? bl_spool_create(folder->fd, number == 1 ? "stdout" : "stderr", 0555,
                                      &part->files[number], err)
                    : bl_spool_file(part->site->spool, &part->files[number], err))
        return -1;
    part->streams[number] = (struct bl_stream){.kind = BL_STREAM_RELAY, .fd = part->files[number]};
    return 0;
}

int bl_part_open_streams(struct bl_part *part, int in, int out, struct bl_err *err)
{
    const struct bl_job_command *command = part->order.kit->command;

    if (open_in(part, in, err) != 0 || capture(part, 2, &command->error_out, false, err) != 0)
        return -1;
    if (out < 0)
        return capture(part, 1, &command->out, part->order.out_is_judged, err);
    part->streams[1] = (struct bl_stream){.kind = BL_STREAM_HAND, .fd = out};
    return 0;
}
