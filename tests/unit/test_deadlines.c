/* The clocks of a run, on a counter that the test moves. No time is asserted but what must not have
 * passed yet. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "executor/job/deadlines.h"
#include "limits/ceilings.h"

struct scene {
    struct bl_loop *loop;
    struct bl_deadlines *deadlines;
    struct bl_timer *patience;
    uint64_t used_ns, step_ns; /* the counter, and what each look adds to it */
    unsigned looks, hand_overs, start_awaited;
    uint64_t handed_at_ns; /* of the counter */
    struct bl_guard_limits handed;
    bool unreadable;
    unsigned told;
    enum bl_kill_reason reason;
    enum bl_step step;
    uint64_t told_ns;
};

static int cpu_ns(void *ctx, uint64_t *ns, struct bl_err *err)
{
    struct scene *scene = ctx;

    scene->looks++;
    if (scene->unreadable)
        return bl_fail(err, BL_STEP_CGROUP_READ, EIO, "a test");
    *ns = scene->used_ns;
    scene->used_ns += scene->step_ns;
    return 0;
}

static void on_due(void *ctx, enum bl_kill_reason reason, const struct bl_err *err)
{
    struct scene *scene = ctx;

    scene->told++;
    scene->reason = reason;
    scene->step = err ? err->step : BL_STEP_NONE;
    scene->told_ns = bl_now_ns();
    bl_loop_stop(scene->loop);
}

static void await_start(void *ctx)
{
    struct scene *scene = ctx;

    scene->start_awaited++;
}

static void hand_over(void *ctx, const struct bl_guard_limits *limits)
{
    struct scene *scene = ctx;

    scene->hand_overs++;
    scene->handed_at_ns = scene->used_ns;
    scene->handed = *limits;
}

static void on_patience_end(void *ctx)
{
    struct scene *scene = ctx;

    bl_loop_stop(scene->loop);
}

static void begin(struct scene *scene, uint64_t cpu_limit_ns, uint64_t wall_limit_ns,
                  uint64_t setup_ns)
{
    const struct bl_deadlines_calls calls = {cpu_ns, on_due, await_start, hand_over, scene};
    struct bl_limits limits = bl_limits_default();
    struct bl_err err;

    memset(scene, 0, sizeof(*scene));
    limits.cpu_time_ns = cpu_limit_ns;
    limits.wall_time_ns = wall_limit_ns;
    limits.pids = 1;
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->patience, scene->loop, on_patience_end, scene, &err), 0);
    assert_int_equal(
        bl_deadlines_new(&scene->deadlines, scene->loop, &limits, 2, setup_ns, &calls, &err), 0);
}

static void serve_for(struct scene *scene, uint64_t ns)
{
    struct bl_err err;

    bl_timer_arm(scene->patience, bl_now_ns() + ns);
    assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    bl_timer_disarm(scene->patience);
}

static void end(struct scene *scene)
{
    bl_deadlines_free(&scene->deadlines);
    bl_timer_free(&scene->patience);
    bl_loop_free(&scene->loop);
}

static void deadlines__wall_runs_from_the_exec(void **state)
{
    uint64_t started_ns;
    struct scene scene;

    (void)state;
    begin(&scene, BL_NS_PER_S, 20 * BL_NS_PER_MS, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    started_ns = bl_now_ns() - 5 * BL_NS_PER_MS;
    bl_deadlines_started(scene.deadlines, started_ns);
    serve_for(&scene, 20 * BL_NS_PER_S);
    assert_int_equal(scene.told, 1);
    assert_int_equal(scene.reason, BL_KILL_WALL_TIME);
    assert_true(scene.told_ns >= started_ns + 20 * BL_NS_PER_MS);
    end(&scene);
}

/* Not beside its first moments, but before the wall clock, which runs since then, is near its end.
 */
static void deadlines__the_start_is_awaited_once_and_not_at_once(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    assert_int_equal(scene.start_awaited, 0);
    for (int i = 0; i < 1000 && scene.start_awaited == 0; i++)
        serve_for(&scene, 20 * BL_NS_PER_MS);
    serve_for(&scene, 50 * BL_NS_PER_MS);
    assert_int_equal(scene.start_awaited, 1);
    assert_int_equal(scene.told, 0);
    end(&scene);
}

static void deadlines__a_short_wall_limit_awaits_the_start_at_once(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 60 * BL_NS_PER_S, 20 * BL_NS_PER_MS, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    assert_int_equal(scene.start_awaited, 1);
    end(&scene);
}

static void deadlines__set_up_that_takes_too_long_is_our_failure(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, BL_NS_PER_S, BL_NS_PER_MS, 10 * BL_NS_PER_MS);
    bl_deadlines_launched(scene.deadlines);
    serve_for(&scene, 20 * BL_NS_PER_S);
    assert_int_equal(scene.told, 1);
    assert_int_equal(scene.reason, BL_KILL_SANDBOX);
    assert_int_equal(scene.step, BL_STEP_INIT_TALK);
    end(&scene);
}

static void deadlines__cpu_is_told_once_it_is_spent_and_not_before(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 20 * BL_NS_PER_MS, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    scene.step_ns = 5 * BL_NS_PER_MS; /* 0, 5, 10, 15, 20 are inside */
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 20 * BL_NS_PER_S);
    assert_int_equal(scene.told, 1);
    assert_int_equal(scene.reason, BL_KILL_CPU_TIME);
    assert_int_equal(scene.looks, 6);
    end(&scene);
}

