/* The pure parts of the doctor, and its way of trying things in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"

static void doctor__compares_kernel_versions(void **state)
{
    (void)state;
    assert_true(bl_doctor_version_at_least("5.15.0-91-generic", 5, 15));
    assert_true(bl_doctor_version_at_least("6.1.0", 5, 15));
    assert_true(bl_doctor_version_at_least("6.18.44-fc", 6, 18));
    assert_false(bl_doctor_version_at_least("5.4.0", 5, 15));
    assert_false(bl_doctor_version_at_least("4.19", 5, 15));
    assert_false(bl_doctor_version_at_least("next", 5, 15));
}

static void doctor__finds_the_chosen_word(void **state)
{
    char word[8];

    (void)state;
    assert_true(bl_doctor_chosen("always [madvise] never", word, sizeof(word)));
    assert_string_equal(word, "madvise");
    assert_false(bl_doctor_chosen("always madvise", word, sizeof(word)));
    assert_false(bl_doctor_chosen("[much-too-long]", word, sizeof(word)));
}

static void doctor__sees_ids_that_overlap(void **state)
{
    static const struct {
        const char *line;
        bool has_count, overlaps;
    } cases[] = {
        {"u:100000:65536", true, false},
        {"u:0:1000", true, false},
        {"u:0:1001", true, true},
        {"u:999:1", true, false},
        {"u:1999:1", true, true},
        {"u:2000:9", true, false},
        {"u:500:4000", true, true},
        {"u:x:1", true, false},
        {"u:1500", true, false},
        {"u:1500:x", false, true},
        {"", false, false},
        {"u", false, false},
        {"u:18446744073709551615:1", true, false},
        {"u:1:18446744073709551615", true, true},
        {"u:99999999999999999999999:1", true, false},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        if (bl_doctor_ids_overlap(cases[i].line, 1, cases[i].has_count, 1000, 1000) !=
            cases[i].overlaps)
            fail_msg("\"%s\"", cases[i].line);
    }
}

static int set_and_fail(void *facts, struct bl_err *err)
{
    *(int *)facts = 7;
    return bl_fail(err, BL_STEP_CGROUP_FIND, ENOENT, "here");
}

static int die(void *facts, struct bl_err *err)
{
    (void)facts;
    (void)err;
    return raise(SIGKILL);
}

static void doctor__brings_facts_and_errors_back_from_its_child(void **state)
{
    int facts = 0;
    struct bl_err err = {0};
    struct bl_finding finding = {0};

    (void)state;
    assert_int_equal(bl_doctor_try(set_and_fail, &facts, sizeof(facts), &err), -1);
    assert_int_equal(facts, 7);
    assert_int_equal(err.step, BL_STEP_CGROUP_FIND);
    bl_doctor_tell(&finding, -1, &err, "good");
    assert_true(finding.lack);
    assert_string_equal(finding.have, "here: No such file or directory");
}

static void doctor__survives_a_child_that_is_killed(void **state)
{
    struct bl_err err = {0};

    (void)state;
    assert_int_equal(bl_doctor_try(die, NULL, 0, &err), -1);
    assert_int_equal(err.step, BL_STEP_FORK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doctor__compares_kernel_versions),
        cmocka_unit_test(doctor__finds_the_chosen_word),
        cmocka_unit_test(doctor__sees_ids_that_overlap),
        cmocka_unit_test(doctor__brings_facts_and_errors_back_from_its_child),
        cmocka_unit_test(doctor__survives_a_child_that_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
