/* test_cgroup_handle.c - what the handle on a group writes where, what it takes, and its clock; and
 * what it tells of files that it can't use. Limits that are written ahead: test_cgroup_expect.c.
 * sysinfo is linked with --wrap, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "limits/cgroup_clock.h"
#include "tests/unit/cgroup_scene.h"

static unsigned long swap_bytes;
static bool is_machine_known;

int __wrap_sysinfo(struct sysinfo *info);
int __wrap_sysinfo(struct sysinfo *info)
{
    info->totalswap = swap_bytes;
    errno = EPERM;
    return is_machine_known ? 0 : -1;
}

static void limit__writes_each_value(void **state)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3");

    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_err err;

        assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
        cgroup_scene_assert(group, BL_CGROUP_MEMORY_MAX, "67108864");
        cgroup_scene_assert(group, BL_CGROUP_SWAP_MAX, version == 1 ? "67108864" : "0");
        cgroup_scene_assert(group, BL_CGROUP_PIDS_MAX, "9");
        cgroup_scene_assert(group, BL_CGROUP_CPU_MAX, version == 1 ? "150000" : "150000 100000");
        cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
        bl_cgroup_free(&group);
    }
}

static void limit__tells_which_file_can_not_be_written(void **state)
{
    static const enum bl_cgroup_role roles[] = {BL_CGROUP_MEMORY_MAX, BL_CGROUP_SWAP_MAX,
                                                BL_CGROUP_PIDS_MAX, BL_CGROUP_CPU_MAX,
                                                BL_CGROUP_CPUSET_CPUS};
    const struct bl_limits limits = cgroup_scene_limits("2-3");

    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        for (size_t i = 0; i < BL_ARRAY_LEN(roles); i++) {
            struct bl_cgroup *group = cgroup_scene_adopt(version);
            const char *name = bl_cgroup_file_name(version, roles[i]);
            struct bl_err err;

            cgroup_scene_lock(group, roles[i]);
            assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
            assert_int_equal(err.step, BL_STEP_CGROUP_LIMIT);
            assert_int_equal(err.sys_errno, EBADF);
            assert_memory_equal(err.detail, name, strlen(name));
            bl_cgroup_free(&group);
        }
    }
}

/* v1 refuses memory above memory and swap: then these are raised first. The file answers EINVAL. */
static void limit__of_v1_is_set_in_the_other_order(void **state)
{
    const int refuses = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    const struct bl_limits limits = cgroup_scene_limits("");
    struct bl_cgroup *group = cgroup_scene_adopt(1);
    struct bl_err err;

    (void)state;
    assert_true(refuses >= 0);
    assert_true(dup3(refuses, group->files.fds[BL_CGROUP_MEMORY_MAX], O_CLOEXEC) >= 0);
    assert_int_equal(close(refuses), 0);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.sys_errno, EINVAL);
    cgroup_scene_assert(group, BL_CGROUP_SWAP_MAX, "67108864");
    cgroup_scene_lock(group, BL_CGROUP_SWAP_MAX);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.sys_errno, EBADF);
    bl_cgroup_free(&group);
}

static void limit__of_a_cpuset_is_looked_at(void **state)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3");
    struct bl_cgroup *group = cgroup_scene_adopt(2);
    struct bl_err err;

    (void)state;
    cgroup_scene_say(group, BL_CGROUP_CPUSET_EFFECTIVE, "0-7\n");
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_string_equal(err.detail, "cpuset.cpus = 2-3: usable of these: 0-7");
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_EFFECTIVE);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_READ);
    cgroup_scene_lack(group, BL_CGROUP_CPUSET_CPUS);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    bl_cgroup_free(&group);
}

static void limit__needs_swap_accounting_only_where_there_is_swap(void **state)
{
    const struct bl_limits limits = cgroup_scene_limits("");

    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_err err;

        swap_bytes = 0;
        is_machine_known = true;
        cgroup_scene_lack(group, BL_CGROUP_SWAP_MAX);
        assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
        swap_bytes = BL_MIB;
        assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
        assert_non_null(strstr(err.detail, "swap is on"));
        is_machine_known = false;
        assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
        assert_int_equal(err.sys_errno, EPERM);
        bl_cgroup_free(&group);
    }
}

