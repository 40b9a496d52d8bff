#include "bailiff/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"

__extension__ typedef unsigned __int128 wide;

struct unit {
    const char *name;
    uint64_t scale; /* in the smallest unit */
};

enum { DECIMALS_MAX = 18 }; /* so that 10^decimals fits into 64 bits */

/* "" is the unit of a bare number. */
static const struct unit sizes[] = {
    {"", 1},
    {"B", 1},
    {"k", BL_KIB},
    {"K", BL_KIB},
    {"M", BL_MIB},
    {"G", BL_GIB},
    {"T", BL_GIB * 1024},
    {"KiB", BL_KIB},
    {"MiB", BL_MIB},
    {"GiB", BL_GIB},
    {"TiB", BL_GIB * 1024},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000 * 1000},
    {"GB", 1000 * 1000 * 1000},
    {"TB", 1000ULL * 1000 * 1000 * 1000},
};

static const struct unit times[] = {
    {"", BL_NS_PER_S}, {"s", BL_NS_PER_S},      {"ms", BL_NS_PER_MS},      {"us", BL_NS_PER_US},
    {"ns", 1},         {"m", 60 * BL_NS_PER_S}, {"h", 3600 * BL_NS_PER_S},
};

static const struct unit counts[] = {{"", 1}};
static const struct unit millis[] = {{"", 1000}};

/* A decimal number split where the point is: whole + fraction / 10^decimals. */
struct decimal {
    uint64_t whole, fraction;
    unsigned decimals; /* without trailing zeros */
    bool whole_overflows, too_fine;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_whole(const char *at, struct decimal *number)
{
    for (; is_digit(*at); at++)
        number->whole_overflows |=
            __builtin_mul_overflow(number->whole, 10, &number->whole) ||
            __builtin_add_overflow(number->whole, (uint64_t)(*at - '0'), &number->whole);
    return at;
}

/* Zeros are held back until a digit follows them, so that those at the end count for nothing. */
static const char *read_fraction(const char *at, struct decimal *number)
{
    unsigned zeros = 0;

    for (; is_digit(*at); at++) {
        if (*at == '0') {
            zeros++;
            continue;
        }
        if (number->too_fine || number->decimals + zeros >= DECIMALS_MAX) {
            number->too_fine = true;
            continue;
        }
        for (; zeros > 0; zeros--, number->decimals++)
            number->fraction *= 10;
        number->fraction = number->fraction * 10 + (uint64_t)(*at - '0');
        number->decimals++;
    }
    return at;
}

static enum bl_units_result scale_number(const struct decimal *number, uint64_t scale,
                                         uint64_t *value)
{
    wide fraction = (wide)number->fraction * scale, total;
    uint64_t divisor = 1;

    for (unsigned i = 0; i < number->decimals; i++)
        divisor *= 10;
    if (number->whole_overflows)
        return BL_UNITS_OVERFLOW;
    if (number->too_fine || fraction % divisor != 0)
        return BL_UNITS_TOO_FINE;
    total = (wide)number->whole * scale + fraction / divisor;
    if (total > UINT64_MAX)
        return BL_UNITS_OVERFLOW;
    *value = (uint64_t)total;
    return BL_UNITS_OK;
}

static enum bl_units_result parse(const char *text, const struct unit *units, size_t unit_count,
                                  uint64_t *value)
{
    struct decimal number = {0};
    const char *at = read_whole(text, &number);
    bool digits = at > text;

    if (*text == '\0')
        return BL_UNITS_EMPTY;
    if (*at == '.') {
        const char *point = at;

        at = read_fraction(point + 1, &number);
        digits = at > point + 1; /* "5." is cut off somewhere: not taken for 5 */
    }
    if (!digits)
        return BL_UNITS_NOT_A_NUMBER;
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(at, units[i].name) == 0)
            return scale_number(&number, units[i].scale, value);
    }
    return BL_UNITS_UNKNOWN_UNIT;
}

enum bl_units_result bl_parse_size(const char *text, uint64_t *bytes)
{
    return parse(text, sizes, BL_ARRAY_LEN(sizes), bytes);
}

enum bl_units_result bl_parse_time(const char *text, uint64_t *ns)
{
    return parse(text, times, BL_ARRAY_LEN(times), ns);
}

enum bl_units_result bl_parse_count(const char *text, uint64_t *count)
{
    return parse(text, counts, BL_ARRAY_LEN(counts), count);
}

enum bl_units_result bl_parse_milli(const char *text, uint64_t *milli)
{
    return parse(text, millis, BL_ARRAY_LEN(millis), milli);
}

const char *bl_units_problem(enum bl_units_result result)
{
    static const char *const problems[] = {
        [BL_UNITS_OK] = "is fine",
        [BL_UNITS_EMPTY] = "is empty",
        [BL_UNITS_NOT_A_NUMBER] = "is not a plain decimal number",
        [BL_UNITS_UNKNOWN_UNIT] = "has something unknown behind the number",
        [BL_UNITS_OVERFLOW] = "does not fit into 64 bits",
        [BL_UNITS_TOO_FINE] = "is finer than the smallest unit",
    };

    return problems[result];
}

/* For printing, largest first. whole: only for a whole multiple (nobody reads "0.003 h"). */
struct printed_unit {
    const char *name;
    uint64_t scale;
    bool whole;
};

/* The largest unit that shows the value exactly with three decimals and few digits; failing that,
 * the largest one, cut at three decimals (a cut is told by its trailing zeros: "64.000 MiB" is a
 * little more than "64 MiB"). */
static const char *format(uint64_t value, const struct printed_unit *units, char *text)
{
    enum { READABLE_MAX = 10000 };
    const struct printed_unit *unit = units, *exact;
    uint64_t part;
    int length;

    while (unit->scale > 1 && (value < unit->scale || (unit->whole && value % unit->scale != 0)))
        unit++;
    exact = unit;
    while (exact->scale > 1 && (wide)value * 1000 % exact->scale != 0)
        exact++;
    if (exact == unit || value / exact->scale < READABLE_MAX)
        unit = exact;
    part = (uint64_t)((wide)(value % unit->scale) * 1000 / unit->scale);
    length = snprintf(text, BL_UNITS_TEXT_MAX, "%llu.%03llu",
                      (unsigned long long)(value / unit->scale), (unsigned long long)part);
    if (unit == exact) {
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
    }
    (void)snprintf(text + length, BL_UNITS_TEXT_MAX - (size_t)length, " %s", unit->name);
    return text;
}

const char *bl_format_size(uint64_t bytes, char text[BL_UNITS_TEXT_MAX])
{
    static const struct printed_unit units[] = {{"TiB", BL_GIB * 1024, false},
                                                {"GiB", BL_GIB, false},
                                                {"MiB", BL_MIB, false},
                                                {"KiB", BL_KIB, false},
                                                {"B", 1, false}};

    return format(bytes, units, text);
}

const char *bl_format_time(uint64_t ns, char text[BL_UNITS_TEXT_MAX])
{
    static const struct printed_unit units[] = {{"h", 3600 * BL_NS_PER_S, true},
                                                {"s", BL_NS_PER_S, false},
                                                {"ms", BL_NS_PER_MS, false},
                                                {"us", BL_NS_PER_US, false},
                                                {"ns", 1, false}};

    return format(ns, units, text);
}
