/* step_run.h - one step of a job under way: its commands made ready, and the state of its cases
 * (process: worker).
 *
 *   WAITING ──begin()──▶ READYING ──on_ready──▶ READY      (cases run)
 *   for what it needs     files, kits
 *
 * Which case runs when and where is the graph's (graph.c). */
#ifndef BL_JOB_STEP_RUN_H
#define BL_JOB_STEP_RUN_H

#include "executor/job/kit.h"
#include "executor/job/schedule.h"

struct bl_step_run;

typedef void bl_on_step_ready(void *ctx, struct bl_step_run *step);

enum bl_step_state { BL_STEP_WAITING, BL_STEP_READYING, BL_STEP_READY };

/* Read only for others. */
struct bl_step_run {
    struct bl_job_site *site;
    uint32_t index;
    const struct bl_job_step *step;
    enum bl_step_state state;
    struct bl_schedule *schedule;
    struct bl_gather *shared; /* the files of all commands */
    struct bl_kit *kits;      /* owned; of the commands, then of the checker, if there is one */
    size_t kit_count, kit_at;
    struct bl_err error; /* why it can't be made ready: none of its cases can be run */
    bool told;           /* its end was */
    bl_on_step_ready *on_ready;
    void *ctx;
};

/* bl_step_run_init - WAITING. site: borrowed. Fails with MEMORY. */
int bl_step_run_init(struct bl_step_run *step, struct bl_job_site *site, uint32_t index,
                     struct bl_err *err);

/* bl_step_run_begin - after the steps that it needs; on_ready follows, once, never from inside this
 * call. step->error then says whether it is. */
void bl_step_run_begin(struct bl_step_run *step, bl_on_step_ready *on_ready, void *ctx);

/* The checker's kit, or NULL. */
const struct bl_kit *bl_step_run_checker(const struct bl_step_run *step);

/* bl_step_run_rest - its files are not needed any more: every case is over, or none will begin.
 * on_ready does not come. */
void bl_step_run_rest(struct bl_step_run *step);

void bl_step_run_release(struct bl_step_run *step); /* at any time; zeroed: nothing */

#endif
