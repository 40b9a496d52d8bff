/* orders.h - what the worker orders from those who hold more privilege than it, checked before
 * anything is done with it (processes: warden, init). Pure.
 *
 * The worker reads what strangers send, so it may have been taken over. This is what the others
 * believe of an order; whether its sandbox is there, or its descriptors are any good, is found out
 * by whoever carries it out. Of the exec order bl_launch_read() is the same. */
#ifndef BL_SANDBOX_ORDERS_H
#define BL_SANDBOX_ORDERS_H

#include "executor/sandbox/wire.h"

/* bl_order_check - is what bl_wire_recv() put there, length bytes or -1, an order to the warden?
 * True: it is whole, and its kind one of enum bl_order_kind; no other number is bounded yet.
 * False: the end of the channel, or a worker that is not ours any more. */
bool bl_order_check(const struct bl_order *order, ssize_t length);

/* bl_order_check_open - what a birth takes for granted: a profile that the plan has, an id, and
 * sizes, none of them 0, for that is "without limit" to a tmpfs. Fails with FIELD. */
int bl_order_check_open(const struct bl_order *order, const struct bl_plan *plan,
                        struct bl_err *err);

/* bl_init_order_check - as bl_order_check(), of an order to init. True: it is whole, its kind one
 * of enum bl_init_order_kind, and its name ends with a NUL, which is written where there is none.
 */
bool bl_init_order_check(struct bl_init_order *order, ssize_t length);

#endif
