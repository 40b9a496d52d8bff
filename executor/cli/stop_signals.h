/* stop_signals.h - the signals of a command that runs programs.
 *
 * SIGINT, SIGTERM and SIGHUP ask it to end: they are told through the loop, however often they
 * come, and never skip the cleaning. One that was ignored when we were called (nohup) stays
 * ignored. SIGTSTP, SIGTTIN and SIGTTOU are ignored, because a worker that is stopped holds no
 * limit; SIGPIPE too: a reader that went away is seen where it is written to. */
#ifndef BL_CLI_STOP_SIGNALS_H
#define BL_CLI_STOP_SIGNALS_H

#include "executor/base/loop.h"

struct bl_stop_signals;

/* bl_stop_signals_new - on_stop is called on the loop's thread, for each signal. After the warden
 * was started: it must not inherit what is ignored here. Fails with LOOP, MEMORY. */
int bl_stop_signals_new(struct bl_stop_signals **out, struct bl_loop *loop, bl_signal_fn *on_stop,
                        void *ctx, struct bl_err *err);

/* bl_stop_signals_free - a signal that came and was not told yet takes its default effect now. */
void bl_stop_signals_free(struct bl_stop_signals **signals);

#endif
