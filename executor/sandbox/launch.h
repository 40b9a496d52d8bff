/* launch.h - the exec order's bytes, made by the worker and read by the program's process. Pure. */
#ifndef BL_SANDBOX_LAUNCH_H
#define BL_SANDBOX_LAUNCH_H

#include "executor/sandbox/wire.h"

/* bl_launch_build - the message for a checked spec; the caller owns *bytes. Fails with ORDER_SIZE
 * (names the bound), MEMORY. */
int bl_launch_build(const struct bl_spec *spec, char **bytes, size_t *length, struct bl_err *err);

/* An exec order taken apart; all point into its bytes. */
struct bl_launch_words {
    const char *workdir;
    char *argv[BL_ARGS_MAX + 1], *envp[BL_ARGS_MAX + 1]; /* NULL-terminated; argv[0] is there */
};

/* bl_launch_read - checked though it comes from the worker: that is who reads what strangers send.
 * Runs between clone and exec. 0, or -1 with errno EPROTO and *out of no use. */
int bl_launch_read(struct bl_launch_words *out, char *bytes, size_t length);

/* bl_launch_cpu_seconds - RLIMIT_CPU for a limit: four times its whole seconds, so that it doesn't
 * fire before the worker's and init's own watch. For where the group's counter is exact, this
 * limit's clock is a count of ticks, each charged whole to the program that runs at its moment
 * (account_process_tick): beside others that run between the ticks 1.5 s were seen to count as 2.
 */
uint64_t bl_launch_cpu_seconds(uint64_t cpu_time_ns);

#endif
