/* notify.h - telling the service manager how it stands (sd_notify(3)), by its datagram socket.
 *
 * A protocol of a few words over a socket: libsystemd would bring its compressors and its gcrypt
 * into the process that parses. The socket is opened at start-up: a confined worker can make none.
 */
#ifndef BL_DAEMON_NOTIFY_H
#define BL_DAEMON_NOTIFY_H

#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/loop.h"

struct bl_notify;

/* bl_notify_new - NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment, which are
 * removed from it. Without a service manager it tells nobody. Where a watchdog is asked for, the
 * loop tells twice in its time that it turns. Fails with LISTEN (a socket that can't be reached),
 * LOOP, MEMORY.
 */
int bl_notify_new(struct bl_notify **out, struct bl_loop *loop, struct bl_err *err);
void bl_notify_free(struct bl_notify **notify);

/* status: one line for people (systemctl status); "" leaves the last one. A message that can't be
 * sent is lost: there is nobody else to tell. */
/* bl_notify_starting - it is not ready yet, and takes up to so long from now on. */
void bl_notify_starting(struct bl_notify *notify, const char *status, uint64_t time_ns);
void bl_notify_ready(struct bl_notify *notify, const char *status);
void bl_notify_reloading(struct bl_notify *notify);
void bl_notify_stopping(struct bl_notify *notify, const char *status);

#endif
