/* test_stock.c - how many spares are held follows the arrivals and the time to make one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/sandbox/stock.h"

#define T0 (1000 * BL_NS_PER_S)

static struct bl_demand demand_of(uint64_t make_ns)
{
    struct bl_demand demand = {.period_ns = 10 * BL_NS_PER_S};

    bl_demand_made(&demand, make_ns);
    return demand;
}

/* `rate` a second for three seconds, `at_once` together each time. Returns the time of the last. */
static uint64_t feed(struct bl_demand *demand, unsigned rate, unsigned at_once)
{
    uint64_t now_ns = T0, gap_ns = BL_NS_PER_S * at_once / rate;

    for (unsigned i = 0; i < 3 * rate / at_once; i++) {
        now_ns += gap_ns;
        for (unsigned k = 0; k < at_once; k++)
            bl_demand_arrived(demand, now_ns);
    }
    return now_ns;
}

static void stock__is_what_arrives_while_one_is_made(void **state)
{
    static const struct {
        unsigned rate, at_once, make_ms, most, wanted;
    } rows[] = {
        {1, 1, 3, 64, 1},      /* a = 0.003 */
        {10, 1, 3, 64, 1},     /* 0.03 */
        {50, 1, 3, 64, 1},     /* 0.15 */
        {100, 1, 3, 64, 2},    /* 0.3: 1.4 */
        {300, 1, 3, 64, 3},    /* 0.9: 2.8 */
        {300, 1, 10, 64, 7},   /* 3: 6.5 */
        {1000, 1, 10, 64, 17}, /* 10: 16.3 */
        {1000, 1, 10, 4, 4},   /* bounded */
        {1000, 1, 10, 1, 1},
        {20, 1, 300, 64, 12}, /* few on a machine that takes long: 6.3: 11.3 */
        {2, 2, 3, 64, 2},     /* seldom, but two at once */
        {8, 8, 3, 64, 8},
        {8, 8, 3, 4, 4},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_demand demand = demand_of(rows[i].make_ms * BL_NS_PER_MS);
        uint64_t now_ns = feed(&demand, rows[i].rate, rows[i].at_once);

        assert_int_equal(bl_stock_wanted(&demand, now_ns, rows[i].most), rows[i].wanted);
    }
}

static void stock__rate_is_smooth_and_forgotten(void **state)
{
    struct bl_demand demand = demand_of(3 * BL_NS_PER_MS);
    uint64_t now_ns = feed(&demand, 100, 1), last = UINT64_MAX;

    (void)state;
    assert_in_range(bl_demand_rate(&demand, now_ns), 99000, 101000);
    for (unsigned tenth = 0; tenth < 25; tenth++) { /* nobody comes any more: it only falls */
        uint64_t rate = bl_demand_rate(&demand, now_ns + tenth * BL_NS_PER_S / 10);
        assert_true(rate <= last);
        last = rate;
    }
    assert_int_equal(last, 0);
    bl_demand_arrived(&demand, now_ns + 3600 * BL_NS_PER_S);
    assert_int_equal(bl_demand_rate(&demand, now_ns + 3600 * BL_NS_PER_S), 1000);
}

static void stock__bursts_are_remembered_for_a_period(void **state)
{
    struct bl_demand demand = demand_of(3 * BL_NS_PER_MS);
    uint64_t now_ns = feed(&demand, 6, 6);

    (void)state;
    assert_int_equal(bl_stock_wanted(&demand, now_ns + 9 * BL_NS_PER_S, 64), 6);
    for (unsigned s = 3; s < 9; s++)
        bl_demand_arrived(&demand, now_ns + s * BL_NS_PER_S);
    assert_int_equal(bl_stock_wanted(&demand, now_ns + 9 * BL_NS_PER_S, 64), 6);
    for (unsigned s = 9; s < 30; s++)
        bl_demand_arrived(&demand, now_ns + s * BL_NS_PER_S);
    assert_int_equal(bl_stock_wanted(&demand, now_ns + 30 * BL_NS_PER_S, 64), 1);
    assert_int_equal(bl_stock_wanted(&demand, now_ns + 3600 * BL_NS_PER_S, 64), 1);
}

/* What waits for a CPU is not forgotten at once, and one that took for ever is not believed. */
static void stock__time_to_make_is_smoothed_and_bounded(void **state)
{
    struct bl_demand demand = demand_of(3 * BL_NS_PER_MS);

    (void)state;
    bl_demand_made(&demand, 11 * BL_NS_PER_MS);
    assert_int_equal(demand.make_ns, 4 * BL_NS_PER_MS);
    for (int i = 0; i < 200; i++)
        bl_demand_made(&demand, UINT64_MAX);
    assert_in_range(demand.make_ns, 9 * BL_NS_PER_S, 10 * BL_NS_PER_S);
    for (int i = 0; i < 400; i++)
        bl_demand_made(&demand, 0);
    assert_in_range(demand.make_ns, 1, 100);
}

static void stock__never_leaves_its_bounds(void **state)
{
    struct bl_demand demand = {.period_ns = 1,
                               .make_ns = 10 * BL_NS_PER_S,
                               .second_ns = T0,
                               .since_ns = T0,
                               .arrivals_before = 1000000};
    const struct bl_demand none = {.period_ns = 1};

    (void)state;
    for (unsigned i = 0; i < 1000002; i++)
        bl_demand_arrived(&demand, T0);
    assert_int_equal(demand.arrivals, 1000000);
    for (unsigned most = 1; most <= 64; most++) {
        assert_int_equal(bl_stock_wanted(&demand, T0, most), most);
        assert_int_equal(bl_stock_wanted(&none, T0, most), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock__is_what_arrives_while_one_is_made),
        cmocka_unit_test(stock__rate_is_smooth_and_forgotten),
        cmocka_unit_test(stock__bursts_are_remembered_for_a_period),
        cmocka_unit_test(stock__time_to_make_is_smoothed_and_bounded),
        cmocka_unit_test(stock__never_leaves_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
