/* decode_output.c - what a command leaves, and what becomes of it. */
#include "proto/decode_private.h"

/* The bounds of a case's sum (BL_JOB_RETURN_MAX) and of one hold at the same place, so that the sum
 * can't overflow. */
int bl_decode_keep(struct bl_decoder *d, const struct bl_path *path,
                   const Bailiff__V1__Keep *message, struct bl_keep *out)
{
    if (!message)
        return 0;
    out->store = message->store;
    out->return_bytes = message->return_bytes;
    if (message->return_bytes > BL_JOB_RETURN_MAX - d->return_bytes)
        return bl_fail_at(d->err, BL_AT(path, "return_bytes"),
                          "%llu, and %llu before it in this step: a case returns at most %d",
                          (unsigned long long)message->return_bytes,
                          (unsigned long long)d->return_bytes, BL_JOB_RETURN_MAX);
    d->return_bytes += message->return_bytes;
    return 0;
}

static int decode_collect_bytes(const struct bl_decoder *d, const struct bl_path *path,
                                const Bailiff__V1__Command *message, struct bl_job_command *out)
{
    out->collect_bytes_max = BL_JOB_COLLECT_BYTES_DEFAULT;
    if (message->collect_bytes_opt_case == BAILIFF__V1__COMMAND__COLLECT_BYTES_OPT_COLLECT_BYTES)
        out->collect_bytes_max = message->collect_bytes;
    if (out->collect_bytes_max == 0 || out->collect_bytes_max > BL_JOB_COLLECT_BYTES_MOST)
        return bl_fail_at(d->err, BL_AT(path, "collect_bytes"), "%llu is out of bounds: 1 to %llu",
                          (unsigned long long)out->collect_bytes_max, BL_JOB_COLLECT_BYTES_MOST);
    return 0;
}

int bl_decode_outputs(struct bl_decoder *d, const struct bl_path *path,
                      const Bailiff__V1__Command *message, struct bl_job_command *out)
{
    /* One more: a check may add the file that it judges. */
    struct bl_job_output *outputs = bl_decode_alloc(d, message->n_outputs + 1, sizeof(*outputs));

    if (!outputs)
        return -1;
    if (message->n_outputs > BL_JOB_OUTPUTS_MAX)
        return bl_fail_at(d->err, BL_AT(path, "outputs"), "%zu are more than %d",
                          message->n_outputs, BL_JOB_OUTPUTS_MAX);
    for (size_t i = 0; i < message->n_outputs; i++) {
        const struct bl_path *at = BL_AT_INDEX(path, "outputs", i);

        outputs[i].glob = message->outputs[i]->glob;
        outputs[i].required = message->outputs[i]->required;
        if (bl_decode_name(d, BL_AT(at, "glob"), outputs[i].glob, false) ||
            bl_decode_keep(d, BL_AT(at, "keep"), message->outputs[i]->keep, &outputs[i].keep))
            return -1;
    }
    out->outputs = outputs;
    out->output_count = message->n_outputs;
    return decode_collect_bytes(d, path, message, out);
}
