#include "executor/job/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/job/pour.h"

/* Larger than any pipe that an unprivileged program can ask for. */
enum { PIECE_BYTES = 1 << 20 };

struct bl_feed {
    struct bl_pour pour;
    struct bl_watch *from, *to;
    int program_end, write_end;
    int failed_errno;
};

void bl_feed_stop(struct bl_feed *feed)
{
    bl_watch_free(&feed->from);
    bl_watch_free(&feed->to);
    bl_close_fd(&feed->program_end);
    bl_close_fd(&feed->write_end);
}

/* The one function that decides what is watched: one side, the one that holds us up. */
static int wait_for(struct bl_feed *feed, enum bl_pour_result wanted, struct bl_err *err)
{
    bool source = wanted == BL_POUR_WAIT_FROM;

    /* Narrowing can't fail; it goes first, so that a side that hung up does not spin. */
    (void)bl_watch_want(source ? feed->to : feed->from, 0, err);
    return bl_watch_want(source ? feed->from : feed->to, source ? EV_READ : EV_WRITE, err);
}

/* Level-triggered: after a piece was moved, room in the pipe wakes us whether the source can be
 * watched (a pipe, a terminal) or not (a regular file, /dev/zero). */
static void on_ready(void *ctx, short what)
{
    struct bl_feed *feed = ctx;
    enum bl_pour_result result = bl_pour_step(&feed->pour, PIECE_BYTES);
    struct bl_err err;

    (void)what; /* the step itself finds out */
    if (result == BL_POUR_BROKEN || result == BL_POUR_UNREADABLE)
        feed->failed_errno = feed->pour.broken_errno == EPIPE ? 0 : feed->pour.broken_errno;
    else if (result != BL_POUR_END && wait_for(feed, result, &err) != 0)
        feed->failed_errno = err.sys_errno; /* nothing would wake us again */
    else if (result != BL_POUR_END)
        return;
    bl_feed_stop(feed);
}

int bl_feed_new(struct bl_feed **out, struct bl_loop *loop, int source, struct bl_err *err)
{
    struct bl_feed *feed = calloc(1, sizeof(*feed));
    int ends[2];

    if (!feed)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "input");
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int why = errno;

        free(feed);
        return bl_fail(err, BL_STEP_PIPE, why, "input");
    }
    feed->from = feed->to = NULL;
    feed->program_end = ends[0];
    feed->write_end = ends[1];
    feed->failed_errno = 0;
    /* The two ends are two open file descriptions: the program's own end still blocks. */
    (void)fcntl(feed->write_end, F_SETFL, O_NONBLOCK); /* a pipe takes it */
    (void)fchmod(feed->write_end, 0444); /* /dev/stdin opens it again, as another user; ours: it
                                            can't fail */
    bl_pour_init(&feed->pour, source, feed->write_end);
    if (bl_watch_new(&feed->from, loop, feed->pour.from, on_ready, feed, err) != 0 ||
        bl_watch_new(&feed->to, loop, feed->write_end, on_ready, feed, err) != 0) {
        bl_feed_free(&feed);
        return -1;
    }
    *out = feed;
    return 0;
}

int bl_feed_program_end(const struct bl_feed *feed)
{
    return feed->program_end;
}

int bl_feed_begin(struct bl_feed *feed, struct bl_err *err)
{
    bl_close_fd(&feed->program_end);
    return bl_watch_want(feed->to, EV_WRITE, err);
}

int bl_feed_errno(const struct bl_feed *feed)
{
    return feed->failed_errno;
}

uint64_t bl_feed_bytes(const struct bl_feed *feed)
{
    return feed->pour.taken;
}

void bl_feed_free(struct bl_feed **feed)
{
    if (!*feed)
        return;
    bl_feed_stop(*feed);
    bl_pour_release(&(*feed)->pour);
    free(*feed);
    *feed = NULL;
}
