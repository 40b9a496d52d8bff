/* busy_pool.h - a pool to which one program is a full machine: its spares are made at idle priority
 * while one runs, by a maker (executor/sandbox/maker.h). */
#ifndef BL_TESTS_SUPPORT_BUSY_POOL_H
#define BL_TESTS_SUPPORT_BUSY_POOL_H

#include "executor/sandbox/pool.h"

/* bl_busy_pool_new - one spare, kept for a minute. */
struct bl_pool *bl_busy_pool_new(struct bl_warden *warden);

#endif
