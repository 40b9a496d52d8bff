/* A program's standard streams in a real sandbox: handed over, relayed, joined to another's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/rig.h"

static void streams__empty_input_is_at_its_end(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "swallow", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "0 0\n");
    bl_outcome_release(&outcome);
}

/* On disk, with a name no more; at offset 9, open for reading only. */
static int make_input(mode_t mode)
{
    char path[] = "/var/tmp/bailiff-input-XXXXXX";
    bl_autoclose int file = mkostemp(path, O_CLOEXEC);
    int again;

    assert_true(file >= 0);
    assert_int_equal(fchmod(file, mode), 0);
    assert_int_equal(write(file, "skipped, read", 13), 13);
    again = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(again >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(lseek(again, 9, SEEK_SET), 9);
    return again;
}

static void streams__a_file_is_handed_over_as_it_is(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int file = make_input(0644); /* the offset is the caller's choice */
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "converse", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_HAND, file};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "read");
    assert_int_equal(outcome.result.usage.stdin_bytes, 0); /* not moved by us */
    bl_outcome_release(&outcome);
}

/* Every second program in JavaScript reads its input so. */
static void streams__a_file_can_be_opened_as_dev_stdin(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int file = make_input(0644);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "/bin/sh", "-c", "cat /dev/stdin", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_HAND, file};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "skipped, read"); /* opened anew: from its beginning */
    bl_outcome_release(&outcome);
}

/* Whatever its permissions: another program may be given the same file. */
static void streams__a_file_cannot_be_changed(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int everybodys = make_input(0666), ours = make_input(0644);
    bl_autoclose int memory = memfd_create("input", MFD_CLOEXEC);
    const int files[] = {everybodys, ours, memory};

    assert_int_equal(write(memory, "skipped, read", 13), 13);
    for (size_t i = 0; i < BL_ARRAY_LEN(files); i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;
        char text[32] = "";

        assert_int_equal(lseek(files[i], 9, SEEK_SET), 9);
        bl_trial_init(&trial, rig, "/bin/sh", "-c",
                      "cat; (echo changed 1<>/dev/stdin) 2>/dev/null; (echo changed >&0) "
                      "2>/dev/null; exit 0",
                      NULL);
        trial.streams[0] = (struct bl_stream){BL_STREAM_HAND, files[i]};
        bl_rig_run(rig, &trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        assert_string_equal(outcome.out, "read");
        assert_int_equal(pread(files[i], text, sizeof(text) - 1, 0), 13);
        assert_string_equal(text, "skipped, read");
        bl_outcome_release(&outcome);
    }
}

static void streams__a_pipe_is_relayed_to_its_end(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct bl_outcome outcome;
    struct bl_trial trial;
    int ends[2];

    bl_footprint_take(rig, &before);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
    (void)close(ends[1]);
    bl_trial_init(&trial, rig, "converse", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_RELAY, ends[0]};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "one\ntwo\n");
    assert_int_equal(outcome.result.usage.stdin_bytes, 8);
    bl_outcome_release(&outcome);
    (void)close(ends[0]);
    bl_footprint_expect(rig, &before);
}

/* A source that stays open holds nothing up once the program is gone. */
static void streams__an_open_source_does_not_outlast_the_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    bl_trial_init(&trial, rig, "hello", "done", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_RELAY, ends[0]};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, "done\n");
    bl_outcome_release(&outcome);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* `bailiff run ... | head -1` */
static void streams__a_reader_that_leaves_is_no_error(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    bl_trial_init(&trial, rig, "flood", "1", "1000000", NULL);
    trial.streams[1] = (struct bl_stream){BL_STREAM_RELAY, ends[1]};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.usage.stdout_bytes, 1000000);
    bl_outcome_release(&outcome);
    (void)close(ends[1]);
}

/* It saw an end of file where there was none: whatever it made of that says nothing about it. */
static void streams__input_that_cannot_be_read_is_our_failure(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "/bin/sh", "-c", "cat; exit 3", NULL);
    trial.streams[0] = (struct bl_stream){BL_STREAM_RELAY, folder};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_FILE_READ);
    assert_int_equal(outcome.result.error.sys_errno, EISDIR);
    bl_outcome_release(&outcome);
}

static void streams__output_that_cannot_be_kept_is_a_file_error(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "hello", "lost", NULL);
    trial.streams[1] = (struct bl_stream){BL_STREAM_RELAY, full};
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_FILE_ERROR);
    assert_int_equal(outcome.result.error.step, BL_STEP_FILE_WRITE);
    bl_outcome_release(&outcome);
}

