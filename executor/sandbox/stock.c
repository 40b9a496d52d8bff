/* stock.c - see stock.h (process: worker). */
#include "executor/sandbox/stock.h"

#include "bailiff/units.h"

/* Until one was made; about what an idle machine takes. */
#define MAKE_GUESS_NS (5 * BL_NS_PER_MS)

/* Longer is no making any more: it waits for a machine that is full. Bounds the products below. */
#define MAKE_MAX_NS (10 * BL_NS_PER_S)

#define SMOOTHING 8 /* of the time to make: the weight of all before against one */

enum { ARRIVALS_MAX = 1000000 }; /* in a second; as above */

static uint64_t making_ns(const struct bl_demand *demand)
{
    return demand->make_ns ? demand->make_ns : MAKE_GUESS_NS;
}

static void count_rate(struct bl_demand *d, uint64_t now_ns)
{
    uint64_t past_ns = now_ns - d->second_ns;

    if (past_ns >= BL_NS_PER_S) {
        d->arrivals_before = past_ns < 2 * BL_NS_PER_S ? d->arrivals : 0;
        d->arrivals = 0;
        d->second_ns = past_ns < 2 * BL_NS_PER_S ? d->second_ns + BL_NS_PER_S : now_ns;
    }
    if (d->arrivals < ARRIVALS_MAX)
        d->arrivals++;
}

static void count_burst(struct bl_demand *d, uint64_t now_ns)
{
    uint64_t past_ns = now_ns - d->since_ns;

    if (past_ns >= d->period_ns) {
        d->burst_max_before = past_ns / 2 < d->period_ns ? d->burst_max : 0;
        d->burst_max = 0;
        d->since_ns = now_ns;
    }
    if (now_ns - d->burst_ns >= making_ns(d)) {
        d->burst_ns = now_ns;
        d->burst = 0;
    }
    if (d->burst < ARRIVALS_MAX)
        d->burst++;
    if (d->burst > d->burst_max)
        d->burst_max = d->burst;
}

void bl_demand_arrived(struct bl_demand *demand, uint64_t now_ns)
{
    count_rate(demand, now_ns);
    count_burst(demand, now_ns);
}

void bl_demand_made(struct bl_demand *demand, uint64_t took_ns)
{
    uint64_t took = took_ns < MAKE_MAX_NS ? took_ns : MAKE_MAX_NS;

    if (took == 0)
        took = 1;
    demand->make_ns =
        demand->make_ns ? (demand->make_ns * (SMOOTHING - 1) + took) / SMOOTHING : took;
}

uint64_t bl_demand_rate(const struct bl_demand *demand, uint64_t now_ns)
{
    uint64_t past_ns = now_ns - demand->second_ns, now = demand->arrivals,
             before = demand->arrivals_before;

    if (past_ns >= BL_NS_PER_S) { /* nobody has come since: what was now is before */
        past_ns -= BL_NS_PER_S;
        before = now;
        now = 0;
    }
    if (past_ns >= BL_NS_PER_S)
        return 0;
    return now * 1000 + before * ((BL_NS_PER_S - past_ns) / BL_NS_PER_MS);
}

/* Both in thousandths; without a square root: (n - a)^2 >= 4 a. */
static unsigned cover(uint64_t a, unsigned most)
{
    unsigned n = 1;

    while (n < most && (n * 1000ULL < a || (n * 1000ULL - a) * (n * 1000ULL - a) < 4000 * a))
        n++;
    return n;
}

static uint32_t burst_lately(const struct bl_demand *d, uint64_t now_ns)
{
    uint32_t most = d->burst_max > d->burst_max_before ? d->burst_max : d->burst_max_before;

    if (now_ns - d->since_ns < d->period_ns)
        return most;
    return (now_ns - d->since_ns) / 2 < d->period_ns ? d->burst_max : 0;
}

unsigned bl_stock_wanted(const struct bl_demand *demand, uint64_t now_ns, unsigned most)
{
    uint64_t expected =
        bl_demand_rate(demand, now_ns) * (making_ns(demand) / BL_NS_PER_US) / 1000000;
    unsigned wanted = cover(expected, most);
    uint32_t burst = burst_lately(demand, now_ns);

    if (burst <= wanted)
        return wanted;
    return burst < most ? burst : most;
}
