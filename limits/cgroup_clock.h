/* cgroup_clock.h - the CPU time of a group, held through two descriptors by whoever is near it
 * (processes: worker, which makes one; init, which uses it).
 *
 * The kernel adds the time of a running thread to its group's counter when that thread leaves its
 * CPU, or when the tick comes (CONFIG_HZ: after 1 to 10 ms). So the counter of a program on n CPUs
 * is up to n ticks behind, for everyone but one: a process that has just taken the program's CPU
 * from it reads the exact figure (kernel/sched/fair.c, update_curr). So an exact limit takes
 * somebody who goes round the program's CPUs, a moment on each, before he reads. Where they are too
 * many for that the program is kept to one of them first. */
#ifndef BL_LIMITS_CGROUP_CLOCK_H
#define BL_LIMITS_CGROUP_CLOCK_H

#include <stdint.h>

#include "bailiff/err.h"

struct bl_cgroup;

enum { BL_CGROUP_ROUND_MAX = 8 }; /* going to a CPU takes some 30 us */

/* Descriptors are borrowed: the group's own, or whoever was sent them closes his. */
struct bl_cgroup_clock {
    uint32_t version;   /* 1 or 2 */
    uint32_t cpu_count; /* of those to go round; 0: unknown, for the group has no cpuset */
    uint32_t cpus[BL_CGROUP_ROUND_MAX];
    int counter; /* v1: cpuacct.usage; v2: cpu.stat */
    int cpuset;  /* cpuset.cpus, to be narrowed to cpus[0] before the round; -1: not needed */
};

/* bl_cgroup_clock - round_max: 1 to BL_CGROUP_ROUND_MAX; of more CPUs than that one is chosen.
 * choice: which, so that many groups spread. Fails with CGROUP_READ. */
int bl_cgroup_clock(const struct bl_cgroup *group, uint32_t round_max, uint64_t choice,
                    struct bl_cgroup_clock *out, struct bl_err *err);

/* The next two make one system call each and allocate nothing; -1 with errno. */

/* bl_cgroup_clock_read - user + system time, dead processes included, nanoseconds. EPROTO: the file
 * says something else. */
int bl_cgroup_clock_read(const struct bl_cgroup_clock *clock, uint64_t *ns);

/* bl_cgroup_clock_narrow - keeps the group to clock->cpus[0], for good. May wait for a lock that
 * all cgroups of the machine share: 16 ms were seen beside others' (kernel 6.18). ENOENT: no
 * cpuset. */
int bl_cgroup_clock_narrow(const struct bl_cgroup_clock *clock);

#endif
