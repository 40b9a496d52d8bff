/* outbox.h - messages on their way from the loop to the thread that sends them: those of one round
 * of the loop go together, for each time costs a thread's waking here and, when they are written,
 * in the server. */
#ifndef BL_FEEDER_OUTBOX_H
#define BL_FEEDER_OUTBOX_H

#include "executor/base/loop.h"
#include "executor/feeder/mailbox.h"

struct bl_outbox;

/* bl_outbox_new - box: lent; what the other thread reads. Fails with MEMORY. */
int bl_outbox_new(struct bl_outbox **out, struct bl_loop *loop, struct bl_mailbox *box,
                  struct bl_err *err);

/* bl_outbox_free - what was put is in the mailbox; NULL inside is fine. */
void bl_outbox_free(struct bl_outbox **outbox);

/* bl_outbox_put - takes the message; it goes at the end of this round. */
void bl_outbox_put(struct bl_outbox *outbox, natsMsg *message);

/* bl_outbox_put_idle - nobody waits for it: it goes with the next one that is put, within 50 ms. */
void bl_outbox_put_idle(struct bl_outbox *outbox, natsMsg *message);

#endif
