/* test_wall_tmpfs.c - /box, /tmp and /dev/shm hold as many bytes and files as was said, and then
 * the program is told so: ENOSPC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"

enum { BOX_FILES = 50, TMP_FILES = 30 };

static void fill(struct bl_rig *rig, const char *folder, uint64_t bytes, unsigned files)
{
    struct bl_outcome outcome;
    struct bl_trial trial;
    char wanted[64];

    bl_trial_init(&trial, rig, "crime_fill", folder, NULL);
    trial.spec.limits.box_bytes = 3 * BL_MIB;
    trial.spec.limits.box_files = BOX_FILES;
    trial.spec.limits.tmp_bytes = 2 * BL_MIB;
    trial.spec.limits.tmp_files = TMP_FILES;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    (void)snprintf(wanted, sizeof(wanted), "bytes: %llu ENOSPC", (unsigned long long)bytes);
    assert_true(bl_lines_has(outcome.out, wanted));
    (void)snprintf(wanted, sizeof(wanted), "files: %u ENOSPC", files);
    assert_true(bl_lines_has(outcome.out, wanted));
    bl_outcome_release(&outcome);
}

/* One inode is the folder's own. */
static void tmpfs__box_is_bounded(void **state)
{
    fill(bl_rig_of(state), "/box", 3 * BL_MIB, BOX_FILES - 1);
}

static void tmpfs__tmp_is_bounded(void **state)
{
    fill(bl_rig_of(state), "/tmp", 2 * BL_MIB, TMP_FILES - 1);
}

static void tmpfs__shm_is_bounded(void **state)
{
    fill(bl_rig_of(state), "/dev/shm", 2 * BL_MIB, TMP_FILES - 1);
}

/* A single file ends where the file-size limit says: SIGXFSZ, told as OUTPUT_LIMIT. */
static void tmpfs__file_size_is_bounded(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "crime_fill", "/box", NULL);
    trial.spec.limits.file_size_bytes = BL_MIB;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OUTPUT_LIMIT);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tmpfs__box_is_bounded),
        cmocka_unit_test(tmpfs__tmp_is_bounded),
        cmocka_unit_test(tmpfs__shm_is_bounded),
        cmocka_unit_test(tmpfs__file_size_is_bounded),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
