#include "executor/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <event2/event_struct.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop_private.h"

struct bl_queue {
    struct bl_deferred *first, **last; /* last: where the next one goes */
};

/* Watches that are ready and wait for their turn: bl_watch_be_patient(). */
struct patients {
    struct bl_watch *first, *last;
};

/* How long they have their turns before the loop looks after everything else again. */
#define PATIENTS_TURN_NS (BL_NS_PER_MS / 2)

struct bl_loop {
    struct event_base *base;
    struct bl_queue soon, late, end;
    struct patients patients;
    unsigned watches; /* alive; a watch that outlives the loop is a bug */
    bool running, stopping;
    struct bl_expectation expectation;
    struct bl_timers *timers;
};

/* Two events, so that libevent changes a descriptor's interest with one EPOLL_CTL_MOD instead of
 * taking it out and putting it in again. */
struct bl_watch {
    struct bl_loop *loop;
    struct event read, write;
    short events; /* what is wanted now */
    bool patient;
    short ready; /* of a patient one: what it is called for when its turn comes; 0: it is not queued
                  */
    struct bl_watch *next, *before; /* where it is queued */
    bl_watch_fn *on_ready;
    void *ctx;
};

uint64_t bl_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail: the clock and the address are ours */
    return (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

struct bl_expectation *bl_loop_expectation(struct bl_loop *loop)
{
    return &loop->expectation;
}

struct bl_timers **bl_loop_timers(struct bl_loop *loop)
{
    return &loop->timers;
}

/* libevent prints a warning for what we return as an error. */
static void say_nothing(int severity, const char *message)
{
    (void)severity;
    (void)message;
}

int bl_loop_new(struct bl_loop **out, struct bl_err *err)
{
    bl_autofree struct bl_loop *loop = calloc(1, sizeof(*loop));
    struct event_config *config = event_config_new();

    event_set_log_callback(say_nothing);
    /* No locks for a second thread, and no look into the environment for settings. */
    if (loop && config && event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0 &&
        event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV) == 0)
        loop->base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    if (!loop || !loop->base)
        return bl_fail(err, BL_STEP_LOOP, errno, "event base");
    loop->soon.last = &loop->soon.first;
    loop->late.last = &loop->late.first;
    loop->end.last = &loop->end.first;
    *out = bl_take(&loop);
    return 0;
}

static void put(struct bl_queue *queue, struct bl_deferred *deferred)
{
    if (deferred->queue)
        return;
    deferred->queue = queue;
    deferred->next = NULL;
    *queue->last = deferred;
    queue->last = &deferred->next;
}

static void take_out(struct bl_deferred *deferred)
{
    struct bl_queue *queue = deferred->queue;
    struct bl_deferred **place = &queue->first;

    while (*place != deferred)
        place = &(*place)->next;
    *place = deferred->next;
    if (!*place)
        queue->last = place;
    deferred->queue = NULL;
}

static void do_first(const struct bl_queue *queue)
{
    struct bl_deferred *deferred = queue->first;

    take_out(deferred);
    deferred->work(deferred->ctx);
}

static void do_soon(const struct bl_loop *loop)
{
    while (loop->soon.first)
        do_first(&loop->soon);
}

/* Whoever was told something in this round may have been woken on this CPU, and goes first: else
 * our tidying up would be his wait. */
static void do_deferred(struct bl_loop *loop)
{
    do_soon(loop);
    if (loop->late.first && loop->expectation.allowed)
        (void)sched_yield(); /* never fails in Linux */
    while (loop->late.first) {
        do_first(&loop->late);
        do_soon(loop);
    }
}

static void do_end(struct bl_loop *loop)
{
    do_deferred(loop);
    while (loop->end.first) {
        do_first(&loop->end);
        do_deferred(loop);
    }
}

void bl_loop_free(struct bl_loop **loop)
{
    if (!*loop)
        return;
    do_end(*loop);
    assert((*loop)->watches == 0);
    event_base_free((*loop)->base);
    free(*loop);
    *loop = NULL;
}

/* ---- those that are patient -------------------------------------------------------------------
 */

static void join_patients(struct bl_watch *watch, short what)
{
    struct patients *patients = &watch->loop->patients;

    if (!watch->ready) {
        watch->next = NULL;
        watch->before = patients->last;
        *(patients->last ? &patients->last->next : &patients->first) = watch;
        patients->last = watch;
    }
    watch->ready |= what;
}

/* It is not called for what it does not want any more. */
static void leave_patients(struct bl_watch *watch, short what)
{
    struct patients *patients = &watch->loop->patients;
    short left = (short)(watch->ready & ~what);

    if (watch->ready && !left) {
        *(watch->next ? &watch->next->before : &patients->last) = watch->before;
        *(watch->before ? &watch->before->next : &patients->first) = watch->next;
    }
    watch->ready = left;
}

