/* Files that a program leaves, and the traps that it can leave in their place. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/rig.h"

/* Runs `leave what count` and asks for every file that matches. */
static void leave(struct bl_rig *rig, struct bl_outcome *outcome, const char *what,
                  const char *count, const char *glob)
{
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "leave", what, count, NULL);
    bl_trial_add_output(&trial, glob, true);
    trial.spec.limits.box_files = 200000;
    trial.spec.limits.box_bytes = BL_GIB;
    trial.spec.limits.file_size_bytes = 2048 * BL_GIB / 2;
    trial.spec.limits.memory_bytes = BL_GIB;
    trial.spec.limits.cpu_time_ns = 120 * BL_NS_PER_S; /* a hundred thousand files, emulated */
    trial.spec.limits.wall_time_ns = 240 * BL_NS_PER_S;
    bl_rig_run(rig, &trial, outcome);
}

static void expect_content(const struct bl_collected *file, const char *name, const char *content)
{
    char text[64] = "";
    struct stat is;

    assert_string_equal(file->name, name);
    assert_int_equal(file->size_bytes, strlen(content));
    assert_int_equal(fstat(file->fd, &is), 0);
    assert_true(S_ISREG(is.st_mode));
    assert_int_equal(fcntl(file->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(pread(file->fd, text, sizeof(text) - 1, 0), strlen(content));
    assert_string_equal(text, content);
}

/* object: what the error names. */
static void expect_refused(void **state, const char *what, const char *glob, const char *object)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;

    bl_footprint_take(rig, &before);
    leave(rig, &outcome, what, NULL, glob);
    bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_OUTPUT);
    assert_string_equal(outcome.result.error.detail, object);
    assert_int_equal(outcome.result.exit_code, 0); /* what it did itself is still told */
    assert_int_equal(outcome.result.file_count, 0);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* Folders within folders, and names that make a path longer than any that is told. */
static void collect__gives_up_in_a_maze(void **state)
{
    static const struct {
        const char *script;
        int sys_errno;
    } mazes[] = {
        {"mkdir -p a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q && echo x > "
         "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r",
         ELOOP},
        {"n=$(printf %0200d 0) && mkdir -p $n/$n && echo x > $n/$n/$n", ENAMETOOLONG},
    };
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    for (size_t i = 0; i < BL_ARRAY_LEN(mazes); i++) {
        bl_trial_init(&trial, rig, "/bin/sh", "-c", mazes[i].script, NULL);
        bl_trial_add_output(&trial, "**", true);
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
        assert_int_equal(outcome.result.error.sys_errno, mazes[i].sys_errno);
        bl_outcome_release(&outcome);
    }
}

static void collect__gives_an_ordinary_file(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;

    bl_footprint_take(rig, &before);
    leave(rig, &outcome, "file", NULL, "out*");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 1);
    expect_content(&outcome.result.files[0], "out", "content\n");
    assert_int_equal(outcome.result.files[0].mode, 0644);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

static void collect__follows_no_link(void **state)
{
    expect_refused(state, "link", "out*", "out");
    expect_refused(state, "linked-folder", "outdir/passwd", "outdir/passwd");
    expect_refused(state, "linked-folder", "**", "outdir");
}

static void collect__opens_no_fifo_socket_or_folder(void **state)
{
    expect_refused(state, "fifo", "out*", "out");
    expect_refused(state, "socket", "out*", "out");
    expect_refused(state, "folder", "out*", "out");
}

static void collect__a_missing_file_is_an_error_if_required(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    expect_refused(state, "file", "other", "other");
    bl_trial_init(&trial, rig, "leave", "file", NULL);
    bl_trial_add_output(&trial, "other", false);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 0);
    bl_outcome_release(&outcome);
}

/* Two names of one file of the box's: both are its own to give. */
static void collect__gives_both_names_of_a_file(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    leave(rig, &outcome, "hard", NULL, "out?");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 2);
    for (unsigned i = 0; i < 2; i++)
        expect_content(&outcome.result.files[i], outcome.result.files[i].name, "content\n");
    bl_outcome_release(&outcome);
}

