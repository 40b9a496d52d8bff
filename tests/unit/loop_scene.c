#include "tests/unit/loop_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bailiff/own.h"

int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct bl_err err;

    assert_non_null(scene);
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, scene->pair), 0);
    *state = scene;
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    bl_watch_free(&scene->watch);
    bl_watch_free(&scene->other);
    bl_timer_free(&scene->timer);
    bl_timer_free(&scene->other_timer);
    bl_signal_free(&scene->signal);
    bl_loop_free(&scene->loop);
    bl_close_fd(&scene->pair[0]);
    bl_close_fd(&scene->pair[1]);
    free(scene);
    return 0;
}

void scene_watch(struct scene *scene, struct bl_watch **watch, int end, bl_watch_fn *on_ready,
                 short events)
{
    struct bl_err err;

    assert_int_equal(bl_watch_new(watch, scene->loop, scene->pair[end], on_ready, scene, &err), 0);
    assert_int_equal(bl_watch_want(*watch, events, &err), 0);
}

void scene_timer(struct scene *scene, struct bl_timer **timer, bl_timer_fn *on_due)
{
    struct bl_err err;

    assert_int_equal(bl_timer_new(timer, scene->loop, on_due, scene, &err), 0);
}

void scene_run(struct scene *scene)
{
    struct bl_err err = {0};

    if (bl_loop_run(scene->loop, &err) != 0)
        fail_msg("run: %s", err.detail);
}

void scene_stop(void *ctx)
{
    struct scene *scene = ctx;

    scene->calls++;
    scene->called_ns = bl_now_ns();
    bl_loop_stop(scene->loop);
}

void scene_see_and_stop(void *ctx, short what)
{
    struct scene *scene = ctx;

    scene->seen |= what;
    scene_stop(ctx);
}
