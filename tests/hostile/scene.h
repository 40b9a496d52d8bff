/* scene.h - attacks that need more than the table of executor/attack can say: a source text, a
 * compiler or an interpreter, a request that is itself hostile. Rows become tests; each is followed
 * by an honest program, and by a look at what was left. */
#ifndef BL_TESTS_HOSTILE_SCENE_H
#define BL_TESTS_HOSTILE_SCENE_H

#include "executor/attack/attack.h"
#include "executor/attack/bait.h"
#include "tests/support/rig.h"

enum { SCENE_ARGS_MAX = 12 };

/* file, text: what stands in the box, read-only; "@path" and "@port" in text and arguments are the
 * bait's. judged by bl_attack_holds(); needs: the program without which the row is skipped. */
struct scene_row {
    const char *argv[SCENE_ARGS_MAX + 1];
    const char *file, *text;
    struct bl_attack attack; /* lines, title, policies (one), verdicts, limits, evidence, tells */
    const char *says; /* alternatives: what stands somewhere in its standard error; or NULL */
};

/* The bait and the rig of a test program: setup and teardown of its group. scene_rig() skips where
 * nothing can be isolated. */
int scene_set_up(void **state);
int scene_tear_down(void **state);
struct bl_rig *scene_rig(void);
const struct bl_bait *scene_bait(void);

/* scene_try_row - the test_func of a row; *state points to it. */
void scene_try_row(void **state);

/* scene_run - one trial, then the honest program and the footprint. The outcome is the caller's to
 * release. */
void scene_run(struct bl_trial *trial, struct bl_outcome *outcome);

/* scene_run_rows - all rows as one group of tests, and at the end the host as it was. */
int scene_run_rows(const char *group, const struct scene_row *rows, size_t count);

#endif
