/* turn.h - whose job is pulled next: fair between tenants, urgent first within one. Pure.
 *
 * A lane is one tenant's jobs of one class (names.h). Every tenant has an account, on which each of
 * its jobs is charged 1 / weight; the tenant with the lowest account is next, so a flood of one
 * tenant's jobs costs another nothing but its own share. Who had nothing to do does not save up: it
 * begins again at the level of those who had. Within a tenant the most urgent class that is thought
 * to have jobs comes first. The worker shares its slots out by the same rule; here it decides
 * what gets to the worker. */
#ifndef BL_FEEDER_TURN_H
#define BL_FEEDER_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "executor/queue/names.h"

enum { BL_TURN_TENANTS_MAX = 4096 };

struct bl_turn;

int bl_turn_new(struct bl_turn **out, struct bl_err *err); /* fails with MEMORY */
void bl_turn_free(struct bl_turn **turn);

/* bl_turn_add - makes a lane known, or known to have jobs. Fails with MEMORY, QUEUE_FULL (there are
 * BL_TURN_TENANTS_MAX tenants). */
int bl_turn_add(struct bl_turn *turn, const struct bl_queue_lane *lane, uint32_t weight,
                struct bl_err *err);

/* bl_turn_empty - it was found to have none. */
void bl_turn_empty(struct bl_turn *turn, const struct bl_queue_lane *lane);

/* bl_turn_next - the lane to pull one job of; its tenant is charged. False: none has any, as far as
 * is known. */
bool bl_turn_next(struct bl_turn *turn, struct bl_queue_lane *lane);

/* bl_turn_refund - it gave none after all. */
void bl_turn_refund(struct bl_turn *turn, const struct bl_queue_lane *lane);

/* bl_turn_idle - some lane, whether it is thought to have jobs or not; each call another one, all
 * of them in turn. False: none is known. For waiting where all is empty. */
bool bl_turn_idle(struct bl_turn *turn, struct bl_queue_lane *lane);

size_t bl_turn_lanes(const struct bl_turn *turn);

#endif
