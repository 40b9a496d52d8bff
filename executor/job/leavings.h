/* leavings.h - what earlier steps' commands left for later ones: folders and files in the spool
 * (process: worker).
 *
 * Kept until the job is over. Pages of the spool are charged to the worker, so a job only keeps
 * what another of its steps names (bl_keep's `later`). */
#ifndef BL_JOB_LEAVINGS_H
#define BL_JOB_LEAVINGS_H

#include "bailiff/job.h"
#include "executor/job/spool.h"

/* A folder of the spool, or none. Plain data of its owner. */
struct bl_spooled {
    int fd;                       /* owned; -1: none */
    char name[BL_SPOOL_NAME_MAX]; /* "": none */
};

#define BL_SPOOLED_NONE         \
    {                           \
        .fd = -1, .name = { 0 } \
    }

/* bl_spooled_new - an empty folder. Fails with SPOOL. */
int bl_spooled_new(struct bl_spooled *folder, struct bl_spool *spool, struct bl_err *err);

/* bl_spooled_open - a file in it, or below: O_RDONLY, the caller's. Nothing by that name: ENOENT in
 * *err. Fails with INPUT, SPOOL. */
int bl_spooled_open(const struct bl_spooled *folder, const char *name, int *fd, struct bl_err *err);

void bl_spooled_release(struct bl_spooled *folder, struct bl_spool *spool); /* removes it */

/* bl_spooled_take - hands it over. */
struct bl_spooled bl_spooled_take(struct bl_spooled *folder);

/* What one command of one case left. */
struct bl_leaving {
    struct bl_spooled files;   /* what was collected, by name */
    struct bl_spooled streams; /* "stdout" and "stderr", as far as they are kept */
    const char *const *names;  /* sorted; of the files; of the leavings' memory */
    size_t name_count;
};

#define BL_LEAVING_NONE                                       \
    {                                                         \
        .files = BL_SPOOLED_NONE, .streams = BL_SPOOLED_NONE, \
    }

void bl_leaving_release(struct bl_leaving *leaving, struct bl_spool *spool);

struct bl_leavings;

/* bl_leavings_new - job: borrowed. Fails with MEMORY. */
int bl_leavings_new(struct bl_leavings **out, const struct bl_job *job, struct bl_spool *spool,
                    struct bl_err *err);

/* bl_leavings_put - takes what *leaving has; the names are copied. Once for each command of a case.
 * Fails with MEMORY. */
int bl_leavings_put(struct bl_leavings *leavings, uint32_t step, uint32_t testcase,
                    uint32_t command, struct bl_leaving *leaving, struct bl_err *err);

/* bl_leavings_find - lent; NULL: it left nothing. */
const struct bl_leaving *bl_leavings_find(const struct bl_leavings *leavings, uint32_t step,
                                          uint32_t testcase, uint32_t command);

/* bl_leavings_open - what an OUTPUT source names: a file or a folder to be mounted, O_RDONLY, the
 * caller's. Fails with INPUT where the command left no such file (an output that was not required),
 * SPOOL. */
int bl_leavings_open(const struct bl_leavings *leavings, const struct bl_file_source *source,
                     int *fd, struct bl_err *err);

void bl_leavings_free(struct bl_leavings **leavings);

#endif
