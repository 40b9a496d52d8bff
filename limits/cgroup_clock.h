/* cgroup_clock.h - the CPU time of a group, held through two descriptors by whoever is near it
 * (processes: worker, which makes one; init, which uses it).
 *
 * The kernel adds the time of a running thread to its group's counter when that thread leaves its
 * CPU, or when the tick comes (CONFIG_HZ: after 1 to 10 ms). So the counter of a program on n CPUs
 * is up to n ticks behind, for everyone but one: a process that has just taken the program's CPU
 * from it reads the exact figure. To keep the program to one CPU and to wait there for the moment
 * is therefore all that an exact limit takes (kernel/sched/fair.c, update_curr). */
#ifndef BL_LIMITS_CGROUP_CLOCK_H
#define BL_LIMITS_CGROUP_CLOCK_H

#include <stdint.h>

#include "bailiff/err.h"

struct bl_cgroup;

/* Descriptors are borrowed: the group's own, or whoever was sent them closes his. */
struct bl_cgroup_clock {
    uint32_t version; /* 1 or 2 */
    uint32_t cpu;     /* one of those that the group may use; meaningless without cpuset */
    int counter;      /* v1: cpuacct.usage; v2: cpu.stat */
    int cpuset;       /* cpuset.cpus; -1: the group has none */
};

/* bl_cgroup_clock - choice: which of its CPUs, so that many groups spread.
 * Fails with CGROUP_READ. */
int bl_cgroup_clock(const struct bl_cgroup *group, uint64_t choice, struct bl_cgroup_clock *out,
                    struct bl_err *err);

/* The next two make one system call each and allocate nothing; -1 with errno. */

/* bl_cgroup_clock_read - user + system time, dead processes included, nanoseconds. EPROTO: the file
 * says something else. */
int bl_cgroup_clock_read(const struct bl_cgroup_clock *clock, uint64_t *ns);

/* bl_cgroup_clock_narrow - keeps the group to clock->cpu, for good. ENOENT: it has no cpuset. */
int bl_cgroup_clock_narrow(const struct bl_cgroup_clock *clock);

#endif
