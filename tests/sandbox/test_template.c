/* test_template.c - roots that can't be built: each is told with its entry, nothing is left, and no
 * program runs without what it was to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/policy.h"
#include "tests/support/rig.h"

enum { UNKNOWN_KIND = 77, GONE = 78 };

static const struct {
    struct bl_entry entries[2]; /* behind those of the host's root; the second may be none */
    int sys_errno;
    enum bl_step step;
} wrong[] = {
    {{{.kind = GONE, .target = "/run"}},
     ENOENT,
     BL_STEP_MOUNT_MASK}, /* which folders of /proc are covered by */
    {{{.kind = BL_ENTRY_DEVICE, .source = "/etc/passwd", .target = "/dev/none"}},
     ENODEV,
     BL_STEP_ROOT_ENTRY},
    {{{.kind = BL_ENTRY_BIND, .source = "/nonexistent/x", .target = "/x"}},
     ENOENT,
     BL_STEP_ROOT_ENTRY},
    {{{.kind = UNKNOWN_KIND, .target = "/x"}}, EINVAL, BL_STEP_ROOT_ENTRY},
    {{{.kind = BL_ENTRY_FILE, .source = "x", .target = "/f"},
      {.kind = BL_ENTRY_FILE, .source = "y", .target = "/f"}},
     EEXIST,
     BL_STEP_ROOT_ENTRY},
    {{{.kind = BL_ENTRY_FILE, .source = "x", .target = "/f"},
      {.kind = BL_ENTRY_BIND, .source = "/etc/passwd", .target = "/f"}},
     EEXIST,
     BL_STEP_ROOT_ENTRY},
    {{{.kind = BL_ENTRY_FILE, .source = "x", .target = "/f"},
      {.kind = BL_ENTRY_DIR, .target = "/f/a/b"}},
     ENOTDIR,
     BL_STEP_ROOT_ENTRY},
    {{{.kind = BL_ENTRY_FILE, .source = "x", .target = "/f"},
      {.kind = BL_ENTRY_DIR, .target = "/f/a/b/c"}},
     ENOTDIR,
     BL_STEP_ROOT_ENTRY},
};

/* An entry of kind GONE takes the one of that target away. */
static void add(struct bl_root *root, const struct bl_entry entries[2])
{
    for (size_t i = 0; i < 2 && entries[i].target[0]; i++) {
        if (entries[i].kind != GONE)
            root->entries[root->entry_count++] = entries[i];
        for (uint32_t k = 0; entries[i].kind == GONE && k < root->entry_count; k++)
            if (strcmp(root->entries[k].target, entries[i].target) == 0)
                root->entries[k] = root->entries[--root->entry_count];
    }
}

static int start(struct bl_rig *rig, const struct bl_entry entries[2], struct bl_err *err)
{
    bl_autofree struct bl_policy *policy = malloc(sizeof(*policy));
    unsigned root, number, profile;

    assert_non_null(policy);
    if (bl_loop_new(&rig->loop, err) != 0 || bl_plan_new(&rig->plan, err) != 0 ||
        bl_plan_add_host_root(rig->plan, &root, err) != 0 ||
        bl_policy_load(policy, "default", err) != 0 ||
        bl_plan_add_policy(rig->plan, policy, &number, err) != 0 ||
        bl_plan_add_profile(rig->plan, "default", root, number, BL_NETWORK_NONE, &profile, err) !=
            0)
        return -1;
    add(&rig->plan->roots[root], entries);
    return bl_warden_start(&rig->warden, rig->loop, rig->plan, err);
}

static void stop(struct bl_rig *rig)
{
    bl_warden_free(&rig->warden);
    bl_plan_free(&rig->plan);
    bl_loop_free(&rig->loop);
}

/* Folders within folders that nobody has made are made, and what is optional may be missing, also
 * where the program might write to it. */
static const struct bl_entry right[2] = {
    {.kind = BL_ENTRY_DIR, .target = "/made/here/and/there"},
    {.kind = BL_ENTRY_BIND,
     .optional = 1,
     .writable = 1,
     .source = "/nonexistent/x",
     .target = "/x/y/z"},
};

/* One file of the host's that may be written to. */
static const struct bl_entry writable[2] = {
    {.kind = BL_ENTRY_DIR, .target = "/made/here/and/there"},
    {.kind = BL_ENTRY_BIND, .writable = 1, .source = "/dev/null", .target = "/made/file"},
};

static void run(struct bl_rig *shared, const struct bl_entry entries[2], struct bl_outcome *outcome)
{
    struct bl_rig rig = {.programs_fd = shared->programs_fd};
    struct bl_footprint before;
    struct bl_trial trial;
    struct bl_err err;

    assert_int_equal(start(&rig, entries, &err), 0);
    bl_footprint_take(&rig, &before);
    bl_trial_init(&trial, &rig, "/usr/bin/test", "-d", "/made/here/and/there", NULL);
    bl_rig_run(&rig, &trial, outcome);
    bl_footprint_expect(&rig, &before);
    stop(&rig);
}

static void template__tells_which_entry_it_can_not_place(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        run(rig, wrong[i].entries, &outcome);
        const struct bl_err *told =
            outcome.result.error.step ? &outcome.result.error : &outcome.refusal;
        if (told->step != wrong[i].step || told->sys_errno != wrong[i].sys_errno)
            fail_msg("case %zu: step %d, %s", i, (int)told->step, told->detail);
        bl_outcome_release(&outcome);
    }
}

static void template__makes_the_folders_above_an_entry(void **state)
{
    struct bl_outcome outcome;

    run(bl_rig_of(state), right, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_outcome_release(&outcome);
    run(bl_rig_of(state), writable, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template__tells_which_entry_it_can_not_place),
        cmocka_unit_test(template__makes_the_folders_above_an_entry),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
