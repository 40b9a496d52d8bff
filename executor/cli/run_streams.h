/* run_streams.h - the standard streams of a run: redirected by options, or Bailiff's own. */
#ifndef BL_CLI_RUN_STREAMS_H
#define BL_CLI_RUN_STREAMS_H

#include "executor/cli/run_options.h"
#include "executor/job/run.h"

struct bl_run_streams {
    struct bl_stream of[3]; /* as bl_run_order wants them */
    int opened[3];          /* owned; -1: Bailiff's own is passed through */
};

/* bl_run_streams_open - opens, creates, empties.
 *
 * stdin: a regular file is offered to be handed to the program itself, at its current offset where
 * it is Bailiff's own (executor/job/run.h tells when it is); everything else is relayed. stdout and
 * stderr are relayed; both to one file where both name the same. On failure nothing is left. Fails
 * with FILE_READ, FILE_WRITE (missing, a folder, not permitted...). */
int bl_run_streams_open(struct bl_run_streams *streams, const struct bl_run_options *options,
                        struct bl_err *err);
void bl_run_streams_release(struct bl_run_streams *streams);

#endif
