/* inventory.h - what a worker and its warden hold, counted: to tell that nothing is left behind. */
#ifndef BL_BENCH_INVENTORY_H
#define BL_BENCH_INVENTORY_H

#include <jansson.h>
#include <stdbool.h>

#include "bench/stage.h"

/* The counts; memory in KiB (proc_pid_smaps_rollup(5)): Pss, which also moves when others begin or
 * end to share our libraries, and anonymous pages, which only we move. spare: the two processes of
 * one sandbox that waits, the mean of those that do; their kernel objects are not in it.
 * namespaces: the whole machine's network namespaces, -1 where the kernel does not tell. */
#define BL_INVENTORY_COUNTS(X) \
    X(worker_fds)              \
    X(warden_fds)              \
    X(warden_mounts)           \
    X(worker_children)         \
    X(warden_children)         \
    X(groups) /* cgroup directories of this warden's sandboxes, in every hierarchy together */

#define BL_INVENTORY_MEMORY(X) \
    X(worker_pss_kib)          \
    X(warden_pss_kib)          \
    X(worker_anonymous_kib)    \
    X(warden_anonymous_kib)    \
    X(spare_pss_kib)

struct bl_inventory {
#define X(name) unsigned name;
    BL_INVENTORY_COUNTS(X)
#undef X
#define X(name) unsigned long name;
    BL_INVENTORY_MEMORY(X)
#undef X
    long namespaces;
};

/* bl_inventory_take - as it is now. What can't be read counts as 0. */
void bl_inventory_take(const struct bl_stage *stage, struct bl_inventory *inventory);

/* bl_inventory_same - are the counts (not memory, not what is the whole machine's) the same? */
bool bl_inventory_same(const struct bl_inventory *a, const struct bl_inventory *b);

/* bl_inventory_json - a new reference, NULL without memory. */
json_t *bl_inventory_json(const struct bl_inventory *inventory);

#endif
