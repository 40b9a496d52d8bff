/* metrics.c - the table as data, and counting. */
#include "executor/server/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

#define MS BL_NS_PER_MS
#define S BL_NS_PER_S

/* What Bailiff does itself; what programs and queues do. */
static const uint64_t short_bounds[] = {MS / 10,  MS / 4,   MS / 2,  MS,        5 * MS / 2,
                                        5 * MS,   10 * MS,  25 * MS, 50 * MS,   100 * MS,
                                        250 * MS, 500 * MS, S,       5 * S / 2, 10 * S};
static const uint64_t long_bounds[] = {MS,       5 * MS,  10 * MS,   50 * MS, 100 * MS, 250 * MS,
                                       500 * MS, S,       5 * S / 2, 5 * S,   10 * S,   30 * S,
                                       60 * S,   300 * S, 900 * S,   3600 * S};

_Static_assert(BL_ARRAY_LEN(short_bounds) < BL_METRIC_CELLS_MAX, "and the last bucket");
_Static_assert(BL_ARRAY_LEN(long_bounds) < BL_METRIC_CELLS_MAX, "and the last bucket");

#define NAME(name, text) #name,
static const char *const of_verdict[] = {BL_VERDICTS(NAME)};
static const char *const of_outcome[] = {BL_OUTCOMES(NAME)};
static const char *const of_noise[] = {BL_NOISES(NAME)};
#undef NAME
static const char *const no_values[] = {""};
static const char *const of_end[] = {"COMPLETED", "CANCELLED", "EXPIRED", "BROKEN", "DRAINED"};
static const char *const of_reason[] = {"invalid",  "capacity",     "queue_full",
                                        "draining", "unauthorized", "host"};
static const char *const of_rerun[] = {"alone", "beside"};
static const char *const of_start[] = {"warm", "cold"};
static const char *const of_spare[] = {"ready", "making"};
static const char *const of_lookup[] = {"hit", "miss"};
static const char *const of_resource[] = {"cpu", "memory", "io"};

#define X(id, key, values) \
    _Static_assert(BL_ARRAY_LEN(values) <= BL_METRIC_CELLS_MAX, "a cell for each value");
BL_METRIC_LABELS(X)
#undef X
_Static_assert((int)BL_METRIC_END_CANCELLED == (int)BL_JOB_CANCELLED &&
                   (int)BL_METRIC_END_DRAINED == (int)BL_JOB_END_COUNT,
               "enum bl_job_end, and one more");

static const struct {
    const char *key;
    const char *const *values;
    unsigned count;
} labels[BL_METRIC_LABEL_COUNT] = {
#define X(id, key, values) [BL_METRIC_LABEL_##id] = {key, values, BL_ARRAY_LEN(values)},
    BL_METRIC_LABELS(X)
#undef X
};

enum unit { UNIT_COUNT, UNIT_BYTES, UNIT_SECONDS, UNIT_SHORT, UNIT_LONG };
enum presence { PRESENCE_TOLD, PRESENCE_ALWAYS };

static const struct {
    enum bl_metric_kind kind;
    enum unit unit;
    enum bl_metric_label label;
    enum presence presence;
    const char *name, *help;
} table[BL_METRIC_COUNT] = {
#define X(id, kind, unit, label, presence, name, help)                             \
    [BL_METRIC_##id] = {BL_METRIC_##kind,    UNIT_##unit, BL_METRIC_LABEL_##label, \
                        PRESENCE_##presence, name,        help},
    BL_METRICS(X)
#undef X
};

struct bl_metric_row bl_metric_row(enum bl_metric metric)
{
    enum unit unit = table[metric].unit;
    enum bl_metric_label label = table[metric].label;

    return (struct bl_metric_row){
        .kind = table[metric].kind,
        .label = label,
        .name = table[metric].name,
        .help = table[metric].help,
        .label_key = labels[label].key,
        .values = labels[label].values,
        .value_count = labels[label].count,
        .bounds_ns = unit == UNIT_LONG    ? long_bounds
                     : unit == UNIT_SHORT ? short_bounds
                                          : NULL,
        .bound_count = unit == UNIT_LONG    ? BL_ARRAY_LEN(long_bounds)
                       : unit == UNIT_SHORT ? BL_ARRAY_LEN(short_bounds)
                                            : 0,
        .seconds = unit != UNIT_COUNT && unit != UNIT_BYTES,
        .always = table[metric].presence == PRESENCE_ALWAYS,
    };
}

void bl_metrics_init(struct bl_metrics *metrics)
{
    memset(metrics, 0, sizeof(*metrics));
    bl_metrics_set(metrics, BL_METRIC_BUILD_INFO, 0, 1);
    bl_metrics_version(metrics, BAILIFF_VERSION);
}

void bl_metrics_version(struct bl_metrics *metrics, const char *version)
{
    (void)snprintf(metrics->version, sizeof(metrics->version), "%s", version); /* cut will do */
}

static uint64_t *cell(struct bl_metrics *metrics, enum bl_metric metric, unsigned value)
{
    assert(table[metric].kind != BL_METRIC_HISTOGRAM);
    assert(value < labels[table[metric].label].count);
    metrics->rows[metric].told |= UINT32_C(1) << value;
    return &metrics->rows[metric].cells[value];
}

void bl_metrics_add(struct bl_metrics *metrics, enum bl_metric metric, unsigned value,
                    uint64_t amount)
{
    *cell(metrics, metric, value) += amount;
}

void bl_metrics_set(struct bl_metrics *metrics, enum bl_metric metric, unsigned value,
                    uint64_t amount)
{
    *cell(metrics, metric, value) = amount;
}

void bl_metrics_observe(struct bl_metrics *metrics, enum bl_metric metric, uint64_t ns)
{
    bool is_long = table[metric].unit == UNIT_LONG;
    const uint64_t *bounds = is_long ? long_bounds : short_bounds;
    size_t count = is_long ? BL_ARRAY_LEN(long_bounds) : BL_ARRAY_LEN(short_bounds), bucket = 0;

    assert(table[metric].kind == BL_METRIC_HISTOGRAM);
    while (bucket < count && ns > bounds[bucket])
        bucket++;
    metrics->rows[metric].cells[bucket]++;
    metrics->rows[metric].sum_ns += ns;
}

uint64_t bl_metrics_get(const struct bl_metrics *metrics, enum bl_metric metric, unsigned value)
{
    assert(value < BL_METRIC_CELLS_MAX);
    return metrics->rows[metric].cells[value];
}
