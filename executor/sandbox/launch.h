/* launch.h - the exec order's bytes (process: worker). Pure. */
#ifndef BL_SANDBOX_LAUNCH_H
#define BL_SANDBOX_LAUNCH_H

#include "executor/sandbox/wire.h"

/* bl_launch_build - the message for a checked spec; the caller owns *bytes. Fails with ORDER_SIZE
 * (names the bound), MEMORY. */
int bl_launch_build(const struct bl_spec *spec, char **bytes, size_t *length, struct bl_err *err);

/* bl_launch_cpu_seconds - RLIMIT_CPU for a limit: the next whole second and one more, so that it
 * never fires before the worker's own watch. */
uint64_t bl_launch_cpu_seconds(uint64_t cpu_time_ns);

#endif
