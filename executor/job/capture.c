#include "executor/job/capture.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/job/pour.h"

struct bl_capture {
    struct bl_pour pour;
    struct bl_watch *from, *to; /* to: NULL where there is no destination */
    struct bl_pipe pipe;        /* its writing end: the program's */
    uint64_t limit;
    uint64_t kept; /* of the limit: what reaches the destination */
    int failed_errno;
    bool over, draining, done;
    bl_on_capture on_event;
    void *ctx;
};

static void throw_away(struct bl_capture *capture, int why)
{
    if (why != EPIPE)
        capture->failed_errno = why;
    bl_pour_to_nowhere(&capture->pour);
}

/* The one function that decides what is watched. Where the destination can't be watched at all the
 * rest is thrown away: nothing would ever wake us. */
static void wait_for(struct bl_capture *capture, enum bl_pour_result wanted)
{
    struct bl_err err;

    /* Narrowing first: it can't fail, and a hang-up of one must not spin while we wait for the
     * other. */
    if (wanted != BL_POUR_WAIT_TO && capture->to)
        (void)bl_watch_want(capture->to, 0, &err); /* narrowing */
    if (wanted != BL_POUR_WAIT_FROM)
        (void)bl_watch_want(capture->from, 0, &err); /* narrowing */
    if (wanted == BL_POUR_WAIT_TO && bl_watch_want(capture->to, EV_WRITE, &err) != 0) {
        throw_away(capture, err.sys_errno);
        wanted = BL_POUR_WAIT_FROM;
    }
    if (wanted == BL_POUR_WAIT_FROM)
        (void)bl_watch_want(capture->from, EV_READ, &err); /* began, so it worked once */
}

static bool in_hand(const struct bl_capture *capture)
{
    return capture->pour.head != capture->pour.tail;
}

/* Never past what is kept in one step: the byte beyond it must not reach the destination. */
static size_t allowance(const struct bl_capture *capture)
{
    uint64_t left = capture->kept - capture->pour.taken;

    return capture->pour.to == BL_POUR_NOWHERE || left > SIZE_MAX ? SIZE_MAX : (size_t)left;
}

static enum bl_pour_result step(struct bl_capture *capture)
{
    enum bl_pour_result result = bl_pour_step(&capture->pour, allowance(capture));

    if (result == BL_POUR_BROKEN) {
        throw_away(capture, capture->pour.broken_errno);
        result = BL_POUR_MOVED;
    }
    if (result == BL_POUR_UNREADABLE)
        result = BL_POUR_END; /* a pipe of our own: there is nothing in it */
    if (capture->pour.taken >= capture->kept && !in_hand(capture))
        bl_pour_to_nowhere(&capture->pour); /* all of the allowance is delivered */
    if (capture->pour.taken > capture->limit && !capture->over) {
        capture->over = true;
        capture->on_event(capture->ctx, capture, BL_CAPTURE_OVER);
    }
    return result == BL_POUR_WAIT_FROM && capture->draining ? BL_POUR_END : result;
}

/* Nothing can come any more, so what watches for it may stay until it is freed, which nobody waits
 * for. */
static void finish(struct bl_capture *capture)
{
    struct bl_err err;

    if (capture->to)
        (void)bl_watch_want(capture->to, 0, &err); /* narrowing */
    capture->done = true;
    capture->on_event(capture->ctx, capture, BL_CAPTURE_DONE);
}

/* One piece in a round, so that a flood starves nobody; all there is once nobody writes. */
static void advance(struct bl_capture *capture)
{
    enum bl_pour_result result;

    do
        result = step(capture);
    while (result == BL_POUR_MOVED && (capture->draining || in_hand(capture)));
    if (result == BL_POUR_MOVED)
        result = BL_POUR_WAIT_FROM;
    if (result == BL_POUR_END)
        finish(capture);
    else
        wait_for(capture, result);
}

static void on_ready(void *ctx, short what)
{
    const struct bl_capture *capture = ctx;

    (void)what; /* the step itself finds out */
    if (!capture->done)
        advance(ctx);
}

int bl_capture_new(struct bl_capture **out, struct bl_loop *loop, struct bl_pipes *pipes,
                   int destination, uint64_t limit, bl_on_capture on_event, void *ctx,
                   struct bl_err *err)
{
    struct bl_capture *capture = calloc(1, sizeof(*capture));

    assert(limit > 0);
    if (!capture)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "output");
    if (bl_pipes_take(pipes, &capture->pipe) != 0) {
        int why = errno;

        free(capture);
        return bl_fail(err, BL_STEP_PIPE, why, "output");
    }
    capture->limit = capture->kept = limit;
    capture->on_event = on_event;
    capture->ctx = ctx;
    bl_pour_init_pipe(&capture->pour, capture->pipe.read_end, destination);
    if (bl_watch_new(&capture->from, loop, capture->pipe.read_end, on_ready, capture, err) != 0 ||
        (destination >= 0 &&
         bl_watch_new(&capture->to, loop, capture->pour.to, on_ready, capture, err) != 0)) {
        bl_capture_free(&capture);
        return -1;
    }
    *out = capture;
    return 0;
}

void bl_capture_keep(struct bl_capture *capture, uint64_t most)
{
    if (most < capture->limit)
        capture->kept = most;
}

int bl_capture_program_end(const struct bl_capture *capture)
{
    return capture->pipe.write_end;
}

/* Our copy of the program's end stays open: else the end of a program would wake us once for each
 * of its streams, in the middle of its exit, to learn what its init is about to tell. */
int bl_capture_begin(struct bl_capture *capture, struct bl_err *err)
{
    return bl_watch_want(capture->from, EV_READ, err);
}

void bl_capture_drain(struct bl_capture *capture)
{
    capture->draining = true;
    if (!capture->done)
        advance(capture);
}

void bl_capture_abandon(struct bl_capture *capture)
{
    bl_pour_to_nowhere(&capture->pour);
    if (!capture->done)
        advance(capture);
}

bool bl_capture_done(const struct bl_capture *capture)
{
    return capture->done;
}

uint64_t bl_capture_bytes(const struct bl_capture *capture)
{
    return capture->pour.taken;
}

int bl_capture_errno(const struct bl_capture *capture)
{
    return capture->failed_errno;
}

void bl_capture_free(struct bl_capture **capture)
{
    if (!*capture)
        return;
    bl_watch_free(&(*capture)->from);
    bl_watch_free(&(*capture)->to);
    bl_pour_release(&(*capture)->pour);
    bl_close_fd(&(*capture)->pipe.read_end);
    bl_close_fd(&(*capture)->pipe.write_end);
    free(*capture);
    *capture = NULL;
}
