#include "executor/cli/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/cli/file_args.h"
#include "executor/cli/whole_file.h"

/* Where the files of one --out go: below a folder, or one file to a path. */
struct bl_run_destination {
    struct bl_file_arg arg; /* owned */
    int folder;             /* owned; -1: arg.outside is the file's own path */
};

/* A file is opened for reading, so that it can be read ahead; O_NONBLOCK, because a named pipe
 * would wait for its writer before it could be refused. */
static int open_input(struct bl_input *input, const char *path, struct bl_err *err)
{
    bl_autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat is;

    if (fd < 0 || fstat(fd, &is) < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "--in: %s", path);
    if (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
        return bl_fail(err, BL_STEP_INPUT, 0, "--in: %s is neither a regular file nor a folder",
                       path);
    input->fd = bl_take_fd(&fd);
    return 0;
}

static int open_inputs(struct bl_run_files *files, const struct bl_texts *texts, struct bl_err *err)
{
    files->inputs = calloc(texts->count + 1, sizeof(*files->inputs)); /* 1: none is no failure */
    files->input_names = calloc(texts->count + 1, sizeof(*files->input_names));
    if (!files->inputs || !files->input_names)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "inputs");
    for (size_t i = 0; i < texts->count; i++) {
        struct bl_file_arg arg = {0};

        if (bl_file_arg_input(&arg, texts->items[i], err) < 0)
            return -1;
        files->input_names[i] = bl_take(&arg.inside);
        files->inputs[i] = (struct bl_input){.fd = -1, .name = files->input_names[i]};
        files->input_count++;
        if (open_input(&files->inputs[i], arg.outside, err) < 0) {
            bl_file_arg_release(&arg);
            return -1;
        }
        bl_file_arg_release(&arg);
    }
    return 0;
}

/* A folder that exists takes everything below it; where there is none, DEST can be the name of one
 * file. */
static int open_destination(struct bl_run_destination *to, const char *text, struct bl_err *err)
{
    const char *path;

    if (bl_file_arg_output(&to->arg, text, err) < 0)
        return -1;
    path = to->arg.outside ? to->arg.outside : ".";
    to->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (to->folder >= 0)
        return 0;
    if (bl_glob_is_plain(to->arg.inside))
        return bl_whole_file_check(path, err);
    return bl_fail(err, BL_STEP_FILE_WRITE, errno, "--out: the folder %s", path);
}

static int open_outputs(struct bl_run_files *files, const struct bl_texts *texts,
                        struct bl_err *err)
{
    files->outputs = calloc(texts->count + 1, sizeof(*files->outputs));
    files->destinations = calloc(texts->count + 1, sizeof(*files->destinations));
    if (!files->outputs || !files->destinations)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "outputs");
    for (size_t i = 0; i < texts->count; i++) {
        struct bl_run_destination *to = &files->destinations[i];

        to->folder = -1;
        files->output_count++;
        if (open_destination(to, texts->items[i], err) < 0)
            return -1;
        files->outputs[i] = (struct bl_output){.glob = to->arg.inside, .required = true};
    }
    return 0;
}

int bl_run_files_open(struct bl_run_files *files, const struct bl_texts *inputs,
                      const struct bl_texts *outputs, struct bl_err *err)
{
    *files = (struct bl_run_files){0};
    if (open_inputs(files, inputs, err) < 0 || open_outputs(files, outputs, err) < 0) {
        bl_run_files_release(files);
        return -1;
    }
    return 0;
}

void bl_run_files_release(struct bl_run_files *files)
{
    for (size_t i = 0; i < files->input_count; i++) {
        bl_close_fd(&files->inputs[i].fd);
        free(files->input_names[i]);
    }
    for (size_t i = 0; i < files->output_count; i++) {
        bl_close_fd(&files->destinations[i].folder);
        bl_file_arg_release(&files->destinations[i].arg);
    }
    free(files->inputs);
    free(files->input_names);
    free(files->outputs);
    free(files->destinations);
    *files = (struct bl_run_files){0};
}

static int keep(const struct bl_run_destination *to, const struct bl_collected *file,
                struct bl_err *err)
{
    if (to->folder < 0)
        return bl_whole_file_copy(to->arg.outside, file->fd, file->mode, err);
    return bl_whole_file_copy_beneath(to->folder, file->name, file->fd, file->mode, err);
}

int bl_run_files_keep(const struct bl_run_files *files, const struct bl_result *result,
                      struct bl_err *err)
{
    for (unsigned f = 0; f < result->file_count; f++) {
        const struct bl_collected *file = &result->files[f];

        for (size_t i = 0; i < files->output_count; i++) {
            const struct bl_run_destination *to = &files->destinations[i];

            if (bl_glob_matches(to->arg.inside, file->name) && keep(to, file, err) < 0)
                return -1;
        }
    }
    return 0;
}
