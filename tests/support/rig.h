/* rig.h - what a test needs to run programs in real sandboxes: a loop, a plan with the host's root
 * and the shipped policies, a warden; one call that runs one program to its result; and a count of
 * everything that a run could leave behind.
 *
 *     int main(void) { ... cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown); }
 *
 *     struct bl_rig *rig = bl_rig_of(state);        skips where nothing can be isolated
 *     struct bl_trial trial;
 *     struct bl_outcome outcome;
 *     bl_trial_init(&trial, rig, "burn", "500", NULL);
 *     trial.spec.limits.pids = 4;
 *     bl_rig_run(rig, &trial, &outcome);
 *     assert_int_equal(outcome.result.verdict, BL_VERDICT_OK);
 *     bl_outcome_release(&outcome);
 *
 * With BAILIFF_RIG_CONFINED=1 the test is a worker as bailiffd has it from set-up on: of another
 * user, with no right to anything but /tmp, /var/tmp, the spool, what it holds, and the warden
 * (executor/daemon/confine.h). What looks at other processes (footprints) looks at nothing then.
 *
 * Isolation needs root. Without it a test skips with the reason; as root, under
 * BAILIFF_MUST_ISOLATE=1 and under CI=true it fails. */
#ifndef BL_TESTS_SUPPORT_RIG_H
#define BL_TESTS_SUPPORT_RIG_H

#include <stddef.h>

#include "executor/job/run.h"

enum { BL_RIG_CONFINED_ID = 64321 }; /* nobody's */

struct bl_rig {
    struct bl_loop *loop;
    struct bl_plan *plan;
    struct bl_warden *warden;
    int programs_fd; /* the folder of tests/programs, compiled: "/app" in every trial */
    unsigned standard, strict, compile, loopback; /* profiles: policy default but for the named */
    /* a policy that allows everything: what do the other walls hold alone? */
    unsigned open, open_loopback;
    unsigned bpf_kills; /* all but bpf(2), which ends the program */
    bool confined;
    char why_not[512]; /* nothing can be isolated here, because; else empty */
};

int bl_rig_setup(void **state); /* never fails: see bl_rig_of() */
int bl_rig_teardown(void **state);

/* bl_rig_setup_with - as bl_rig_setup, with a plan that `change` had in its hands last. */
int bl_rig_setup_with(void **state, void (*change)(struct bl_plan *plan, const void *ctx),
                      const void *ctx);
struct bl_rig *bl_rig_of(void **state);

/* bl_rig_of_root - for a test that itself does what only root may: skips where it is confined. */
struct bl_rig *bl_rig_of_root(void **state);

/* bl_rig_confine - as BAILIFF_RIG_CONFINED=1 does; for good. Fails the test where it can't be done.
 */
void bl_rig_confine(struct bl_rig *rig);

/* One program to run: a spec with the defaults filled in, to be changed at will. Points into
 * itself: not to be copied. */
enum { BL_TRIAL_ARGS_MAX = 16, BL_TRIAL_INPUTS_MAX = 8, BL_TRIAL_OUTPUTS_MAX = 8 };

struct bl_trial {
    struct bl_spec spec;
    const char *argv[BL_TRIAL_ARGS_MAX + 1];
    struct bl_input inputs[BL_TRIAL_INPUTS_MAX]; /* the first is /app */
    struct bl_output outputs[BL_TRIAL_OUTPUTS_MAX];
    struct bl_stream streams[3]; /* stdin empty, stdout and stderr kept for the outcome */
    int kept[3]; /* the files behind 1 and 2; -1 where the test put its own stream */
    char path[128];
};

/* bl_trial_init - program: NAME is one of tests/programs, anything with a '/' a path inside. Then
 * its arguments, and NULL. */
__attribute__((sentinel)) void bl_trial_init(struct bl_trial *trial, const struct bl_rig *rig,
                                             const char *program, ...);
void bl_trial_add_input(struct bl_trial *trial, int fd, const char *name);
void bl_trial_add_output(struct bl_trial *trial, const char *glob, bool required);

/* What came of it. Where the run was refused, `refusal` says why and the result is empty. */
struct bl_outcome {
    bool refused;
    struct bl_err refusal;
    struct bl_result result; /* its files are the outcome's */
    char *out, *err;         /* what the program wrote, with a NUL behind it */
    size_t out_length, err_length;
};

void bl_rig_run(struct bl_rig *rig, struct bl_trial *trial, struct bl_outcome *outcome);
void bl_outcome_release(struct bl_outcome *outcome);

/* bl_outcome_expect - fails the test with all that is known unless the verdict is that. */
#define bl_outcome_expect(outcome, verdict) \
    bl_outcome_expect_at(outcome, verdict, __FILE__, __LINE__)
void bl_outcome_expect_at(const struct bl_outcome *outcome, enum bl_verdict verdict,
                          const char *file, int line);

/* Everything a run could leave behind: of this process, of the warden, in the cgroup tree. */
struct bl_footprint {
    unsigned fds, children, warden_fds, warden_children, warden_mounts, groups;
};

/* bl_footprint_take - once nothing of earlier runs is left to be removed. */
void bl_footprint_take(const struct bl_rig *rig, struct bl_footprint *footprint);

/* bl_footprint_expect - as it was before; waits for what is still being removed. */
void bl_footprint_expect(const struct bl_rig *rig, const struct bl_footprint *before);

/* bl_rig_core_limit - the RLIMIT_CORE that programs get: 1; 0 where whoever called had 0 as a hard
 * limit (sudo gives that) and the warden may not raise it (no CAP_SYS_RESOURCE). */
unsigned long bl_rig_core_limit(void);

#endif
