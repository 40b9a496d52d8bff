/* The table of limits: every bound on both sides, and messages that say what to write instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"

static void ceilings__have_a_row_for_every_field(void **state)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    struct bl_limits limits = bl_limits_default();
    uint64_t sum = 0;

    (void)state;
    /* Nothing but the cpuset is beside the rows: a field of another type would be written over. */
    assert_int_equal(count * sizeof(uint64_t) + BL_CPUSET_MAX, sizeof(struct bl_limits));
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(bl_limit_find(rows[i].option), &rows[i]);
        assert_true(rows[i].least > 0);
        assert_true(rows[i].least <= rows[i].otherwise && rows[i].otherwise <= rows[i].most);
        assert_int_equal(bl_limit_get(&limits, &rows[i]), rows[i].otherwise);
        sum += bl_limit_get(&limits, &rows[i]);
    }
    assert_true(sum > 0);
    assert_int_equal(limits.cpu_time_ns, 10 * BL_NS_PER_S);
    assert_int_equal(limits.tmp_files, 4096);
    assert_string_equal(limits.cpuset, "");
}

static void ceilings__know_no_other_option(void **state)
{
    (void)state;
    assert_null(bl_limit_find(""));
    assert_null(bl_limit_find("cpu"));
    assert_null(bl_limit_find("cpu-time "));
    assert_null(bl_limit_find("CPU-TIME"));
    assert_null(bl_limit_find("--cpu-time"));
}

static void ceilings__take_both_bounds_and_nothing_beyond(void **state)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct {
            uint64_t value;
            bool fits;
        } cases[] = {
            {0, false},           {rows[i].least - 1, false}, {rows[i].least, true},
            {rows[i].most, true}, {rows[i].most + 1, false},  {(uint64_t)INT64_MAX + 1, false},
            {UINT64_MAX, false},
        };
        struct bl_limits limits = bl_limits_default();

        for (size_t j = 0; j < BL_ARRAY_LEN(cases); j++) {
            struct bl_err err = {0};
            uint64_t before = bl_limit_get(&limits, &rows[i]);
            int done = bl_limit_set(&limits, &rows[i], cases[j].value, &err);

            assert_int_equal(done, cases[j].fits ? 0 : -1);
            assert_int_equal(err.step, cases[j].fits ? BL_STEP_NONE : BL_STEP_FIELD);
            assert_int_equal(bl_limit_get(&limits, &rows[i]),
                             cases[j].fits ? cases[j].value : before);
        }
    }
}

static void ceilings__set_one_field_only(void **state)
{
    const struct bl_limits untouched = bl_limits_default();
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct bl_limits limits = bl_limits_default();
        struct bl_err err;

        assert_int_equal(bl_limit_set(&limits, &rows[i], rows[i].most, &err), 0);
        assert_memory_not_equal(&limits, &untouched, sizeof(limits));
        assert_int_equal(bl_limit_set(&limits, &rows[i], rows[i].otherwise, &err), 0);
        assert_memory_equal(&limits, &untouched, sizeof(limits));
    }
}

struct parsed {
    const char *option, *text;
    uint64_t value;     /* 0: refused */
    const char *detail; /* then: the whole message */
};

static void ceilings__parse_or_say_what_to_write(void **state)
{
    static const struct parsed cases[] = {
        {"cpu-time", "1", BL_NS_PER_S, NULL},
        {"cpu-time", "1ms", BL_NS_PER_MS, NULL},
        {"cpu-time", "24h", 86400 * BL_NS_PER_S, NULL},
        {"wall-time", "1.5s", 3 * BL_NS_PER_S / 2, NULL},
        {"memory", "64MiB", 64 * BL_MIB, NULL},
        {"memory", "1TiB", 1024 * BL_GIB, NULL},
        {"pids", "32768", 32768, NULL},
        {"cpus", "0.5", 500, NULL},
        {"cpus", "1024", 1024000, NULL},
        {"stack", "64K", 64 * BL_KIB, NULL},
        {"cpu-time", "0", 0, "cpu-time: \"0\" is out of bounds: it takes 1 ms to 24 h"},
        {"cpu-time", "999999ns", 0,
         "cpu-time: \"999999ns\" is out of bounds: it takes 1 ms to 24 h"},
        {"cpu-time", "86400000000001ns", 0,
         "cpu-time: \"86400000000001ns\" is out of bounds: it takes 1 ms to 24 h"},
        {"cpu-time", "-1", 0,
         "cpu-time: \"-1\" is not a plain decimal number: it takes 1 ms to 24 h"},
        {"wall-time", "", 0, "wall-time: \"\" is empty: it takes 1 ms to 24 h"},
        {"wall-time", "nan", 0,
         "wall-time: \"nan\" is not a plain decimal number: it takes 1 ms to 24 h"},
        {"memory", "1e400", 0,
         "memory: \"1e400\" has something unknown behind the number: it takes 1 MiB to 1 TiB"},
        {"memory", "64 MiB", 0,
         "memory: \"64 MiB\" has something unknown behind the number: it takes 1 MiB to 1 TiB"},
        {"memory", "18446744073709551616", 0,
         "memory: \"18446744073709551616\" does not fit into 64 bits: it takes 1 MiB to 1 TiB"},
        {"memory", "1025G", 0, "memory: \"1025G\" is out of bounds: it takes 1 MiB to 1 TiB"},
        {"output", "0.5", 0,
         "output: \"0.5\" is finer than the smallest unit: it takes 1 B to 1 TiB"},
        {"pids", "0", 0, "pids: \"0\" is out of bounds: it takes 1 to 32768"},
        {"pids", "1.5", 0, "pids: \"1.5\" is finer than the smallest unit: it takes 1 to 32768"},
        {"pids", "unlimited", 0,
         "pids: \"unlimited\" is not a plain decimal number: it takes 1 to 32768"},
        {"cpus", "0.009", 0, "cpus: \"0.009\" is out of bounds: it takes 0.01 to 1024"},
        {"cpus", "inf", 0, "cpus: \"inf\" is not a plain decimal number: it takes 0.01 to 1024"},
        {"open-files", "99999999999999999999999999999999999999999999999999999999999999999", 0,
         "open-files: \"999999999999999999999999999999999999999999999999\"... does not fit into 64 "
         "bits: it takes 4 to 16384"},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        const struct bl_limit_row *row = bl_limit_find(cases[i].option);
        struct bl_limits limits = bl_limits_default();
        struct bl_err err = {0};
        int done = bl_limit_parse(&limits, row, cases[i].text, &err);

        if (cases[i].value > 0) {
            assert_int_equal(done, 0);
            assert_int_equal(err.step, BL_STEP_NONE);
            assert_int_equal(bl_limit_get(&limits, row), cases[i].value);
        } else {
            assert_int_equal(done, -1);
            assert_int_equal(err.step, BL_STEP_OPTION);
            assert_string_equal(err.detail, cases[i].detail);
            assert_int_equal(bl_limit_get(&limits, row), row->otherwise);
        }
    }
}

