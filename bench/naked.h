/* naked.h - the least that fresh namespaces can cost: clone with all of them, exec, reap.
 *
 * No mounts, no ids, no cgroup, no filter: isolates nothing that it was told to isolate. Made
 * vfork-style, which is the cheapest clone there is: what Bailiff's throughput is held against is
 * the kernel's own work for namespaces. */
#ifndef BL_BENCH_NAKED_H
#define BL_BENCH_NAKED_H

#include <sys/types.h>

#include "bailiff/err.h"

/* bl_naked_start - argv[0] is a path; user, pid, mount, network, ipc, uts, cgroup and time
 * namespaces. Returns when the exec is done. Fails with EXEC: without root mostly EPERM. */
int bl_naked_start(pid_t *pid, const char *const *argv, struct bl_err *err);

#endif
