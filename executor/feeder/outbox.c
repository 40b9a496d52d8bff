#include "executor/feeder/outbox.h"

#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

#define IDLE_NS (50 * BL_NS_PER_MS)

struct bl_outbox {
    struct bl_loop *loop;
    struct bl_mailbox *box;
    struct bl_deferred hand_over;
    uint64_t due_ns; /* of what is idle; UINT64_MAX: nothing is */
    struct bl_timer *timer;
    bool is_armed; /* perhaps for what has gone with others: that spares most of the arming */
};

static void hand_over(void *ctx)
{
    struct bl_outbox *outbox = ctx;

    outbox->due_ns = UINT64_MAX;
    bl_mailbox_nudge(outbox->box);
}

static void arm(struct bl_outbox *outbox)
{
    if (!outbox->is_armed)
        bl_timer_arm(outbox->timer, outbox->due_ns);
    outbox->is_armed = true;
}

static void on_due(void *ctx)
{
    struct bl_outbox *outbox = ctx;

    outbox->is_armed = false;
    if (outbox->due_ns <= bl_now_ns())
        hand_over(outbox);
    else if (outbox->due_ns != UINT64_MAX)
        arm(outbox);
}

int bl_outbox_new(struct bl_outbox **out, struct bl_loop *loop, struct bl_mailbox *box,
                  struct bl_err *err)
{
    bl_autofree struct bl_outbox *outbox = calloc(1, sizeof(*outbox));

    if (!outbox)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "outbox");
    *outbox = (struct bl_outbox){.loop = loop, .box = box, .due_ns = UINT64_MAX};
    outbox->hand_over = (struct bl_deferred){.work = hand_over, .ctx = outbox};
    if (bl_timer_new(&outbox->timer, loop, on_due, outbox, err) < 0)
        return -1;
    *out = bl_take(&outbox);
    return 0;
}

void bl_outbox_free(struct bl_outbox **outbox)
{
    if (!*outbox)
        return;
    bl_loop_undefer((*outbox)->loop, &(*outbox)->hand_over);
    bl_timer_free(&(*outbox)->timer);
    free(*outbox);
    *outbox = NULL;
}

void bl_outbox_put(struct bl_outbox *outbox, natsMsg *message)
{
    (void)bl_mailbox_put(outbox->box, message);
    bl_loop_defer_late(outbox->loop, &outbox->hand_over);
}

void bl_outbox_put_idle(struct bl_outbox *outbox, natsMsg *message)
{
    (void)bl_mailbox_put(outbox->box, message);
    if (outbox->due_ns != UINT64_MAX)
        return;
    outbox->due_ns = bl_now_ns() + IDLE_NS;
    arm(outbox);
}
