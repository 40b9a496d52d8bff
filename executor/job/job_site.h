/* job_site.h - what all parts of one job work with: the worker's own, borrowed, and the job. Plain
 * data (process: worker). */
#ifndef BL_JOB_JOB_SITE_H
#define BL_JOB_JOB_SITE_H

#include "executor/base/loop.h"
#include "executor/job/depot.h"
#include "executor/job/outfit.h"
#include "executor/job/spool.h"
#include "executor/sandbox/warden.h"

struct bl_leavings;

struct bl_job_site {
    struct bl_loop *loop;
    struct bl_warden *warden;
    struct bl_spool *spool;
    const struct bl_depot *depot;
    const struct bl_outfitter *outfitter;
    const struct bl_job *job;
    struct bl_leavings *leavings;
    uint64_t return_bytes_left; /* of the job's own bound, for the cases to come */
};

#endif
