/* loop_scene.h - what the tests of the event loop share: a loop, connected sockets, counters. */
#ifndef TEST_LOOP_SCENE_H
#define TEST_LOOP_SCENE_H

#include "executor/base/loop.h"

/* What the callbacks of a test work on. Whatever it holds at the end is freed. */
struct scene {
    struct bl_loop *loop;
    int pair[2]; /* connected sockets */
    struct bl_watch *watch, *other;
    struct bl_timer *timer, *other_timer;
    struct bl_signal *signal;
    struct bl_deferred deferred, another;
    short seen; /* events, or'ed */
    unsigned calls, deferred_calls;
    uint64_t called_ns;
};

int scene_set_up(void **state);
int scene_tear_down(void **state);
void scene_watch(struct scene *scene, struct bl_watch **watch, int end, bl_watch_fn *on_ready,
                 short events);
void scene_timer(struct scene *scene, struct bl_timer **timer, bl_timer_fn *on_due);
void scene_run(struct scene *scene);
void scene_stop(void *ctx);
void scene_see_and_stop(void *ctx, short what);

#define scene_test(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

#endif