/* One file behind both, as `>file 2>&1` gives: neither covers the other's bytes. */
static void streams__both_outputs_may_go_to_one_place(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "/bin/sh", "-c", "echo out; echo err >&2; echo out2", NULL);
    trial.streams[2] = trial.streams[1];
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.out_length, 13);
    assert_non_null(strstr(outcome.out, "out\n"));
    assert_non_null(strstr(outcome.out, "err\n"));
    assert_non_null(strstr(outcome.out, "out2\n"));
    bl_outcome_release(&outcome);
}

/* ---- two programs, each the other's reader -----------------------------------------------------
 */

struct pair {
    struct bl_rig *rig;
    struct bl_run *runs[2];
    struct bl_result results[2];
    unsigned ends;
};

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct pair *pair = ctx;
    int which = run == pair->runs[1];

    pair->results[which] = *result;
    bl_run_free(&pair->runs[which]);
    if (++pair->ends == 2)
        bl_loop_stop(pair->rig->loop);
}

/* Starts both and closes our copies of the pipes, as bl_run_start() allows. */
static void start_pair(struct pair *pair, struct bl_trial trials[2])
{
    struct bl_err err;
    int there[2], back[2];

    assert_int_equal(pipe2(there, O_CLOEXEC), 0);
    assert_int_equal(pipe2(back, O_CLOEXEC), 0);
    trials[0].streams[0] = (struct bl_stream){BL_STREAM_HAND, back[0]};
    trials[0].streams[1] = (struct bl_stream){BL_STREAM_HAND, there[1]};
    trials[1].streams[0] = (struct bl_stream){BL_STREAM_HAND, there[0]};
    trials[1].streams[1] = (struct bl_stream){BL_STREAM_HAND, back[1]};
    for (int i = 0; i < 2; i++) {
        struct bl_run_order order = {.spec = &trials[i].spec, .on_end = on_end, .ctx = pair};

        memcpy(order.streams, trials[i].streams, sizeof(order.streams));
        assert_int_equal(
            bl_run_start(&pair->runs[i], pair->rig->loop, pair->rig->warden, &order, &err), 0);
    }
    for (int i = 0; i < 2; i++) {
        (void)close(there[i]);
        (void)close(back[i]);
    }
}

static void converse(struct bl_rig *rig, const char *count, struct pair *pair)
{
    struct bl_trial trials[2];
    struct bl_err err;

    *pair = (struct pair){.rig = rig};
    bl_trial_init(&trials[0], rig, "converse", count, NULL);
    bl_trial_init(&trials[1], rig, "converse", NULL);
    start_pair(pair, trials);
    assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    for (int i = 0; i < 2; i++)
        for (int fd = 1; fd <= 2; fd++)
            bl_close_fd(&trials[i].kept[fd]);
}

static void streams__two_programs_talk_through_pipes(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct pair pair;

    bl_footprint_take(rig, &before);
    converse(rig, "1000", &pair);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pair.results[i].verdict, BL_VERDICT_OK);
    bl_footprint_expect(rig, &before);
}

/* The other one sees end of file when one is gone: no copy of a pipe's end is kept anywhere. */
static void streams__one_that_ends_closes_its_pipes(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct pair pair;

    converse(rig, "0", &pair);
    assert_int_equal(pair.results[0].verdict, BL_VERDICT_OK);
    assert_int_equal(pair.results[1].verdict, BL_VERDICT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams__empty_input_is_at_its_end),
        cmocka_unit_test(streams__a_file_is_handed_over_as_it_is),
        cmocka_unit_test(streams__a_file_can_be_opened_as_dev_stdin),
        cmocka_unit_test(streams__a_file_cannot_be_changed),
        cmocka_unit_test(streams__a_pipe_is_relayed_to_its_end),
        cmocka_unit_test(streams__an_open_source_does_not_outlast_the_program),
        cmocka_unit_test(streams__a_reader_that_leaves_is_no_error),
        cmocka_unit_test(streams__input_that_cannot_be_read_is_our_failure),
        cmocka_unit_test(streams__output_that_cannot_be_kept_is_a_file_error),
        cmocka_unit_test(streams__both_outputs_may_go_to_one_place),
        cmocka_unit_test(streams__two_programs_talk_through_pipes),
        cmocka_unit_test(streams__one_that_ends_closes_its_pipes),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
