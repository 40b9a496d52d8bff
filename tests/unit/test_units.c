/* Sizes, times and counts: what is understood, what is refused, and that printing is exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

typedef enum bl_units_result parser(const char *text, uint64_t *value);

struct good {
    parser *parse;
    const char *text;
    uint64_t value;
};

struct bad {
    parser *parse;
    const char *text;
    enum bl_units_result result;
};

static const struct good good[] = {
    {bl_parse_size, "0", 0},
    {bl_parse_size, "65536", 65536},
    {bl_parse_size, "007", 7},
    {bl_parse_size, "1B", 1},
    {bl_parse_size, "1.0B", 1},
    {bl_parse_size, "64KiB", 64 * BL_KIB},
    {bl_parse_size, "64k", 64 * BL_KIB},
    {bl_parse_size, "64K", 64 * BL_KIB},
    {bl_parse_size, "1.5GiB", 3 * BL_GIB / 2},
    {bl_parse_size, "3M", 3 * BL_MIB},
    {bl_parse_size, "2G", 2 * BL_GIB},
    {bl_parse_size, "1T", 1024 * BL_GIB},
    {bl_parse_size, "1TiB", 1024 * BL_GIB},
    {bl_parse_size, "10kB", 10000},
    {bl_parse_size, "10KB", 10000},
    {bl_parse_size, "10MB", 10000000},
    {bl_parse_size, "10GB", 10000000000},
    {bl_parse_size, "10TB", 10000000000000},
    {bl_parse_size, ".5KiB", 512},
    {bl_parse_size, "0.0009765625KiB", 1},
    {bl_parse_size, "18446744073709551615", UINT64_MAX},
    {bl_parse_size, "16777215T", 16777215ULL * 1024 * BL_GIB},
    {bl_parse_time, "0", 0},
    {bl_parse_time, "1", BL_NS_PER_S},
    {bl_parse_time, "1s", BL_NS_PER_S},
    {bl_parse_time, "1.5s", 3 * BL_NS_PER_S / 2},
    {bl_parse_time, "1.500000000000000000000000000000s", 3 * BL_NS_PER_S / 2},
    {bl_parse_time, "0.000000001", 1},
    {bl_parse_time, "250ms", 250 * BL_NS_PER_MS},
    {bl_parse_time, "10us", 10 * BL_NS_PER_US},
    {bl_parse_time, "5ns", 5},
    {bl_parse_time, "2m", 120 * BL_NS_PER_S},
    {bl_parse_time, "1h", 3600 * BL_NS_PER_S},
    {bl_parse_time, "0.5h", 1800 * BL_NS_PER_S},
    {bl_parse_time, "18446744073.709551615s", UINT64_MAX},
    {bl_parse_count, "0", 0},
    {bl_parse_count, "12", 12},
    {bl_parse_count, "18446744073709551615", UINT64_MAX},
    {bl_parse_milli, "0", 0},
    {bl_parse_milli, "1", 1000},
    {bl_parse_milli, "0.5", 500},
    {bl_parse_milli, "2.25", 2250},
    {bl_parse_milli, "0.001", 1},
    {bl_parse_milli, "18446744073709551.615", UINT64_MAX},
};

static const struct bad bad[] = {
    {bl_parse_size, "", BL_UNITS_EMPTY},
    {bl_parse_size, "-1", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "+1", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "-0", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, " 1", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "\t1", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, ".", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "5.", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "5.MiB", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, ".MiB", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "MiB", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "nan", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "NaN", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "inf", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "Infinity", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "unlimited", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "\xd9\xa1", BL_UNITS_NOT_A_NUMBER}, /* ARABIC-INDIC DIGIT ONE */
    {bl_parse_size, "0x10", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1e400", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1e3", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64 MiB", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64MiB ", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64MiBx", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64mib", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64MIB", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64mb", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64m", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64s", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "64P", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1,5M", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1 000", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1_000", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1.2.3", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "1..5", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_size, "1-2", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_size, "18446744073709551616", BL_UNITS_OVERFLOW},
    {bl_parse_size, "99999999999999999999999999999999999", BL_UNITS_OVERFLOW},
    {bl_parse_size, "16777216T", BL_UNITS_OVERFLOW},
    {bl_parse_size, "18446744073709551615KiB", BL_UNITS_OVERFLOW},
    {bl_parse_size, "0.5", BL_UNITS_TOO_FINE},
    {bl_parse_size, "0.5B", BL_UNITS_TOO_FINE},
    {bl_parse_size, "0.3KiB", BL_UNITS_TOO_FINE},
    {bl_parse_size, "1.0000000000000000001T", BL_UNITS_TOO_FINE},
    {bl_parse_size, "0.00000000000000000000000000000000000000001T", BL_UNITS_TOO_FINE},
    {bl_parse_time, "", BL_UNITS_EMPTY},
    {bl_parse_time, "-1s", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_time, "nans", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_time, "1S", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "1d", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "1 s", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "1s2ms", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "1MiB", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "1e400", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_time, "0.1ns", BL_UNITS_TOO_FINE},
    {bl_parse_time, "0.0000000001s", BL_UNITS_TOO_FINE},
    {bl_parse_time, "18446744073.709551616s", BL_UNITS_OVERFLOW},
    {bl_parse_time, "18446744074", BL_UNITS_OVERFLOW},
    {bl_parse_time, "5124096h", BL_UNITS_OVERFLOW},
    {bl_parse_count, "", BL_UNITS_EMPTY},
    {bl_parse_count, "-1", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_count, "max", BL_UNITS_NOT_A_NUMBER},
    {bl_parse_count, "1.5", BL_UNITS_TOO_FINE},
    {bl_parse_count, "1k", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_count, "0x1f", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_count, "18446744073709551616", BL_UNITS_OVERFLOW},
    {bl_parse_milli, "0.0001", BL_UNITS_TOO_FINE},
    {bl_parse_milli, "1.2345", BL_UNITS_TOO_FINE},
    {bl_parse_milli, "18446744073709551.616", BL_UNITS_OVERFLOW},
    {bl_parse_milli, "1.5m", BL_UNITS_UNKNOWN_UNIT},
    {bl_parse_milli, "inf", BL_UNITS_NOT_A_NUMBER},
};

