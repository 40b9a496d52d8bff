/* A job ended from outside, in any phase; files that don't come; and nothing left of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/sandbox/graph_scene.h"
#include "tests/support/kin.h"

static void cancel(struct bl_scene *scene)
{
    bl_graph_cancel(scene->graph);
    bl_graph_cancel(scene->graph); /* no harm in that */
}

static void stop_and_free(struct bl_scene *scene)
{
    bl_graph_free(&scene->graph);
    bl_loop_stop(scene->rig->loop);
}

/* ---- the phases -------------------------------------------------------------------------------
 */

/* Each stands still in one phase of its first case, and has a second case and a second step. */
enum phase {
    STEP_FILES,
    CASE_FILES,
    RUNNING,
    INTERACTING,
    CHECKING,
    KEEPING,
    PHASE_COUNT,
};

static void stand_still(struct bl_scene *scene, enum phase phase)
{
    struct bl_scene_step *step = bl_scene_step(scene, "stands"), *second;
    bool runs = phase == RUNNING || phase == INTERACTING;
    struct bl_job_command *command =
        bl_scene_command(step, "/bin/sh", "-c", runs ? "sleep 100" : "echo x", NULL);

    (void)bl_scene_file(scene, "never", NULL, BL_SCENE_NEVER);
    (void)bl_scene_case(step, NULL, NULL);
    (void)bl_scene_case(step, NULL, NULL);
    command->limits.wall_time_ns = 200 * BL_NS_PER_S;
    if (phase == STEP_FILES)
        bl_scene_input(step, command, "in", bl_scene_stored("never"));
    if (phase == CASE_FILES)
        step->cases[0].input = bl_scene_stored("never");
    if (phase == INTERACTING) {
        (void)bl_scene_command(step, "/bin/sh", "-c", "sleep 100", NULL);
        step->commands[1].limits.wall_time_ns = 200 * BL_NS_PER_S;
        bl_scene_pipe(step, 0, 1);
        bl_scene_pipe(step, 1, 0);
        step->step->check = (struct bl_job_check){.kind = BL_CHECK_INTERACTOR, .interactor = 1};
        step->step->check.file = "";
    }
    if (phase == CHECKING)
        bl_scene_checker(step, "/bin/sh", "-c", "sleep 100", NULL)->limits.wall_time_ns =
            200 * BL_NS_PER_S;
    if (phase == KEEPING) {
        command->out.store = true;
        scene->put_answer = BL_SCENE_NEVER;
    }
    second = bl_scene_step(scene, "never begins");
    second->step->needs = 1;
    (void)bl_scene_command(second, "hello", NULL);
}

/* It has reached the phase when it asked the depot for what never comes, or when a program runs. */
static bool stands(const struct bl_scene *scene, enum phase phase)
{
    if (phase == STEP_FILES || phase == CASE_FILES || phase == KEEPING)
        return scene->sent > scene->released;
    return true;
}

static enum phase asked_for;
static void (*ends_it)(struct bl_scene *scene);

static void when_it_stands(struct bl_scene *scene)
{
    if (stands(scene, asked_for))
        ends_it(scene);
    else
        bl_scene_soon(scene, when_it_stands, 5);
}

/* After ms, in which it gets so far or not, but when it stands where nothing but that can be. */
static void end_in(struct bl_scene *scene, enum phase phase, uint64_t ms,
                   void (*end)(struct bl_scene *scene))
{
    stand_still(scene, phase);
    bl_scene_start(scene);
    asked_for = phase;
    ends_it = end;
    bl_scene_soon(scene, when_it_stands, ms);
    bl_scene_finish(scene);
}

