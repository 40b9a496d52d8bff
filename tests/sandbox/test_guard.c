/* Init alone ends a program at its time limits: nobody else watches in these tests. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/sandbox/sandbox.h"
#include "limits/cgroup_clock.h"
#include "tests/support/kin.h"
#include "tests/support/rig.h"

struct scene {
    struct bl_rig *rig;
    struct bl_trial trial;
    struct bl_sandbox *sandbox;
    const struct bl_guard_limits *limits, *earlier; /* the second may be NULL */
    struct bl_ending ending;
    uint64_t used_ns;
    bool ended;
    int policy; /* init's, while the program ran */
};

static int policy_of_init(void)
{
    return sched_getscheduler(bl_kin_youngest(bl_kin_youngest(getpid())));
}

static void launch(struct scene *scene)
{
    bl_autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int stdio[3] = {null, null, null};
    struct bl_err err;

    assert_int_equal(
        bl_cgroup_limit(bl_sandbox_cgroup(scene->sandbox), &scene->trial.spec.limits, &err), 0);
    assert_int_equal(bl_sandbox_launch(scene->sandbox, &scene->trial.spec, stdio, &err), 0);
    assert_int_equal(bl_sandbox_await_start(scene->sandbox, &err), 0);
}

static void on_sandbox(void *ctx, const struct bl_sandbox_event *event)
{
    struct scene *scene = ctx;
    struct bl_err err;

    switch (event->kind) {
    case BL_SANDBOX_READY:
        launch(scene);
        return;
    case BL_SANDBOX_STARTED:
        scene->policy = policy_of_init();
        if (scene->earlier)
            assert_int_equal(bl_sandbox_guard(scene->sandbox, scene->earlier, &err), 0);
        assert_int_equal(bl_sandbox_guard(scene->sandbox, scene->limits, &err), 0);
        return;
    case BL_SANDBOX_ENDED:
        scene->ended = true;
        scene->ending = *event->ending;
        assert_int_equal(bl_cgroup_cpu_ns(bl_sandbox_cgroup(scene->sandbox), &scene->used_ns, &err),
                         0);
        break;
    case BL_SANDBOX_FILE:
    case BL_SANDBOX_COLLECTED:
    case BL_SANDBOX_CLOSED:
    case BL_SANDBOX_FAILED:
        break;
    }
    bl_loop_stop(scene->rig->loop);
}

/* Where it is refused that init is favoured there is nothing to be seen. */
static void expect_calm(const struct scene *scene)
{
    const uint64_t deadline_ns = bl_now_ns() + 60 * BL_NS_PER_S;

    if (scene->policy == (SCHED_RR | SCHED_RESET_ON_FORK))
        while (policy_of_init() != (SCHED_OTHER | SCHED_RESET_ON_FORK))
            assert_true(bl_now_ns() < deadline_ns);
}

/* Until its end; `trial` is prepared. */
static void live(struct scene *scene, struct bl_rig *rig, const struct bl_guard_limits *limits)
{
    struct bl_footprint before;
    struct bl_err err;

    scene->rig = rig;
    scene->limits = limits;
    scene->trial.spec.limits.cpus_milli = 64000;
    bl_footprint_take(rig, &before);
    const struct bl_sandbox_order order = {
        .profile = rig->standard,
        .box_bytes = scene->trial.spec.limits.box_bytes,
        .box_files = scene->trial.spec.limits.box_files,
        .tmp_bytes = scene->trial.spec.limits.tmp_bytes,
        .tmp_files = scene->trial.spec.limits.tmp_files,
    };
    assert_int_equal(bl_sandbox_open(&scene->sandbox, rig->warden, &order, on_sandbox, scene, &err),
                     0);
    assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    assert_true(scene->ended);
    assert_true(WIFSIGNALED(scene->ending.wait_status));
    assert_int_equal(WTERMSIG(scene->ending.wait_status), SIGKILL);
    expect_calm(scene); /* its exit is nobody's hurry */
    bl_sandbox_free(&scene->sandbox);
    bl_footprint_expect(rig, &before);
    for (int i = 1; i <= 2; i++)
        (void)close(scene->trial.kept[i]);
}

