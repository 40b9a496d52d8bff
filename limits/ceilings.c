#include "limits/ceilings.h"

#include <stdbool.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum {
    SHOWN_MAX = 48,  /* of a given text: the bounds behind it must fit into the message */
    CPUS_MAX = 8192, /* the largest NR_CPUS of any distribution's kernel (x86-64 MAXSMP) */
};

_Static_assert(CPUS_MAX == 8192, "a text below says 8192");

static const struct bl_limit_row rows[] = {
#define X(field, option, kind, least, most, otherwise) \
    {option, BL_LIMIT_##kind, offsetof(struct bl_limits, field), least, most, otherwise},
    BL_LIMITS(X)
#undef X
};

const struct bl_limit_row *bl_limit_rows(size_t *count)
{
    *count = BL_ARRAY_LEN(rows);
    return rows;
}

const struct bl_limit_row *bl_limit_find(const char *option)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].option, option) == 0)
            return &rows[i];
    }
    return NULL;
}

uint64_t bl_limit_get(const struct bl_limits *limits, const struct bl_limit_row *row)
{
    uint64_t value;

    memcpy(&value, (const char *)limits + row->offset, sizeof(value));
    return value;
}

static bool in_bounds(const struct bl_limit_row *row, uint64_t value)
{
    return value >= row->least && value <= row->most;
}

static void store(struct bl_limits *limits, const struct bl_limit_row *row, uint64_t value)
{
    memcpy((char *)limits + row->offset, &value, sizeof(value));
}

/* "2", "0.5", "0.25", "0.125" */
static const char *format_milli(unsigned long long milli, char text[BL_UNITS_TEXT_MAX])
{
    int length = snprintf(text, BL_UNITS_TEXT_MAX, "%llu.%03llu", milli / 1000, milli % 1000);

    while (text[length - 1] == '0')
        length--;
    text[text[length - 1] == '.' ? length - 1 : length] = '\0';
    return text;
}

const char *bl_limit_format(const struct bl_limit_row *row, uint64_t value,
                            char text[BL_UNITS_TEXT_MAX])
{
    unsigned long long number = value;

    switch (row->kind) {
    case BL_LIMIT_TIME:
        return bl_format_time(value, text);
    case BL_LIMIT_SIZE:
        return bl_format_size(value, text);
    case BL_LIMIT_MILLI:
        return format_milli(number, text);
    case BL_LIMIT_COUNT:
        break;
    }
    (void)snprintf(text, BL_UNITS_TEXT_MAX, "%llu", number);
    return text;
}

/* "1 ms to 24 h" */
static const char *format_bounds(const struct bl_limit_row *row, char text[2 * BL_UNITS_TEXT_MAX])
{
    char least[BL_UNITS_TEXT_MAX], most[BL_UNITS_TEXT_MAX];

    (void)snprintf(text, 2 * BL_UNITS_TEXT_MAX, "%s to %s", bl_limit_format(row, row->least, least),
                   bl_limit_format(row, row->most, most));
    return text;
}

int bl_limit_set(struct bl_limits *limits, const struct bl_limit_row *row, uint64_t value,
                 struct bl_err *err)
{
    char given[BL_UNITS_TEXT_MAX], bounds[2 * BL_UNITS_TEXT_MAX];

    if (!in_bounds(row, value))
        return bl_fail(err, BL_STEP_FIELD, 0, "%s: %s is out of bounds: %s", row->option,
                       bl_limit_format(row, value, given), format_bounds(row, bounds));
    store(limits, row, value);
    return 0;
}

static enum bl_units_result parse_kind(enum bl_limit_kind kind, const char *text, uint64_t *value)
{
    switch (kind) {
    case BL_LIMIT_TIME:
        return bl_parse_time(text, value);
    case BL_LIMIT_SIZE:
        return bl_parse_size(text, value);
    case BL_LIMIT_MILLI:
        return bl_parse_milli(text, value);
    case BL_LIMIT_COUNT:
        break;
    }
    return bl_parse_count(text, value);
}

int bl_limit_parse(struct bl_limits *limits, const struct bl_limit_row *row, const char *text,
                   struct bl_err *err)
{
    char bounds[2 * BL_UNITS_TEXT_MAX];
    uint64_t value = 0;
    enum bl_units_result result = parse_kind(row->kind, text, &value);

    if (result != BL_UNITS_OK || !in_bounds(row, value))
        return bl_fail(err, BL_STEP_OPTION, 0, "%s: \"%.*s\"%s %s: it takes %s", row->option,
                       SHOWN_MAX, text, strlen(text) > SHOWN_MAX ? "..." : "",
                       result != BL_UNITS_OK ? bl_units_problem(result) : "is out of bounds",
                       format_bounds(row, bounds));
    store(limits, row, value);
    return 0;
}

struct bl_limits bl_limits_default(void)
{
    struct bl_limits limits = {0};

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        store(&limits, &rows[i], rows[i].otherwise);
    return limits;
}

/* Reads the number of a CPU and moves *at behind it. Returns -1 where there is none, or one that
 * no kernel has. */
static int read_cpu(const char **at)
{
    int cpu = 0;
    const char *start = *at;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        cpu = cpu * 10 + (**at - '0');
        if (cpu >= CPUS_MAX)
            return -1;
    }
    return *at > start ? cpu : -1;
}

static const char *cpuset_problem(const char *list)
{
    int previous = -1;

    if (strlen(list) >= BL_CPUSET_MAX)
        return "is too long";
    for (const char *at = list;; at++) {
        int first = read_cpu(&at), last = first;

        if (first >= 0 && *at == '-') {
            at++;
            last = read_cpu(&at);
        }
        if (first < 0 || last < 0)
            return "needs numbers below 8192";
        if (first <= previous || last < first)
            return "is not in ascending order";
        if (*at == '\0')
            return NULL;
        if (*at != ',')
            return "has something else between its numbers than \"-\" and \",\"";
        previous = last;
    }
}

int bl_cpuset_check(const char *list, struct bl_err *err)
{
    const char *problem = cpuset_problem(list);

    if (problem)
        return bl_fail(err, BL_STEP_OPTION, 0,
                       "cpuset: \"%.*s\"%s %s: it takes a list such as 0-3,7", SHOWN_MAX, list,
                       strlen(list) > SHOWN_MAX ? "..." : "", problem);
    return 0;
}