static void graph__can_be_cancelled_in_each_phase(void **state)
{
    for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
        for (uint64_t ms = 0; ms < 200; ms = ms * 3 + 10) {
            struct bl_scene *scene = bl_scene_of(state);
            enum bl_case_outcome outcome;

            end_in(scene, phase, ms, cancel);
            assert_int_equal(scene->dones, 1);
            assert_int_equal(scene->done.end, BL_JOB_CANCELLED);
            assert_int_equal(scene->case_count, 3);
            assert_int_equal(scene->step_count, 2);
            outcome = scene->cases[0].outcome;
            assert_true(outcome == BL_OUTCOME_CANCELLED || outcome == BL_OUTCOME_SKIPPED);
            for (size_t i = 0; i < 3; i++)
                if (scene->cases[i].outcome == BL_OUTCOME_SKIPPED)
                    assert_int_equal(scene->cases[i].skip, BL_SKIP_CANCELLED);
        }
}

static void graph__can_be_freed_at_any_time(void **state)
{
    struct bl_footprint before;
    struct bl_scene *scene = bl_scene_of(state);

    bl_footprint_take(scene->rig, &before);
    for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
        for (uint64_t ms = 0; ms < 200; ms = ms * 3 + 7) {
            scene = bl_scene_of(state);
            end_in(scene, phase, ms, stop_and_free);
            assert_int_equal(scene->dones, 0);
        }
    scene = bl_scene_of(state); /* closes the last one's files */
    bl_footprint_expect(scene->rig, &before);
}

static void graph__leaves_nothing_behind(void **state)
{
    struct bl_footprint before;
    struct bl_scene *scene = bl_scene_of(state);

    bl_footprint_take(scene->rig, &before);
    for (int i = 0; i < 5; i++) {
        struct bl_scene_step *step, *second;
        struct bl_job_command *command;

        scene = bl_scene_of(state);
        step = bl_scene_step(scene, "make");
        command = bl_scene_command(step, "/bin/sh", "-c", "echo x > out; echo y", NULL);
        bl_scene_output(step, command, "out", true)->keep.later = true;
        command->out.later = true;
        second = bl_scene_step(scene, "use");
        second->step->needs = 1;
        command = bl_scene_command(second, "/bin/sh", "-c", "cat out", NULL);
        bl_scene_input(second, command, "out", bl_scene_output_of(0, 0, BL_OUTPUT_FILE, "out"));
        (void)bl_scene_case(second, "in", "x");
        second->step->check.kind = i % 2 ? BL_CHECK_EXACT : BL_CHECK_TOKENS;
        command->out.store = true;
        bl_scene_run(scene);
        assert_int_equal(scene->case_count, 2);
    }
    scene = bl_scene_of(state);
    bl_footprint_expect(scene->rig, &before);
}

static void graph__is_over_before_it_began(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    (void)bl_scene_command(bl_scene_step(scene, "run"), "hello", NULL);
    bl_scene_start(scene);
    bl_graph_cancel(scene->graph);
    bl_scene_finish(scene);
    assert_int_equal(scene->done.end, BL_JOB_CANCELLED);
    bl_scene_expect(scene, 0, BL_OUTCOME_SKIPPED);
}

static void graph__ends_at_its_deadline(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    bl_scene_command(step, "/bin/sh", "-c", "sleep 100", NULL)->limits.wall_time_ns =
        200 * BL_NS_PER_S;
    (void)bl_scene_case(step, NULL, NULL);
    (void)bl_scene_case(step, NULL, NULL);
    scene->deadline_ns = 300 * BL_NS_PER_MS;
    bl_scene_run(scene);
    assert_int_equal(scene->done.end, BL_JOB_EXPIRED);
    assert_int_equal(bl_scene_expect(scene, 0, BL_OUTCOME_SKIPPED)->skip, BL_SKIP_DEADLINE);
    assert_int_equal(scene->cases[0].testcase, 1);
    bl_scene_expect(scene, 1, BL_OUTCOME_CANCELLED);
    assert_int_equal(scene->cases[1].verdicts[0], BL_VERDICT_CANCELLED);
    assert_true(scene->done.ran_ns >= 300 * BL_NS_PER_MS);
}

static void cancel_at_first_case(struct bl_scene *scene, struct bl_scene_case *told)
{
    if (told->testcase == 0)
        bl_graph_cancel(scene->graph);
}

