/* mailbox.h - messages handed from one thread to another: a locked list, with a descriptor that
 * becomes readable, or a wait, on the other side. Bounded: what does not fit is dropped.
 *
 * Waking a thread costs more than anything else here, so whoever puts says when: once for all that
 * it puts at a time. */
#ifndef BL_FEEDER_MAILBOX_H
#define BL_FEEDER_MAILBOX_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"

struct bl_mailbox;

int bl_mailbox_new(struct bl_mailbox **out, size_t most, struct bl_err *err); /* LOOP, MEMORY */
void bl_mailbox_free(struct bl_mailbox **box);                                /* empty */
void bl_mailbox_empty(struct bl_mailbox *box); /* destroys what is in it */

/* bl_mailbox_put - takes the message, whatever comes of it; wakes nobody. True: nothing was in it,
 * so who reads it must be woken. */
bool bl_mailbox_put(struct bl_mailbox *box, natsMsg *message);

/* bl_mailbox_ring - makes the descriptor readable, whether there is a message or not. */
void bl_mailbox_ring(struct bl_mailbox *box);

/* bl_mailbox_fd - readable once it was rung; for bl_mailbox_take(). */
int bl_mailbox_fd(const struct bl_mailbox *box);

/* bl_mailbox_quiet - reads the descriptor empty; before the messages are taken, all of them, or it
 * is rung again. */
void bl_mailbox_quiet(struct bl_mailbox *box);

/* bl_mailbox_take - the oldest message, the caller's from now on; NULL: there is none. */
natsMsg *bl_mailbox_take(struct bl_mailbox *box);

/* bl_mailbox_wait - the same, but waits for one until until_ns (bl_now_ns(); UINT64_MAX: for ever).
 * *out is NULL where none has come by then, or it was nudged. False: closed, and empty. */
bool bl_mailbox_wait(struct bl_mailbox *box, uint64_t until_ns, natsMsg **out);

/* bl_mailbox_nudge - lets who waits, or waits next, go on, with a message or without. */
void bl_mailbox_nudge(struct bl_mailbox *box);

/* bl_mailbox_close - nothing more is put; who waits gets what is left, then NULL. */
void bl_mailbox_close(struct bl_mailbox *box);

#endif
