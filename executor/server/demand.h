/* demand.h - what a job will need while it runs, before anything of it has begun. Pure. */
#ifndef BL_SERVER_DEMAND_H
#define BL_SERVER_DEMAND_H

#include <stddef.h>
#include <stdint.h>

#include "bailiff/job.h"
#include "executor/language/language.h"

struct bl_demand {
    uint32_t cases;        /* that may run at once, where there is room */
    uint32_t slots;        /* cores of each */
    uint64_t memory_bytes; /* of each: of all limits that can be live at once */
    size_t event_bytes;    /* what the job's events will come to */
};

/* bl_demand_of - languages: what a command's limits are where it names none; those that the job
 * names must be there. slots_max: there are no more. */
struct bl_demand bl_demand_of(const struct bl_job *job, const struct bl_languages *languages,
                              uint32_t slots_max);

/* bl_demand_events - what the events will come to while so many cases are still to end. */
size_t bl_demand_events(const struct bl_job *job, size_t cases_left);

/* bl_demand_limits - what a command of the job is allowed: what it asks for, else what its language
 * has, else the usual. What a language's runtime needs for itself (extra_memory, time_factor) comes
 * on top where a program of it is run. What the command did not ask for is held to the job's
 * ceilings; what it asked for is not. NULL: no language. */
struct bl_limits bl_demand_limits(const struct bl_job *job, const struct bl_job_command *command,
                                  const struct bl_language *language);

/* bl_job_maker - the command that tells a command's language: itself, or the one whose program it
 * runs; NULL: it needs none. */
const struct bl_job_command *bl_job_maker(const struct bl_job *job,
                                          const struct bl_job_command *command);

#endif
