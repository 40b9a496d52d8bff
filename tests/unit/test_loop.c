/* The event loop and its watches, which may be freed wherever a callback finds a reason to.
 * Deferred work: test_loop_deferred.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/loop_scene.h"

static void loop__without_anything_to_wait_for_says_so(void **state)
{
    struct scene *scene = *state;
    struct bl_err err = {0};

    assert_int_equal(bl_loop_run(scene->loop, &err), -1);
    assert_int_equal(err.step, BL_STEP_LOOP);
    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, 0);
    assert_int_equal(bl_loop_run(scene->loop, &err), -1);
}

static void loop__stopped_before_it_runs_returns_and_runs_again(void **state)
{
    struct scene *scene = *state;

    bl_loop_stop(scene->loop);
    scene_run(scene);
    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, EV_WRITE);
    scene_run(scene);
    scene_run(scene);
    assert_int_equal(scene->calls, 2);
}

static void watch__tells_reading_from_writing(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, EV_WRITE);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_WRITE);
    scene->seen = 0;
    assert_int_equal(bl_watch_want(scene->watch, EV_READ, &err), 0);
    assert_int_equal(write(scene->pair[1], "x", 1), 1);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_READ);
    scene->seen = 0;
    assert_int_equal(bl_watch_want(scene->watch, EV_READ | EV_WRITE, &err), 0);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_READ | EV_WRITE);
}

static void watch__sees_the_other_end_close(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, EV_READ);
    bl_close_fd(&scene->pair[1]);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_READ);
}

/* Both ends are readable in one round; whoever is called first ends the other's interest. */
static void silence_the_other(void *ctx, short what)
{
    struct scene *scene = ctx;
    struct bl_err err;

    assert_int_equal(what, EV_READ);
    scene->calls++;
    assert_int_equal(bl_watch_want(scene->watch, 0, &err), 0);
    assert_int_equal(bl_watch_want(scene->other, 0, &err), 0);
    bl_loop_stop(scene->loop);
}

static void watch__is_not_called_after_its_interest_ended_in_the_same_round(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->watch, 0, silence_the_other, EV_READ);
    scene_watch(scene, &scene->other, 1, silence_the_other, EV_READ);
    assert_int_equal(write(scene->pair[0], "x", 1), 1);
    assert_int_equal(write(scene->pair[1], "x", 1), 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
}

static void free_both(void *ctx, short what)
{
    struct scene *scene = ctx;

    (void)what;
    scene->calls++;
    bl_watch_free(&scene->watch);
    bl_watch_free(&scene->other);
    bl_loop_stop(scene->loop);
}

static void watch__may_be_freed_in_its_own_and_in_anothers_callback(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->watch, 0, free_both, EV_READ | EV_WRITE);
    scene_watch(scene, &scene->other, 1, free_both, EV_READ | EV_WRITE);
    assert_int_equal(write(scene->pair[0], "x", 1), 1);
    assert_int_equal(write(scene->pair[1], "x", 1), 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
}

/* Always ready; whoever is watched beside it comes between its calls, and stops the loop. */
static void go_on_for_ever(void *ctx, short what)
{
    struct scene *scene = ctx;
    struct bl_err err;

    scene->seen |= what;
    if (++scene->calls == 3)
        assert_int_equal(bl_watch_want(scene->other, EV_WRITE, &err), 0);
}

static void watch__that_is_patient_holds_up_no_other(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->watch, 0, go_on_for_ever, EV_WRITE);
    bl_watch_be_patient(scene->watch);
    scene_watch(scene, &scene->other, 1, scene_see_and_stop, 0);
    scene_run(scene);
    assert_int_equal(scene->calls, 4); /* three of its own, and that of the other at once */
}

/* The one that is not patient is ready for ever, too. */
static void note_call(void *ctx, short what)
{
    (void)what;
    ((struct scene *)ctx)->calls++;
}

static void watch__that_is_patient_has_its_turn(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->other, 1, note_call, EV_WRITE);
    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, EV_READ | EV_WRITE);
    bl_watch_be_patient(scene->watch);
    assert_int_equal(write(scene->pair[1], "x", 1), 1);
    scene_run(scene);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_READ | EV_WRITE);
    assert_in_range(scene->calls, 3, 4); /* the other in each round, itself in each turn */
}

/* Longer than all patient ones together have in one round. */
static void take_long(void *ctx, short what)
{
    const uint64_t until_ns = bl_now_ns() + BL_NS_PER_MS;

    while (bl_now_ns() < until_ns)
        ;
    note_call(ctx, what);
}

static void watch__that_is_patient_has_its_turn_behind_one_that_takes_long(void **state)
{
    struct scene *scene = *state;

    scene_watch(scene, &scene->watch, 0, take_long, EV_WRITE);
    scene_watch(scene, &scene->other, 1, scene_see_and_stop, EV_WRITE);
    bl_watch_be_patient(scene->watch);
    bl_watch_be_patient(scene->other);
    scene_run(scene);
    assert_int_equal(scene->seen, EV_WRITE);
    scene_run(scene);
    assert_true(scene->calls > 1);
}

/* Both can be read at once, and are patient; the first that is called does it to both. */
static void expect_one_call_of_both(struct scene *scene, bl_watch_fn *do_it, short events)
{
    scene_watch(scene, &scene->watch, 0, do_it, events);
    scene_watch(scene, &scene->other, 1, do_it, events);
    bl_watch_be_patient(scene->watch);
    bl_watch_be_patient(scene->other);
    assert_int_equal(write(scene->pair[0], "x", 1), 1);
    assert_int_equal(write(scene->pair[1], "x", 1), 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
}

static void watch__that_is_patient_is_not_called_after_its_interest_ended(void **state)
{
    expect_one_call_of_both(*state, silence_the_other, EV_READ);
}

static void watch__that_is_patient_may_be_freed_in_any_callback(void **state)
{
    expect_one_call_of_both(*state, free_both, EV_READ | EV_WRITE);
}

static void watch__refuses_a_regular_file(void **state)
{
    struct scene *scene = *state;
    bl_autoclose int fd = memfd_create("regular", MFD_CLOEXEC); /* some file systems can poll */
    struct bl_err err = {0};

    assert_true(fd >= 0);
    assert_int_equal(bl_watch_new(&scene->watch, scene->loop, fd, scene_see_and_stop, scene, &err),
                     0);
    assert_int_equal(bl_watch_want(scene->watch, EV_READ, &err), -1);
    assert_int_equal(err.step, BL_STEP_LOOP);
    assert_int_equal(err.sys_errno, EPERM);
    assert_int_equal(bl_watch_want(scene->watch, 0, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(loop__without_anything_to_wait_for_says_so),
        scene_test(loop__stopped_before_it_runs_returns_and_runs_again),
        scene_test(watch__tells_reading_from_writing),
        scene_test(watch__sees_the_other_end_close),
        scene_test(watch__is_not_called_after_its_interest_ended_in_the_same_round),
        scene_test(watch__may_be_freed_in_its_own_and_in_anothers_callback),
        scene_test(watch__that_is_patient_holds_up_no_other),
        scene_test(watch__that_is_patient_has_its_turn),
        scene_test(watch__that_is_patient_has_its_turn_behind_one_that_takes_long),
        scene_test(watch__that_is_patient_is_not_called_after_its_interest_ended),
        scene_test(watch__that_is_patient_may_be_freed_in_any_callback),
        scene_test(watch__refuses_a_regular_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
