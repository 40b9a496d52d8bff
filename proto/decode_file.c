/* decode_file.c - where files come from, and where they are put. */
#include <string.h>

#include "limits/ceilings.h"
#include "proto/decode_private.h"

#define APP "/app" /* the folder of a program's own files */

typedef Bailiff__V1__File file_message;
typedef Bailiff__V1__OutputOf output_message;

static bool is_url(const char *url)
{
    const char *rest = strncmp(url, "http://", 7) == 0    ? url + 7
                       : strncmp(url, "https://", 8) == 0 ? url + 8
                                                          : "";

    if (*rest == '\0' || *rest == '/')
        return false;
    for (; *rest; rest++) {
        if (*rest <= ' ' || *rest > '~')
            return false;
    }
    return true;
}

static int decode_remote(const struct bl_decoder *d, const struct bl_path *path,
                         const Bailiff__V1__Remote *message, struct bl_file_source *out)
{
    size_t length = strlen(message->url);

    out->url = message->url;
    if (bl_decode_digest(d, BL_AT(path, "sha256"), message->sha256, &out->sha256))
        return -1;
    if (length > BL_JOB_URL_MAX)
        return bl_fail_at(d->err, BL_AT(path, "url"), "%zu bytes are more than %d", length,
                          BL_JOB_URL_MAX);
    if (!is_url(message->url))
        return bl_fail_at(d->err, BL_AT(path, "url"),
                          "takes http:// or https://, a host, and printable ASCII");
    return 0;
}

/* The command whose output is meant, or NULL with an error. */
static struct bl_job_command *find_command(struct bl_decoder *d, const struct bl_path *path,
                                           const output_message *message,
                                           struct bl_file_source *out)
{
    const struct bl_job_step *step;

    if (bl_decode_step_name(d, BL_AT(path, "step"), message->step, &out->step))
        return NULL;
    step = &d->steps[out->step];
    out->testcase = message->case_;
    out->command = message->command;
    if (message->case_ >= step->case_count) {
        (void)bl_fail_at(d->err, BL_AT(path, "case"), "%u: step \"%s\" has %zu", message->case_,
                         step->name, step->case_count);
        return NULL;
    }
    if (message->command >= step->command_count) {
        (void)bl_fail_at(d->err, BL_AT(path, "command"), "%u: step \"%s\" has %zu",
                         message->command, step->name, step->command_count);
        return NULL;
    }
    return (struct bl_job_command *)&step->commands[message->command]; /* the decoder's own */
}

static int take_stream(const struct bl_decoder *d, const struct bl_path *path,
                       Bailiff__V1__Stream stream, struct bl_job_command *from,
                       struct bl_file_source *out)
{
    if (stream == BAILIFF__V1__STREAM__STREAM_STDERR) {
        from->error_out.later = true;
        out->part = BL_OUTPUT_STDERR;
        return 0;
    }
    if (stream != BAILIFF__V1__STREAM__STREAM_STDOUT)
        return bl_fail_at(d->err, path, "is neither STREAM_STDOUT nor STREAM_STDERR");
    if (from->piped_to >= 0)
        return bl_fail_at(d->err, path, "another command reads it through a pipe");
    from->out.later = true;
    out->part = BL_OUTPUT_STDOUT;
    return 0;
}

static int take_files(const struct bl_decoder *d, const struct bl_path *path,
                      struct bl_job_command *from)
{
    struct bl_job_output *outputs = (struct bl_job_output *)from->outputs;

    if (from->output_count == 0 && from->program != BL_PROGRAM_COMPILE)
        return bl_fail_at(d->err, path, "that command has no outputs");
    for (size_t i = 0; i < from->output_count; i++)
        outputs[i].keep.later = true;
    return 0;
}

static int decode_output(struct bl_decoder *d, const struct bl_path *path,
                         const output_message *message, bool folder_too, struct bl_file_source *out)
{
    struct bl_job_command *from = find_command(d, path, message, out);

    if (!from)
        return -1;
    out->name = "";
    switch (message->part_case) {
    case BAILIFF__V1__OUTPUT_OF__PART_STREAM:
        return take_stream(d, BL_AT(path, "stream"), message->stream, from, out);
    case BAILIFF__V1__OUTPUT_OF__PART_NAME:
        out->name = message->name;
        return bl_decode_name(d, BL_AT(path, "name"), message->name, false) ||
                       take_files(d, path, from)
                   ? -1
                   : 0;
    case BAILIFF__V1__OUTPUT_OF__PART__NOT_SET:
    case _BAILIFF__V1__OUTPUT_OF__PART__CASE_IS_INT_SIZE:
        break;
    }
    if (!folder_too)
        return bl_fail_at(d->err, path, "names neither a file nor a stream: a folder is no file");
    return take_files(d, path, from);
}