static void units__read_what_people_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(good); i++) {
        uint64_t value = 12345;
        enum bl_units_result result = good[i].parse(good[i].text, &value);

        if (result != BL_UNITS_OK)
            fail_msg("\"%s\": %s", good[i].text, bl_units_problem(result));
        if (value != good[i].value)
            fail_msg("\"%s\": %llu", good[i].text, (unsigned long long)value);
    }
}

static void units__refuse_with_the_reason_and_leave_the_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(bad); i++) {
        uint64_t value = 12345;
        enum bl_units_result result = bad[i].parse(bad[i].text, &value);

        if (result != bad[i].result)
            fail_msg("\"%s\": %s", bad[i].text, bl_units_problem(result));
        assert_int_equal(value, 12345);
    }
}

static void units__word_every_problem(void **state)
{
    (void)state;
    for (int result = BL_UNITS_OK; result <= BL_UNITS_TOO_FINE; result++)
        assert_non_null(bl_units_problem((enum bl_units_result)result));
}

struct printed {
    uint64_t value;
    const char *text;
};

static void units__print_sizes_exactly_where_they_can(void **state)
{
    static const struct printed cases[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {4097, "4097 B"},
        {65537, "64.000 KiB"},
        {64 * BL_MIB, "64 MiB"},
        {64 * BL_MIB + 1, "64.000 MiB"},
        {1025 * BL_MIB, "1025 MiB"},
        {1536 * BL_MIB, "1.5 GiB"},
        {1024 * BL_GIB, "1 TiB"},
        {UINT64_MAX, "16777215.999 TiB"},
    };
    char text[BL_UNITS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_string_equal(bl_format_size(cases[i].value, text), cases[i].text);
}

static void units__print_times_exactly_where_they_can(void **state)
{
    static const struct printed cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1 us"},
        {1500, "1.5 us"},
        {BL_NS_PER_MS, "1 ms"},
        {1234567, "1234.567 us"},
        {12345678, "12.345 ms"},
        {10000001, "10.000 ms"},
        {3 * BL_NS_PER_S / 2, "1.5 s"},
        {90 * BL_NS_PER_S, "90 s"},
        {3600 * BL_NS_PER_S, "1 h"},
        {3601 * BL_NS_PER_S, "3601 s"},
        {86400 * BL_NS_PER_S, "24 h"},
        {UINT64_MAX, "18446744073.709 s"},
    };
    char text[BL_UNITS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++)
        assert_string_equal(bl_format_time(cases[i].value, text), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units__read_what_people_write),
        cmocka_unit_test(units__refuse_with_the_reason_and_leave_the_value),
        cmocka_unit_test(units__word_every_problem),
        cmocka_unit_test(units__print_sizes_exactly_where_they_can),
        cmocka_unit_test(units__print_times_exactly_where_they_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
