/* bare.h - a program started as any program is: posix_spawn (vfork-style in glibc), exec, wait.
 *
 * What everything else is compared with. Standard streams are this process's own. */
#ifndef BL_BENCH_BARE_H
#define BL_BENCH_BARE_H

#include <stdint.h>
#include <sys/types.h>

#include "bailiff/err.h"

/* bl_bare_start - argv[0] is a path. out, complaints: the program's standard output and error, -1:
 * ours. Fails with EXEC. */
int bl_bare_start(pid_t *pid, const char *const *argv, int out, int complaints, struct bl_err *err);

/* bl_bare_wait - the exit status; EXEC where it was killed. */
int bl_bare_wait(pid_t pid, int *exit_status, struct bl_err *err);

/* bl_bare_run - start and wait; *took_ns (may be NULL): from the call to the end.
 * Fails with EXEC, also where the status is not 0. */
int bl_bare_run(const char *const *argv, int out, uint64_t *took_ns, struct bl_err *err);

#endif
