#include "tests/support/busy_pool.h"

#include <sched.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bailiff/units.h"

/* It asks once how many CPUs there are. */
struct bl_pool *bl_busy_pool_new(struct bl_warden *warden)
{
    const struct bl_pool_options options = {.spares_max = 1, .idle_ns = 60 * BL_NS_PER_S};
    struct bl_pool *pool = NULL;
    struct bl_err err;
    cpu_set_t all, one;

    assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
    CPU_ZERO(&one);
    for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(bl_pool_new(&pool, warden, &options, &err), 0);
    assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
    return pool;
}
