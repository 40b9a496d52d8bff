/* warden_private.h - between warden.c and sandbox.c, the two halves of the worker's side. */
#ifndef BL_SANDBOX_WARDEN_PRIVATE_H
#define BL_SANDBOX_WARDEN_PRIVATE_H

#include "executor/sandbox/warden.h"
#include "executor/sandbox/wire.h"

/* What a sandbox is to the warden's handle: an id and two calls. Lives in struct bl_sandbox. */
struct bl_warden_guest {
    uint64_t id;
    /* A reply for this id. Takes the descriptors: each must be closed or kept. May free the guest.
     */
    void (*on_reply)(struct bl_warden_guest *guest, const struct bl_reply *reply, int *fds,
                     unsigned count);
    /* The warden has ended; called once, at the end of a round. May free the guest. */
    void (*on_gone)(struct bl_warden_guest *guest);
    /* See bl_warden_bury(). May free the guest. */
    void (*on_burial)(struct bl_warden_guest *guest);
    struct bl_warden_guest *next, *next_dead; /* the warden's, like the rest */
    struct bl_deferred gone;
};

/* bl_warden_enter - gives the guest its id and has replies sent to it, until bl_warden_leave(). */
void bl_warden_enter(struct bl_warden *warden, struct bl_warden_guest *guest);
void bl_warden_leave(struct bl_warden *warden, struct bl_warden_guest *guest);

/* bl_warden_placing - how many programs wait for their inputs to be placed. */
unsigned *bl_warden_placing(struct bl_warden *warden);

/* bl_warden_bury - calls on_burial, once: when whoever was told of its end in this round has had
 * some 300 us to read that, or a millisecond where a program waits for its inputs at the round's
 * end; where the loop does not run, or stops before, or the warden's handle is freed, at once. The
 * guest must live till then, but need not be entered any more. */
void bl_warden_bury(struct bl_warden *warden, struct bl_warden_guest *guest);

/* bl_warden_bury_dead - all of them now, ahead of what the warden is to be ordered next; not where
 * a program waits for its inputs. */
void bl_warden_bury_dead(struct bl_warden *warden);

/* bl_warden_send - one order with its descriptors. Fails with WARDEN_GONE, WARDEN_TALK. */
int bl_warden_send(struct bl_warden *warden, const struct bl_order *order, const int *fds,
                   unsigned count, struct bl_err *err);

/* bl_warden_close - has the sandbox removed, for certain: where the kernel has no memory for the
 * order now it is sent again later, whether the guest is still there or not. False: the warden has
 * ended.
 */
bool bl_warden_close(struct bl_warden *warden, uint64_t id);

/* bl_warden_check_privilege - fails with PRIVILEGE, which names what is missing. */
int bl_warden_check_privilege(struct bl_err *err);

unsigned bl_warden_profile_count(const struct bl_warden *warden);
struct bl_loop *bl_warden_loop(const struct bl_warden *warden);

#endif
