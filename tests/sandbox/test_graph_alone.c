/* Times that are not to be trusted, running such a case again with nothing beside it, and holding a
 * job still while another one does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <unistd.h>

#include "tests/sandbox/graph_scene.h"

/* Two programs on one CPU, each with 200 of its 230 ms: each waits for the other as long as it
 * runs. Returns false where the kernel does not tell that anybody waits. */
static bool disturb(struct bl_scene *scene)
{
    struct bl_scene_step *step = bl_scene_step(scene, "run");
    struct bl_job_command *command = bl_scene_command(step, "burn", "alone", "1", "200", NULL);

    if (access("/proc/pressure/cpu", R_OK) != 0)
        return false;
    command->limits.cpu_time_ns = 230 * BL_NS_PER_MS;
    command->limits.wall_time_ns = 60 * BL_NS_PER_S;
    (void)bl_scene_case(step, NULL, NULL);
    (void)bl_scene_case(step, NULL, NULL);
    scene->slots[0] = scene->slots[1] = "0";
    scene->slot_count = 2;
    scene->job.parallel = 2;
    return true;
}

static void graph__says_which_times_are_not_to_be_trusted(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    if (!disturb(scene))
        skip();
    bl_scene_run(scene);
    assert_true(scene->cases[0].noisy || scene->cases[1].noisy);
    assert_int_equal(scene->cases[0].set_aside_count + scene->cases[1].set_aside_count, 0);
    assert_int_equal(scene->alones, 0);
}

static void graph__runs_a_noisy_case_again_alone(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);
    size_t set_aside;

    if (!disturb(scene))
        skip();
    scene->job.rerun_if_noisy = true;
    bl_scene_run(scene);
    set_aside = scene->cases[0].set_aside_count + scene->cases[1].set_aside_count;
    assert_true(set_aside > 0);
    assert_int_equal(scene->alones, set_aside);
    assert_int_equal(scene->alone_ends, set_aside);
    assert_int_equal(scene->case_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(scene->cases[i].command_count, 1);
        assert_int_equal(scene->cases[i].was_alone, scene->cases[i].set_aside_count > 0);
    }
    /* The second attempt began when all else had ended. */
    if (set_aside == 2)
        assert_true(scene->cases[1].results[0].started_ns >= scene->cases[0].results[0].ended_ns);
}

static void cancel(struct bl_scene *scene)
{
    bl_graph_cancel(scene->graph);
}

static void cancel_when_it_waits(struct bl_scene *scene)
{
    if (scene->alones > 0)
        cancel(scene);
    else
        bl_scene_soon(scene, cancel_when_it_waits, 5);
}

static void graph__waits_until_it_is_alone(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    if (!disturb(scene))
        skip();
    scene->job.rerun_if_noisy = true;
    scene->holds_alone = true;
    bl_scene_start(scene);
    bl_scene_soon(scene, cancel_when_it_waits, 5);
    bl_scene_finish(scene);
    assert_int_equal(scene->dones, 1);
    assert_int_equal(scene->done.end, BL_JOB_CANCELLED);
    assert_int_equal(scene->alones, 1);
    assert_int_equal(scene->alone_ends, 1);
    assert_int_equal(scene->case_count, 2);
}

/* Others could not be kept away: it is run again all the same, and says so. */
static void graph__says_when_it_was_not_alone(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    if (!disturb(scene))
        skip();
    scene->job.rerun_if_noisy = true;
    scene->is_crowded = true;
    bl_scene_run(scene);
    assert_true(scene->cases[0].set_aside_count + scene->cases[1].set_aside_count > 0);
    for (size_t i = 0; i < 2; i++)
        assert_false(scene->cases[i].was_alone);
}

/* ---- held
 * ----------------------------------------------------------------------------------------
 */

static void hold_at_the_first(struct bl_scene *scene, struct bl_scene_case *told)
{
    (void)told;
    if (scene->case_count == 1)
        bl_graph_hold(scene->graph);
}

static void resume_when_it_is_due(struct bl_scene *scene)
{
    bl_graph_resume(scene->graph);
}

static void resume_later(struct bl_scene *scene)
{
    assert_int_equal(scene->case_count, 1);
    bl_scene_soon(scene, resume_when_it_is_due, 100);
}

static void two_short_cases(struct bl_scene *scene)
{
    struct bl_scene_step *step = bl_scene_step(scene, "run");

    (void)bl_scene_command(step, "/bin/true", NULL);
    (void)bl_scene_case(step, NULL, NULL);
    (void)bl_scene_case(step, NULL, NULL);
}

static void graph__begins_no_case_while_it_is_held(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    two_short_cases(scene);
    scene->on_case = hold_at_the_first;
    scene->on_still = resume_later;
    bl_scene_run(scene);
    assert_int_equal(scene->stills, 1);
    assert_int_equal(scene->done.outcome, BL_OUTCOME_PASSED);
    assert_true(scene->cases[1].results[0].started_ns >=
                scene->cases[0].results[0].ended_ns + 100 * BL_NS_PER_MS);
}

static void graph__can_be_cancelled_while_it_is_held(void **state)
{
    struct bl_scene *scene = bl_scene_of(state);

    two_short_cases(scene);
    scene->on_case = hold_at_the_first;
    scene->on_still = cancel;
    bl_scene_run(scene);
    assert_int_equal(scene->done.end, BL_JOB_CANCELLED);
    assert_int_equal(scene->cases[1].skip, BL_SKIP_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph__says_which_times_are_not_to_be_trusted),
        cmocka_unit_test(graph__runs_a_noisy_case_again_alone),
        cmocka_unit_test(graph__waits_until_it_is_alone),
        cmocka_unit_test(graph__says_when_it_was_not_alone),
        cmocka_unit_test(graph__begins_no_case_while_it_is_held),
        cmocka_unit_test(graph__can_be_cancelled_while_it_is_held),
    };

    return cmocka_run_group_tests(tests, bl_scene_setup, bl_scene_teardown);
}
