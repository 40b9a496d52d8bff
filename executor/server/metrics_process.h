/* metrics_process.h - what the worker itself uses: memory, time, descriptors (process: worker).
 *
 * Its files in /proc are opened before the worker confines itself (executor/daemon/confine.h), and
 * kept: afterwards it may not walk there any more. */
#ifndef BL_SERVER_METRICS_PROCESS_H
#define BL_SERVER_METRICS_PROCESS_H

#include <dirent.h>

#include "executor/server/metrics.h"

struct bl_process {
    int statm;        /* -1: can't be had, and is not told */
    DIR *descriptors; /* NULL: likewise */
    uint64_t started_ns;
};

/* bl_process_open - of this process, which counts as started now. Never fails as a whole. */
void bl_process_open(struct bl_process *process);
void bl_process_close(struct bl_process *process);

/* bl_metrics_see_process - takes time with the number of descriptors: before an answer, not at each
 * job. */
void bl_metrics_see_process(struct bl_metrics *metrics, const struct bl_process *process);

#endif
