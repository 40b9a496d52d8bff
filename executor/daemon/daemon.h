/* daemon.h - bailiffd: from its configuration to its end (process: worker).
 *
 *   start    the list of steps in start.c: what needs root first, then nothing is left of it
 *   serve    calls, until SIGTERM
 *   reload   SIGHUP: what the configuration's table says can change while it runs (reload.c)
 *   drain    SIGTERM, SIGINT: nobody new; who is there may finish for `drain`; a second signal: now
 *
 * Ends by itself only where the warden has: its sandboxes are gone with it, and a service manager
 * starts both anew. */
#ifndef BL_DAEMON_DAEMON_H
#define BL_DAEMON_DAEMON_H

#include "executor/daemon/config.h"

/* Exit statuses (sysexits(3) has the last). A wrong command line's is front.h's. */
enum {
    BL_DAEMON_FAILED = 1,
    BL_DAEMON_WARDEN_ENDED = 69,
    BL_DAEMON_BAD_CONFIG = 78,
};

/* bl_daemon_main - all of it. path: of the configuration. Everything is told by the log. Returns
 * the exit status; 0: drained. */
int bl_daemon_main(const char *path);

/* bl_daemon_check - is the configuration right, and is what it names there? Tells all problems on
 * standard error, or "OK" on standard output. Returns the exit status. */
int bl_daemon_check(const char *path);

#endif
