/* One program, run once in a real sandbox: what becomes of it and what is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/support/rig.h"

static void run__passes_arguments_and_output(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "hello", "one", "two words", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "one\ntwo words\n");
    assert_int_equal(outcome.result.usage.stdout_bytes, 14);
    assert_int_equal(outcome.result.exit_code, 0);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run__passes_arguments_and_output),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
