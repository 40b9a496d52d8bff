/* spent.h - messages that are done with, destroyed many at a time: libnats 3.4 has a thread of its
 * own free them, and wakes it for each one that it is given alone. One for each thread of ours. */
#ifndef BL_FEEDER_SPENT_H
#define BL_FEEDER_SPENT_H

#include <nats/nats.h>
#include <stddef.h>

enum { BL_SPENT_MAX = 64, BL_SPENT_BYTES_MAX = 256 << 10 }; /* what is kept for a while at most */

struct bl_spent {
    natsMsg *messages[BL_SPENT_MAX];
    size_t count, bytes;
};

/* bl_spent_add - takes the message. */
void bl_spent_add(struct bl_spent *spent, natsMsg *message);

/* bl_spent_empty - destroys all of them. */
void bl_spent_empty(struct bl_spent *spent);

#endif
