/* Timers of the loop: one timerfd for all, set for the earliest, so that the kernel's
 * high-resolution clock decides, not the loop's. Most timers guard against what does not happen:
 * they are armed and disarmed in every run, and never strike. So the timerfd is set before the loop
 * goes to wait, once for all that was armed in a round, and only for what is earlier than what it
 * is set for. Disarming is no system call at all: it may strike for one that was called off
 * meanwhile, and is then set anew. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop_private.h"

enum { CAPACITY_LEAST = 16 };
#define NOT_ARMED SIZE_MAX

struct bl_timer {
    struct bl_timers *all;
    uint64_t at_ns;
    size_t place; /* in the heap; NOT_ARMED */
    bl_timer_fn *on_due;
    void *ctx;
};

struct bl_timers {
    struct bl_timers **slot; /* the loop's, which points here */
    struct bl_watch *watch;
    int fd;
    struct bl_timer **heap; /* of those that are armed: no child is due before its parent */
    size_t armed, capacity; /* room for all there are, so that arming can't fail */
    size_t count;
    uint64_t set_ns;   /* what the timerfd is set for; UINT64_MAX: nothing */
    bool struck;       /* and is readable until it is set anew */
    uint64_t round_ns; /* callbacks run, of what is due by then; 0: none do */
};

/* ---- the heap ---------------------------------------------------------------------------------
 */

static void seat(struct bl_timers *all, struct bl_timer *timer, size_t place)
{
    all->heap[place] = timer;
    timer->place = place;
}

static void move_up(struct bl_timers *all, struct bl_timer *timer)
{
    size_t place = timer->place;

    for (; place > 0 && all->heap[(place - 1) / 2]->at_ns > timer->at_ns; place = (place - 1) / 2)
        seat(all, all->heap[(place - 1) / 2], place);
    seat(all, timer, place);
}

static void move_down(struct bl_timers *all, struct bl_timer *timer)
{
    size_t place = timer->place;

    for (size_t child; (child = 2 * place + 1) < all->armed; place = child) {
        if (child + 1 < all->armed && all->heap[child + 1]->at_ns < all->heap[child]->at_ns)
            child++;
        if (all->heap[child]->at_ns >= timer->at_ns)
            break;
        seat(all, all->heap[child], place);
    }
    seat(all, timer, place);
}

static void take_out(struct bl_timer *timer)
{
    struct bl_timers *all = timer->all;
    struct bl_timer *last = all->heap[--all->armed];

    if (last != timer) {
        last->place = timer->place;
        move_up(all, last);
        move_down(all, last);
    }
    timer->place = NOT_ARMED;
}

/* ---- the timerfd ------------------------------------------------------------------------------
 */

void bl_timers_settle(struct bl_timers *all)
{
    uint64_t at_ns = all->armed > 0 ? all->heap[0]->at_ns : UINT64_MAX;
    struct itimerspec when = {{0, 0}, {0, 0}};

    if (at_ns >= all->set_ns && !all->struck)
        return;
    if (at_ns != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(at_ns / BL_NS_PER_S);
        when.it_value.tv_nsec = (long)(at_ns % BL_NS_PER_S);
    }
    int set = timerfd_settime(all->fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(set == 0); /* only a descriptor or a time that isn't one could fail */
    (void)set;
    all->set_ns = at_ns;
    all->struck = false;
}

static void release(struct bl_timers *all)
{
    *all->slot = NULL;
    if (all->watch)
        bl_watch_free(&all->watch);
    bl_close_fd(&all->fd);
    free(all->heap);
    free(all);
}

static void on_timerfd(void *ctx, short what)
{
    struct bl_timers *all = ctx;

    (void)what;
    all->round_ns = bl_now_ns();
    while (all->armed > 0 && all->heap[0]->at_ns <= all->round_ns) {
        struct bl_timer *timer = all->heap[0];
        take_out(timer);
        timer->on_due(timer->ctx);
    }
    all->round_ns = 0;
    all->struck = true;
    if (all->count == 0)
        release(all);
}

/* ---- the interface ----------------------------------------------------------------------------
 */

static int open_timers(struct bl_timers **slot, struct bl_loop *loop, struct bl_err *err)
{
    struct bl_timers *all = calloc(1, sizeof(*all));

    if (!all)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "timers");
    *all = (struct bl_timers){.slot = slot,
                              .fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
                              .set_ns = UINT64_MAX};
    *slot = all;
    if (all->fd < 0)
        (void)bl_fail(err, BL_STEP_LOOP, errno, "timerfd");
    else if (bl_watch_new(&all->watch, loop, all->fd, on_timerfd, all, err) == 0 &&
             bl_watch_want(all->watch, EV_READ, err) == 0)
        return 0;
    release(all);
    return -1;
}

static int make_room(struct bl_timers *all, struct bl_err *err)
{
    size_t capacity = all->capacity ? 2 * all->capacity : CAPACITY_LEAST;

    if (all->count < all->capacity)
        return 0;
    struct bl_timer **heap = reallocarray(all->heap, capacity, sizeof(struct bl_timer *));
    if (!heap)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%zu timers", capacity);
    all->heap = heap;
    all->capacity = capacity;
    return 0;
}

int bl_timer_new(struct bl_timer **out, struct bl_loop *loop, bl_timer_fn *on_due, void *ctx,
                 struct bl_err *err)
{
    struct bl_timers **slot = bl_loop_timers(loop);
    bl_autofree struct bl_timer *timer = calloc(1, sizeof(*timer));

    if (!timer)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "timer");
    if (!*slot && open_timers(slot, loop, err) != 0)
        return -1;
    if (make_room(*slot, err) != 0) {
        if ((*slot)->count == 0)
            release(*slot);
        return -1;
    }
    *timer = (struct bl_timer){.all = *slot, .place = NOT_ARMED, .on_due = on_due, .ctx = ctx};
    (*slot)->count++;
    *out = bl_take(&timer);
    return 0;
}

void bl_timer_arm(struct bl_timer *timer, uint64_t at_ns)
{
    struct bl_timers *all = timer->all;

    /* The next round, not this one: else one that is always late would hold up all others. */
    if (all->round_ns != 0 && at_ns <= all->round_ns)
        at_ns = all->round_ns + 1;
    if (timer->place != NOT_ARMED)
        take_out(timer);
    /* An instant of 0 would disarm; 1 ns after boot is as much in the past. */
    timer->at_ns = at_ns > 0 ? at_ns : 1;
    timer->place = all->armed++;
    move_up(all, timer);
}

void bl_timer_disarm(struct bl_timer *timer)
{
    if (timer->place != NOT_ARMED)
        take_out(timer);
}

void bl_timer_free(struct bl_timer **timer)
{
    if (!*timer)
        return;
    struct bl_timers *all = (*timer)->all;
    bl_timer_disarm(*timer);
    free(*timer);
    *timer = NULL;
    if (--all->count == 0 && all->round_ns == 0)
        release(all);
}
