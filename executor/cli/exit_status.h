/* exit_status.h - the statuses that every subcommand shares, and that of a run. Pure. */
#ifndef BL_CLI_EXIT_STATUS_H
#define BL_CLI_EXIT_STATUS_H

#include "bailiff/result.h"

/* As timeout(1), env(1) and the shells have them. */
enum {
    BL_EXIT_LIMIT = 124,
    BL_EXIT_BAILIFF = 125, /* our own failure, or a mistake in the command line */
    BL_EXIT_NOT_EXECUTABLE = 126,
    BL_EXIT_NOT_FOUND = 127,
    BL_EXIT_SIGNAL = 128, /* + its number */
};

/* bl_exit_status - what `bailiff run` answers. cancel_signal: the signal on which the run was
 * cancelled, or 0. FORBIDDEN_SYSCALL is 128 + SIGSYS, whichever signal carried it out; CANCELLED
 * 128 + cancel_signal; FILE_ERROR is 125, because the program was fine as far as it went. */
int bl_exit_status(const struct bl_result *result, int cancel_signal);

#endif
