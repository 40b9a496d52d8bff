/* Timers of the loop: each a timerfd of its own, so that arming one is one system call and the
 * kernel's high-resolution clock decides, not the loop's. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"

struct bl_timer {
    struct bl_watch *watch;
    int fd;
    bool armed; /* or has struck, and was not heard yet */
    bl_timer_fn *on_due;
    void *ctx;
};

static void on_timerfd(void *ctx, short what)
{
    struct bl_timer *timer = ctx;
    uint64_t times;

    (void)what;
    /* Nothing to read: an earlier callback of this round disarmed the timer or armed it anew. */
    if (read(timer->fd, &times, sizeof(times)) != (ssize_t)sizeof(times))
        return;
    timer->armed = false;
    timer->on_due(timer->ctx);
}

int bl_timer_new(struct bl_timer **out, struct bl_loop *loop, bl_timer_fn *on_due, void *ctx,
                 struct bl_err *err)
{
    bl_autofree struct bl_timer *timer = calloc(1, sizeof(*timer));
    bl_autoclose int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (!timer)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "timer");
    if (fd < 0)
        return bl_fail(err, BL_STEP_LOOP, errno, "timerfd");
    timer->on_due = on_due;
    timer->ctx = ctx;
    if (bl_watch_new(&timer->watch, loop, fd, on_timerfd, timer, err) != 0)
        return -1;
    if (bl_watch_want(timer->watch, EV_READ, err) != 0) {
        bl_watch_free(&timer->watch);
        return -1;
    }
    timer->fd = bl_take_fd(&fd);
    *out = bl_take(&timer);
    return 0;
}

static void set_timerfd(int fd, uint64_t at_ns)
{
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at_ns / BL_NS_PER_S),
                                           .tv_nsec = (long)(at_ns % BL_NS_PER_S)}};
    int set = timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);

    assert(set == 0); /* only a descriptor or a time that isn't one could fail */
    (void)set;
}

void bl_timer_arm(struct bl_timer *timer, uint64_t at_ns)
{
    timer->armed = true;
    /* An instant of 0 would disarm; 1 ns after boot is as much in the past. */
    set_timerfd(timer->fd, at_ns > 0 ? at_ns : 1);
}

void bl_timer_disarm(struct bl_timer *timer)
{
    if (!timer->armed)
        return;
    timer->armed = false;
    set_timerfd(timer->fd, 0);
}

void bl_timer_free(struct bl_timer **timer)
{
    if (!*timer)
        return;
    bl_watch_free(&(*timer)->watch);
    bl_close_fd(&(*timer)->fd);
    free(*timer);
    *timer = NULL;
}
