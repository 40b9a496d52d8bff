/* wards_obey.c - see wards.h: the worker's orders, one by one (process: warden). */
#include <errno.h>

#include "bailiff/own.h"
#include "executor/sandbox/orders.h"
#include "executor/sandbox/wards.h"

static void graft(struct bl_wards *w, const struct bl_order *order, int *fds, unsigned count)
{
    struct bl_reply grafted = {.kind = BL_REPLY_GRAFTED, .id = order->id};
    const struct bl_ward *ward = bl_wards_find(w, order->id);
    struct bl_err err;

    if (!ward || order->id == 0 || count == 0) {
        (void)bl_fail(&err, BL_STEP_GRAFT, 0, "no such sandbox");
        bl_wards_refuse(w, order, &err);
        return;
    }
    uint32_t program_id = bl_birth_first_id(&w->home, (unsigned)(ward - w->all)) + 1;
    if (bl_graft(&w->home, fds, count, program_id, &err) < 0)
        bl_wards_refuse(w, order, &err);
    else
        bl_wards_reply(w, &grafted, fds, count);
}

static void kill_one(struct bl_wards *w, const struct bl_order *order)
{
    const struct bl_ward *ward = order->id ? bl_wards_find(w, order->id) : NULL;

    if (ward)
        bl_ward_kill(ward);
}

static void carry_out(struct bl_wards *w, const struct bl_order *order, int *fds, unsigned count)
{
    switch ((enum bl_order_kind)order->kind) {
    case BL_ORDER_OPEN:
        bl_wards_open(w, order);
        break;
    case BL_ORDER_GRAFT:
        graft(w, order, fds, count);
        break;
    case BL_ORDER_KILL:
        kill_one(w, order);
        break;
    case BL_ORDER_CLOSE:
        bl_wards_close(w, order);
        break;
    }
}

void bl_wards_obey(struct bl_wards *wards)
{
    int fds[BL_WIRE_FDS_MAX];
    unsigned count = 0;
    struct bl_order order;
    ssize_t length =
        bl_wire_recv(wards->socket, &order, sizeof(order), fds, BL_WIRE_FDS_MAX, &count);

    if (length < 0 && errno == EMFILE) {
        struct bl_err err;
        (void)bl_fail(&err, BL_STEP_GRAFT, errno, "descriptors of inputs");
        bl_wards_refuse(wards, &order, &err);
        return;
    }
    if (bl_order_check(&order, length))
        carry_out(wards, &order, fds, count);
    else
        wards->leaving = true; /* end of file, or a worker that is not ours any more */
    for (unsigned i = 0; i < count; i++)
        bl_close_fd(&fds[i]);
}