/* One direction of the first one, which may be freed by it. */
static void call_patient(struct bl_loop *loop)
{
    struct bl_watch *watch = loop->patients.first;
    short ready = watch->ready;
    short what = ready & EV_READ ? EV_READ : EV_WRITE;

    leave_patients(watch, ready);
    if (ready != what)
        join_patients(watch, (short)(ready & ~what)); /* behind the others */
    watch->on_ready(watch->ctx, what);
}

static void do_patients(struct bl_loop *loop)
{
    uint64_t until_ns;

    if (!loop->patients.first)
        return;
    until_ns = bl_now_ns() + PATIENTS_TURN_NS;
    do {
        do_deferred(loop);
        if (!loop->patients.first || loop->stopping)
            return;
        call_patient(loop);
    } while (bl_now_ns() < until_ns);
}

/* ---- rounds -----------------------------------------------------------------------------------
 */

static int serve(struct bl_loop *loop, struct bl_err *err)
{
    for (;;) {
        do_patients(loop);
        do_deferred(loop);
        if (loop->stopping)
            return 0;
        if (loop->timers)
            bl_timers_settle(loop->timers);
        /* EVLOOP_NONBLOCK by itself goes on until nothing is ready any more. */
        const bool asleep = !loop->patients.first && !bl_expectation_holds(&loop->expectation);
        switch (event_base_loop(loop->base, asleep ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK)) {
        case 0:
            break;
        case 1:
            return bl_fail(err, BL_STEP_LOOP, 0, "nothing is left to wait for");
        default:
            return bl_fail(err, BL_STEP_LOOP, errno, "wait for events");
        }
    }
}

int bl_loop_run(struct bl_loop *loop, struct bl_err *err)
{
    loop->running = true;
    int status = serve(loop, err);
    do_end(loop);
    loop->running = false;
    if (status == 0)
        loop->stopping = false;
    return status;
}

bool bl_loop_runs(const struct bl_loop *loop)
{
    return loop->running;
}

void bl_loop_stop(struct bl_loop *loop)
{
    loop->stopping = true;
}

void bl_loop_defer(struct bl_loop *loop, struct bl_deferred *deferred)
{
    put(&loop->soon, deferred);
}

void bl_loop_defer_late(struct bl_loop *loop, struct bl_deferred *deferred)
{
    put(&loop->late, deferred);
}

void bl_loop_defer_end(struct bl_loop *loop, struct bl_deferred *deferred)
{
    put(&loop->end, deferred);
}

void bl_loop_undefer(struct bl_loop *loop, struct bl_deferred *deferred)
{
    (void)loop;
    if (deferred->queue)
        take_out(deferred);
}

/* The callback may free the watch: nothing of it is touched afterwards. libevent neither touches
 * the event, which is out of its active queue by now. */
static void on_event(evutil_socket_t fd, short what, void *ctx)
{
    struct bl_watch *watch = ctx;

    (void)fd;
    if (watch->patient)
        join_patients(watch, what & (EV_READ | EV_WRITE));
    else
        watch->on_ready(watch->ctx, what & (EV_READ | EV_WRITE));
}

int bl_watch_new(struct bl_watch **out, struct bl_loop *loop, int fd, bl_watch_fn *on_ready,
                 void *ctx, struct bl_err *err)
{
    struct bl_watch *watch = calloc(1, sizeof(*watch));

    assert(fd >= 0);
    if (!watch)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "watch");
    watch->loop = loop;
    watch->on_ready = on_ready;
    watch->ctx = ctx;
    (void)event_assign(&watch->read, loop->base, fd, EV_READ | EV_PERSIST, on_event, watch);
    (void)event_assign(&watch->write, loop->base, fd, EV_WRITE | EV_PERSIST, on_event, watch);
    loop->watches++;
    *out = watch;
    return 0;
}

/* Brings one direction to what is wanted. Returns what event_add() does; event_del() of an event
 * that has been added can't fail, and takes it out of the round's active queue as well. */
static int want_one(struct bl_watch *watch, struct event *event, short direction, short wanted)
{
    if ((watch->events & direction) == (wanted & direction))
        return 0;
    if (!(wanted & direction)) {
        (void)event_del(event);
        leave_patients(watch, direction);
    } else if (event_add(event, NULL) != 0) {
        return -1;
    }
    watch->events ^= direction;
    return 0;
}

int bl_watch_want(struct bl_watch *watch, short events, struct bl_err *err)
{
    assert((events & ~(EV_READ | EV_WRITE)) == 0);
    if (want_one(watch, &watch->read, EV_READ, events) != 0 ||
        want_one(watch, &watch->write, EV_WRITE, events) != 0)
        return bl_fail(err, BL_STEP_LOOP, errno, "watch descriptor %d",
                       (int)event_get_fd(&watch->read));
    return 0;
}

void bl_watch_be_patient(struct bl_watch *watch)
{
    watch->patient = true;
}

void bl_watch_free(struct bl_watch **watch)
{
    if (!*watch)
        return;
    leave_patients(*watch, EV_READ | EV_WRITE);
    (void)event_del(&(*watch)->read); /* of one not added: no effect */
    (void)event_del(&(*watch)->write);
    (*watch)->loop->watches--;
    free(*watch);
    *watch = NULL;
}
