/* pool_spares.h - between pool.c, who keeps account of what is asked for, and pool_refill.c, who
 * decides when a spare is made. */
#ifndef BL_SANDBOX_POOL_SPARES_H
#define BL_SANDBOX_POOL_SPARES_H

#include "executor/base/pipes.h"
#include "executor/sandbox/pool_private.h"
#include "executor/sandbox/stock.h"
#include "executor/sandbox/warden_private.h"

/* In which a sandbox that was taken has its program launched: a refill waits no longer. */
#define BL_POOL_LAUNCH_NS (5 * BL_NS_PER_MS)

struct bl_spare {
    struct bl_pool *pool;
    struct bl_kind *kind; /* NULL: this place is free */
    struct bl_sandbox *sandbox;
    uint64_t ordered_ns;
    bool ready;
};

struct bl_kind {
    bool used;
    struct bl_sandbox_order order;
    struct bl_demand demand;
    unsigned in_use; /* taken or made for jobs, not ended */
    unsigned spares;
    uint64_t asked_ns, retry_ns;
    struct bl_limits limits; /* of the last one that was launched */
    bool same_amounts;       /* the one before it had these of memory, processes and CPU time */
    bool same_cpus;          /* and ran there, too */
};

struct bl_pool {
    struct bl_warden *warden;
    struct bl_pool_options options;
    struct bl_kind kinds[BL_POOL_KINDS_MAX];
    struct bl_spare spares[BL_POOL_SPARES_MAX];
    struct bl_timer *refill;
    uint64_t refill_ns; /* when it is due; 0: not armed */
    bool waits;         /* the refill: for a launch, until wait_end_ns at most */
    uint64_t wait_end_ns;
    struct bl_timer *tick;
    struct bl_pipes pipes;
    struct bl_pool_stats stats;
};

/* bl_kind_wanted - how many spares of it there should be now. */
unsigned bl_kind_wanted(const struct bl_pool *pool, const struct bl_kind *kind, uint64_t now_ns);

/* bl_spare_forget - frees its place, not its sandbox; bl_spare_discard - both. */
void bl_spare_forget(struct bl_spare *spare);
void bl_spare_discard(struct bl_spare *spare);

/* bl_pool_want_refill - so much later at the latest: the soonest wish counts. */
void bl_pool_want_refill(struct bl_pool *pool, uint64_t delay_ns);

/* bl_pool_refill - the refill timer's. */
void bl_pool_refill(void *ctx);

#endif