static void ceilings__say_bounds_of_a_field_in_readable_units(void **state)
{
    struct bl_limits limits = bl_limits_default();
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_limit_set(&limits, bl_limit_find("memory"), 4096, &err), -1);
    assert_string_equal(err.detail, "memory: 4 KiB is out of bounds: 1 MiB to 1 TiB");
    assert_int_equal(bl_limit_set(&limits, bl_limit_find("cpus"), 1024500, &err), -1);
    assert_string_equal(err.detail, "cpus: 1024.5 is out of bounds: 0.01 to 1024");
    assert_int_equal(bl_limit_set(&limits, bl_limit_find("wall-time"), UINT64_MAX, &err), -1);
    assert_string_equal(err.detail, "wall-time: 18446744073.709 s is out of bounds: 1 ms to 24 h");
}

static void ceilings__keep_every_bound_in_the_message(void **state)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    char text[4096];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    text[0] = '1';
    for (size_t i = 0; i < count; i++) {
        struct bl_limits limits = bl_limits_default();
        struct bl_err err;

        assert_int_equal(bl_limit_parse(&limits, &rows[i], text, &err), -1);
        assert_true(strlen(err.detail) < sizeof(err.detail) - 1);
        assert_non_null(strstr(err.detail, " to "));
    }
}

static void cpuset__takes_the_kernels_lists(void **state)
{
    static const char *const lists[] = {"0",     "7",         "0-3",  "0-3,7", "1,2,3",
                                        "0-0,1", "8190-8191", "0,16", "007"};
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(lists); i++)
        assert_int_equal(bl_cpuset_check(lists[i], &err), 0);
}

static void cpuset__refuses_everything_else(void **state)
{
    static const char *const lists[] = {
        "",     "-",      "-1",  "0-",    "a",   "0,",  ",0",  "0,,1",
        "3-0",  "3,1",    "1,1", "0-3,3", "0 ",  " 0",  "0\n", "0-3-5",
        "8192", "0-8192", "0x1", "1.5",   "all", "0;1", "+1",  "99999999999999999999",
    };
    char huge[2 * BL_CPUSET_MAX] = "0";
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(lists); i++) {
        if (bl_cpuset_check(lists[i], &err) == 0)
            fail_msg("\"%s\" was taken", lists[i]);
        assert_int_equal(err.step, BL_STEP_OPTION);
        assert_non_null(strstr(err.detail, "cpuset: \""));
        assert_non_null(strstr(err.detail, "it takes a list such as 0-3,7"));
    }
    for (int i = 1; strlen(huge) < BL_CPUSET_MAX; i++)
        (void)snprintf(huge + strlen(huge), sizeof(huge) - strlen(huge), ",%d", i);
    assert_int_equal(bl_cpuset_check(huge, &err), -1);
    assert_non_null(strstr(err.detail, "is too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ceilings__have_a_row_for_every_field),
        cmocka_unit_test(ceilings__know_no_other_option),
        cmocka_unit_test(ceilings__take_both_bounds_and_nothing_beyond),
        cmocka_unit_test(ceilings__set_one_field_only),
        cmocka_unit_test(ceilings__parse_or_say_what_to_write),
        cmocka_unit_test(ceilings__say_bounds_of_a_field_in_readable_units),
        cmocka_unit_test(ceilings__keep_every_bound_in_the_message),
        cmocka_unit_test(cpuset__takes_the_kernels_lists),
        cmocka_unit_test(cpuset__refuses_everything_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
