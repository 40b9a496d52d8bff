/* wards.h - the sandboxes in the warden's care (process: warden).
 *
 * A ward is one place: free, waiting to be made, in the making, living, or dying. It is dying from
 * the order to close it until its init is reaped and its group is removed; its network namespace
 * dies after that, in a thread of the kernel's (departed.h).
 *
 * Making and removing want the same locks of the kernel (of cgroups, mounts, network namespaces),
 * and whoever holds one of them at idle priority and gets no CPU would hold everybody up. So: what
 * is made at idle priority (maker.h) is raised as soon as a sandbox is ordered that a job waits
 * for, when removals have piled up, or when it takes too long; until then removals wait for it. */
#ifndef BL_SANDBOX_WARDS_H
#define BL_SANDBOX_WARDS_H

#include "executor/sandbox/birth.h"
#include "executor/sandbox/departed.h"
#include "executor/sandbox/maker.h"

enum {
    /* Back-pressure: while so many wards, or so many network namespaces, are dying, none is made
     * and orders wait, in turn. After ten seconds somebody else keeps those (an administrator in a
     * namespace, a process in a group), and nobody waits for them any longer. */
    BL_DYING_MAX = 128,
    BL_LOW_MS_MAX = 1000, /* what is made at idle priority is raised then: 3 ms in a second are what
                           the kernel gives its idle class anyway */
    BL_LOW_REMOVALS_MAX = 16, /* or when so many removals wait for it */
    BL_MAKER_MS_MAX = 5000,   /* a maker has not come to its end by then: it is kept from it, and is
                               killed; a job that waits for its spare has time left for another one */
};

struct bl_ward {
    struct bl_order order; /* id 0: the place is free */
    pid_t pid;             /* of init; -1: reaped, or not born */
    int pidfd;             /* owned while pid > 0 */
    bool waiting, making, closing;
    bool low; /* not raised yet */
    uint64_t low_since_ms;
    int tries;
};

struct bl_wards {
    struct bl_home home;
    int socket;                   /* the worker's orders, and our replies */
    unsigned top;                 /* places that were ever taken: the first so many */
    unsigned waiting, dying, low; /* how many */
    uint64_t full_since_ms;       /* orders wait since then; 0: they don't */
    struct bl_maker maker;
    struct bl_departed departed;
    bool leaving; /* the worker is gone */
    struct bl_ward all[BL_PLAN_SANDBOXES_MAX];
};

/* bl_wards_init - all but the home, of one that is zeroed. */
void bl_wards_init(struct bl_wards *wards, int socket);

/* bl_wards_find - NULL: none has that id. */
struct bl_ward *bl_wards_find(struct bl_wards *wards, uint64_t id);

void bl_wards_reply(struct bl_wards *wards, struct bl_reply *reply, const int *fds, unsigned count);
void bl_wards_refuse(struct bl_wards *wards, const struct bl_order *order,
                     const struct bl_err *err);

/* The orders; each is answered, now or later. */
void bl_wards_open(struct bl_wards *wards, const struct bl_order *order);
void bl_wards_raise(struct bl_wards *wards, const struct bl_order *order);
void bl_wards_close(struct bl_wards *wards, const struct bl_order *order);

void bl_ward_kill(const struct bl_ward *ward);

/* bl_wards_reap - all children that have ended. */
void bl_wards_reap(struct bl_wards *wards);

/* bl_wards_take_made - the maker's socket is readable. */
void bl_wards_take_made(struct bl_wards *wards);

/* bl_wards_attend - whatever can go on now does: what waits is made, what is dead is removed.
 * Returns how long it has time, milliseconds; -1: until something happens. */
int bl_wards_attend(struct bl_wards *wards);

/* bl_wards_close_all - as by an order for each. */
void bl_wards_close_all(struct bl_wards *wards);

/* bl_wards_await_makers - when no ward is left: those that have handed over, and are in their exit.
 */
void bl_wards_await_makers(struct bl_wards *wards);

/* Between wards.c and wards_close.c: is it at idle priority, from now on; and the removal of what
 * is dead. */
void bl_ward_set_low(struct bl_wards *wards, struct bl_ward *ward, bool low);
void bl_wards_bury(struct bl_wards *wards);

#endif