int bl_decode_file(struct bl_decoder *d, const struct bl_path *path, const file_message *message,
                   bool folder_too, struct bl_file_source *out)
{
    switch (message ? message->source_case : BAILIFF__V1__FILE__SOURCE__NOT_SET) {
    case BAILIFF__V1__FILE__SOURCE_INLINE:
        out->kind = BL_FILE_INLINE;
        out->bytes = message->inline_.data;
        out->length = message->inline_.len;
        return 0;
    case BAILIFF__V1__FILE__SOURCE_SHA256:
        out->kind = BL_FILE_STORED;
        return bl_decode_digest(d, BL_AT(path, "sha256"), message->sha256, &out->sha256);
    case BAILIFF__V1__FILE__SOURCE_OUTPUT:
        out->kind = BL_FILE_OUTPUT;
        return decode_output(d, BL_AT(path, "output"), message->output, folder_too, out);
    case BAILIFF__V1__FILE__SOURCE_REMOTE:
        out->kind = BL_FILE_REMOTE;
        return decode_remote(d, BL_AT(path, "remote"), message->remote, out);
    case BAILIFF__V1__FILE__SOURCE__NOT_SET:
    case _BAILIFF__V1__FILE__SOURCE__CASE_IS_INT_SIZE:
        break;
    }
    return bl_fail_at(d->err, path, "has no source: one of inline, sha256, output, remote");
}

/* What is below /app is put into one folder, before any case begins. app_taken: NULL, or why these
 * inputs can't be there. */
static int check_app(const struct bl_decoder *d, const struct bl_path *path, const char *name,
                     const char *app_taken)
{
    if (strcmp(name, APP) == 0)
        return bl_fail_at(d->err, path, "\"" APP "\" is a place of the sandbox's own");
    if (app_taken && strncmp(name, APP "/", sizeof(APP)) == 0)
        return bl_fail_at(d->err, path, "\"%.48s\" is below " APP ": %s", name, app_taken);
    return 0;
}

int bl_decode_inputs(struct bl_decoder *d, const struct bl_path *path,
                     Bailiff__V1__Input **messages, size_t count, const char *app_taken,
                     const struct bl_job_input **out)
{
    struct bl_job_input *inputs;

    if (count > BL_JOB_INPUTS_MAX)
        return bl_fail_at(d->err, BL_AT(path, "inputs"), "%zu are more than %d", count,
                          BL_JOB_INPUTS_MAX);
    if (count > d->inputs_left)
        return bl_fail_at(d->err, BL_AT(path, "inputs"),
                          "a job's commands and cases have at most %d together",
                          BL_JOB_INPUTS_TOTAL_MAX);
    d->inputs_left -= count;
    inputs = bl_decode_alloc(d, count, sizeof(*inputs));
    if (!inputs)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct bl_path *at = BL_AT_INDEX(path, "inputs", i);

        inputs[i].name = messages[i]->name;
        if (bl_decode_name(d, BL_AT(at, "name"), messages[i]->name, true) ||
            check_app(d, BL_AT(at, "name"), messages[i]->name, app_taken) ||
            bl_decode_file(d, BL_AT(at, "file"), messages[i]->file, true, &inputs[i].file))
            return -1;
    }
    *out = inputs;
    return 0;
}

static const char *clash(const struct bl_job_input *inputs, size_t count, const char *name)
{
    const char *problem = NULL;

    for (size_t i = 0; i < count && !problem; i++)
        problem = bl_names_clash(name, inputs[i].name);
    return problem;
}

int bl_decode_inputs_differ(const struct bl_decoder *d, const struct bl_path *path,
                            const struct bl_job_input *first, size_t first_count,
                            const struct bl_job_input *second, size_t second_count)
{
    if (first_count + second_count > BL_JOB_INPUTS_MAX)
        return bl_fail_at(d->err, BL_AT(path, "inputs"), "%zu with the command's are more than %d",
                          first_count + second_count, BL_JOB_INPUTS_MAX);
    for (size_t i = 0; i < second_count; i++) {
        const char *problem = clash(first, first_count, second[i].name);

        if (!problem)
            problem = clash(second, i, second[i].name);
        if (problem)
            return bl_fail_at(d->err, BL_AT(BL_AT_INDEX(path, "inputs", i), "name"), "\"%.48s\" %s",
                              second[i].name, problem);
    }
    return 0;
}
