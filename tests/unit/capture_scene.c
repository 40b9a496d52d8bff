#include "tests/unit/capture_scene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"

static void on_event(void *ctx, struct bl_capture *capture, enum bl_capture_event event)
{
    struct capture_scene *scene = ctx;

    (void)capture;
    scene->overs += event == BL_CAPTURE_OVER;
    scene->dones += event == BL_CAPTURE_DONE;
    if (event == BL_CAPTURE_DONE)
        bl_loop_stop(scene->loop);
}

static void on_patience_end(void *ctx)
{
    struct capture_scene *scene = ctx;

    bl_loop_stop(scene->loop); /* what was to happen is asserted by the test */
}

void capture_scene_begin(struct capture_scene *scene, int destination, uint64_t limit)
{
    capture_scene_begin_keeping(scene, destination, limit, limit);
}

void capture_scene_begin_keeping(struct capture_scene *scene, int destination, uint64_t limit,
                                 uint64_t kept)
{
    struct bl_err err;

    memset(scene, 0, sizeof(*scene));
    (void)signal(SIGPIPE, SIG_IGN); /* as the process does */
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->patience, scene->loop, on_patience_end, scene, &err), 0);
    assert_int_equal(bl_capture_new(&scene->capture, scene->loop, NULL, destination, limit,
                                    on_event, scene, &err),
                     0);
    bl_capture_keep(scene->capture, kept);
    scene->program = fcntl(bl_capture_program_end(scene->capture), F_DUPFD_CLOEXEC, 0);
    assert_true(scene->program >= 0);
    assert_int_equal(bl_capture_begin(scene->capture, &err), 0);
}

void capture_scene_serve(struct capture_scene *scene, int rounds)
{
    struct bl_err err;

    for (int i = 0; i < rounds; i++) {
        bl_timer_arm(scene->patience, bl_now_ns());
        assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    }
}

void capture_scene_serve_until_done(struct capture_scene *scene)
{
    struct bl_err err;

    bl_timer_arm(scene->patience, bl_now_ns() + 20000000000);
    while (scene->dones == 0 && bl_loop_run(scene->loop, &err) == 0)
        if (!bl_capture_done(scene->capture))
            fail_msg("not done in 20 s");
    bl_timer_disarm(scene->patience);
}

void capture_scene_end(struct capture_scene *scene)
{
    bl_close_fd(&scene->program);
    bl_capture_free(&scene->capture);
    bl_timer_free(&scene->patience);
    bl_loop_free(&scene->loop);
}

void capture_scene_end_program(struct capture_scene *scene)
{
    bl_close_fd(&scene->program);
    bl_capture_drain(scene->capture);
}

void capture_scene_say(struct capture_scene *scene, const char *text)
{
    assert_int_equal(write(scene->program, text, strlen(text)), strlen(text));
}
