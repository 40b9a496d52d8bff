/* store_depot.h - the store as a job sees it: executor/job's depot over pins, copies and fetches
 * (process: worker). */
#ifndef BL_SERVER_STORE_DEPOT_H
#define BL_SERVER_STORE_DEPOT_H

#include "executor/job/depot.h"

struct bl_fetcher;
struct bl_store;

struct bl_store_depot {
    struct bl_store *store;     /* borrowed, as is */
    struct bl_fetcher *fetcher; /* NULL: nothing can be fetched, what is there can be used */
};

/* bl_store_depot - borrows it. A GET holds a pin until it is released, so the file is not evicted
 * while a job uses it. */
struct bl_depot bl_store_depot(struct bl_store_depot *depot);

#endif
