/* loop_private.h - between loop.c and loop_timer.c. */
#ifndef BL_BASE_LOOP_PRIVATE_H
#define BL_BASE_LOOP_PRIVATE_H

#include "executor/base/loop.h"

/* What all timers of a loop share (loop_timer.c); NULL where there is none. */
struct bl_timers;
struct bl_timers **bl_loop_timers(struct bl_loop *loop);

/* bl_timers_settle - before the loop waits: sets the timerfd for the earliest, where it is not. */
void bl_timers_settle(struct bl_timers *timers);

#endif