static void kill__is_the_kernels_where_it_can(void **state)
{
    struct bl_cgroup *group = cgroup_scene_adopt(2);
    struct bl_err err;
    bool killed = false;

    (void)state;
    assert_int_equal(bl_cgroup_kill(group, &killed, &err), 0);
    assert_true(killed);
    cgroup_scene_assert(group, BL_CGROUP_KILL, "1");
    cgroup_scene_lock(group, BL_CGROUP_KILL);
    assert_int_equal(bl_cgroup_kill(group, &killed, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_KILL);
    cgroup_scene_lack(group, BL_CGROUP_KILL);
    assert_int_equal(bl_cgroup_kill(group, &killed, &err), 0);
    assert_false(killed);
    bl_cgroup_free(&group);
}

/* ---- what comes over a socket
 * ---------------------------------------------------------------------
 */

static void adopt__refuses_what_does_not_fit_together(void **state)
{
    struct bl_cgroup *group = NULL;
    struct bl_cgroup_files files;
    struct bl_err err;

    (void)state;
    cgroup_scene_files(&files, 2);
    bl_close_fd(&files.fds[BL_CGROUP_KILL]); /* announced all the same */
    assert_int_equal(bl_cgroup_adopt(&group, &files, &err), -1);
    assert_int_equal(err.sys_errno, EPROTO);
    assert_int_equal(files.fds[BL_CGROUP_MEMORY_MAX], -1); /* taken */
    cgroup_scene_files(&files, 1);
    files.present &= ~(1U << BL_CGROUP_IO_STAT | 1U << BL_CGROUP_PIDS_MAX);
    assert_int_equal(bl_cgroup_adopt(&group, &files, &err), -1);
    assert_null(group);
}

static void clock__knows_the_programs_cpus(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);
        struct bl_cgroup_clock clock;
        struct bl_err err;
        uint64_t ns;

        assert_int_equal(bl_cgroup_clock(group, 8, 1, &clock, &err), 0);
        assert_int_equal(clock.cpu_count, 2);
        assert_int_equal(clock.cpus[0], 2);
        assert_int_equal(bl_cgroup_clock_narrow(&clock), -1); /* not needed */
        assert_int_equal(bl_cgroup_clock(group, 1, 1, &clock, &err), 0);
        assert_int_equal(clock.cpu_count, 1);
        assert_int_equal(clock.cpus[0], 3);
        assert_int_equal(bl_cgroup_clock_narrow(&clock), 0);
        cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "3");
        assert_int_equal(bl_cgroup_clock_read(&clock, &ns), 0);
        assert_int_equal(ns, 1000000);
        bl_cgroup_free(&group);
    }
}

static void clock__refuses_what_it_can_not_read(void **state)
{
    struct bl_cgroup *group = cgroup_scene_adopt(2);
    struct bl_cgroup_clock clock;
    struct bl_err err;
    uint64_t ns;

    (void)state;
    assert_int_equal(bl_cgroup_clock(group, 1, 0, &clock, &err), 0);
    cgroup_scene_say(group, BL_CGROUP_CPU_STAT,
                     "usage_usec 18446744073709551615\n"); /* in ns: no number */
    assert_int_equal(bl_cgroup_clock_read(&clock, &ns), -1);
    assert_int_equal(errno, EPROTO);
    cgroup_scene_say(group, BL_CGROUP_CPU_STAT, "user_usec 1\n");
    assert_int_equal(bl_cgroup_clock_read(&clock, &ns), -1);
    cgroup_scene_lock(group, BL_CGROUP_CPU_STAT);
    assert_int_equal(bl_cgroup_clock_read(&clock, &ns), -1);
    assert_int_equal(errno, EBADF);
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_CPUS);
    assert_int_equal(bl_cgroup_clock_narrow(&clock), -1);
    cgroup_scene_say(group, BL_CGROUP_CPUSET_EFFECTIVE, "\n");
    assert_int_equal(bl_cgroup_clock(group, 1, 0, &clock, &err), -1);
    assert_non_null(strstr(err.detail, "no CPU"));
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_EFFECTIVE);
    assert_int_equal(bl_cgroup_clock(group, 1, 0, &clock, &err), -1);
    assert_int_equal(err.sys_errno, EBADF);
    bl_cgroup_free(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit__writes_each_value),
        cmocka_unit_test(limit__tells_which_file_can_not_be_written),
        cmocka_unit_test(limit__of_v1_is_set_in_the_other_order),
        cmocka_unit_test(limit__of_a_cpuset_is_looked_at),
        cmocka_unit_test(limit__needs_swap_accounting_only_where_there_is_swap),
        cmocka_unit_test(kill__is_the_kernels_where_it_can),
        cmocka_unit_test(adopt__refuses_what_does_not_fit_together),
        cmocka_unit_test(clock__knows_the_programs_cpus),
        cmocka_unit_test(clock__refuses_what_it_can_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
