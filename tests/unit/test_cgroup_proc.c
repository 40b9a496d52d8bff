/* test_cgroup_proc.c - promises of limits/cgroup_parse.h about /proc/self/cgroup, mountinfo, the
 * paths in them and our own directory names; and how CPU time is split. */
#include "limits/cgroup_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"

enum { UNTOUCHED = 4711 };

static void parse__own(void **state)
{
    struct bl_cgroup_own own;

    (void)state;
    assert_true(bl_cgroup_parse_own("4:memory:/user/x\n", 17, &own));
    assert_false(own.unified);
    assert_int_equal(own.controllers, BL_CGROUP_HAS(MEMORY));
    assert_string_equal(own.path, "/user/x");
    assert_true(bl_cgroup_parse_own("3:cpu,cpuacct:/", 15, &own));
    assert_int_equal(own.controllers, BL_CGROUP_HAS(CPU) | BL_CGROUP_HAS(CPUACCT));
    assert_true(bl_cgroup_parse_own("0::/a:b\n", 8, &own)); /* a name may hold a colon */
    assert_true(own.unified);
    assert_string_equal(own.path, "/a:b");
    assert_true(bl_cgroup_parse_own("9:name=systemd:/\n", 17, &own));
    assert_false(own.unified);
    assert_int_equal(own.controllers, 0);
}

static void parse__own_malformed(void **state)
{
    static const char *const wrong[] = {
        "", "\n", "0", "0:", "0::", "0::\n", "0::relative", ":", "::"};
    struct bl_cgroup_own own;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++)
        assert_false(bl_cgroup_parse_own(wrong[i], strlen(wrong[i]), &own));
    assert_false(bl_cgroup_parse_own("0::/a\0b", 7, &own));
}

static void parse__own_path_of_any_length_fits_or_is_refused(void **state)
{
    char line[2 * BL_CGROUP_PATH_MAX];
    struct bl_cgroup_own own;

    (void)state;
    memset(line, 'x', sizeof(line));
    memcpy(line, "0::/", 4);
    assert_true(bl_cgroup_parse_own(line, 3 + BL_CGROUP_PATH_MAX - 1, &own));
    assert_int_equal(strlen(own.path), BL_CGROUP_PATH_MAX - 1);
    assert_false(bl_cgroup_parse_own(line, 3 + BL_CGROUP_PATH_MAX, &own));
    assert_false(bl_cgroup_parse_own(line, sizeof(line), &own));
}

static const char V1_MOUNT[] =
    "33 31 0:30 /docker/1 /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 master:2 - cgroup cgroup "
    "rw,cpu,cpuacct\n";

static void parse__mount(void **state)
{
    static const char v2[] = "41 31 0:38 / /mnt/with\\040blank\\134 rw - cgroup2 cgroup2 rw\n";
    struct bl_cgroup_mount mount;

    (void)state;
    assert_true(bl_cgroup_parse_mount(V1_MOUNT, strlen(V1_MOUNT), &mount));
    assert_false(mount.unified);
    assert_int_equal(mount.controllers, BL_CGROUP_HAS(CPU) | BL_CGROUP_HAS(CPUACCT));
    assert_string_equal(mount.root, "/docker/1");
    assert_string_equal(mount.point, "/sys/fs/cgroup/cpu,cpuacct");
    assert_true(bl_cgroup_parse_mount(v2, strlen(v2), &mount));
    assert_true(mount.unified);
    assert_int_equal(mount.controllers, 0);
    assert_string_equal(mount.root, "/");
    assert_string_equal(mount.point, "/mnt/with blank\\");
}

static void parse__mount_of_another_kind(void **state)
{
    static const char *const others[] = {
        "23 1 0:22 / /sys rw - sysfs sysfs rw\n",
        "24 1 0:22 / /cgroup rw - tmpfs cgroup rw,memory\n",
        "25 1 0:22 / /cgroup rw - cgroup3 cgroup rw\n",
        "26 1 0:22 / /cgroup rw cgroup cgroup rw,memory\n", /* no separator */
        "",
        "\n",
        "-",
        "- - - - - -",
    };
    struct bl_cgroup_mount mount;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(others); i++)
        assert_false(bl_cgroup_parse_mount(others[i], strlen(others[i]), &mount));
}

/* Only the reader knows that a line was cut; the parser must not read beyond it. */
static void parse__mount_cut_anywhere(void **state)
{
    struct bl_cgroup_mount mount;

    (void)state;
    for (size_t length = 0; length < strlen(V1_MOUNT); length++) {
        bl_autofree char *line = malloc(length + 1);

        assert_non_null(line);
        memcpy(line + 1, V1_MOUNT, length); /* ends where the block ends: ASan sees a read beyond */
        if (bl_cgroup_parse_mount(line + 1, length, &mount))
            assert_string_equal(mount.point, "/sys/fs/cgroup/cpu,cpuacct");
    }
}

static void parse__below(void **state)
{
    (void)state;
    assert_string_equal(bl_cgroup_below("/a/b", "/"), "/a/b");
    assert_string_equal(bl_cgroup_below("/a/b", "/a"), "/b");
    assert_string_equal(bl_cgroup_below("/a", "/a"), "");
    assert_string_equal(bl_cgroup_below("/", "/"), "");
    assert_string_equal(bl_cgroup_below("/a/..b/c..", "/a"), "/..b/c..");
    assert_null(bl_cgroup_below("/ab", "/a"));
    assert_null(bl_cgroup_below("/b", "/a"));
    assert_null(bl_cgroup_below("/..", "/"));
    assert_null(bl_cgroup_below("/../x", "/"));
    assert_null(bl_cgroup_below("/a/../b", "/a"));
}

static void parse__serial(void **state)
{
    static const char *const wrong[] = {"",   "i",   "s1", "i01", "i-1",
                                        "ix", "i1x", "1",  "i ",  "i18446744073709551616"};
    uint64_t serial = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++)
        assert_false(bl_cgroup_parse_serial(wrong[i], 'i', &serial));
    assert_int_equal(serial, UNTOUCHED);
    assert_true(bl_cgroup_parse_serial("i0", 'i', &serial));
    assert_int_equal(serial, 0);
    assert_true(bl_cgroup_parse_serial("s18446744073709551615", 's', &serial));
    assert_int_equal(serial, UINT64_MAX);
}

static void parse__split_cpu_adds_up(void **state)
{
    static const uint64_t cases[][3] = {
        {0, 0, 0},          {100, 0, 0},        {100, 3, 1},
        {7, 1, 2},          {UINT64_MAX, 1, 1}, {UINT64_MAX, UINT64_MAX, UINT64_MAX},
        {1, 0, UINT64_MAX},
    };
    uint64_t user, system;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        bl_cgroup_split_cpu(cases[i][0], cases[i][1], cases[i][2], &user, &system);
        assert_true(user + system == cases[i][0] && user <= cases[i][0]);
    }
    bl_cgroup_split_cpu(100, 3, 1, &user, &system);
    assert_int_equal(user, 75);
    bl_cgroup_split_cpu(100, 0, 0, &user, &system);
    assert_int_equal(user, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__own),
        cmocka_unit_test(parse__own_malformed),
        cmocka_unit_test(parse__own_path_of_any_length_fits_or_is_refused),
        cmocka_unit_test(parse__mount),
        cmocka_unit_test(parse__mount_of_another_kind),
        cmocka_unit_test(parse__mount_cut_anywhere),
        cmocka_unit_test(parse__below),
        cmocka_unit_test(parse__serial),
        cmocka_unit_test(parse__split_cpu_adds_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
