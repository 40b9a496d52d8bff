/* metrics_format.c - the text format 0.0.4, as
 * https://prometheus.io/docs/instrumenting/exposition_formats/ has it. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/server/metrics.h"

enum { NUMBER_MAX = 40 };

struct text {
    char *bytes;
    size_t length;
};

/* The buffer is always enough: a test fills every cell with the longest number. */
static void put_bytes(struct text *text, const char *bytes, size_t length)
{
    assert(length <= BL_METRICS_TEXT_MAX - text->length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void put(struct text *text, const char *string)
{
    put_bytes(text, string, strlen(string));
}

/* In a help text \ and newline are escaped, in a label's value the quote as well. */
static void put_escaped(struct text *text, const char *string, bool quoted)
{
    for (; *string; string++) {
        if (*string == '\n')
            put(text, "\\n");
        else if (*string == '\\')
            put(text, "\\\\");
        else if (*string == '"' && quoted)
            put(text, "\\\"");
        else
            put_bytes(text, string, 1);
    }
}

/* Seconds without the detour over a double: no digit is lost, and none is made up. */
static const char *number(uint64_t value, bool seconds, char out[NUMBER_MAX])
{
    unsigned long long whole = seconds ? value / BL_NS_PER_S : value;
    unsigned long long rest = seconds ? value % BL_NS_PER_S : 0;
    size_t length;

    (void)snprintf(out, NUMBER_MAX, "%llu.%09llu", whole, rest);
    if (rest == 0)
        *strchr(out, '.') = '\0';
    for (length = strlen(out); rest > 0 && out[length - 1] == '0'; length--)
        out[length - 1] = '\0';
    return out;
}

/* name<suffix>{key="value"} number */
static void put_sample(struct text *text, const char *name, const char *suffix, const char *key,
                       const char *value, const char *figure)
{
    put(text, name);
    put(text, suffix);
    if (key[0]) {
        put(text, "{");
        put(text, key);
        put(text, "=\"");
        put_escaped(text, value, true);
        put(text, "\"}");
    }
    put(text, " ");
    put(text, figure);
    put(text, "\n");
}

static void put_head(struct text *text, const struct bl_metric_row *row)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};

    put(text, "# HELP ");
    put(text, row->name);
    put(text, " ");
    put_escaped(text, row->help, false);
    put(text, "\n# TYPE ");
    put(text, row->name);
    put(text, " ");
    put(text, kinds[row->kind]);
    put(text, "\n");
}

static void put_histogram(struct text *text, const struct bl_metrics *metrics,
                          enum bl_metric metric, const struct bl_metric_row *row)
{
    char figure[NUMBER_MAX], bound[NUMBER_MAX];
    uint64_t below = 0;

    for (unsigned i = 0; i <= row->bound_count; i++) {
        bool last = i == row->bound_count;

        below += metrics->rows[metric].cells[i];
        put_sample(text, row->name, "_bucket", "le",
                   last ? "+Inf" : number(row->bounds_ns[i], true, bound),
                   number(below, false, figure));
    }
    put_sample(text, row->name, "_sum", "", "", number(metrics->rows[metric].sum_ns, true, figure));
    put_sample(text, row->name, "_count", "", "", number(below, false, figure));
}

static void put_cells(struct text *text, const struct bl_metrics *metrics, enum bl_metric metric,
                      const struct bl_metric_row *row)
{
    char figure[NUMBER_MAX];

    for (unsigned i = 0; i < row->value_count; i++) {
        if (!row->always && !(metrics->rows[metric].told >> i & 1))
            continue;
        put_sample(text, row->name, "", row->label_key,
                   row->label == BL_METRIC_LABEL_VERSION ? metrics->version : row->values[i],
                   number(metrics->rows[metric].cells[i], row->seconds, figure));
    }
}

size_t bl_metrics_format(const struct bl_metrics *metrics, char bytes[BL_METRICS_TEXT_MAX])
{
    struct text text = {.bytes = bytes};

    for (unsigned metric = 0; metric < BL_METRIC_COUNT; metric++) {
        struct bl_metric_row row = bl_metric_row(metric);

        if (!row.always && metrics->rows[metric].told == 0)
            continue;
        put_head(&text, &row);
        if (row.kind == BL_METRIC_HISTOGRAM)
            put_histogram(&text, metrics, metric, &row);
        else
            put_cells(&text, metrics, metric, &row);
    }
    return text.length;
}
