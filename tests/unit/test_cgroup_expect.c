/* test_cgroup_expect.c - limits that are written before it is known whether they will be asked for:
 * what is left to write then, and what is undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "tests/unit/cgroup_scene.h"

/* What must hold of a group of either version. */
static void for_both(void (*check)(struct bl_cgroup *group))
{
    for (uint32_t version = 1; version <= 2; version++) {
        struct bl_cgroup *group = cgroup_scene_adopt(version);

        check(group);
        bl_cgroup_free(&group);
    }
}

static const enum bl_cgroup_role amounts[] = {BL_CGROUP_MEMORY_MAX, BL_CGROUP_SWAP_MAX,
                                              BL_CGROUP_PIDS_MAX, BL_CGROUP_CPU_MAX};

static void write_none_that_was_expected(struct bl_cgroup *group)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3");
    struct bl_err err;

    bl_cgroup_expect(group, &limits);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
    cgroup_scene_assert(group, BL_CGROUP_PIDS_MAX, "9");
    cgroup_scene_say(group, BL_CGROUP_CPUSET_CPUS, "untouched");
    for (size_t i = 0; i < BL_ARRAY_LEN(amounts); i++)
        cgroup_scene_say(group, amounts[i], "untouched");
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "untouched");
    for (size_t i = 0; i < BL_ARRAY_LEN(amounts); i++)
        cgroup_scene_assert(group, amounts[i], "untouched");
    cgroup_scene_say(group, BL_CGROUP_CPUSET_CPUS, "");
    cgroup_scene_say(group, BL_CGROUP_PIDS_MAX, "");
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0); /* again: written as ever */
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
    cgroup_scene_assert(group, BL_CGROUP_PIDS_MAX, "9");
}

static void limit__writes_nothing_that_was_expected(void **state)
{
    (void)state;
    for_both(write_none_that_was_expected);
}

static void limit__writes_what_was_not_expected(void **state)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3");
    struct bl_limits other[4];
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(other); i++)
        other[i] = limits;
    other[0].memory_bytes *= 2;
    other[1].pids++;
    other[2].cpus_milli++;
    (void)strcpy(other[3].cpuset, "2,3");
    for (uint32_t version = 1; version <= 2; version++) {
        for (size_t i = 0; i < BL_ARRAY_LEN(other); i++) {
            struct bl_cgroup *group = cgroup_scene_adopt(version);

            bl_cgroup_expect(group, &other[i]);
            for (size_t j = 0; j < BL_ARRAY_LEN(amounts); j++)
                cgroup_scene_say(group, amounts[j], "");
            assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
            cgroup_scene_assert(group, BL_CGROUP_MEMORY_MAX, i < 3 ? "67108864" : "");
            cgroup_scene_assert(group, BL_CGROUP_PIDS_MAX, i < 3 ? "9" : "");
            cgroup_scene_assert(group, BL_CGROUP_CPU_MAX,
                                i == 3         ? ""
                                : version == 1 ? "150000"
                                               : "150000 100000");
            cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
            bl_cgroup_free(&group);
        }
    }
}

/* A program that may run anywhere is not kept where another one was expected. */
static void undo_what_was_expected(struct bl_cgroup *group)
{
    const struct bl_limits limits = cgroup_scene_limits(""), expected = cgroup_scene_limits("2,3");
    struct bl_err err;

    bl_cgroup_expect(group, &expected);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2,3");
    cgroup_scene_say(group, BL_CGROUP_CPUSET_CPUS, "");
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
    bl_cgroup_expect(group, &expected);
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_CPUS);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
}

static void limit__without_a_cpuset_undoes_the_expected_one(void **state)
{
    (void)state;
    for_both(undo_what_was_expected);
}

/* What comes second is for bl_cgroup_limit(), and so is a cpuset where nothing tells what there is.
 */
static void expect_once_and_what_is_told(struct bl_cgroup *group)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3"), other = cgroup_scene_limits("2,3");
    struct bl_err err;

    cgroup_scene_say(group, BL_CGROUP_CPUSET_EFFECTIVE, "");
    bl_cgroup_expect(group, &limits);
    cgroup_scene_say(group, BL_CGROUP_CPUSET_CPUS, "untouched");
    cgroup_scene_say(group, BL_CGROUP_CPUSET_EFFECTIVE, "2-3\n");
    bl_cgroup_expect(group, &other);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "untouched");
    cgroup_scene_say(group, BL_CGROUP_CPUSET_CPUS, "");
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
}

static void limit__is_written_ahead_once_and_where_it_can_be(void **state)
{
    (void)state;
    for_both(expect_once_and_what_is_told);
}

/* One that was written and does not hold is not left there. */
static void expect_none_that_does_not_hold(struct bl_cgroup *group)
{
    const struct bl_limits limits = cgroup_scene_limits(""), expected = cgroup_scene_limits("7");
    struct bl_err err;

    bl_cgroup_expect(group, &expected);
    cgroup_scene_assert(group, BL_CGROUP_CPUSET_CPUS, "2-3");
    assert_int_equal(bl_cgroup_limit(group, &expected, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_LIMIT);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), 0);
}

static void limit__expects_no_cpuset_that_does_not_hold(void **state)
{
    (void)state;
    for_both(expect_none_that_does_not_hold);
}

/* What could not be written ahead is no excuse. */
static void limit__tells_of_an_expected_limit_that_fails(void **state)
{
    const struct bl_limits limits = cgroup_scene_limits("2-3");
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(amounts); i++) {
        struct bl_cgroup *group = cgroup_scene_adopt(1);

        cgroup_scene_lock(group, amounts[i]);
        bl_cgroup_expect(group, &limits);
        assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
        assert_int_equal(err.step, BL_STEP_CGROUP_LIMIT);
        bl_cgroup_free(&group);
    }
    struct bl_cgroup *group = cgroup_scene_adopt(1);
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_CPUS);
    bl_cgroup_expect(group, &limits);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_LIMIT);
    cgroup_scene_lack(group, BL_CGROUP_CPUSET_CPUS);
    bl_cgroup_expect(group, &limits);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    bl_cgroup_free(&group);
    group = cgroup_scene_adopt(1);
    cgroup_scene_lock(group, BL_CGROUP_CPUSET_EFFECTIVE);
    bl_cgroup_expect(group, &limits);
    assert_int_equal(bl_cgroup_limit(group, &limits, &err), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_READ);
    bl_cgroup_free(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit__writes_nothing_that_was_expected),
        cmocka_unit_test(limit__writes_what_was_not_expected),
        cmocka_unit_test(limit__without_a_cpuset_undoes_the_expected_one),
        cmocka_unit_test(limit__is_written_ahead_once_and_where_it_can_be),
        cmocka_unit_test(limit__expects_no_cpuset_that_does_not_hold),
        cmocka_unit_test(limit__tells_of_an_expected_limit_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
