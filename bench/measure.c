#include "bench/measure.h"

#include <errno.h>
#include <stdlib.h>

#include "bailiff/units.h"

int bl_sample_add(struct bl_sample *sample, uint64_t ns, struct bl_err *err)
{
    if (sample->count == sample->capacity) {
        size_t capacity = sample->capacity ? 2 * sample->capacity : 256;
        uint64_t *grown = reallocarray(sample->ns, capacity, sizeof(*grown));
        if (!grown)
            return bl_fail(err, BL_STEP_MEMORY, errno, "%zu times", capacity);
        sample->ns = grown;
        sample->capacity = capacity;
    }
    sample->ns[sample->count++] = ns;
    return 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void bl_sample_sort(struct bl_sample *sample)
{
    if (sample->count > 0)
        qsort(sample->ns, sample->count, sizeof(*sample->ns), compare);
}

uint64_t bl_sample_at(const struct bl_sample *sorted, unsigned percent)
{
    if (sorted->count == 0)
        return 0;
    return sorted->ns[(sorted->count * percent + 99) / 100 - 1];
}

void bl_sample_release(struct bl_sample *sample)
{
    free(sample->ns);
    *sample = (struct bl_sample){0};
}

/* The clock's own resolution is behind it: a time of 0 would make a ratio of nothing. */
static double ratio(uint64_t ns, uint64_t against_ns)
{
    return (double)ns / (double)(against_ns ? against_ns : 1);
}

static double us(uint64_t ns)
{
    return (double)ns / (double)BL_NS_PER_US;
}

json_t *bl_sample_json(const struct bl_sample *sample, const struct bl_sample *against)
{
    const uint64_t p50 = bl_sample_at(sample, 50), p99 = bl_sample_at(sample, 99);

    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:I}", "p50_us", us(p50), "p90_us",
                     us(bl_sample_at(sample, 90)), "p99_us", us(p99), "ratio_p50",
                     ratio(p50, bl_sample_at(against, 50)), "ratio_p99",
                     ratio(p99, bl_sample_at(against, 99)), "runs", (json_int_t)sample->count);
}

/* Marsaglia's xorshift64: enough to break a pattern, and the same on every machine. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void bl_order_shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)(next(state) % (i + 1)); /* the bias of % is some 2^-60 */
        order[i] = order[j];
        order[j] = i;
    }
}
