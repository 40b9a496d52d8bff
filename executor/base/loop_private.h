/* loop_private.h - between loop.c, loop_timer.c and loop_expect.c. */
#ifndef BL_BASE_LOOP_PRIVATE_H
#define BL_BASE_LOOP_PRIVATE_H

#include "executor/base/loop.h"

/* What all timers of a loop share (loop_timer.c); NULL where there is none. */
struct bl_timers;
struct bl_timers **bl_loop_timers(struct bl_loop *loop);

/* bl_timers_settle - before the loop waits: sets the timerfd for the earliest, where it is not. */
void bl_timers_settle(struct bl_timers *timers);

/* What is expected (loop_expect.c): until when the loop is awake for it. */
struct bl_expectation {
    bool allowed;
    uint64_t until_ns;    /* 0: nothing is */
    unsigned given_way;   /* to others who took the CPU, since it is expected */
    unsigned rest, rests; /* calls that have no effect: left, and after the last time in vain */
};
struct bl_expectation *bl_loop_expectation(struct bl_loop *loop);

/* bl_expectation_holds - is the loop to look again at once? Gives way to others first. */
bool bl_expectation_holds(struct bl_expectation *expectation);

#endif
