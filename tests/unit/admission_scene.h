/* admission_scene.h - a machine in which time is a number: tenants ask, programs run and end. */
#ifndef TEST_ADMISSION_SCENE_H
#define TEST_ADMISSION_SCENE_H

#include "executor/server/admission.h"

enum { SCENE_RUNNING_MAX = 64 };

struct admission_scene {
    struct bl_admission *admission;
    uint64_t now_ns;
    struct { /* what runs, and when it will end */
        struct bl_ticket *ticket;
        struct scene_job *job;
        uint64_t end_ns;
    } running[SCENE_RUNNING_MAX];
    unsigned running_count;
};

/* A job of a test; ctx of its ticket. */
struct scene_job {
    const char *tenant;
    uint64_t takes_ns;
    struct bl_ticket *ticket; /* while it waits or runs */
    uint64_t asked_ns, started_ns;
    unsigned starts, ends, expired, drained; /* how often it was told so */
    struct bl_slot_set slots;
    uint32_t order; /* of its start, from 1; 0: not started */
};

void admission_scene_init(struct admission_scene *scene,
                          const struct bl_admission_options *options);
void admission_scene_release(struct admission_scene *scene); /* ends what runs */

/* A job with one slot, 1 MiB, weight 1, no deadline. */
struct bl_admission_job scene_request(struct scene_job *job);

/* scene_ask - must be taken. */
void scene_ask(struct admission_scene *scene, const struct bl_admission_job *request);

/* scene_pump - does all that is to be done now; returns how many were started. */
unsigned scene_pump(struct admission_scene *scene);

/* scene_step - on to the next end or deadline, and pump. False: nothing will happen any more. */
bool scene_step(struct admission_scene *scene);

/* scene_random - a small generator (xorshift64*) with a seed, the same everywhere. */
uint64_t scene_random(uint64_t *state);

#endif
