/* test_cgroup_clock.c - promises of limits/cgroup_clock.h, on whichever cgroup version there is. */
#include <sched.h>

#include "cgroup_fixture.h"
#include "limits/cgroup_clock.h"

static int body_only_one_cpu(void *unused)
{
    cpu_set_t set;

    (void)unused;
    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1 ? 0 : 2;
}

static int body_work(void *unused)
{
    (void)unused;
    for (volatile int i = 0; i < 1000000; i++)
        ;
    return 0;
}

static void cgroup_clock__narrows_to_one_cpu(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct bl_cgroup_clock clock;
    struct bl_err err;

    must(bl_cgroup_clock(subject.group, 1, 12345, &clock, &err), &err);
    if (clock.cpuset < 0) { /* no cpuset controller here, or one CPU */
        assert_int_equal(bl_cgroup_clock_narrow(&clock), -1);
        assert_int_equal(errno, ENOENT);
    } else {
        assert_int_equal(bl_cgroup_clock_narrow(&clock), 0);
        assert_exited(wait_for(run_inside(&subject.join, body_only_one_cpu, NULL)), 0);
    }
    subject_end(&subject);
}

static void cgroup_clock__names_all_cpus_of_a_round(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct bl_cgroup_clock clock;
    struct bl_err err;
    cpu_set_t own;

    assert_int_equal(sched_getaffinity(0, sizeof(own), &own), 0);
    must(bl_cgroup_clock(subject.group, BL_CGROUP_ROUND_MAX, 0, &clock, &err), &err);
    assert_in_range(clock.cpu_count, 0, BL_CGROUP_ROUND_MAX);
    for (uint32_t i = 0; i < clock.cpu_count; i++) {
        assert_true(CPU_ISSET(clock.cpus[i], &own));
        CPU_CLR(clock.cpus[i], &own);
    }
    if (clock.cpu_count > 0 && clock.cpuset < 0)
        assert_int_equal(CPU_COUNT(&own), 0);
    subject_end(&subject);
}

static void cgroup_clock__reads_what_the_group_reads(void **state)
{
    struct bl_limits limits = generous();
    struct subject subject = subject_make(state, &limits);
    struct bl_cgroup_clock clock;
    uint64_t by_group, by_clock;
    struct bl_err err;

    assert_exited(wait_for(run_inside(&subject.join, body_work, NULL)), 0);
    must(bl_cgroup_clock(subject.group, BL_CGROUP_ROUND_MAX, 0, &clock, &err), &err);
    must(bl_cgroup_cpu_ns(subject.group, &by_group, &err), &err);
    assert_int_equal(bl_cgroup_clock_read(&clock, &by_clock), 0);
    assert_true(by_group > 0);
    assert_int_equal(by_clock, by_group);
    subject_end(&subject);
}

static void cgroup_clock__unreadable_is_an_error(void **state)
{
    const struct bl_cgroup_clock none = {.version = 1, .counter = -1, .cpuset = -1};
    const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    struct bl_cgroup_clock clock = {.version = 1, .counter = zero, .cpuset = -1};
    uint64_t ns;

    (void)state;
    assert_int_equal(bl_cgroup_clock_read(&none, &ns), -1);
    for (; clock.version <= 2; clock.version++) {
        assert_int_equal(bl_cgroup_clock_read(&clock, &ns), -1);
        assert_int_equal(errno, EPROTO);
    }
    (void)close(zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROMISE(cgroup_clock__narrows_to_one_cpu),
        PROMISE(cgroup_clock__names_all_cpus_of_a_round),
        PROMISE(cgroup_clock__reads_what_the_group_reads),
        cmocka_unit_test(cgroup_clock__unreadable_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
