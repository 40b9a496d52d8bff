/* departed.h - how many network namespaces of dead sandboxes the kernel has not come to yet
 * (process: warden).
 *
 * A network namespace outlives its last process: one thread of the kernel's takes down those of the
 * whole machine, and nothing tells the process that made them. But a namespace that has a number in
 * another one is announced there when that thread takes it up (RTM_DELNSID, rtnetlink(7)). So
 * each sandbox's gets a number in the warden's before it is killed: 20 us, off everybody's path.
 *
 * Without CAP_NET_ADMIN there are no numbers, and the count stays 0. */
#ifndef BL_SANDBOX_DEPARTED_H
#define BL_SANDBOX_DEPARTED_H

#include <stdint.h>
#include <sys/types.h>

enum { BL_DEPARTED_IDS = 4096 }; /* numbers are given from 0 on; a greater one is not watched */

struct bl_departed {
    int socket; /* owned; -1: not to be had */
    uint32_t own;
    unsigned count;
    uint64_t watched[BL_DEPARTED_IDS / 64]; /* bits */
};

void bl_departed_init(struct bl_departed *departed);

/* bl_departed_watch - the network namespace of a process that lives, our child; it counts from now
 * on. */
void bl_departed_watch(struct bl_departed *departed, pid_t pid);

/* bl_departed_count - brought up to date. Where the kernel had more to tell than there was room
 * for, it begins anew with 0. */
unsigned bl_departed_count(struct bl_departed *departed);

/* bl_departed_forget - somebody keeps them: they count no more. */
void bl_departed_forget(struct bl_departed *departed);

#endif
