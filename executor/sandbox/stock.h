/* stock.h - how many spares of one kind are worth holding (process: worker).
 *
 * Pure: times and events in, a number out; no clock, no allocation. What is held is what can be
 * asked for while one more is being made. So it follows the rate of arrivals and the time that
 * making takes on this machine now, whether that is 3 ms of an idle one or 300 of a busy one. */
#ifndef BL_SANDBOX_STOCK_H
#define BL_SANDBOX_STOCK_H

#include <stdint.h>

/* What is known of a kind. Zero-initialised but for period_ns: nobody has come yet. */
struct bl_demand {
    uint64_t period_ns; /* > 0: how long a burst is remembered, at least */
    uint64_t make_ns;   /* smoothed; 0: none was made yet */
    /* Arrivals in the second that began at second_ns, and in the one before it. */
    uint64_t second_ns;
    uint32_t arrivals, arrivals_before;
    /* Those that came within one making of burst_ns; the most of this period, and of the last. */
    uint64_t burst_ns, since_ns;
    uint32_t burst, burst_max, burst_max_before;
};

/* bl_demand_arrived - one was asked for. now_ns never goes back, here and below. */
void bl_demand_arrived(struct bl_demand *demand, uint64_t now_ns);

/* bl_demand_made - a spare took so long from its order until it was ready. */
void bl_demand_made(struct bl_demand *demand, uint64_t took_ns);

/* bl_demand_rate - arrivals in a thousand seconds, smoothed: the last second's, and as much of the
 * one before as is not yet a second ago. */
uint64_t bl_demand_rate(const struct bl_demand *demand, uint64_t now_ns);

/* bl_stock_wanted - 1 to `most` (> 0). With a = rate x time to make: the least n >= a + 2 sqrt(a),
 * for arrivals that don't know of each other then exceed n in two makings of a hundred at most; and
 * no less than came at once lately, for those that do. */
unsigned bl_stock_wanted(const struct bl_demand *demand, uint64_t now_ns, unsigned most);

#endif
