/* test_fail_steps.c - every step of a set-up fails in turn: the run ends with exactly that step as
 * its error, nothing is left behind, and the next one fares no worse. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "tests/support/rig.h"

enum {
    AGAIN = 50,                        /* further failures under one warden */
    SLOTS = BL_PLAN_SANDBOXES_MAX + 5, /* more than there are ids for at once */
};

/* Every row of every table, by the process that walks it; all but one are ours to blame. */
static const struct {
    enum bl_step step;
    enum bl_verdict verdict;
} steps[] = {
    /* the warden */
    {BL_STEP_CGROUP_CREATE, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CLONE_INIT, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ID_MAP, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_GRAFT, BL_VERDICT_SANDBOX_ERROR},
    /* the template's builder */
    {BL_STEP_TEMPLATE, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ROOT_TMPFS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ROOT_ATTACH, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ROOT_ENTRY, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ROOT_PROC, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_ROOT_PIVOT, BL_VERDICT_SANDBOX_ERROR},
    /* init */
    {BL_STEP_MOUNT_PROC, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_TIME_NS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_NAMESPACE_MAX, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_FORK, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_INIT_IDS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_HOSTNAME, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_LOOPBACK, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_MOUNT_MASK, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_MOUNT_TMPFS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_INIT_CAPS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_WAKE, BL_VERDICT_SANDBOX_ERROR},
    /* the program's process: before the order */
    {BL_STEP_CGROUP_JOIN, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_SESSION, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_CGROUP_NS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_OOM_SCORE, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_BOUNDING, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_SECUREBITS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_IDS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_KEYRING, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_CAPS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_NO_NEW_PRIVS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_LANDLOCK, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_CHANNEL, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_SIGNALS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_FIXED_RLIMIT, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_BOX, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_SECCOMP, BL_VERDICT_SANDBOX_ERROR},
    /* ... and after it */
    {BL_STEP_CHILD_FDS, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_WORKDIR, BL_VERDICT_EXEC_FAILED},
    {BL_STEP_CHILD_RLIMIT, BL_VERDICT_SANDBOX_ERROR},
    {BL_STEP_CHILD_SECCOMP_LATE, BL_VERDICT_SANDBOX_ERROR},
};

static void inject(struct bl_plan *plan, const void *step)
{
    plan->fail_step = *(const enum bl_step *)step;
}

static void run_failing(struct bl_rig *rig, enum bl_step step, enum bl_verdict verdict)
{
    struct bl_outcome outcome;
    struct bl_trial trial;
    char text[BL_ERROR_TEXT_MAX];

    bl_trial_init(&trial, rig, "hello", "still here", NULL);
    bl_rig_run(rig, &trial, &outcome);
    const struct bl_err *error = &outcome.result.error;
    if (error->step != step || error->sys_errno != EIO)
        print_error("step %d was to fail, but: %s\n", (int)step, bl_error_text(error, text));
    assert_int_equal(error->step, step);
    assert_int_equal(error->sys_errno, EIO);
    bl_outcome_expect(&outcome, verdict);
    assert_string_equal(outcome.out, "");
    bl_outcome_release(&outcome);
}

static void fail_steps__each_is_told_and_leaves_nothing(void **state)
{
    (void)bl_rig_of(state); /* can anything be isolated here? */
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        struct bl_footprint before;
        void *failing = NULL;

        assert_int_equal(bl_rig_setup_with(&failing, inject, &steps[i].step), 0);
        struct bl_rig *rig = bl_rig_of(&failing);
        run_failing(rig, steps[i].step, steps[i].verdict);
        bl_footprint_take(rig, &before);
        for (int again = 0; again < AGAIN; again++)
            run_failing(rig, steps[i].step, steps[i].verdict);
        bl_footprint_expect(rig, &before);
        assert_int_equal(bl_rig_teardown(&failing), 0);
    }
}

/* A place among the living, and the two host ids that go with it, are given back: by the warden
 * (ID_MAP), after init's failure, and after that of the program's process. */
static void fail_steps__ids_are_given_back(void **state)
{
    static const enum bl_step some[] = {BL_STEP_ID_MAP, BL_STEP_MOUNT_TMPFS, BL_STEP_CHILD_SECCOMP};

    (void)bl_rig_of(state);
    for (size_t i = 0; i < BL_ARRAY_LEN(some); i++) {
        void *failing = NULL;

        assert_int_equal(bl_rig_setup_with(&failing, inject, &some[i]), 0);
        for (int again = 0; again < SLOTS / 2; again++) /* each has two made: run_open.c */
            run_failing(bl_rig_of(&failing), some[i], BL_VERDICT_SANDBOX_ERROR);
        assert_int_equal(bl_rig_teardown(&failing), 0);
    }
}

/* Under a warden where placing inputs fails, what has none goes on. */
static void fail_steps__others_are_served_by_the_same_warden(void **state)
{
    const enum bl_step step = BL_STEP_GRAFT;
    void *failing = NULL;

    (void)bl_rig_of(state);
    assert_int_equal(bl_rig_setup_with(&failing, inject, &step), 0);
    struct bl_rig *rig = bl_rig_of(&failing);
    for (int i = 0; i < 3; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        run_failing(rig, step, BL_VERDICT_SANDBOX_ERROR);
        bl_trial_init(&trial, rig, "/bin/true", NULL);
        trial.spec.input_count = 0;
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        bl_outcome_release(&outcome);
    }
    assert_int_equal(bl_rig_teardown(&failing), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_steps__each_is_told_and_leaves_nothing),
        cmocka_unit_test(fail_steps__ids_are_given_back),
        cmocka_unit_test(fail_steps__others_are_served_by_the_same_warden),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
