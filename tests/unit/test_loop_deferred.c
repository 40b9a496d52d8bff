/* Work that the event loop does at the end of a round, or of all; and that what it lives in may be
 * freed by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/loop_scene.h"

static void count_deferred(void *ctx)
{
    ((struct scene *)ctx)->deferred_calls++;
}

/* Defers twice, which counts once, and sees that nothing runs while a callback is on the stack. */
static void defer_in_callback(void *ctx, short what)
{
    struct scene *scene = ctx;

    bl_loop_defer(scene->loop, &scene->deferred);
    bl_loop_defer(scene->loop, &scene->deferred);
    assert_int_equal(scene->deferred_calls, 0);
    scene_see_and_stop(ctx, what);
}

static void deferred__work_is_done_once_after_the_callback(void **state)
{
    struct scene *scene = *state;

    scene->deferred = (struct bl_deferred){.work = count_deferred, .ctx = scene};
    scene_watch(scene, &scene->watch, 0, defer_in_callback, EV_WRITE);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 1);
    assert_null(scene->deferred.queue);
}

static void defer_another(void *ctx)
{
    struct scene *scene = ctx;

    scene->another = (struct bl_deferred){.work = count_deferred, .ctx = scene};
    bl_loop_defer(scene->loop, &scene->another);
}

static void deferred__work_may_defer_and_needs_no_event(void **state)
{
    struct scene *scene = *state;

    scene->deferred = (struct bl_deferred){.work = defer_another, .ctx = scene};
    bl_loop_defer(scene->loop, &scene->deferred);
    bl_loop_stop(scene->loop);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 1);
}

static void note_order(void *ctx)
{
    struct scene *scene = ctx;

    scene->deferred_calls++;
    assert_non_null(scene->another.queue); /* the late one waits */
    if (scene->deferred_calls < 3)
        bl_loop_defer(scene->loop, &scene->deferred);
}

static void deferred__late_work_is_behind_all_other(void **state)
{
    struct scene *scene = *state;

    scene->deferred = (struct bl_deferred){.work = note_order, .ctx = scene};
    scene->another = (struct bl_deferred){.work = count_deferred, .ctx = scene};
    bl_loop_defer_late(scene->loop, &scene->another);
    bl_loop_defer_late(scene->loop, &scene->another);
    bl_loop_defer(scene->loop, &scene->deferred);
    bl_loop_stop(scene->loop);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 4);
    bl_loop_defer_late(scene->loop, &scene->another);
    bl_loop_undefer(scene->loop, &scene->another);
    bl_loop_stop(scene->loop);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 4);
}

static void stop_deferred(void *ctx)
{
    struct scene *scene = ctx;

    assert_int_equal(scene->deferred_calls++, 0); /* the end is not come yet */
    bl_loop_stop(scene->loop);
}

static void deferred__work_of_the_end_is_done_when_the_loop_stops(void **state)
{
    struct scene *scene = *state;

    scene->deferred = (struct bl_deferred){.work = count_deferred, .ctx = scene};
    scene->another = (struct bl_deferred){.work = stop_deferred, .ctx = scene};
    bl_loop_defer_end(scene->loop, &scene->deferred);
    bl_loop_defer_late(scene->loop, &scene->another);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 2); /* behind the late one */
    bl_loop_defer_end(scene->loop, &scene->deferred);
    bl_loop_undefer(scene->loop, &scene->deferred);
    bl_loop_stop(scene->loop);
    scene_run(scene);
    assert_int_equal(scene->deferred_calls, 2);
}

static void deferred__work_can_be_forgotten_at_every_place_of_the_queue(void **state)
{
    struct scene *scene = *state;

    for (size_t forgotten = 0; forgotten < 3; forgotten++) {
        struct bl_deferred three[3];

        scene->deferred_calls = 0;
        for (size_t i = 0; i < 3; i++) {
            three[i] = (struct bl_deferred){.work = count_deferred, .ctx = scene};
            bl_loop_defer(scene->loop, &three[i]);
        }
        bl_loop_undefer(scene->loop, &three[forgotten]);
        bl_loop_undefer(scene->loop, &three[forgotten]); /* not pending any more: no effect */
        bl_loop_defer(scene->loop, &three[forgotten]);
        bl_loop_undefer(scene->loop, &three[forgotten]);
        bl_loop_stop(scene->loop);
        scene_run(scene);
        assert_int_equal(scene->deferred_calls, 2);
    }
}

/* The object that owns the watch and the deferred work, freed as a whole by its own callback. */
struct owner {
    struct bl_watch *watch;
    struct bl_deferred end;
    struct scene *scene;
};

static void end_owner(void *ctx)
{
    struct owner *owner = ctx;

    bl_watch_free(&owner->watch);
    owner->scene->deferred_calls++;
    free(owner);
}

static void on_owner_ready(void *ctx, short what)
{
    struct owner *owner = ctx;

    bl_loop_defer(owner->scene->loop, &owner->end);
    scene_see_and_stop(owner->scene, what);
    owner->scene->calls++; /* the owner is still there */
}

static void deferred__work_may_free_what_it_lives_in(void **state)
{
    struct scene *scene = *state;
    struct owner *owner = calloc(1, sizeof(*owner));
    struct bl_err err;

    assert_non_null(owner);
    owner->scene = scene;
    owner->end = (struct bl_deferred){.work = end_owner, .ctx = owner};
    assert_int_equal(
        bl_watch_new(&owner->watch, scene->loop, scene->pair[0], on_owner_ready, owner, &err), 0);
    assert_int_equal(bl_watch_want(owner->watch, EV_WRITE, &err), 0);
    scene_run(scene);
    assert_int_equal(scene->calls, 2);
    assert_int_equal(scene->deferred_calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(deferred__work_is_done_once_after_the_callback),
        scene_test(deferred__work_may_defer_and_needs_no_event),
        scene_test(deferred__late_work_is_behind_all_other),
        scene_test(deferred__work_of_the_end_is_done_when_the_loop_stops),
        scene_test(deferred__work_can_be_forgotten_at_every_place_of_the_queue),
        scene_test(deferred__work_may_free_what_it_lives_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
