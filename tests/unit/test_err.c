/* Errors: made whole, worded once, and every step has its fault, its name and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "bailiff/err.h"
#include "bailiff/own.h"
#include "executor/base/error.h"

static void err__fail_fills_everything_and_returns_minus_one(void **state)
{
    struct bl_err err;

    (void)state;
    memset(&err, 0x5a, sizeof(err));
    assert_int_equal(bl_fail(&err, BL_STEP_CGROUP_CREATE, EACCES, "%s%d", "s", 12), -1);
    assert_int_equal(err.step, BL_STEP_CGROUP_CREATE);
    assert_int_equal(err.sys_errno, EACCES);
    assert_int_equal(err.index, -1);
    assert_string_equal(err.detail, "s12");
}

static void err__fail_cuts_a_long_detail(void **state)
{
    char huge[2 * BL_ERR_DETAIL_MAX];
    struct bl_err err;

    (void)state;
    memset(huge, 'x', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    (void)bl_fail(&err, BL_STEP_FIELD, 0, "%s", huge);
    assert_int_equal(strlen(err.detail), BL_ERR_DETAIL_MAX - 1);
}

static void err__every_step_has_a_fault_a_name_and_words(void **state)
{
    static const struct {
        const char *name, *text;
        enum bl_fault fault;
    } rows[] = {
#define X(step, whose, words) {#step, words, BL_FAULT_##whose},
        BL_STEPS(X)
#undef X
    };
    char text[BL_ERROR_TEXT_MAX], expected[BL_ERROR_TEXT_MAX];

    (void)state;
    assert_int_equal(BL_ARRAY_LEN(rows) + 1, BL_STEP_COUNT);
    for (int step = 1; step < BL_STEP_COUNT; step++) {
        struct bl_err err;

        (void)bl_fail(&err, (enum bl_step)step, 0, "%s", "");
        (void)snprintf(expected, sizeof(expected), "cannot %s", rows[step - 1].text);
        assert_string_equal(bl_error_text(&err, text), expected);
        assert_string_equal(bl_step_name((enum bl_step)step), rows[step - 1].name);
        assert_int_equal(bl_step_fault((enum bl_step)step), rows[step - 1].fault);
    }
    assert_string_equal(bl_step_name(BL_STEP_NONE), "NONE");
}

static void err__steps_are_told_apart_by_their_words(void **state)
{
    char one[BL_ERROR_TEXT_MAX], other[BL_ERROR_TEXT_MAX];

    (void)state;
    for (int i = 1; i < BL_STEP_COUNT; i++)
        for (int j = i + 1; j < BL_STEP_COUNT; j++) {
            const struct bl_err a = {.step = (enum bl_step)i}, b = {.step = (enum bl_step)j};

            assert_string_not_equal(bl_error_text(&a, one), bl_error_text(&b, other));
        }
}

static void err__text_names_the_object_and_the_cause(void **state)
{
    static const struct {
        const char *detail;
        int sys_errno;
        const char *text;
    } cases[] = {
        {"s12", EACCES, "cannot create a cgroup: s12: Permission denied"},
        {"", EACCES, "cannot create a cgroup: Permission denied"},
        {"s12", 0, "cannot create a cgroup: s12"},
        {"", 0, "cannot create a cgroup"},
        {"s12", 99999, "cannot create a cgroup: s12: unknown errno"},
        {"s12", -1, "cannot create a cgroup: s12: unknown errno"},
    };
    char text[BL_ERROR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_err err;

        (void)bl_fail(&err, BL_STEP_CGROUP_CREATE, cases[i].sys_errno, "%s", cases[i].detail);
        assert_string_equal(bl_error_text(&err, text), cases[i].text);
    }
}

static void err__longest_text_fits(void **state)
{
    char text[BL_ERROR_TEXT_MAX];
    struct bl_err err = {.step = BL_STEP_ORDER_SIZE, .sys_errno = EOVERFLOW};

    (void)state;
    memset(err.detail, 'x', sizeof(err.detail) - 1);
    assert_true(strlen(bl_error_text(&err, text)) < BL_ERROR_TEXT_MAX - 1);
    assert_non_null(strstr(text, strerror(EOVERFLOW)));
}

static void err__faults_have_names(void **state)
{
    (void)state;
    assert_string_equal(bl_fault_name(BL_FAULT_CLIENT), "CLIENT");
    assert_string_equal(bl_fault_name(BL_FAULT_BUSY), "BUSY");
    assert_string_equal(bl_fault_name(BL_FAULT_HOST), "HOST");
}

static void setup_failure__becomes_an_error_with_its_index(void **state)
{
    const struct bl_setup_failure failure = {BL_STEP_MOUNT_BIND, ENOENT, 3};
    struct bl_err err;

    (void)state;
    assert_int_equal(bl_err_from_setup(&err, &failure, "/usr"), -1);
    assert_int_equal(err.step, BL_STEP_MOUNT_BIND);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(err.index, 3);
    assert_string_equal(err.detail, "/usr");
}

/* No request can bring it about, so no request is blamed. */
static void setup_failure__for_want_of_means_is_the_hosts(void **state)
{
    static const enum bl_step blame_the_request[] = {BL_STEP_INPUT, BL_STEP_OUTPUT, BL_STEP_WORKDIR,
                                                     BL_STEP_ORDER_SIZE, BL_STEP_EXEC};
    static const int means[] = {ENOMEM, ENOBUFS, EMFILE, ENFILE, EAGAIN};
    static const int others[] = {ENOENT, EACCES, ENOSPC, ENOEXEC, ELOOP, E2BIG, ENAMETOOLONG};
    struct bl_err err;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(blame_the_request); i++) {
        struct bl_setup_failure failure = {.step = (int32_t)blame_the_request[i]};

        for (size_t k = 0; k < BL_ARRAY_LEN(means); k++) {
            failure.sys_errno = means[k];
            assert_int_equal(bl_err_from_setup(&err, &failure, "a"), -1);
            assert_int_equal(bl_step_fault(err.step), BL_FAULT_HOST);
            assert_int_equal(err.sys_errno, means[k]);
        }
        for (size_t k = 0; k < BL_ARRAY_LEN(others); k++) {
            failure.sys_errno = others[k];
            assert_int_equal(bl_err_from_setup(&err, &failure, "a"), -1);
            assert_int_equal(err.step, blame_the_request[i]);
        }
    }
}

static void setup_failure__out_of_range_is_a_broken_report(void **state)
{
    static const int32_t steps[] = {BL_STEP_NONE, BL_STEP_COUNT, -1, INT32_MIN, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        const struct bl_setup_failure failure = {steps[i], 0, 0};
        struct bl_err err;

        assert_int_equal(bl_err_from_setup(&err, &failure, "%s%n"), -1);
        assert_int_equal(err.step, BL_STEP_INIT_TALK);
        assert_int_equal(err.sys_errno, EPROTO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err__fail_fills_everything_and_returns_minus_one),
        cmocka_unit_test(err__fail_cuts_a_long_detail),
        cmocka_unit_test(err__every_step_has_a_fault_a_name_and_words),
        cmocka_unit_test(err__steps_are_told_apart_by_their_words),
        cmocka_unit_test(err__text_names_the_object_and_the_cause),
        cmocka_unit_test(err__longest_text_fits),
        cmocka_unit_test(err__faults_have_names),
        cmocka_unit_test(setup_failure__becomes_an_error_with_its_index),
        cmocka_unit_test(setup_failure__for_want_of_means_is_the_hosts),
        cmocka_unit_test(setup_failure__out_of_range_is_a_broken_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
