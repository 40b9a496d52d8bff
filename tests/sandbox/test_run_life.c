/* A run ended from outside, at any moment, and a host that fails it: an answer or silence as
 * promised, and nothing left. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/support/kin.h"
#include "tests/support/rig.h"

/* A run that is not waited for: a timer ends it, or its own end does. */
struct life {
    struct bl_rig *rig;
    struct bl_run *run;
    struct bl_timer *timer;
    struct bl_trial trial;
    enum bl_verdict verdict;
    enum bl_step error;
    unsigned ends;
    void (*on_time)(struct life *life);
};

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct life *life = ctx;

    assert_ptr_equal(run, life->run);
    life->ends++;
    life->verdict = result->verdict;
    life->error = result->error.step;
    bl_run_free(&life->run);
    bl_loop_stop(life->rig->loop);
}

static void on_time(void *ctx)
{
    struct life *life = ctx;

    life->on_time(life);
}

static void cancel(struct life *life)
{
    bl_run_cancel(life->run);
    bl_run_cancel(life->run); /* again: no effect */
}

static void forget(struct life *life)
{
    bl_run_free(&life->run);
    bl_loop_stop(life->rig->loop);
}

/* delay_ns after the start; 0: before the loop runs at all. */
static void live(struct life *life, struct bl_rig *rig, void (*at_time)(struct life *),
                 uint64_t delay_ns)
{
    struct bl_run_order order = {.spec = &life->trial.spec, .on_end = on_end, .ctx = life};
    struct bl_err err;

    life->rig = rig;
    life->ends = 0;
    life->on_time = at_time;
    memcpy(order.streams, life->trial.streams, sizeof(order.streams));
    assert_int_equal(bl_timer_new(&life->timer, rig->loop, on_time, life, &err), 0);
    assert_int_equal(bl_run_start(&life->run, rig->loop, rig->warden, &order, &err), 0);
    if (delay_ns > 0)
        bl_timer_arm(life->timer, bl_now_ns() + delay_ns);
    else
        at_time(life);
    assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    bl_timer_free(&life->timer);
    for (int i = 1; i <= 2; i++)
        bl_close_fd(&life->trial.kept[i]);
}

/* Around every phase: before the sandbox is there, while it is made, launched, running. */
static const uint64_t moments_ns[] = {0,       1,       100000,  300000,  600000,  1000000,
                                      1500000, 2000000, 3000000, 5000000, 8000000, 20000000};

static void life__cancelled_at_any_moment(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;

    bl_footprint_take(rig, &before);
    for (size_t i = 0; i < BL_ARRAY_LEN(moments_ns); i++) {
        struct life life;

        bl_trial_init(&life.trial, rig, "linger", "deaf", NULL);
        live(&life, rig, cancel, moments_ns[i]);
        assert_int_equal(life.ends, 1);
        assert_int_equal(life.verdict, BL_VERDICT_CANCELLED);
    }
    bl_footprint_expect(rig, &before);
}

static void life__forgotten_at_any_moment(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;

    bl_footprint_take(rig, &before);
    for (size_t i = 0; i < BL_ARRAY_LEN(moments_ns); i++) {
        struct life life;

        bl_trial_init(&life.trial, rig, "burn", "processes", "4", "0", NULL);
        live(&life, rig, forget, moments_ns[i]);
        assert_int_equal(life.ends, 0);
    }
    bl_footprint_expect(rig, &before);
}

/* The end and the cancel race: one answer, whichever comes first. */
static void life__cancelled_about_when_it_ends(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;

    bl_footprint_take(rig, &before);
    for (uint64_t delay_ns = 400000; delay_ns < 8000000; delay_ns += 400000) {
        struct life life;

        bl_trial_init(&life.trial, rig, "leave", "file", NULL);
        bl_trial_add_output(&life.trial, "out", true);
        live(&life, rig, cancel, delay_ns);
        assert_int_equal(life.ends, 1);
        assert_true(life.verdict == BL_VERDICT_CANCELLED || life.verdict == BL_VERDICT_OK);
    }
    bl_footprint_expect(rig, &before);
}

/* Output that nobody reads would hold the answer for ever. */
static void life__cancel_does_not_wait_for_a_reader(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_footprint before;
    struct life life;
    int ends[2];

    bl_footprint_take(rig, &before);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    bl_trial_init(&life.trial, rig, "flood", "1", "0", NULL);
    life.trial.streams[1] = (struct bl_stream){BL_STREAM_RELAY, ends[1]};
    live(&life, rig, cancel, 50000000);
    assert_int_equal(life.verdict, BL_VERDICT_CANCELLED);
    (void)close(ends[0]);
    (void)close(ends[1]);
    bl_footprint_expect(rig, &before);
}

/* ---- a host that has too little ----------------------------------------------------------------
 */

/* Descriptors run out at every step in turn: refused, or our failure; never a word on the program.
 */
static void life__descriptors_run_out_at_every_step(void **state)
{
    struct bl_rig *rig = bl_rig_of_root(state);
    struct bl_footprint before;
    struct rlimit old, low;
    unsigned good = 0, bad = 0;

    bl_footprint_take(rig, &before);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    for (unsigned spare = 0; spare < 80 && good < 3; spare++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "leave", "file", NULL);
        bl_trial_add_output(&trial, "out", true);
        low = old;
        low.rlim_cur = (rlim_t)dup(0) + spare; /* the lowest free number, and so many beyond */
        (void)close((int)(low.rlim_cur - spare));
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        bl_rig_run(rig, &trial, &outcome);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (!outcome.refused && outcome.result.verdict == BL_VERDICT_OK) {
            assert_int_equal(outcome.result.file_count, 1);
            good++;
        } else {
            assert_true(outcome.refused || outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR);
            bad++;
        }
        bl_outcome_release(&outcome);
    }
    assert_true(bad > 3);
    assert_int_equal(good, 3);
    bl_footprint_expect(rig, &before);
}

static void kill_warden(struct life *life)
{
    (void)life;
    assert_int_equal(kill(bl_kin_await(getpid()), SIGKILL), 0); /* our only child */
}

/* Last: the rig is of no use afterwards. */
static void life__the_warden_dies(void **state)
{
    struct bl_rig *rig = bl_rig_of_root(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    struct life life;

    bl_trial_init(&life.trial, rig, "linger", "sleep", NULL);
    live(&life, rig, kill_warden, 20000000);
    assert_int_equal(life.ends, 1);
    assert_int_equal(life.verdict, BL_VERDICT_SANDBOX_ERROR);
    assert_true(life.error == BL_STEP_WARDEN_GONE || life.error == BL_STEP_INIT_GONE);

    bl_trial_init(&trial, rig, "hello", NULL);
    bl_rig_run(rig, &trial, &outcome);
    assert_true(outcome.refused || outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life__cancelled_at_any_moment),
        cmocka_unit_test(life__forgotten_at_any_moment),
        cmocka_unit_test(life__cancelled_about_when_it_ends),
        cmocka_unit_test(life__cancel_does_not_wait_for_a_reader),
        cmocka_unit_test(life__descriptors_run_out_at_every_step),
        cmocka_unit_test(life__the_warden_dies),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
