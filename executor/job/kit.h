/* kit.h - one command of a step, made ready for all the step's cases: what it finds at /app, and
 * its outfit (outfit.h) (process: worker).
 *
 * What is at /app: the folder that the compiling step left; or the command's own inputs below /app,
 * copied into a folder of the spool, because only a place that the root has can be mounted over. */
#ifndef BL_JOB_KIT_H
#define BL_JOB_KIT_H

#include "executor/job/gather.h"
#include "executor/job/leavings.h"

/* What is copied to /app of one command at most, as for a submission of a problem package. */
#define BL_KIT_BYTES_MAX (64 * BL_MIB)

struct bl_haul;

/* on_ready - from the loop, once. err: NULL, or our failure. What the job itself is to blame for is
 * kit->refusal. */
typedef void bl_on_kit_ready(void *ctx, const struct bl_err *err);

/* Stays where it is from init to release. */
struct bl_kit {
    struct bl_job_site *site;
    const struct bl_job_command *command;
    const struct bl_gather *shared; /* the files of the step's commands */
    struct bl_arena arena;
    struct bl_outfit outfit;
    struct bl_err refusal;        /* step other than NONE: it can't be executed, for that */
    int app;                      /* what is mounted at /app; lent, or the folder's; -1: nothing */
    const char *const *app_names; /* sorted */
    size_t app_count;
    struct bl_spooled folder; /* of what was copied */
    struct bl_haul *haul;
    struct bl_err error;
    struct bl_deferred over;
    bl_on_kit_ready *on_ready;
    void *ctx;
};

/* bl_kit_init - nothing yet; all borrowed. */
void bl_kit_init(struct bl_kit *kit, struct bl_job_site *site, const struct bl_job_command *command,
                 const struct bl_gather *shared);

/* bl_kit_begin - after `shared` is gathered; on_ready follows, never from inside this call. */
void bl_kit_begin(struct bl_kit *kit, bl_on_kit_ready *on_ready, void *ctx);

/* bl_kit_below_app - the name below /app of an input, or NULL: it lies elsewhere. */
const char *bl_kit_below_app(const struct bl_job_input *input);

void bl_kit_release(struct bl_kit *kit); /* at any time */

#endif
