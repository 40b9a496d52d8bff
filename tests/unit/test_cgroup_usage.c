/* test_cgroup_usage.c - what the handle on a group reads where, and what it tells of a file that
 * can't be read, or holds what no kernel writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>

#include "tests/unit/cgroup_scene.h"

static void usage__is_every_counter(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_usage is = {0};
        struct bl_err err;
        uint64_t ns;

        assert_int_equal(bl_cgroup_usage(group, &is, &err), 0);
        assert_int_equal(is.memory_peak_bytes, 4096);
        assert_int_equal(is.memory_file_bytes, 20);
        assert_int_equal(is.memory_shmem_bytes, 10);
        assert_int_equal(is.memory_kernel_bytes, 77);
        assert_int_equal(is.oom_kills, 2);
        assert_int_equal(is.pids_peak, 5);
        assert_int_equal(is.pids_refused, 3);
        assert_int_equal(is.cpu_time_ns, 1000000);
        assert_int_equal(is.user_time_ns, 750000);
        assert_int_equal(is.system_time_ns, 250000);
        assert_int_equal(is.throttled_ns, 9000);
        assert_int_equal(is.has_io, version == 2);
        assert_int_equal(is.has_pressure, version == 2);
        assert_int_equal(is.memory_limit_hits, version == 2 ? 6 : 0);
        assert_int_equal(is.read_bytes + is.write_bytes, version == 2 ? 300 : 0);
        assert_int_equal(is.io_pressure_ns, version == 2 ? 13 * BL_NS_PER_US : 0);
        assert_int_equal(bl_cgroup_cpu_ns(group, &ns, &err), 0);
        assert_int_equal(ns, 1000000);
        bl_cgroup_free(&group);
    }
}

static void refused_above__is_what_the_place_tells(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_err err;
        uint64_t count = 1;

        assert_int_equal(bl_cgroup_refused_above(group, &count, &err), 0);
        assert_int_equal(count, version == 2 ? 4 : 0);
        cgroup_scene_lack(group, BL_CGROUP_PIDS_ABOVE); /* as at the root */
        assert_int_equal(bl_cgroup_refused_above(group, &count, &err), 0);
        assert_int_equal(count, 0);
        bl_cgroup_free(&group);
    }
}

/* Before Linux 5.18 v2 has parts of what the kernel takes; more shmem than file happens while both
 * change. */
static void usage__is_put_together_from_parts(void **state)
{
    struct bl_cgroup *group = cgroup_scene_adopt(2);
    struct bl_usage is = {0};
    struct bl_err err;

    (void)state;
    cgroup_scene_say(group, BL_CGROUP_MEMORY_STAT,
                     "file 5\nshmem 10\nkernel_stack 1\nsock 2\nslab 4\n");
    assert_int_equal(bl_cgroup_usage(group, &is, &err), 0);
    assert_int_equal(is.memory_kernel_bytes, 7);
    assert_int_equal(is.memory_file_bytes, 0);
    bl_cgroup_free(&group);
}

static void usage__does_without_what_a_kernel_lacks(void **state)
{
    static const enum bl_cgroup_role lacking[] = {BL_CGROUP_MEMORY_KERNEL, BL_CGROUP_PIDS_PEAK,
                                                  BL_CGROUP_PIDS_EVENTS,   BL_CGROUP_CPU_MAX,
                                                  BL_CGROUP_IO_STAT,       BL_CGROUP_CPU_PRESSURE};

    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_usage is = {0};
        struct bl_err err;

        for (size_t i = 0; i < BL_ARRAY_LEN(lacking); i++)
            cgroup_scene_lack(group, lacking[i]);
        if (version == 1)
            cgroup_scene_lack(group, BL_CGROUP_CPU_STAT);
        assert_int_equal(bl_cgroup_usage(group, &is, &err), 0);
        assert_false(is.has_io || is.has_pressure || is.has_throttled || is.has_pids_peak);
        assert_int_equal(is.has_memory_split, version == 2);
        bl_cgroup_free(&group);
    }
}

