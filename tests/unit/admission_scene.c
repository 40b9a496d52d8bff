#include "tests/unit/admission_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/units.h"

void admission_scene_init(struct admission_scene *scene, const struct bl_admission_options *options)
{
    struct bl_err err = {0};

    memset(scene, 0, sizeof(*scene));
    scene->now_ns = BL_NS_PER_S;
    if (bl_admission_new(&scene->admission, options, &err) != 0)
        fail_msg("new: %s", err.detail);
}

static void end_one(struct admission_scene *scene, unsigned i)
{
    struct scene_job *job = scene->running[i].job;

    bl_admission_done(scene->admission, scene->running[i].ticket, job->takes_ns, scene->now_ns);
    job->ticket = NULL;
    job->ends++;
    scene->running[i] = scene->running[--scene->running_count];
}

void admission_scene_release(struct admission_scene *scene)
{
    while (scene->running_count > 0)
        end_one(scene, 0);
    bl_admission_free(&scene->admission);
}

struct bl_admission_job scene_request(struct scene_job *job)
{
    return (struct bl_admission_job){
        .tenant = job->tenant,
        .weight = 1,
        .slots = 1,
        .memory_bytes = BL_MIB,
        .held_bytes = 1000,
        .ctx = job,
    };
}

void scene_ask(struct admission_scene *scene, const struct bl_admission_job *request)
{
    struct scene_job *job = request->ctx;
    struct bl_err err = {0};

    job->asked_ns = scene->now_ns;
    if (bl_admission_enqueue(scene->admission, request, scene->now_ns, &job->ticket, &err) != 0)
        fail_msg("enqueue: %s", err.detail);
}

static void on_start(struct admission_scene *scene, const struct bl_admission_event *event)
{
    struct scene_job *job = event->ctx;
    unsigned i = scene->running_count++;

    assert_in_range(i, 0, SCENE_RUNNING_MAX - 1);
    assert_ptr_equal(job->ticket, event->ticket);
    assert_int_equal(event->waited_ns, scene->now_ns - job->asked_ns);
    scene->running[i].ticket = event->ticket;
    scene->running[i].job = job;
    scene->running[i].end_ns = scene->now_ns + job->takes_ns;
    job->starts++;
    job->started_ns = scene->now_ns;
    job->slots = event->slots;
    job->order = (uint32_t)bl_admission_stats(scene->admission).started;
}

unsigned scene_pump(struct admission_scene *scene)
{
    struct bl_admission_event event;
    unsigned started = 0;

    while (bl_admission_next(scene->admission, scene->now_ns, &event)) {
        struct scene_job *job = event.ctx;

        switch (event.kind) {
        case BL_ADMISSION_START:
            on_start(scene, &event);
            started++;
            break;
        case BL_ADMISSION_EXPIRED:
            job->expired++;
            job->ticket = NULL;
            break;
        case BL_ADMISSION_DRAINED:
            job->drained++;
            job->ticket = NULL;
            break;
        }
    }
    return started;
}

bool scene_step(struct admission_scene *scene)
{
    uint64_t next_ns = bl_admission_next_ns(scene->admission);

    for (unsigned i = 0; i < scene->running_count; i++) {
        if (scene->running[i].end_ns < next_ns)
            next_ns = scene->running[i].end_ns;
    }
    if (next_ns == UINT64_MAX)
        return false;
    if (next_ns > scene->now_ns)
        scene->now_ns = next_ns;
    for (unsigned i = scene->running_count; i-- > 0;) {
        if (scene->running[i].end_ns <= scene->now_ns)
            end_one(scene, i);
    }
    (void)scene_pump(scene);
    return true;
}

uint64_t scene_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}
