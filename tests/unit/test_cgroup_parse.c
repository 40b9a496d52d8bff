/* test_cgroup_parse.c - promises of limits/cgroup_parse.h: what the kernel writes is understood,
 * and nothing else is taken for a value - cut, malformed or huge. */
#include "limits/cgroup_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"

enum { UNTOUCHED = 4711 };

/* exact - a copy without a NUL behind it, so that ASan sees a parser that reads on. */
static char *exact(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

/* ---- numbers and keys ---- */

static void parse__number(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0\n", true, 0},
        {"123\n", true, 123},
        {"123", true, 123},
        {"max\n", true, UINT64_MAX},
        {"-1\n", true, UINT64_MAX},
        {"18446744073709551615\n", true, UINT64_MAX},
        {"18446744073709551616\n", false, 0},
        {"99999999999999999999999999\n", false, 0},
        {"", false, 0},
        {"\n", false, 0},
        {"-2\n", false, 0},
        {"+1\n", false, 0},
        {" 1\n", false, 0},
        {"1 \n", false, 0},
        {"1\n2\n", false, 0},
        {"0x10\n", false, 0},
        {"maximum\n", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        size_t length = strlen(cases[i].text);
        bl_autofree char *text = exact(cases[i].text, length);
        uint64_t value = UNTOUCHED;

        assert_int_equal(bl_cgroup_parse_number(text, length, &value), cases[i].ok);
        assert_int_equal(value, cases[i].ok ? cases[i].value : UNTOUCHED);
    }
}

static void parse__number_stops_at_nul(void **state)
{
    uint64_t value;

    (void)state;
    assert_false(bl_cgroup_parse_number("1\0002", 3, &value));
}

static const char CPU_STAT[] = "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 7\n";

static void parse__key(void **state)
{
    uint64_t value = 0;

    (void)state;
    assert_true(bl_cgroup_parse_key(CPU_STAT, strlen(CPU_STAT), "user_usec", &value));
    assert_int_equal(value, 3000);
    assert_false(bl_cgroup_parse_key(CPU_STAT, strlen(CPU_STAT), "user", &value));
    assert_false(bl_cgroup_parse_key(CPU_STAT, strlen(CPU_STAT), "usec", &value));
    assert_false(bl_cgroup_parse_key(CPU_STAT, strlen(CPU_STAT), "", &value));
    assert_false(bl_cgroup_parse_key(CPU_STAT, 0, "user_usec", &value));
    assert_int_equal(value, 3000);
}

static void parse__key_of_oom_control(void **state)
{
    static const char text[] = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";
    uint64_t value = 0;

    (void)state;
    assert_true(bl_cgroup_parse_key(text, strlen(text), "oom_kill", &value));
    assert_int_equal(value, 3);
}

/* Cut anywhere, a key is whole and right or it is not there: never a shorter number. */
static void parse__key_cut_anywhere_is_whole_or_missing(void **state)
{
    static const char *const keys[] = {"usage_usec", "user_usec", "system_usec", "nr_periods"};
    static const uint64_t values[] = {5000, 3000, 2000, 7};

    (void)state;
    for (size_t length = 0; length <= strlen(CPU_STAT); length++) {
        bl_autofree char *text = exact(CPU_STAT, length);

        for (size_t i = 0; i < BL_ARRAY_LEN(keys); i++) {
            uint64_t value = UNTOUCHED;
            bool found = bl_cgroup_parse_key(text, length, keys[i], &value);

            assert_int_equal(value, found ? values[i] : UNTOUCHED);
        }
    }
}

static void parse__key_malformed(void **state)
{
    static const char *const texts[] = {
        "key\n",
        "key \n",
        "key  1\n",
        "key 1 2\n",
        "key -1\n",
        "key 1",
        "key 18446744073709551616\n",
        " key 1\n",
        "key\t1\n",
        "\n\n\n",
        "KEY 1\n",
    };
    uint64_t value = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(texts); i++)
        assert_false(bl_cgroup_parse_key(texts[i], strlen(texts[i]), "key", &value));
    assert_int_equal(value, UNTOUCHED);
}

static void parse__huge_text_without_what_is_looked_for(void **state)
{
    size_t length = 1 << 20;
    bl_autofree char *text = malloc(length);
    struct bl_cgroup_io io;
    uint64_t value;
    int pids[4];

    (void)state;
    assert_non_null(text);
    for (int fill = 0; fill < 256; fill += 5) {
        memset(text, fill, length);
        assert_false(bl_cgroup_parse_key(text, length, "key", &value));
        assert_false(bl_cgroup_parse_number(text, length, &value));
        assert_false(bl_cgroup_parse_pressure(text, length, &value));
        assert_int_equal(bl_cgroup_parse_pids(text, length, pids, BL_ARRAY_LEN(pids)), 0);
        bl_cgroup_parse_io_stat(text, length, &io);
        assert_int_equal(io.read_bytes + io.write_bytes, 0);
    }
}