static void graph__can_be_cancelled_by_whoever_is_told(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "hello", NULL);
    (void)bl_scene_case(step, NULL, NULL);
    (void)bl_scene_case(step, NULL, NULL);
    scene->on_case = cancel_at_first_case;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_PASSED);
    bl_scene_expect(scene, 1, BL_OUTCOME_SKIPPED);
}

/* ---- slots ------------------------------------------------------------------------------------
 */

static void recall_second(struct bl_scene *scene, struct bl_scene_case *told)
{
    if (told->testcase == 0)
        bl_graph_recall_slot(scene->graph, 1);
}

static void graph__gives_slots_back(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_err err;
    unsigned slot;

    (void)bl_scene_command(step, "hello", NULL);
    for (int i = 0; i < 6; i++)
        (void)bl_scene_case(step, NULL, NULL);
    scene->job.parallel = 2;
    scene->on_case = recall_second;
    bl_scene_start(scene);
    assert_int_equal(bl_graph_add_slot(scene->graph, "0", &slot, &err), 0);
    assert_int_equal(slot, 1);
    bl_scene_finish(scene);
    assert_int_equal(scene->idle_slots, 1);
    for (size_t i = 0; i < 6; i++)
        bl_scene_expect(scene, i, BL_OUTCOME_PASSED);
}

static void graph__skips_by_place_what_runs_already(void **state)
{
    static const char *const fails[] = {"sleep 0.2; exit 1", NULL}, *const lasts[] = {"sleep 100",
                                                                                      NULL};
    struct bl_scene *scene = bl_scene_of(state);
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    bl_scene_command(step, "/bin/sh", "-c", NULL)->limits.wall_time_ns = 200 * BL_NS_PER_S;
    for (int i = 0; i < 3; i++) {
        struct bl_job_case *testcase = bl_scene_case(step, NULL, NULL);

        testcase->args = i == 0 ? fails : lasts;
        testcase->arg_count = 1;
    }
    step->step->stop = BL_STOP_STEP;
    scene->slots[1] = "";
    scene->slot_count = 2;
    scene->job.parallel = 2;
    bl_scene_run(scene);
    bl_scene_expect(scene, 0, BL_OUTCOME_FAILED);
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(bl_scene_expect(scene, i, BL_OUTCOME_SKIPPED)->skip, BL_SKIP_STOPPED);
    assert_int_equal(scene->case_count, 3);
}

/* ---- no warden --------------------------------------------------------------------------------
 */

static void kill_warden(struct bl_scene *scene)
{
    (void)scene;
    assert_int_equal(kill(bl_kin_await(getpid()), SIGKILL), 0); /* our only child, not reaped yet */
}

/* The last: there is no other warden. */
static void graph__is_broken_without_a_warden(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    if (scene->rig->confined)
        skip(); /* which may not kill */
    stand_still(scene, RUNNING);
    bl_scene_start(scene);
    bl_scene_soon(scene, kill_warden, 200);
    bl_scene_finish(scene);
    assert_int_equal(scene->dones, 1);
    assert_int_equal(scene->done.end, BL_JOB_BROKEN);
    assert_int_equal(scene->case_count, 3);
    for (size_t i = 0; i < 3; i++)
        bl_scene_expect(scene, i, BL_OUTCOME_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__can_be_cancelled_in_each_phase),
        cmocka_unit_test(graph__can_be_freed_at_any_time),
        cmocka_unit_test(graph__leaves_nothing_behind),
        cmocka_unit_test(graph__is_over_before_it_began),
        cmocka_unit_test(graph__ends_at_its_deadline),
        cmocka_unit_test(graph__can_be_cancelled_by_whoever_is_told),
        cmocka_unit_test(graph__gives_slots_back),
        cmocka_unit_test(graph__skips_by_place_what_runs_already),
        cmocka_unit_test(graph__is_broken_without_a_warden),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
