#include "executor/job/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bailiff/own.h"

/* A file that the program could change, through this descriptor or by opening /proc/self/fd/0
 * again, is not its input alone: the next run may be given it, too. Such a file goes through a
 * pipe. */
static bool is_writable_file(int fd)
{
    struct stat is;

    if (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode))
        return false;
    return (is.st_mode & S_IWOTH) || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* By a folder's descriptor a program would be outside of its root. */
static bool is_folder(int fd)
{
    struct stat is;

    return fstat(fd, &is) != 0 || S_ISDIR(is.st_mode);
}

static int open_one(struct bl_streams *streams, struct bl_loop *loop, struct bl_pipes *pipes,
                    int number, const struct bl_stream *of, uint64_t limit, bl_on_capture on_event,
                    void *ctx, struct bl_err *err)
{
    int *handed = &streams->handed[number];

    if (of->kind == BL_STREAM_HAND) {
        *handed = fcntl(of->fd, F_DUPFD_CLOEXEC, 0);
        if (*handed < 0)
            return bl_fail(err, BL_STEP_PIPE, errno, "stream %d", number);
        if (is_folder(*handed))
            return bl_fail(err, BL_STEP_INPUT, EISDIR, "stream %d", number);
        if (number > 0 || !is_writable_file(*handed))
            return 0;
        streams->source = bl_take_fd(handed);
        return bl_feed_new(&streams->feed, loop, streams->source, err);
    }
    if (number > 0)
        return bl_capture_new(&streams->capture[number], loop, pipes,
                              of->kind == BL_STREAM_RELAY ? of->fd : -1, limit, on_event, ctx, err);
    if (of->kind == BL_STREAM_RELAY)
        return bl_feed_new(&streams->feed, loop, of->fd, err);
    return 0; /* the sandbox has nothing for it, ready */
}

int bl_streams_open(struct bl_streams *streams, struct bl_loop *loop, struct bl_pipes *pipes,
                    const struct bl_stream of[3], const struct bl_limits *limits,
                    bl_on_capture on_event, void *ctx, struct bl_err *err)
{
    const uint64_t bounds[3] = {0, limits->stdout_bytes, limits->stderr_bytes};

    *streams = (struct bl_streams)BL_STREAMS_NONE;
    for (int i = 0; i < 3; i++)
        if (open_one(streams, loop, pipes, i, &of[i], bounds[i], on_event, ctx, err) != 0) {
            bl_streams_release(streams);
            return -1;
        }
    return 0;
}

void bl_streams_ends(const struct bl_streams *streams, int stdio[3])
{
    for (int i = 0; i < 3; i++)
        stdio[i] =
            streams->capture[i] ? bl_capture_program_end(streams->capture[i]) : streams->handed[i];
    if (streams->feed)
        stdio[0] = bl_feed_program_end(streams->feed);
}

int bl_streams_begin(struct bl_streams *streams, struct bl_err *err)
{
    for (int i = 0; i < 3; i++) {
        bl_close_fd(&streams->handed[i]);
        if (streams->capture[i] && bl_capture_begin(streams->capture[i], err) != 0)
            return -1;
    }
    return streams->feed ? bl_feed_begin(streams->feed, err) : 0;
}

void bl_streams_drain(struct bl_streams *streams, bool patient)
{
    if (streams->feed)
        bl_feed_stop(streams->feed);
    for (int i = 0; i < 3; i++) {
        bl_close_fd(&streams->handed[i]);
        if (!streams->capture[i])
            continue;
        bl_capture_drain(streams->capture[i]);
        if (!patient)
            bl_capture_abandon(streams->capture[i]);
    }
}

bool bl_streams_done(const struct bl_streams *streams, int number)
{
    return !streams->capture[number] || bl_capture_done(streams->capture[number]);
}

void bl_streams_release(struct bl_streams *streams)
{
    for (int i = 0; i < 3; i++) {
        bl_close_fd(&streams->handed[i]);
        bl_capture_free(&streams->capture[i]);
    }
    bl_feed_free(&streams->feed);
    bl_close_fd(&streams->source);
}