static void parse__pressure(void **state)
{
    static const char text[] = "some avg10=0.12 avg60=1.00 avg300=0.00 total=123456\n"
                               "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";
    static const char no_some[] = "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";
    uint64_t us = UNTOUCHED;

    (void)state;
    assert_true(bl_cgroup_parse_pressure(text, strlen(text), &us));
    assert_int_equal(us, 123456);
    assert_false(bl_cgroup_parse_pressure(no_some, strlen(no_some), &us));
    for (size_t length = 0;
         length < strlen("some avg10=0.12 avg60=1.00 avg300=0.00 total=123456\n"); length++)
        assert_false(bl_cgroup_parse_pressure(text, length, &us));
}

/* ---- block I/O ---- */

static void parse__io_stat(void **state)
{
    static const char text[] = "8:16 rbytes=1000 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n"
                               "254:0 rbytes=5 wbytes=7 rios=1 wios=1 dbytes=9 dios=0\n"
                               "254:1 \n"
                               "254:2 rbytes=x wbytes=18446744073709551616 xrbytes=4\n"
                               "8:0 rbytes=77";
    struct bl_cgroup_io io;

    (void)state;
    bl_cgroup_parse_io_stat(text, strlen(text), &io);
    assert_int_equal(io.read_bytes, 1005);
    assert_int_equal(io.write_bytes, 27);
    bl_cgroup_parse_io_stat("", 0, &io);
    assert_int_equal(io.read_bytes, 0);
}

static void parse__io_sum_does_not_wrap(void **state)
{
    static const char text[] = "8:0 rbytes=18446744073709551615 wbytes=1\n8:1 rbytes=2 wbytes=1\n";
    struct bl_cgroup_io io;

    (void)state;
    bl_cgroup_parse_io_stat(text, strlen(text), &io);
    assert_int_equal(io.read_bytes, UINT64_MAX);
    assert_int_equal(io.write_bytes, 2);
}

/* ---- lists ---- */

static void parse__pids(void **state)
{
    static const char text[] = "12\n0\n-4\n345\nx\n2147483647\n2147483648\n78";
    int pids[8];

    (void)state;
    assert_int_equal(bl_cgroup_parse_pids(text, strlen(text), pids, BL_ARRAY_LEN(pids)), 3);
    assert_int_equal(pids[0], 12);
    assert_int_equal(pids[1], 345);
    assert_int_equal(pids[2], 2147483647);
    assert_int_equal(bl_cgroup_parse_pids(text, strlen(text), pids, 1), 1);
    assert_int_equal(bl_cgroup_parse_pids(text, strlen(text), pids, 0), 0);
    /* 78 has no newline: it may be the start of a longer pid */
    assert_int_equal(bl_cgroup_parse_pids("78", 2, pids, BL_ARRAY_LEN(pids)), 0);
}

static void parse__controllers(void **state)
{
    static const char v2[] = "cpuset cpu io memory hugetlb pids rdma misc\n";
    static const char v1[] = "rw,cpu,cpuacct";

    (void)state;
    assert_int_equal(bl_cgroup_parse_controllers(v2, strlen(v2)),
                     BL_CGROUP_HAS(CPUSET) | BL_CGROUP_HAS(CPU) | BL_CGROUP_HAS(IO) |
                         BL_CGROUP_HAS(MEMORY) | BL_CGROUP_HAS(PIDS));
    assert_int_equal(bl_cgroup_parse_controllers(v1, strlen(v1)),
                     BL_CGROUP_HAS(CPU) | BL_CGROUP_HAS(CPUACCT));
    assert_int_equal(bl_cgroup_parse_controllers("", 0), 0);
    assert_int_equal(bl_cgroup_parse_controllers("\n", 1), 0);
    assert_int_equal(bl_cgroup_parse_controllers("memoryx,xmemory,,, name=memory", 30), 0);
}

static bool cpus_are(const char *text, uint64_t first_word)
{
    struct bl_cgroup_cpus set;

    return bl_cgroup_parse_cpus(text, strlen(text), &set) && set.bits[0] == first_word;
}

static void parse__cpus(void **state)
{
    static const char *const wrong[] = {"a",   "1-",   "-1",  "3-1",   "1,,2",         ",1",
                                        "0-x", "8192", "1 2", "1-2-3", "0-99999999999"};
    struct bl_cgroup_cpus set;

    (void)state;
    assert_true(cpus_are("0\n", 1));
    assert_true(cpus_are("0-3\n", 15));
    assert_true(cpus_are("0-1,5", 35));
    assert_true(cpus_are("5,0-1", 35));
    assert_true(cpus_are("", 0));
    assert_true(cpus_are("\n", 0));
    assert_true(cpus_are("63-64", UINT64_C(1) << 63));
    assert_true(bl_cgroup_parse_cpus("8191", 4, &set));
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++)
        assert_false(bl_cgroup_parse_cpus(wrong[i], strlen(wrong[i]), &set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__number),
        cmocka_unit_test(parse__number_stops_at_nul),
        cmocka_unit_test(parse__key),
        cmocka_unit_test(parse__key_of_oom_control),
        cmocka_unit_test(parse__key_cut_anywhere_is_whole_or_missing),
        cmocka_unit_test(parse__key_malformed),
        cmocka_unit_test(parse__huge_text_without_what_is_looked_for),
        cmocka_unit_test(parse__pressure),
        cmocka_unit_test(parse__io_stat),
        cmocka_unit_test(parse__io_sum_does_not_wrap),
        cmocka_unit_test(parse__pids),
        cmocka_unit_test(parse__controllers),
        cmocka_unit_test(parse__cpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
