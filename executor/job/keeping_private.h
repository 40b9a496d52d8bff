/* keeping_private.h - one keeping's state, shared by its files (process: worker):
 *
 *   keeping.c         its life: the puts, the copies, the end
 *   keeping_report.c  the report: sizes, and the bytes that are returned; what is to be put
 *   keeping_later.c   what is to be copied for later steps */
#ifndef BL_JOB_KEEPING_PRIVATE_H
#define BL_JOB_KEEPING_PRIVATE_H

#include "executor/job/haul.h"
#include "executor/job/keeping.h"

/* Bytes to be put into the store: of a stream or a file. */
struct bl_parcel {
    int fd;
    struct bl_blob *blob;
};

struct bl_keeping {
    struct bl_keeping_order order;
    struct bl_job_site *site;
    struct bl_arena arena;
    const struct bl_collected **files; /* by name, each once */
    size_t file_count;
    struct bl_command_report report;
    struct bl_parcel *parcels;
    size_t parcel_count, parcel_at;
    struct bl_errand errand; /* of the parcel under way */
    bool sent;
    struct bl_leaving leaving; /* what is copied for later steps */
    const char **names;
    struct bl_haul *haul;
    struct bl_err error; /* the first */
    struct bl_deferred next;
};

static inline const struct bl_job_command *bl_keeping_command(const struct bl_keeping *keeping)
{
    return keeping->order.part->order.kit->command;
}

/* bl_keeping_output - which of the command's outputs a file belongs to: the first whose glob it
 * matches; -1: none, it was collected for another reason. */
int bl_keeping_output(const struct bl_job_command *command, const char *name);

/* bl_keeping_sort - keeping->files. Fails with MEMORY. */
int bl_keeping_sort(struct bl_keeping *keeping, struct bl_err *err);

/* bl_keeping_fill - keeping->report and parcels. Fails with SPOOL, MEMORY. */
int bl_keeping_fill(struct bl_keeping *keeping, struct bl_err *err);

/* bl_keeping_is_for_later - does any later step want files of that command? */
bool bl_keeping_is_for_later(const struct bl_job_command *command);

/* bl_keeping_load - keeping->haul with what is to be copied; none where that is nothing. on_hauled:
 * its callback, with the keeping. Fails with SPOOL, MEMORY, LOOP. */
int bl_keeping_load(struct bl_keeping *keeping, bl_on_hauled *on_hauled, struct bl_err *err);

#endif
