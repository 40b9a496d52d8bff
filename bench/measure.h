/* measure.h - a sample of times, its percentiles, and how contenders take turns.
 *
 * Pure but for the allocations. Times are nanoseconds on the monotonic clock. */
#ifndef BL_BENCH_MEASURE_H
#define BL_BENCH_MEASURE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"

/* Initialise with {0}. The times stand in the order of their coming until bl_sample_sort(). */
struct bl_sample {
    uint64_t *ns;
    size_t count, capacity;
};

/* bl_sample_add - fails with MEMORY. */
int bl_sample_add(struct bl_sample *sample, uint64_t ns, struct bl_err *err);

void bl_sample_sort(struct bl_sample *sample);

/* bl_sample_at - of a sorted sample the least time that `percent` (1 to 100) of all do not exceed
 * (nearest rank: a time that was measured, never one between two). 0 where there is none. */
uint64_t bl_sample_at(const struct bl_sample *sorted, unsigned percent);

void bl_sample_release(struct bl_sample *sample);

/* bl_sample_json - {p50_us, p90_us, p99_us, ratio_p50, ratio_p99, runs}; both samples sorted and
 * not empty. The ratios are to `against`. A new reference, or NULL without memory. */
json_t *bl_sample_json(const struct bl_sample *sample, const struct bl_sample *against);

/* bl_order_shuffle - puts 0 to count - 1 into a new order, each as likely as the other. A round
 * runs each contender once in such an order: with a fixed or a rotating one each would always
 * follow the same neighbour and pay for what that one leaves behind. state: not 0; the same start
 * gives the same orders. */
void bl_order_shuffle(size_t *order, size_t count, uint64_t *state);

#endif
