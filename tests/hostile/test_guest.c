/* test_guest.c - attacks that change the whole machine, and so are tried in the guest alone
 * (tests/vm): a core_pattern that runs a program of the host, a wall clock that is set. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/hostile/scene.h"

static const char pattern_file[] = "/proc/sys/kernel/core_pattern";
static const char witness[] = "/tmp/bailiff-core-witness";

static void in_guest_only(void)
{
    if (getenv("RUN_IN_VM"))
        return;
    print_message("in the guest only: make test-v2\n");
    skip();
}

/* ---- core dumps through a program of the host -------------------------------------------------
 */

static void read_pattern(char *text, size_t room)
{
    bl_autoclose int fd = open(pattern_file, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, room - 1);

    assert_true(length >= 0);
    text[length] = '\0';
}

static void write_pattern(const char *text)
{
    bl_autoclose int fd = open(pattern_file, O_WRONLY | O_CLOEXEC);

    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void crash_outside(void)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        (void)kill(getpid(), SIGSEGV);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void crash_inside(unsigned profile)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, scene_rig(), "end", "signal", "11", NULL);
    trial.spec.profile = profile;
    scene_run(&trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_SIGNALED);
    assert_int_equal(outcome.result.signal, SIGSEGV);
    bl_outcome_release(&outcome);
}

/* The kernel waits for the helper before whoever crashed can be reaped: no race. */
static void guest__a_crash_runs_nothing_of_the_host(void **state)
{
    char before[256];

    (void)state;
    in_guest_only();
    (void)scene_rig();
    read_pattern(before, sizeof(before));
    write_pattern("|/usr/bin/touch /tmp/bailiff-core-witness");
    crash_inside(scene_rig()->standard);
    crash_inside(scene_rig()->strict);
    crash_inside(scene_rig()->open);
    bool ran_inside = unlink(witness) == 0;
    crash_outside();
    bool ran_outside = unlink(witness) == 0;
    write_pattern(before);
    assert_false(ran_inside);
    assert_true(ran_outside); /* else this would prove nothing */
}

/* ---- a clock that is set ----------------------------------------------------------------------
 */

struct clockmaker {
    struct bl_timer *timer;
    time_t step_s;
};

static void step_clock(void *ctx)
{
    struct clockmaker *clockmaker = ctx;
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += clockmaker->step_s;
    assert_int_equal(clock_settime(CLOCK_REALTIME, &now), 0);
}

static void run_while_set(const char *program, const char *how, time_t step_s,
                          enum bl_verdict verdict)
{
    struct bl_rig *rig = scene_rig();
    struct clockmaker clockmaker = {.step_s = step_s};
    struct bl_outcome outcome;
    struct bl_trial trial;
    struct bl_err err;

    bl_trial_init(&trial, rig, program, how, "1", "300", NULL);
    trial.argv[2] = strcmp(program, "linger") == 0 ? NULL : trial.argv[2];
    trial.spec.limits.wall_time_ns = verdict == BL_VERDICT_OK ? 60 * BL_NS_PER_S : BL_NS_PER_S;
    assert_int_equal(bl_timer_new(&clockmaker.timer, rig->loop, step_clock, &clockmaker, &err), 0);
    bl_timer_arm(clockmaker.timer, bl_now_ns() + 100 * BL_NS_PER_MS);
    bl_rig_run(rig, &trial, &outcome);
    bl_timer_free(&clockmaker.timer);
    bl_outcome_expect(&outcome, verdict);
    /* An hour would show. */
    assert_true(outcome.result.usage.wall_time_ns < 600 * BL_NS_PER_S);
    assert_true(outcome.result.ended_ns >= outcome.result.started_ns);
    bl_outcome_release(&outcome);
}

static void guest__a_clock_that_is_set_changes_no_verdict(void **state)
{
    static const time_t steps[] = {3600, -7200, 3600};

    (void)state;
    in_guest_only();
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        run_while_set("linger", "sleep", steps[i], BL_VERDICT_WALL_TIME_LIMIT);
        run_while_set("burn", "alone", steps[i], BL_VERDICT_OK);
        run_while_set("burn", "alone", -steps[i], BL_VERDICT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guest__a_crash_runs_nothing_of_the_host),
        cmocka_unit_test(guest__a_clock_that_is_set_changes_no_verdict),
    };

    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
