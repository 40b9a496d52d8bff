#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>

#include "event_scene.h"
#include "job_scene.h"
#include "proto/decode.h"

static struct bl_job *job;

int event_scene_set_up(void **state)
{
    static struct job_scene order;

    (void)state;
    job_scene_set_up(&order);
    job = job_scene_decode(&order);
    return 0;
}

int event_scene_tear_down(void **state)
{
    (void)state;
    bl_job_free(&job);
    return 0;
}

struct bl_packed_event event_scene_pack(const struct bl_job_event *event)
{
    struct bl_packed_event packed;
    struct bl_err err;

    assert_int_equal(bl_event_encode(&packed, job, "j1", event, &err), 0);
    assert_int_equal(packed.kind, event->kind);
    return packed;
}

Bailiff__V1__Event *event_scene_tell(const struct bl_job_event *event)
{
    struct bl_packed_event packed = event_scene_pack(event);
    Bailiff__V1__Event *told = bailiff__v1__event__unpack(NULL, packed.length, packed.bytes);

    assert_non_null(told);
    bl_packed_event_release(&packed);
    bl_packed_event_release(&packed); /* idempotent */
    return told;
}

void event_scene_forget(Bailiff__V1__Event *told)
{
    bailiff__v1__event__free_unpacked(told, NULL);
}
