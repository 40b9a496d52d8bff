/* slots_read.h - what this machine has to give: CPUs and memory, as this process may use them. */
#ifndef BL_SERVER_SLOTS_READ_H
#define BL_SERVER_SLOTS_READ_H

#include "executor/server/slots.h"

/* bl_slots_read - the CPUs of this process's affinity, with what /sys/devices/system/cpu says of
 * each. The affinity is always inside the cpuset of the process's own cgroup, effective and
 * online (cpuset(7); kernel/sched: sched_getaffinity() masks with the active CPUs), so nothing else
 * is asked. Call it before the worker confines itself to its own CPUs.
 * only: NULL, or a list ("2-7") of those that may be used at most.
 * Fails with FIELD (the list; no CPU left), MACHINE. */
int bl_slots_read(struct bl_topology *topology, const char *only, struct bl_err *err);

/* bl_slots_read_from - the same with another tree than "/sys/devices/system/cpu" and
 * "/sys/devices", and with the CPUs given: for tests. */
int bl_slots_read_from(struct bl_topology *topology, const char *devices,
                       const struct bl_cgroup_cpus *usable, const char *only, struct bl_err *err);

/* bl_memory_read - how much memory programs may have at all: what the machine has, and no more than
 * the limit of the own cgroup and of each group above it that can be seen.
 * Fails with MACHINE where the kernel does not tell. */
int bl_memory_read(uint64_t *bytes, struct bl_err *err);

/* bl_memory_read_from - the same with other files than /proc/self/mountinfo and /proc/self/cgroup,
 * below physical_bytes: for tests. */
void bl_memory_read_from(uint64_t *bytes, const char *mountinfo, const char *own_cgroups,
                         uint64_t physical_bytes);

/* bl_memory_budget - what is left for jobs when the worker, the warden, spare sandboxes and the
 * kernel have theirs (what sockets hold on cgroup v1, too: BL_CGROUP_SOCKET_BYTES): an eighth of it
 * all and at least 256 MiB, but never more than half. */
uint64_t bl_memory_budget(uint64_t bytes);

#endif