static const struct {
    uint32_t version;
    enum bl_cgroup_role role;
    const char *text, *told;
} strange[] = {
    {1, BL_CGROUP_MEMORY_PEAK, "many\n", "memory.max_usage_in_bytes"},
    {1, BL_CGROUP_MEMORY_STAT, "cache 1\n", "memory.stat"},
    {1, BL_CGROUP_MEMORY_STAT, "shmem 1\n", "memory.stat"},
    {1, BL_CGROUP_MEMORY_KERNEL, "", "memory.kmem.usage_in_bytes"},
    {1, BL_CGROUP_MEMORY_EVENTS, "oom_kill x\n", "memory.oom_control: oom_kill"},
    {1, BL_CGROUP_PIDS_PEAK, "-7\n", "pids.peak"},
    {1, BL_CGROUP_PIDS_EVENTS, "min 3\n", "pids.events: max"},
    {1, BL_CGROUP_CPU_STAT, "\n", "cpu.stat: throttled_time"},
    {1, BL_CGROUP_CPU_USAGE, "99999999999999999999\n", "cpuacct.usage"},
    {1, BL_CGROUP_CPU_USAGE_USER, "user\n", "cpuacct.usage_user"},
    {1, BL_CGROUP_CPU_USAGE_SYS, "0x1\n", "cpuacct.usage_sys"},
    {2, BL_CGROUP_MEMORY_PEAK, "1 2\n", "memory.peak"},
    {2, BL_CGROUP_MEMORY_STAT, "file 1\n", "memory.stat"},
    {2, BL_CGROUP_MEMORY_STAT, "shmem 1\n", "memory.stat"},
    {2, BL_CGROUP_MEMORY_EVENTS, "oom 1\n", "memory.events: oom_kill"},
    {2, BL_CGROUP_MEMORY_EVENTS, "oom_kill 1\n", "memory.events: oom"},
    {2, BL_CGROUP_PIDS_PEAK, "\n", "pids.peak"},
    {2, BL_CGROUP_CPU_STAT, "user_usec 1\nsystem_usec 1\nthrottled_usec 0\n", "cpu.stat"},
    {2, BL_CGROUP_CPU_STAT, "usage_usec 1\nsystem_usec 1\nthrottled_usec 0\n", "cpu.stat"},
    {2, BL_CGROUP_CPU_STAT, "usage_usec 1\nuser_usec 1\nthrottled_usec 0\n", "cpu.stat"},
    {2, BL_CGROUP_CPU_STAT, "usage_usec 1\nuser_usec 1\nsystem_usec 0\n", "cpu.stat"},
};

static void usage__tells_which_file_is_strange(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(strange); i++) {
        struct bl_cgroup *group = cgroup_scene_adopt(strange[i].version);
        struct bl_usage is = {0};
        struct bl_err err;

        cgroup_scene_say(group, strange[i].role, strange[i].text);
        assert_int_equal(bl_cgroup_usage(group, &is, &err), -1);
        assert_int_equal(err.step, BL_STEP_CGROUP_READ);
        assert_int_equal(err.sys_errno, EPROTO);
        assert_string_equal(err.detail, strange[i].told);
        bl_cgroup_free(&group);
    }
}

/* Of every file but the pressures', which a kernel may have switched off. */
static void usage__tells_which_file_can_not_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(strange); i++) {
        struct bl_cgroup *group = cgroup_scene_adopt(strange[i].version);
        const char *name = bl_cgroup_file_name(strange[i].version, strange[i].role);
        struct bl_usage is = {0};
        struct bl_err err;

        cgroup_scene_lock(group, strange[i].role);
        assert_int_equal(bl_cgroup_usage(group, &is, &err), -1);
        assert_int_equal(err.step, BL_STEP_CGROUP_READ);
        assert_int_equal(err.sys_errno, EBADF);
        assert_string_equal(err.detail, name);
        bl_cgroup_free(&group);
    }
    struct bl_cgroup *group = cgroup_scene_adopt(2);
    struct bl_usage is = {0};
    struct bl_err err;
    uint64_t ns;

    cgroup_scene_lock(group, BL_CGROUP_MEMORY_PRESSURE);
    assert_int_equal(bl_cgroup_usage(group, &is, &err), 0);
    assert_false(is.has_pressure);
    cgroup_scene_lock(group, BL_CGROUP_IO_STAT);
    assert_int_equal(bl_cgroup_usage(group, &is, &err), -1);
    assert_string_equal(err.detail, "io.stat");
    cgroup_scene_lack(
        group,
        BL_CGROUP_CPU_STAT); /* adoption refuses that; a broken promise is told all the same */
    assert_int_equal(bl_cgroup_cpu_ns(group, &ns, &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    bl_cgroup_free(&group);
}

static void empty__is_what_the_kernel_counts(void **state)
{
    static const enum bl_cgroup_role roles[] = {0, BL_CGROUP_PIDS_CURRENT, BL_CGROUP_EVENTS};

    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_err err;
        bool empty = true;

        assert_int_equal(bl_cgroup_empty(group, &empty, &err), 0);
        assert_false(empty);
        cgroup_scene_say(group, roles[version], version == 1 ? "0\n" : "populated 0\nfrozen 0\n");
        assert_int_equal(bl_cgroup_empty(group, &empty, &err), 0);
        assert_true(empty);
        cgroup_scene_say(group, roles[version], "nobody\n");
        assert_int_equal(bl_cgroup_empty(group, &empty, &err), -1);
        assert_int_equal(err.sys_errno, EPROTO);
        bl_cgroup_free(&group);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage__is_every_counter),
        cmocka_unit_test(refused_above__is_what_the_place_tells),
        cmocka_unit_test(usage__is_put_together_from_parts),
        cmocka_unit_test(usage__does_without_what_a_kernel_lacks),
        cmocka_unit_test(usage__tells_which_file_is_strange),
        cmocka_unit_test(usage__tells_which_file_can_not_be_read),
        cmocka_unit_test(empty__is_what_the_kernel_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
