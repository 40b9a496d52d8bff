/* pool_private.h - between pool.c, sandbox.c and warden.c. */
#ifndef BL_SANDBOX_POOL_PRIVATE_H
#define BL_SANDBOX_POOL_PRIVATE_H

#include "executor/sandbox/pool.h"
#include "executor/sandbox/sandbox.h"

/* bl_pool_take - a spare of this kind, ready or in the making, or NULL; notes the demand. */
struct bl_sandbox *bl_pool_take(struct bl_pool *pool, const struct bl_sandbox_order *order);

/* bl_pool_note_limits - a sandbox of this kind has been launched with these: its next spares expect
 * them (bl_cgroup_expect), if they were the same the time before. */
void bl_pool_note_limits(struct bl_pool *pool, const struct bl_sandbox_order *order,
                         const struct bl_limits *limits);

/* bl_pool_launched - a program was launched in one of them. */
void bl_pool_launched(struct bl_pool *pool);

/* bl_pool_released - a sandbox of this kind that was in use has ended. */
void bl_pool_released(struct bl_pool *pool, const struct bl_sandbox_order *order);

/* bl_pool_pipes - what the streams of its programs take theirs from; lent. */
struct bl_pipes *bl_pool_pipes(struct bl_pool *pool);

/* bl_sandbox_make - a new one from the warden, whatever the pool has; as bl_sandbox_open(). ahead:
 * for nobody yet; READY means then that the program's process has settled, too, and sleeps. */
int bl_sandbox_make(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bool ahead, bl_on_sandbox on_event,
                    void *ctx, struct bl_err *err);

/* bl_sandbox_rebind - a spare becomes somebody's. Where it is READY already, the event comes again,
 * to the new owner, at the end of the round. */
void bl_sandbox_rebind(struct bl_sandbox *sandbox, bl_on_sandbox on_event, void *ctx);

/* bl_sandbox_alert - has the program's process of a READY one go to the CPU that it is to launch
 * on, and let go of what its exec would have to take down, which is some 45 us less from the order
 * to the program's first instruction (docs/performance.md). Takes that CPU for 50 us: not where a
 * program runs. The second time, and in any other state, nothing happens. */
void bl_sandbox_alert(struct bl_sandbox *sandbox);

/* The programs that run on this warden's sandboxes now; kept by sandbox.c's setter of the state. */
unsigned *bl_warden_running(struct bl_warden *warden);
void bl_warden_set_pool(struct bl_warden *warden, struct bl_pool *pool);
struct bl_pool *bl_warden_pool(const struct bl_warden *warden);

#endif
