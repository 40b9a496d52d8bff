/* The budget against simulated programs that know when they will be looked at: whatever they do,
 * they are caught within a grain, and a busy one is looked at a logarithmic number of times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "limits/budget.h"

enum { LOOKS_MAX = 1000000 };

static uint64_t random_state;

/* xorshift64: the same "random" programs on every machine. */
static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t random_to(uint64_t most)
{
    return next_random() % (most + 1);
}

/* A program: how much of what it could spend until the next look it does spend. */
typedef uint64_t spender(const struct bl_budget *budget, uint64_t used, uint64_t sleep);

static uint64_t all_threads(const struct bl_budget *budget, uint64_t used, uint64_t sleep)
{
    (void)used;
    return sleep * budget->cpus;
}

static uint64_t one_thread(const struct bl_budget *budget, uint64_t used, uint64_t sleep)
{
    (void)budget;
    (void)used;
    return sleep;
}

static uint64_t random_bursts(const struct bl_budget *budget, uint64_t used, uint64_t sleep)
{
    (void)used;
    return random_to(3) == 0 ? random_to(sleep * budget->cpus) : random_to(sleep);
}

static uint64_t rests_then_bursts(const struct bl_budget *budget, uint64_t used, uint64_t sleep)
{
    (void)used;
    return random_to(20) == 0 ? sleep * budget->cpus : 0;
}

/* Goes to the limit exactly, and from there with everything it has. */
static uint64_t up_to_the_edge(const struct bl_budget *budget, uint64_t used, uint64_t sleep)
{
    uint64_t remaining = budget->limit_ns - used, most = sleep * budget->cpus;

    return remaining > 0 && remaining < most ? remaining : most;
}

static spender *const spenders[] = {all_threads, one_thread, random_bursts, rests_then_bursts,
                                    up_to_the_edge};

/* Runs a program until a look finds it spent. Returns the number of looks. */
static unsigned run(const struct bl_budget *budget, spender *spend, uint64_t *used)
{
    unsigned looks = 0;

    for (*used = 0; !bl_budget_spent(budget, *used); looks++) {
        uint64_t sleep = bl_budget_sleep_ns(budget, *used);

        assert_true(sleep >= budget->grain_ns);
        assert_true(looks < LOOKS_MAX);
        *used += spend(budget, *used, sleep);
    }
    return looks;
}

static const uint64_t limits[] = {1, 999, BL_NS_PER_MS, 12345678, BL_NS_PER_S, 10 * BL_NS_PER_S};
static const uint32_t cpus[] = {1, 2, 3, 8, 64, 1024};
static const uint64_t grains[] = {1000, BL_NS_PER_MS, 4 * BL_NS_PER_MS};

static void budget__no_program_gets_past_the_limit_by_more_than_a_grain(void **state)
{
    (void)state;
    random_state = 20;
    for (size_t l = 0; l < BL_ARRAY_LEN(limits); l++)
        for (size_t c = 0; c < BL_ARRAY_LEN(cpus); c++)
            for (size_t g = 0; g < BL_ARRAY_LEN(grains); g++)
                for (size_t s = 0; s < BL_ARRAY_LEN(spenders); s++) {
                    struct bl_budget budget = {
                        .limit_ns = limits[l], .cpus = cpus[c], .grain_ns = grains[g]};
                    uint64_t used;

                    (void)run(&budget, spenders[s], &used);
                    assert_true(used <= budget.limit_ns + budget.grain_ns * budget.cpus);
                }
}

/* With k of n CPUs busy, what remains shrinks by k/n at each look until a grain is left for each
 * CPU; then at most n/k looks of a grain each follow. */
static void budget__looks_at_a_busy_program_a_logarithmic_number_of_times(void **state)
{
    (void)state;
    for (size_t l = 2; l < BL_ARRAY_LEN(limits); l++)
        for (size_t c = 0; c < BL_ARRAY_LEN(cpus); c++) {
            struct bl_budget budget = {
                .limit_ns = limits[l], .cpus = cpus[c], .grain_ns = BL_NS_PER_MS};
            double n = cpus[c], grains_in = (double)limits[l] / ((double)BL_NS_PER_MS * n);
            double shrinking = n > 1 && grains_in > 1 ? log(grains_in) / log(n / (n - 1)) : 0;
            uint64_t used;

            assert_true(run(&budget, one_thread, &used) <= ceil(shrinking) + n + 2);
            assert_true(run(&budget, all_threads, &used) <= 3);
        }
}

static void budget__ten_times_the_limit_adds_a_constant_number_of_looks(void **state)
{
    struct bl_budget budget = {.limit_ns = BL_NS_PER_S, .cpus = 8, .grain_ns = BL_NS_PER_MS};
    unsigned added = (unsigned)ceil(log(10) / log(8.0 / 7)) + 1, before, after;
    uint64_t used;

    (void)state;
    before = run(&budget, one_thread, &used);
    for (unsigned i = 0; i < 4; i++, before = after) {
        budget.limit_ns *= 10;
        after = run(&budget, one_thread, &used);
        assert_in_range(after, before, before + added);
    }
}

static void budget__limit_itself_may_be_used(void **state)
{
    const struct bl_budget budget = {.limit_ns = 1000, .cpus = 1, .grain_ns = 1};

    (void)state;
    assert_false(bl_budget_spent(&budget, 0));
    assert_false(bl_budget_spent(&budget, 999));
    assert_false(bl_budget_spent(&budget, 1000));
    assert_true(bl_budget_spent(&budget, 1001));
    assert_true(bl_budget_spent(&budget, UINT64_MAX));
}

