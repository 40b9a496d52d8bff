/* drivers.h - so many processes that each start a program, wait for it and start the next.
 *
 * One driver can't keep two CPUs busy: it sleeps from its clone until the exec. */
#ifndef BL_BENCH_DRIVERS_H
#define BL_BENCH_DRIVERS_H

#include <stdint.h>
#include <sys/types.h>

#include "bailiff/err.h"

/* Starts one program; bl_naked_start() is one. */
typedef int bl_driver_fn(pid_t *pid, const char *const *argv, struct bl_err *err);

/* A plain spawn as such a call. */
int bl_driver_bare(pid_t *pid, const char *const *argv, struct bl_err *err);

/* bl_drivers_run - at_once drivers for for_ns each. *runs: all together; *took_ns: until the last
 * driver was reaped. Fails with FORK, PIPE, and EXEC where a driver's program did not exit with
 * 0. */
int bl_drivers_run(bl_driver_fn *start, const char *const *argv, unsigned at_once, uint64_t for_ns,
                   uint64_t *runs, uint64_t *took_ns, struct bl_err *err);

#endif
