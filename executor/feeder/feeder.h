/* feeder.h - between the queue and the worker beside it: pulls jobs as the worker has room, hands
 * them over, stores what comes of them. What is done with one job flow.h decides, whose is next
 * turn.h; here it is carried out. One thread, one loop. */
#ifndef BL_FEEDER_FEEDER_H
#define BL_FEEDER_FEEDER_H

#include "executor/base/loop.h"
#include "executor/feeder/flow.h"
#include "executor/queue/access.h"
#include "executor/rpc/address.h"

struct bl_feeder;

struct bl_feeder_tenant {
    const char *name;
    uint64_t weight;
};

/* All lent, for the feeder's life. */
struct bl_feeder_options {
    struct bl_loop *loop;
    struct bl_queue_access broker;
    struct bl_address worker;
    const char *name; /* of this worker, in results and histories */
    struct bl_flow_rules rules;
    uint64_t ahead;    /* jobs beyond the worker's slots, so that it need not wait for the queue */
    uint64_t look_ns;  /* how often the queue is asked who has jobs */
    uint64_t sweep_ns; /* how often one of all feeders sweeps (sweep.h) */
    const struct bl_feeder_tenant *tenants;
    size_t tenant_count;
};

/* bl_feeder_new - begins at once. Fails as its parts do. */
int bl_feeder_new(struct bl_feeder **out, const struct bl_feeder_options *options,
                  struct bl_err *err);
void bl_feeder_free(struct bl_feeder **feeder);

/* bl_feeder_drain - takes up nothing more, gives back what has not begun; on_drained is called when
 * nothing is held, perhaps at once. Jobs that run go on until bl_feeder_give_up(). */
void bl_feeder_drain(struct bl_feeder *feeder, void (*on_drained)(void *ctx), void *ctx);

/* bl_feeder_give_up - gives back what runs as well. Draining before. */
void bl_feeder_give_up(struct bl_feeder *feeder);

size_t bl_feeder_held(const struct bl_feeder *feeder);

#endif