static void budget__sleeps_exactly_as_long_as_it_may(void **state)
{
    static const struct {
        struct bl_budget budget;
        uint64_t used, sleep;
    } cases[] = {
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 1}, 0, 1000},
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 1}, 999, 1},
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 7}, 999, 7},
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 7}, 1000, 7},
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 7}, 1001, 7},
        {{.limit_ns = 1000, .cpus = 1, .grain_ns = 7}, UINT64_MAX, 7},
        {{.limit_ns = 1000, .cpus = 3, .grain_ns = 1}, 0, 333},
        {{.limit_ns = 1, .cpus = 1024, .grain_ns = 1}, 0, 1},
        {{.limit_ns = UINT64_MAX, .cpus = 1, .grain_ns = 1}, 0, UINT64_MAX},
        {{.limit_ns = UINT64_MAX, .cpus = UINT32_MAX, .grain_ns = 1}, 0, 4294967297},
        /* one CPU of eight: (10 s - 8 * 15 ms) / 100 ms = 98.8, of which 97 surely pass */
        {{.limit_ns = 10 * BL_NS_PER_S, .cpus = 8, .bandwidth_milli = 1000, .grain_ns = 1},
         0,
         9700 * BL_NS_PER_MS},
        /* near the end a burst is what counts */
        {{.limit_ns = 10 * BL_NS_PER_S, .cpus = 8, .bandwidth_milli = 1000, .grain_ns = 1},
         9700 * BL_NS_PER_MS,
         300 * BL_NS_PER_MS / 8},
        /* a bandwidth beyond the CPUs binds nothing */
        {{.limit_ns = BL_NS_PER_S, .cpus = 1, .bandwidth_milli = 1024000, .grain_ns = 1},
         0,
         BL_NS_PER_S},
        {{.limit_ns = UINT64_MAX, .cpus = 1, .bandwidth_milli = 1, .grain_ns = 1}, 0, UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_true(bl_budget_sleep_ns(&cases[i].budget, cases[i].used) == cases[i].sleep);
}

/* The kernel's bandwidth control as a program may exploit it: a pool refilled at each period's
 * start, and for each CPU what it may take ahead, once. */
struct bandwidth {
    uint64_t quota, period, ahead;
    uint64_t to_refill, pool;
};

/* The most that can be run in dt, which must not go beyond the next refill. */
static uint64_t take(struct bandwidth *bandwidth, uint64_t wanted)
{
    uint64_t taken = wanted < bandwidth->pool ? wanted : bandwidth->pool, more;

    bandwidth->pool -= taken;
    more = wanted - taken < bandwidth->ahead ? wanted - taken : bandwidth->ahead;
    bandwidth->ahead -= more;
    return taken + more;
}

/* One sleep under bandwidth control. Each stretch between two refills is spent wholly or rested
 * through, at random; rest only keeps the pool full. */
static uint64_t spend_throttled(struct bandwidth *bandwidth, uint64_t n, uint64_t sleep)
{
    uint64_t spent = 0;

    while (sleep > 0) {
        uint64_t dt = sleep < bandwidth->to_refill ? sleep : bandwidth->to_refill;

        if (random_to(2) > 0)
            spent += take(bandwidth, n * dt);
        sleep -= dt;
        bandwidth->to_refill -= dt;
        if (bandwidth->to_refill == 0) {
            bandwidth->to_refill = bandwidth->period;
            bandwidth->pool = bandwidth->quota;
        }
    }
    return spent;
}

static void budget__bandwidth_saves_looks_and_lets_no_burst_through(void **state)
{
    static const uint32_t bandwidths[] = {10, 500, 1000, 1500, 4000, 64000};
    const uint64_t period = 100 * BL_NS_PER_MS;

    (void)state;
    random_state = 2026;
    for (unsigned round = 0; round < 3000; round++) {
        struct bl_budget budget = {.limit_ns = 1 + random_to(3 * BL_NS_PER_S),
                                   .cpus = cpus[random_to(4)],
                                   .bandwidth_milli = bandwidths[random_to(5)],
                                   .grain_ns = BL_NS_PER_MS};
        uint64_t quota = period / 1000 * budget.bandwidth_milli, used = 0;
        struct bandwidth bandwidth = {.quota = quota,
                                      .period = period,
                                      .ahead = 15 * BL_NS_PER_MS * budget.cpus,
                                      .to_refill = 1 + random_to(period - 1),
                                      .pool = quota};

        while (!bl_budget_spent(&budget, used))
            used += spend_throttled(&bandwidth, budget.cpus, bl_budget_sleep_ns(&budget, used));
        assert_true(used <= budget.limit_ns + budget.grain_ns * budget.cpus);
    }
}

static void usable_cpus__are_bounded_by_threads_and_by_cpus(void **state)
{
    static const struct {
        uint64_t pids;
        uint32_t online, usable;
    } cases[] = {
        {1, 64, 1}, {64, 2, 2}, {8, 8, 8},          {0, 8, 1},
        {8, 0, 1},  {0, 0, 1},  {1ULL << 32, 4, 4}, {UINT64_MAX, UINT32_MAX, UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_int_equal(bl_usable_cpus(cases[i].pids, cases[i].online), cases[i].usable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budget__no_program_gets_past_the_limit_by_more_than_a_grain),
        cmocka_unit_test(budget__looks_at_a_busy_program_a_logarithmic_number_of_times),
        cmocka_unit_test(budget__ten_times_the_limit_adds_a_constant_number_of_looks),
        cmocka_unit_test(budget__limit_itself_may_be_used),
        cmocka_unit_test(budget__sleeps_exactly_as_long_as_it_may),
        cmocka_unit_test(budget__bandwidth_saves_looks_and_lets_no_burst_through),
        cmocka_unit_test(usable_cpus__are_bounded_by_threads_and_by_cpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
