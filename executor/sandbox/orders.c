/* orders.c - see orders.h (processes: warden, init; plain arithmetic only). */
#include "executor/sandbox/orders.h"

bool bl_order_check(const struct bl_order *order, ssize_t length)
{
    return length == (ssize_t)sizeof(*order) && order->kind >= BL_ORDER_OPEN &&
           order->kind <= BL_ORDER_CLOSE;
}

int bl_order_check_open(const struct bl_order *order, const struct bl_plan *plan,
                        struct bl_err *err)
{
    if (order->profile >= plan->profile_count)
        return bl_fail(err, BL_STEP_FIELD, 0, "profile %u: the plan has %u", order->profile,
                       plan->profile_count);
    if (order->id == 0 || order->box_bytes == 0 || order->box_files == 0 || order->tmp_bytes == 0 ||
        order->tmp_files == 0)
        return bl_fail(err, BL_STEP_FIELD, 0, "an order without id or sizes");
    return 0;
}

bool bl_init_order_check(struct bl_init_order *order, ssize_t length)
{
    if (length != (ssize_t)sizeof(*order) || order->kind < BL_INIT_PLACE ||
        order->kind > BL_INIT_COLLECT)
        return false;
    order->name[sizeof(order->name) - 1] = '\0';
    return true;
}
