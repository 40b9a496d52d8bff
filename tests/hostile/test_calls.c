/* test_calls.c - every system call number there is, with arguments by chance, from inside: more
 * seeds than `bailiff selftest` takes, each number alone under `strict`, and under a policy that
 * allows all where only a guest can break. */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/attack/attack.h"
#include "limits/policy.h"
#include "tests/hostile/scene.h"

enum { LAST = 600, ARGUMENTS_TRIED = 500 };

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#else
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

/* ---- each number alone under strict -----------------------------------------------------------
 */

static uint64_t state_of_chance = 88172645463325252ULL;

static uint64_t chance(void)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance;
}

/* Does the policy refuse it whatever its arguments are? By trying many. */
static bool is_never_allowed(const struct bl_policy *policy, int nr)
{
    for (int i = 0; i < ARGUMENTS_TRIED; i++) {
        uint64_t args[6];
        for (int k = 0; k < 6; k++)
            args[k] = i == 0 ? 0 : chance() & 1 ? chance() % 4096 : chance();
        uint32_t action = bl_policy_decide(policy, OWN_ARCH, nr, args) & SECCOMP_RET_ACTION_FULL;
        if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO)
            return false;
    }
    return true;
}

static void try_alone(int nr, bool never_allowed)
{
    struct bl_outcome outcome;
    struct bl_trial trial;
    struct bl_err err;
    /* What may be allowed may wait; what is not ends at once, however long a start takes here. */
    const struct bl_attack brief = {.limits = "cpu-time=500ms wall-time=200ms"};
    const struct bl_attack patient = {.limits = "cpu-time=60s wall-time=600s"};
    char number[16];

    (void)snprintf(number, sizeof(number), "%d", nr);
    bl_trial_init(&trial, scene_rig(), "calls", "here", number, "7", NULL);
    trial.spec.profile = scene_rig()->strict;
    assert_int_equal(bl_attack_limits(never_allowed ? &patient : &brief, &trial.spec.limits, &err),
                     0);
    bl_rig_run(scene_rig(), &trial, &outcome);
    if (never_allowed) {
        bl_outcome_expect(&outcome, BL_VERDICT_FORBIDDEN_SYSCALL);
        assert_int_equal(outcome.result.kill_reason, BL_KILL_SYSCALL);
        assert_int_equal(outcome.result.refusal_count, 1);
        assert_int_equal(outcome.result.refusals[0].nr, nr);
        assert_true(outcome.result.refusals[0].killed);
    } else if (outcome.refused || outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR ||
               outcome.result.verdict == BL_VERDICT_EXEC_FAILED) {
        print_error("number %d\n", nr);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
    }
    bl_outcome_release(&outcome);
}

static void calls__each_number_alone_under_strict(void **state)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    struct bl_footprint before;
    struct bl_err err;
    int forbidden = 0;

    (void)state;
    (void)scene_rig();
    assert_non_null(policy);
    assert_int_equal(bl_policy_load(policy, "strict", &err), 0);
    bl_footprint_take(scene_rig(), &before);
    for (int nr = 0; nr <= LAST; nr++) {
        bool never = is_never_allowed(policy, nr);
        forbidden += never;
        try_alone(nr, never);
    }
    bl_footprint_expect(scene_rig(), &before);
    assert_true(forbidden > LAST / 2);
}

/* ---- sweeps -----------------------------------------------------------------------------------
 */

static void sweep(unsigned profile, const char *what, const char *seed, const char *rounds)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, scene_rig(), "calls", what, seed, rounds, NULL);
    trial.spec.profile = profile;
    trial.spec.limits.cpu_time_ns = 60 * BL_NS_PER_S;
    trial.spec.limits.wall_time_ns = 600 * BL_NS_PER_S;
    trial.spec.limits.memory_bytes = 512 * BL_MIB;
    scene_run(&trial, &outcome);
    /* A call by chance may well end the one that counts: that is no wall's matter. */
    if (outcome.refused || outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR ||
        outcome.result.verdict == BL_VERDICT_EXEC_FAILED) {
        print_error("calls %s %s %s\n", what, seed, rounds);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
    }
    assert_null(strstr(outcome.out, ": succeeded"));
    assert_null(strstr(outcome.out, scene_bait()->secret));
    bl_outcome_release(&outcome);
}

static void calls__every_number_with_other_seeds(void **state)
{
    (void)state;
    sweep(scene_rig()->standard, "native", "2", "2");
    sweep(scene_rig()->compile, "native", "3", "2");
    sweep(scene_rig()->loopback, "native", "4", "1");
    sweep(scene_rig()->standard, "chance", "5", "500");
    sweep(scene_rig()->compile, "chance", "6", "500");
}

#ifdef __x86_64__
static void calls__every_number_of_foreign_abis(void **state)
{
    (void)state;
    sweep(scene_rig()->loopback, "i386", "2", "1");
    sweep(scene_rig()->loopback, "x32", "2", "1");
}
#endif

/* Only the walls, and the kernel, are left: a kernel that falls over is the guest's. */
static void calls__every_number_where_all_are_allowed(void **state)
{
    (void)state;
    if (!getenv("RUN_IN_VM")) {
        print_message("in the guest only: make test-v2\n");
        skip();
    }
    sweep(scene_rig()->open, "native", "7", "2");
    sweep(scene_rig()->open, "chance", "8", "300");
    sweep(scene_rig()->open_loopback, "native", "9", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls__each_number_alone_under_strict),
        cmocka_unit_test(calls__every_number_with_other_seeds),
#ifdef __x86_64__
        cmocka_unit_test(calls__every_number_of_foreign_abis),
#endif
        cmocka_unit_test(calls__every_number_where_all_are_allowed),
    };

    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