/* It takes no room in the box, but would in whatever it is copied to. */
static void collect__a_sparse_giant_is_beyond_the_bound(void **state)
{
    expect_refused(state, "sparse", "out*", "out");
}

/* Also where the first pattern's files leave nothing of it. */
static void collect__has_one_bound_for_all_patterns(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "leave", "hard", NULL); /* two files of 8 bytes */
    bl_trial_add_output(&trial, "out1", true);
    bl_trial_add_output(&trial, "out2", true);
    trial.spec.collect_bytes_max = 8;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_OUTPUT);
    assert_int_equal(outcome.result.error.index, 1);
    bl_outcome_release(&outcome);
}

static void collect__reads_what_the_program_made_unreadable(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    leave(rig, &outcome, "unreadable", NULL, "out");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 1);
    expect_content(&outcome.result.files[0], "out", "content\n");
    bl_outcome_release(&outcome);
}

static void collect__odd_names_are_told_as_they_are(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    leave(rig, &outcome, "newline", NULL, "out*");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 1);
    expect_content(&outcome.result.files[0], "out\nput", "content\n");
    bl_outcome_release(&outcome);

    leave(rig, &outcome, "long", NULL, "out*");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 1);
    assert_int_equal(strlen(outcome.result.files[0].name), 255);
    bl_outcome_release(&outcome);
}

static void collect__many_files(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;

    bl_footprint_take(rig, &before);
    leave(rig, &outcome, "many", "200", "out*");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 200);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* A hundred thousand are refused, quickly, and cost no descriptor afterwards. */
static void collect__far_too_many_files_are_refused(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;

    bl_footprint_take(rig, &before);
    leave(rig, &outcome, "many", "100000", "**");
    bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
    assert_int_equal(outcome.result.file_count, 0);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

/* The writer is dead before anyone looks: the size told is the size it has, and keeps. */
static void collect__nobody_writes_any_more(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct stat is;

    leave(rig, &outcome, "growing", NULL, "out");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.file_count, 1);
    assert_int_equal(fstat(outcome.result.files[0].fd, &is), 0);
    assert_int_equal(is.st_size, outcome.result.files[0].size_bytes);
    bl_outcome_release(&outcome);
}

static void collect__takes_nothing_from_a_program_that_failed(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_footprint_take(rig, &before);
    bl_trial_init(&trial, rig, "/bin/sh", "-c", "echo x >out; exit 3", NULL);
    bl_trial_add_output(&trial, "out", true);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR);
    assert_int_equal(outcome.result.file_count, 0);
    bl_outcome_release(&outcome);
    bl_footprint_expect(rig, &before);
}

static void collect__a_status_can_be_an_answer(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "/bin/sh", "-c", "echo x >out; exit 43", NULL);
    bl_trial_add_output(&trial, "out", true);
    trial.spec.collect_any_status = true;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_RUNTIME_ERROR);
    assert_int_equal(outcome.result.exit_code, 43);
    assert_int_equal(outcome.result.file_count, 1);
    expect_content(&outcome.result.files[0], "out", "x\n");
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collect__gives_up_in_a_maze),
        cmocka_unit_test(collect__gives_an_ordinary_file),
        cmocka_unit_test(collect__follows_no_link),
        cmocka_unit_test(collect__opens_no_fifo_socket_or_folder),
        cmocka_unit_test(collect__a_missing_file_is_an_error_if_required),
        cmocka_unit_test(collect__gives_both_names_of_a_file),
        cmocka_unit_test(collect__a_sparse_giant_is_beyond_the_bound),
        cmocka_unit_test(collect__has_one_bound_for_all_patterns),
        cmocka_unit_test(collect__reads_what_the_program_made_unreadable),
        cmocka_unit_test(collect__odd_names_are_told_as_they_are),
        cmocka_unit_test(collect__many_files),
        cmocka_unit_test(collect__far_too_many_files_are_refused),
        cmocka_unit_test(collect__nobody_writes_any_more),
        cmocka_unit_test(collect__takes_nothing_from_a_program_that_failed),
        cmocka_unit_test(collect__a_status_can_be_an_answer),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
