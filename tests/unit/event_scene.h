/* event_scene.h - events of the job of job_scene.h, packed, and as a client reads them. */
#ifndef TEST_EVENT_SCENE_H
#define TEST_EVENT_SCENE_H

#include <bailiff/v1/result.pb-c.h>

#include "proto/encode.h"

/* cmocka's group set-up and tear-down: the job. */
int event_scene_set_up(void **state);
int event_scene_tear_down(void **state);

/* To be released with bl_packed_event_release(). */
struct bl_packed_event event_scene_pack(const struct bl_job_event *event);

Bailiff__V1__Event *event_scene_tell(const struct bl_job_event *event);
void event_scene_forget(Bailiff__V1__Event *told);

#endif