/* Near its limit, once, and while the counter, which is ticks behind, can't be past it. */
static void deadlines__cpu_is_handed_over_near_the_limit(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 400 * BL_NS_PER_MS, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    scene.step_ns = 50 * BL_NS_PER_MS;
    bl_deadlines_launched(scene.deadlines);
    serve_for(&scene, 60 * BL_NS_PER_S);
    assert_int_equal(scene.reason, BL_KILL_CPU_TIME);
    assert_int_equal(scene.hand_overs, 1);
    assert_in_range(scene.handed_at_ns, 200 * BL_NS_PER_MS, 250 * BL_NS_PER_MS);
    assert_int_equal(scene.handed.cpu_ns, 400 * BL_NS_PER_MS);
    assert_in_range(scene.handed.close_ns, 385 * BL_NS_PER_MS, 399 * BL_NS_PER_MS);
    assert_int_equal(scene.handed.cpus, 1);
    assert_int_equal(scene.handed.wall_ns, 0); /* its exec is not known yet */
    end(&scene);
}

static void deadlines__wall_is_handed_over_near_the_limit(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 60 * BL_NS_PER_S, 50 * BL_NS_PER_MS, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 60 * BL_NS_PER_S);
    assert_int_equal(scene.reason, BL_KILL_WALL_TIME); /* nobody else did it */
    assert_int_equal(scene.hand_overs, 1);
    assert_int_equal(scene.handed.wall_ns, 50 * BL_NS_PER_MS);
    assert_int_equal(scene.handed.cpu_ns, 60 * BL_NS_PER_S);
    end(&scene);
}

static void deadlines__a_limit_that_is_far_is_not_handed_over(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 30 * BL_NS_PER_MS);
    assert_int_equal(scene.hand_overs, 0);
    end(&scene);
}

/* A program that sleeps is looked at as rarely as its budget allows: no polling. */
static void deadlines__an_idle_program_is_hardly_looked_at(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 100 * BL_NS_PER_MS, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 200 * BL_NS_PER_MS);
    assert_int_equal(scene.told, 0);
    assert_in_range(scene.looks, 0, 5);
    end(&scene);
}

/* Nor one that sleeps a hair before its limit. */
static void deadlines__a_program_that_idles_near_its_limit_is_not_polled(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, 10 * BL_NS_PER_MS, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    scene.used_ns = 10 * BL_NS_PER_MS - 1;
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 500 * BL_NS_PER_MS);
    assert_int_equal(scene.told, 0);
    assert_in_range(scene.looks, 1, 100); /* of 2000 */
    end(&scene);
}

static void deadlines__a_counter_that_cannot_be_read_ends_the_program(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, BL_NS_PER_MS, 60 * BL_NS_PER_S, 60 * BL_NS_PER_S);
    scene.unreadable = true;
    bl_deadlines_launched(scene.deadlines);
    serve_for(&scene, 20 * BL_NS_PER_S);
    assert_int_equal(scene.reason, BL_KILL_SANDBOX);
    assert_int_equal(scene.step, BL_STEP_CGROUP_READ);
    end(&scene);
}

static void deadlines__first_reason_is_the_only_one(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, BL_NS_PER_MS, BL_NS_PER_MS, 60 * BL_NS_PER_S);
    scene.step_ns = BL_NS_PER_S;
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 20 * BL_NS_PER_S);
    serve_for(&scene, 20 * BL_NS_PER_MS);
    assert_int_equal(scene.told, 1);
    end(&scene);
}

static void deadlines__stopped_tell_nothing(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, BL_NS_PER_MS, BL_NS_PER_MS, BL_NS_PER_MS);
    bl_deadlines_launched(scene.deadlines);
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    bl_deadlines_stop(scene.deadlines);
    scene.start_awaited = 0;
    bl_deadlines_launched(scene.deadlines); /* late news change nothing */
    bl_deadlines_started(scene.deadlines, bl_now_ns());
    serve_for(&scene, 20 * BL_NS_PER_MS);
    assert_int_equal(scene.told, 0);
    assert_int_equal(scene.start_awaited, 0);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines__wall_runs_from_the_exec),
        cmocka_unit_test(deadlines__the_start_is_awaited_once_and_not_at_once),
        cmocka_unit_test(deadlines__a_short_wall_limit_awaits_the_start_at_once),
        cmocka_unit_test(deadlines__set_up_that_takes_too_long_is_our_failure),
        cmocka_unit_test(deadlines__cpu_is_told_once_it_is_spent_and_not_before),
        cmocka_unit_test(deadlines__cpu_is_handed_over_near_the_limit),
        cmocka_unit_test(deadlines__wall_is_handed_over_near_the_limit),
        cmocka_unit_test(deadlines__a_limit_that_is_far_is_not_handed_over),
        cmocka_unit_test(deadlines__an_idle_program_is_hardly_looked_at),
        cmocka_unit_test(deadlines__a_program_that_idles_near_its_limit_is_not_polled),
        cmocka_unit_test(deadlines__a_counter_that_cannot_be_read_ends_the_program),
        cmocka_unit_test(deadlines__first_reason_is_the_only_one),
        cmocka_unit_test(deadlines__stopped_tell_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
