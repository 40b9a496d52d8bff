#include "tests/support/busy_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bailiff/units.h"

struct bl_pool *bl_busy_pool_new(struct bl_warden *warden)
{
    const struct bl_pool_options options = {
        .spares_max = 1, .idle_ns = 60 * BL_NS_PER_S, .cpus = 1};
    struct bl_pool *pool = NULL;
    struct bl_err err;

    assert_int_equal(bl_pool_new(&pool, warden, &options, &err), 0);
    return pool;
}
