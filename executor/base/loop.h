/* loop.h - the event loop: descriptors, exact timers, signals, and work put off to the round's end.
 *
 * Thin over libevent (event2/event.h), which multiplexes and does nothing else here: timers share
 * a timerfd on CLOCK_MONOTONIC, because libevent's own are rounded to milliseconds and limits must
 * fire on time; signals come by signalfd, so that no handler runs. One loop, one thread.
 *
 * Everything that is made here belongs to its maker and must be freed before its loop. All of it,
 * loop apart, may be freed in any callback, its own included: no callback comes after
 * the free, after a want() without that direction, or after a disarm(), even where the event had
 * been seen in the same round. What a callback must not do is free the object that its *caller*
 * still holds: put that off with bl_loop_defer(). */
#ifndef BL_BASE_LOOP_H
#define BL_BASE_LOOP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"

struct bl_loop;
struct bl_queue;
struct bl_watch;
struct bl_timer;
struct bl_signal;

/* bl_now_ns - CLOCK_MONOTONIC in nanoseconds: the clock of every deadline and every report. */
uint64_t bl_now_ns(void);

/* bl_loop_new - a loop with nothing in it. Fails with LOOP. */
int bl_loop_new(struct bl_loop **out, struct bl_err *err);

/* bl_loop_free - not from a callback; everything made on the loop must be freed already. Work
 * deferred and not yet done is done now. */
void bl_loop_free(struct bl_loop **loop);

/* bl_loop_run - serves callbacks until bl_loop_stop(); may be called again afterwards.
 * Fails with LOOP, also where nothing is left that could ever call back. */
int bl_loop_run(struct bl_loop *loop, struct bl_err *err);

/* bl_loop_runs - inside of bl_loop_run(): what is deferred is done soon. */
bool bl_loop_runs(const struct bl_loop *loop);

/* bl_loop_stop - run() returns 0 at the end of this round; called before run(), at once. */
void bl_loop_stop(struct bl_loop *loop);

/* Work for the end of the round, when no callback is on the stack. Lives in the caller's object and
 * so can't fail; is not touched any more once `work` is called, which may free it. */
struct bl_deferred {
    void (*work)(void *ctx);
    void *ctx;
    struct bl_deferred *next; /* the loop's, like the rest */
    struct bl_queue *queue;   /* where it waits; initialise to NULL */
};

/* bl_loop_defer - in the order of the calls; once per call. Again while pending: no effect. Work
 * deferred by such work runs in the same round. */
void bl_loop_defer(struct bl_loop *loop, struct bl_deferred *deferred);

/* bl_loop_defer_late - behind all that bl_loop_defer() was and will be given in this round: for
 * what nobody waits for, when somebody may wait for the others. Where the loop may expect (below),
 * the CPU is offered to them before it. */
void bl_loop_defer_late(struct bl_loop *loop, struct bl_deferred *deferred);

/* bl_loop_defer_end - when bl_loop_run() is about to return: for what a timer would do later, which
 * may never strike then. */
void bl_loop_defer_end(struct bl_loop *loop, struct bl_deferred *deferred);

/* bl_loop_undefer - forgets it, where it is pending. */
void bl_loop_undefer(struct bl_loop *loop, struct bl_deferred *deferred);

/* what: EV_READ or EV_WRITE, one at a time. An error or a hang-up of the descriptor is both: read
 * or write to learn which. */
typedef void bl_watch_fn(void *ctx, short what);

/* bl_watch_new - watches fd, for nothing yet. fd: borrowed, must stay open until the watch is
 * freed. Fails with MEMORY. */
int bl_watch_new(struct bl_watch **out, struct bl_loop *loop, int fd, bl_watch_fn *on_ready,
                 void *ctx, struct bl_err *err);

/* bl_watch_want - the whole interest from now on: EV_READ, EV_WRITE, both or 0. Costs nothing where
 * it is so already. Level-triggered: calls back as long as it holds.
 * Fails with LOOP: EPERM for a regular file, which can't be waited for. Narrowing never fails. */
int bl_watch_want(struct bl_watch *watch, short events, struct bl_err *err);

/* bl_watch_be_patient - it is called behind all others that are ready, as long as there is time:
 * half a millisecond for all patient ones in turn, one of them at least; then the loop looks
 * whether others have become ready. For what strangers can keep ready without end: neither do they
 * hold up what sandboxes, timers and signals ask for, nor those hold them up for good. For ever. */
void bl_watch_be_patient(struct bl_watch *watch);

void bl_watch_free(struct bl_watch **watch);

/* bl_loop_may_expect - this process has a CPU that it leaves to others between two looks: what
 * follows has an effect. For ever. */
void bl_loop_may_expect(struct bl_loop *loop);

/* bl_loop_expect - something that somebody waits for is to come within most_ns. Till then the loop
 * does not sleep, but asks the kernel again and again what is ready: a virtual machine's CPU that
 * sleeps takes 15 to 40 us to wake. It gives way to whoever else wants this CPU, and sleeps as
 * usual after the third time. Each time that it was awake in vain the next 1, 3, 7 ... 63 calls
 * have no effect, until something came in time. Replaces what was expected. */
void bl_loop_expect(struct bl_loop *loop, uint64_t most_ns);

/* bl_loop_expect_no_more - it has come; or (came false) others need this CPU now. */
void bl_loop_expect_no_more(struct bl_loop *loop, bool came);

typedef void bl_timer_fn(void *ctx);

/* bl_timer_new - a disarmed timer. Fails with LOOP, MEMORY. */
int bl_timer_new(struct bl_timer **out, struct bl_loop *loop, bl_timer_fn *on_due, void *ctx,
                 struct bl_err *err);

/* bl_timer_arm - calls back once, never before at_ns on bl_now_ns()'s clock; the past: in the next
 * round. Replaces what was armed. */
void bl_timer_arm(struct bl_timer *timer, uint64_t at_ns);

void bl_timer_disarm(struct bl_timer *timer);

void bl_timer_free(struct bl_timer **timer);

typedef void bl_signal_fn(void *ctx, int signo);

/* bl_signal_new - calls back for signo, which is blocked in this thread until the object is freed
 * (and longer, where it was blocked before). One object for a signo. A signal that is pending
 * several times calls back once. What is cloned inherits the mask: the child must set its own.
 * Fails with LOOP, MEMORY. */
int bl_signal_new(struct bl_signal **out, struct bl_loop *loop, int signo, bl_signal_fn *on_signal,
                  void *ctx, struct bl_err *err);

void bl_signal_free(struct bl_signal **object);

#endif
