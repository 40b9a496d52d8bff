/* test_refused.c - system calls that the policy refuses are answered, counted and told with their
 * arguments, whatever the program does meanwhile; and one that is forbidden ends all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "tests/support/rig.h"

enum { MANY = 3000, THREADS = 32 };

/* Runs crime_refused; the outcome is the caller's to release. */
static void commit(struct bl_rig *rig, unsigned profile, const char *what, const char *first,
                   const char *second, struct bl_outcome *outcome)
{
    struct bl_footprint before;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "crime_refused", what, first, second, NULL);
    trial.spec.profile = profile;
    trial.spec.limits.wall_time_ns = 20 * BL_NS_PER_S;
    bl_rig_run(rig, &trial, outcome);
    bl_footprint_expect(rig, &before);
}

static void expect_bpf(const struct bl_refusal *refusal, uint64_t count, bool killed)
{
    static const uint64_t args[] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666};

    assert_int_equal(refusal->nr, SYS_bpf);
    assert_memory_equal(refusal->args, args, sizeof(args));
    assert_int_equal(refusal->count, count);
    assert_int_equal(refusal->killed, killed);
}

static void refused__call_is_told_with_its_arguments(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->standard, "once", NULL, NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "bpf: refused ENOSYS\n");
    assert_int_equal(outcome.result.refusal_count, 1);
    assert_int_equal(outcome.result.refusals_total, 1);
    expect_bpf(&outcome.result.refusals[0], 1, false);
    bl_outcome_release(&outcome);
}

static void refused__every_call_is_counted(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->standard, "many", "3000", NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "refused: 3000\n");
    assert_int_equal(outcome.result.refusals_total, MANY);
    expect_bpf(&outcome.result.refusals[0], MANY, false);
    bl_outcome_release(&outcome);
}

/* Ten numbers where there is room for eight: the first ones are told, all are counted. */
static void refused__first_kinds_are_told(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->standard, "kinds", NULL, NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.refusal_count, BL_REFUSALS_MAX);
    assert_int_equal(outcome.result.refusals_total, 11);
    assert_int_equal(outcome.result.refusals[0].nr, SYS_bpf);
    assert_int_equal(outcome.result.refusals[0].count, 2);
    for (unsigned i = 0; i < BL_REFUSALS_MAX; i++) /* each with its own first argument */
        assert_int_equal(outcome.result.refusals[i].args[0], i);
    bl_outcome_release(&outcome);
}

/* Each gets its answer, those beyond what is counted too. */
static void refused__flood_of_threads_blocks_nobody(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->standard, "threads", "32", "500", &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "refused: 16000\n");
    assert_int_equal(outcome.result.refusals_total, BL_REFUSALS_TOLD_MAX);
    bl_outcome_release(&outcome);
}

/* Killed from outside with every thread inside a refused call. */
static void refused__flood_ends_with_the_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    for (int i = 0; i < 10; i++) {
        struct bl_footprint before;

        bl_footprint_take(rig, &before);
        bl_trial_init(&trial, rig, "crime_refused", "forever", "32", NULL);
        trial.spec.limits.wall_time_ns = 20 * BL_NS_PER_MS;
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_WALL_TIME_LIMIT);
        bl_outcome_release(&outcome);
        bl_footprint_expect(rig, &before);
    }
}

/* The first process exits with children that are all inside refused calls. */
static void refused__children_in_calls_end_with_their_parent(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->standard, "processes", "30", NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR);
    assert_int_equal(outcome.result.exit_code, 7);
    assert_true(outcome.result.refusals_total >= 1);
    bl_outcome_release(&outcome);
}

static void refused__forbidden_call_ends_the_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->strict, "once", NULL, NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FORBIDDEN_SYSCALL);
    assert_string_equal(outcome.out, "");
    assert_int_equal(outcome.result.refusal_count, 1);
    expect_bpf(&outcome.result.refusals[0], 1, true);
    bl_outcome_release(&outcome);
}

/* By a grandchild: its parents, who did nothing, go too. By many threads at once: one end. */
static void refused__forbidden_call_ends_every_process(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    commit(rig, rig->bpf_kills, "child", NULL, NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FORBIDDEN_SYSCALL);
    expect_bpf(&outcome.result.refusals[0], 1, true);
    bl_outcome_release(&outcome);
    commit(rig, rig->bpf_kills, "forever", "32", NULL, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FORBIDDEN_SYSCALL);
    assert_int_equal(outcome.result.refusals[0].nr, SYS_bpf);
    assert_true(outcome.result.refusals_total <= THREADS);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused__call_is_told_with_its_arguments),
        cmocka_unit_test(refused__every_call_is_counted),
        cmocka_unit_test(refused__first_kinds_are_told),
        cmocka_unit_test(refused__flood_of_threads_blocks_nobody),
        cmocka_unit_test(refused__flood_ends_with_the_program),
        cmocka_unit_test(refused__children_in_calls_end_with_their_parent),
        cmocka_unit_test(refused__forbidden_call_ends_the_program),
        cmocka_unit_test(refused__forbidden_call_ends_every_process),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
