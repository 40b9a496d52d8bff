#include "executor/cli/run_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "bailiff/own.h"

/* The file behind fd, as an open file of its own: read-only, at an offset that is not shared. */
static int reopen_read_only(int fd)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

/* What was opened for writing only, or has no offset, is relayed. */
static bool can_be_handed(int fd, const struct stat *is)
{
    return S_ISREG(is->st_mode) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY &&
           lseek(fd, 0, SEEK_CUR) >= 0;
}

static int set_stdin(struct bl_run_streams *streams, int fd, const char *path, struct bl_err *err)
{
    struct stat is = {0};
    int read_only;

    if (fstat(fd, &is) < 0 || S_ISDIR(is.st_mode))
        return bl_fail(err, BL_STEP_FILE_READ, S_ISDIR(is.st_mode) ? EISDIR : errno, "%s%s",
                       path ? "--stdin: " : "standard input", path ? path : "");
    streams->of[0] = (struct bl_stream){BL_STREAM_RELAY, fd};
    if (!can_be_handed(fd, &is))
        return 0;
    read_only = reopen_read_only(fd);
    if (read_only < 0)
        return 0;                                             /* it is relayed */
    (void)lseek(read_only, lseek(fd, 0, SEEK_CUR), SEEK_SET); /* both were seen to seek */
    bl_close_fd(&streams->opened[0]);
    streams->opened[0] = read_only;
    streams->of[0] = (struct bl_stream){BL_STREAM_HAND, read_only};
    return 0;
}

static int open_stdin(struct bl_run_streams *streams, const char *path, struct bl_err *err)
{
    if (!path)
        return set_stdin(streams, STDIN_FILENO, NULL, err);
    streams->opened[0] = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (streams->opened[0] < 0)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "--stdin: %s", path);
    return set_stdin(streams, streams->opened[0], path, err);
}

static int open_output(struct bl_run_streams *streams, int number, const char *option,
                       const char *path, struct bl_err *err)
{
    int fd = number;

    if (path) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
        if (fd < 0)
            return bl_fail(err, BL_STEP_FILE_WRITE, errno, "%s: %s", option, path);
        streams->opened[number] = fd;
    }
    streams->of[number] = (struct bl_stream){BL_STREAM_RELAY, fd};
    return 0;
}

/* Two descriptors of one file would have an offset each, and the streams would overwrite each
 * other; one descriptor for both has one. */
static void join_outputs(struct bl_run_streams *streams)
{
    struct stat out, error;

    if (streams->opened[1] < 0 || streams->opened[2] < 0 || fstat(streams->opened[1], &out) < 0 ||
        fstat(streams->opened[2], &error) < 0)
        return;
    if (out.st_dev == error.st_dev && out.st_ino == error.st_ino)
        streams->of[2].fd = streams->of[1].fd;
}

int bl_run_streams_open(struct bl_run_streams *streams, const struct bl_run_options *options,
                        struct bl_err *err)
{
    *streams = (struct bl_run_streams){.opened = {-1, -1, -1}};
    if (open_stdin(streams, options->stdin_path, err) < 0 ||
        open_output(streams, STDOUT_FILENO, "--stdout", options->stdout_path, err) < 0 ||
        open_output(streams, STDERR_FILENO, "--stderr", options->stderr_path, err) < 0) {
        bl_run_streams_release(streams);
        return -1;
    }
    join_outputs(streams);
    return 0;
}

void bl_run_streams_release(struct bl_run_streams *streams)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(streams->opened); i++)
        bl_close_fd(&streams->opened[i]);
}
