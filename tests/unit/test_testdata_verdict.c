/* From the outcomes of testcases to that of their groups, and of all. */
#include "executor/judge/testdata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* root { sample { 0 } secret { a { 1 2 } b { 3 4 } } } */
static struct bl_group groups[] = {
    {.name = "", .first = 0, .end = 5, .break_on_reject = true},
    {.name = "sample", .first = 0, .end = 1, .break_on_reject = true},
    {.name = "secret", .first = 1, .end = 5, .break_on_reject = true},
    {.name = "secret/a", .parent = 2, .first = 1, .end = 3, .break_on_reject = true},
    {.name = "secret/b", .parent = 2, .first = 3, .end = 5, .break_on_reject = true},
};
static struct bl_testcase cases[] = {
    {.name = "sample/1", .group = 1},   {.name = "secret/a/1", .group = 3},
    {.name = "secret/a/2", .group = 3}, {.name = "secret/b/1", .group = 4},
    {.name = "secret/b/2", .group = 4},
};

static enum bl_outcome aggregate(const struct bl_group *with, const enum bl_outcome outcomes[5],
                                 size_t *deciding)
{
    struct bl_group copy[5];
    struct bl_testdata data = {cases, 5, copy, 5};
    const bool done[5] = {true, true, true, true, true};

    memcpy(copy, with, sizeof(copy));
    return bl_testdata_verdict(&data, outcomes, done, deciding);
}

static void groups__first_rejection_decides_where_they_break(void **state)
{
    size_t deciding;

    (void)state;
    assert_int_equal(
        aggregate(groups, (enum bl_outcome[]){BL_AC, BL_AC, BL_AC, BL_AC, BL_AC}, &deciding),
        BL_AC);
    assert_int_equal(deciding, 5);
    assert_int_equal(
        aggregate(groups, (enum bl_outcome[]){BL_AC, BL_AC, BL_WA, BL_RTE, BL_JE}, &deciding),
        BL_WA);
    assert_int_equal(deciding, 2);
}

static void groups__worst_rejection_decides_where_they_go_on(void **state)
{
    const enum bl_outcome outcomes[] = {BL_AC, BL_WA, BL_TLE, BL_RTE, BL_OLE};
    struct bl_group with[5];
    size_t deciding;

    (void)state;
    memcpy(with, groups, sizeof(with));
    for (int i = 0; i < 5; i++)
        with[i].break_on_reject = false;
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_RTE);
    assert_int_equal(deciding, 3);
    for (int i = 0; i < 5; i++)
        with[i].mode = BL_GROUP_FIRST_ERROR;
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_WA);
    with[0].break_on_reject = true; /* only the root breaks: secret is one result, still WA */
    assert_int_equal(aggregate(with, outcomes, &deciding), BL_WA);
}

static void groups__grader_flags_hold(void **state)
{
    struct bl_group with[5];
    size_t deciding;

    (void)state;
    memcpy(with, groups, sizeof(with));
    with[3].mode = BL_GROUP_ALWAYS_ACCEPT;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding),
        BL_TLE);
    with[4].accept_any = true;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding), BL_AC);
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_AC, BL_JE, BL_WA, BL_AC, BL_TLE}, &deciding), BL_JE);
    with[0].ignore_sample = true;
    assert_int_equal(
        aggregate(with, (enum bl_outcome[]){BL_WA, BL_WA, BL_WA, BL_AC, BL_TLE}, &deciding), BL_AC);
}

static void groups__unknown_cases_are_passed_over(void **state)
{
    struct bl_testdata data = {cases, 5, groups, 5};
    const enum bl_outcome outcomes[5] = {BL_AC, BL_AC, BL_TLE};
    const bool done[5] = {true, false, true, false, false};
    size_t deciding;

    (void)state;
    assert_int_equal(bl_testdata_verdict(&data, outcomes, done, &deciding), BL_TLE);
    assert_int_equal(deciding, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups__first_rejection_decides_where_they_break),
        cmocka_unit_test(groups__worst_rejection_decides_where_they_go_on),
        cmocka_unit_test(groups__grader_flags_hold),
        cmocka_unit_test(groups__unknown_cases_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
