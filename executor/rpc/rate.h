/* rate.h - how often a peer may do what costs us more than it costs the peer. Pure: time is a
 * parameter.
 *
 * A leaky bucket kept as one instant (GCRA): each event moves it one interval on, and it may be at
 * most `burst` intervals ahead of now. */
#ifndef BL_RPC_RATE_H
#define BL_RPC_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/units.h"

struct bl_rate_limit {
    uint32_t burst;      /* at once */
    uint32_t per_second; /* for long; at least 1 */
};

struct bl_rate {
    struct bl_rate_limit limit;
    uint64_t full_ns; /* when all that was spent will have flowed off; {0} is a valid start */
};

/* bl_rate_spend - one event now. False: it is one too many. */
static inline bool bl_rate_spend(struct bl_rate *rate, uint64_t now_ns)
{
    uint64_t interval = BL_NS_PER_S / rate->limit.per_second;
    uint64_t from = rate->full_ns > now_ns ? rate->full_ns : now_ns;

    if (from - now_ns + interval > interval * rate->limit.burst)
        return false;
    rate->full_ns = from + interval;
    return true;
}

#endif