static void ends_what_burns(struct bl_rig *rig, const char *how, uint32_t round_max)
{
    const struct bl_guard_limits limits = {.cpu_ns = 60 * BL_NS_PER_MS,
                                           .close_ns = 40 * BL_NS_PER_MS,
                                           .cpus = 2,
                                           .round_max = round_max};
    struct scene scene = {0};

    bl_trial_init(&scene.trial, rig, "burn", how, "4", "0", NULL);
    live(&scene, rig, &limits);
    assert_int_equal(scene.ending.killed_for, BL_KILL_CPU_TIME);
    assert_true(scene.used_ns > limits.cpu_ns);
}

static void guard__ends_a_program_whose_cpu_time_is_spent(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);

    ends_what_burns(rig, "alone", BL_CGROUP_ROUND_MAX);
    ends_what_burns(rig, "bursts", BL_CGROUP_ROUND_MAX);
    ends_what_burns(rig, "threads", BL_CGROUP_ROUND_MAX);
    ends_what_burns(rig, "daemons", BL_CGROUP_ROUND_MAX);
}

static void guard__ends_it_too_where_its_cpus_are_too_many_to_go_round(void **state)
{
    ends_what_burns(bl_rig_of(state), "alone", 1);
    ends_what_burns(bl_rig_of(state), "threads", 1);
}

static void ends_what_lingers(struct bl_rig *rig, const char *how,
                              const struct bl_guard_limits *limits)
{
    struct scene scene = {0};

    bl_trial_init(&scene.trial, rig, "linger", how, NULL);
    live(&scene, rig, limits);
    assert_int_equal(scene.ending.killed_for, BL_KILL_WALL_TIME);
    assert_true(scene.ending.ended_ns - scene.ending.started_ns >= limits->wall_ns);
}

static void guard__ends_a_program_whose_wall_time_is_over(void **state)
{
    const struct bl_guard_limits limits = {.cpu_ns = 3600 * BL_NS_PER_S,
                                           .close_ns = 3599 * BL_NS_PER_S,
                                           .wall_ns = 30 * BL_NS_PER_MS,
                                           .cpus = 1,
                                           .round_max = BL_CGROUP_ROUND_MAX};

    ends_what_lingers(bl_rig_of(state), "stopped", &limits);
}

/* Near its limit, on so many CPUs that it could be past it in no time, it is looked at seldom while
 * it uses none; the end of its wall time is no later for that. */
static void guard__ends_a_program_that_sleeps_near_its_limit(void **state)
{
    const struct bl_guard_limits limits = {.cpu_ns = 2 * BL_NS_PER_S,
                                           .wall_ns = 50 * BL_NS_PER_MS,
                                           .cpus = 1024,
                                           .round_max = BL_CGROUP_ROUND_MAX};

    ends_what_lingers(bl_rig_of(state), "sleep", &limits);
}

/* The worker may hand over twice: once for each limit. */
static void guard__the_last_order_counts(void **state)
{
    const struct bl_guard_limits far = {.cpu_ns = 3600 * BL_NS_PER_S,
                                        .close_ns = 3599 * BL_NS_PER_S,
                                        .cpus = 1,
                                        .round_max = BL_CGROUP_ROUND_MAX};
    const struct bl_guard_limits near = {
        .cpu_ns = 20 * BL_NS_PER_MS, .cpus = 2, .round_max = BL_CGROUP_ROUND_MAX};
    struct bl_rig *rig = bl_rig_of(state);
    struct scene scene = {.earlier = &far};

    bl_trial_init(&scene.trial, rig, "burn", "alone", "1", "0", NULL);
    live(&scene, rig, &near);
    assert_int_equal(scene.ending.killed_for, BL_KILL_CPU_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard__ends_a_program_whose_cpu_time_is_spent),
        cmocka_unit_test(guard__ends_it_too_where_its_cpus_are_too_many_to_go_round),
        cmocka_unit_test(guard__ends_a_program_whose_wall_time_is_over),
        cmocka_unit_test(guard__ends_a_program_that_sleeps_near_its_limit),
        cmocka_unit_test(guard__the_last_order_counts),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
