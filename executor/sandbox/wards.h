/* wards.h - the sandboxes in the warden's care (process: warden).
 *
 * A ward is one place: free, waiting to be made, living, or dying. It is dying from the order to
 * close it until its init is reaped and its group is removed; its network namespace dies after
 * that, in a thread of the kernel's (departed.h). */
#ifndef BL_SANDBOX_WARDS_H
#define BL_SANDBOX_WARDS_H

#include "executor/sandbox/birth.h"
#include "executor/sandbox/departed.h"

enum {
    /* Back-pressure: while so many wards, or so many network namespaces, are dying, none is made
     * and orders wait, in turn. After ten seconds somebody else keeps those (an administrator in a
     * namespace, a process in a group), and nobody waits for them any longer. */
    BL_DYING_MAX = 128,
};

struct bl_ward {
    struct bl_order order; /* id 0: the place is free */
    pid_t pid;             /* of init; -1: reaped, or not born */
    int pidfd;             /* owned while pid > 0 */
    bool waiting, closing;
    int tries;
};

struct bl_wards {
    struct bl_home home;
    int socket;              /* the worker's orders, and our replies */
    unsigned top;            /* places that were ever taken: the first so many */
    unsigned waiting, dying; /* how many */
    uint64_t full_since_ms;  /* orders wait since then; 0: they don't */
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

/* bl_wards_obey - takes the worker's next order from the socket, which must have one or its end,
 * and gives it to whoever carries it out. Not one of ours (orders.h), or the end: leaving is set.
 * No descriptor that came with it is kept. */
void bl_wards_obey(struct bl_wards *wards);

/* The orders; each is answered, now or later. */
void bl_wards_open(struct bl_wards *wards, const struct bl_order *order);
void bl_wards_close(struct bl_wards *wards, const struct bl_order *order);

void bl_ward_kill(const struct bl_ward *ward);

/* bl_wards_reap - all children that have ended. */
void bl_wards_reap(struct bl_wards *wards);

/* bl_wards_attend - whatever can go on now does: what waits is made, what is dead is removed.
 * Returns how long it has time, milliseconds; -1: until something happens. */
int bl_wards_attend(struct bl_wards *wards);

/* bl_wards_close_all - as by an order for each. */
void bl_wards_close_all(struct bl_wards *wards);

/* Between wards.c and wards_close.c: the removal of what is dead. */
void bl_wards_bury(struct bl_wards *wards);

#endif
