/* capture_scene.h - a capture, a loop that serves it, and a program's end of its pipe. */
#ifndef BL_TESTS_UNIT_CAPTURE_SCENE_H
#define BL_TESTS_UNIT_CAPTURE_SCENE_H

#include "executor/job/capture.h"

struct capture_scene {
    struct bl_loop *loop;
    struct bl_capture *capture;
    int program; /* a program's copy of its end */
    unsigned overs, dones;
    struct bl_timer *patience;
};

/* destination, limit: of the capture, which has begun. kept: bl_capture_keep(). */
void capture_scene_begin(struct capture_scene *scene, int destination, uint64_t limit);
void capture_scene_begin_keeping(struct capture_scene *scene, int destination, uint64_t limit,
                                 uint64_t kept);
void capture_scene_end(struct capture_scene *scene);

/* Serves for `rounds` of the loop: each timer that is due at once is one round later. */
void capture_scene_serve(struct capture_scene *scene, int rounds);
void capture_scene_serve_until_done(struct capture_scene *scene);

/* The program ends, and nobody has a copy of its end. */
void capture_scene_end_program(struct capture_scene *scene);

/* The program writes. */
void capture_scene_say(struct capture_scene *scene, const char *text);

#endif
