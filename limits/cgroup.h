/* cgroup.h - one program's control group, held through descriptors that are open already.
 *
 * The warden makes the group and opens its files (cgroup_tree.h); whoever holds a struct bl_cgroup
 * sets limits, reads counters and watches for OOM kills through them: no path, no privilege. A
 * group serves one program and is removed. Two backends behind one table (cgroup_backend.h):
 * cgroup v2 (Documentation/admin-guide/cgroup-v2.rst) and v1 or hybrid
 * (Documentation/admin-guide/cgroup-v1/). */
#ifndef BL_LIMITS_CGROUP_H
#define BL_LIMITS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"

/* The control files of a group, in the order in which their descriptors travel. A version that has
 * no such file, or a kernel without it, leaves the bit in `present` clear. Their names, modes and
 * which of them are needed: the table in cgroup_files.c. */
enum bl_cgroup_role {
    BL_CGROUP_MEMORY_MAX,
    BL_CGROUP_SWAP_MAX, /* v1: memory.memsw.limit_in_bytes */
    BL_CGROUP_MEMORY_PEAK,
    BL_CGROUP_MEMORY_STAT,
    BL_CGROUP_MEMORY_KERNEL, /* v1 only: memory.kmem.usage_in_bytes; v2 has it in memory.stat */
    BL_CGROUP_MEMORY_EVENTS, /* v1: memory.oom_control */
    BL_CGROUP_EVENT_CONTROL, /* v1 only: cgroup.event_control of memory */
    BL_CGROUP_OOM_GROUP,     /* v2 only */
    BL_CGROUP_PIDS_MAX,
    BL_CGROUP_PIDS_CURRENT,
    BL_CGROUP_PIDS_PEAK,
    BL_CGROUP_PIDS_EVENTS,
    BL_CGROUP_PIDS_ABOVE, /* v2 only, 6.11: pids.events.local of the place of the tree */
    BL_CGROUP_CPU_MAX,    /* v1: cpu.cfs_quota_us; its period is the kernel's default, 100 ms */
    BL_CGROUP_CPU_STAT,
    BL_CGROUP_CPU_USAGE,      /* v1 only: cpuacct.usage */
    BL_CGROUP_CPU_USAGE_USER, /* v1 only: cpuacct.usage_user */
    BL_CGROUP_CPU_USAGE_SYS,  /* v1 only: cpuacct.usage_sys */
    BL_CGROUP_CPUSET_CPUS,
    BL_CGROUP_CPUSET_EFFECTIVE,
    BL_CGROUP_IO_STAT, /* v2 only */
    BL_CGROUP_CPU_PRESSURE,
    BL_CGROUP_MEMORY_PRESSURE,
    BL_CGROUP_IO_PRESSURE,
    BL_CGROUP_EVENTS, /* v2 only: cgroup.events (populated) */
    BL_CGROUP_KILL,   /* v2 only: cgroup.kill, 5.14 */
    BL_CGROUP_ROLE_COUNT
};

/* Plain data: every field is checked by bl_cgroup_adopt(). */
struct bl_cgroup_files {
    uint32_t version;              /* 1 or 2 */
    uint32_t present;              /* bit 1u << role */
    int fds[BL_CGROUP_ROLE_COUNT]; /* -1 where absent */
};

void bl_cgroup_files_init(struct bl_cgroup_files *files);    /* nothing present, all -1 */
void bl_cgroup_files_release(struct bl_cgroup_files *files); /* closes what is open */

struct bl_cgroup;

/* bl_cgroup_adopt - a handle on the group. Takes every descriptor of *files (left at -1), also on
 * failure. Registers the OOM watch at once, so that no kill is missed.
 * Fails with CGROUP_OPEN where a file that its version needs is missing; MEMORY. */
int bl_cgroup_adopt(struct bl_cgroup **out, struct bl_cgroup_files *files, struct bl_err *err);
void bl_cgroup_free(struct bl_cgroup **group);

/* bl_cgroup_expect - writes these limits ahead, once, before anybody waits for it, and looks
 * whether the cpuset holds; none: it stays as it is. bl_cgroup_limit() writes what turns out to be
 * another limit, and the cpuset that was there before where none is asked for. Can't fail: what
 * can't be written now is written then, and that tells. */
void bl_cgroup_expect(struct bl_cgroup *group, const struct bl_limits *limits);

/* bl_cgroup_limit - writes memory (no swap on top of it), pids, CPU bandwidth and cpuset. Before
 * the program's exec; may be repeated, with the cpuset left as it was where none is asked for. A
 * swap limit that cannot be set is an error only where swap is on. A CPU bandwidth or a cpuset that
 * the machine cannot enforce is an error; where a group further up has less bandwidth than asked
 * for (v1 refuses that), that one holds.
 * Fails with CGROUP_LIMIT: names the file, the value and errno. */
int bl_cgroup_limit(struct bl_cgroup *group, const struct bl_limits *limits, struct bl_err *err);

/* bl_cgroup_cpu_ns - user + system time of the group so far, dead processes included; one pread. */
int bl_cgroup_cpu_ns(const struct bl_cgroup *group, uint64_t *ns, struct bl_err *err);

/* bl_cgroup_oom_fd - borrowed; readable (poll, epoll) when there is reason to look whether the
 * kernel has killed for memory in this group. On each readiness: bl_cgroup_oom_drain(), then
 * bl_cgroup_oom_kills(); the count may be unchanged.
 *
 * v2 tells after the kill. v1 tells when the OOM killer sets out, a moment *before* the kill is
 * counted, and never again: there drain arms a timer behind the same descriptor, which makes it
 * readable once more after 1, 2, 4 ... 128 ms until the count has moved. So the caller needs no
 * timer of its own; and once the group is empty the count is final in both versions. Removing the
 * group makes the descriptor readable for good: stop watching before that. */
int bl_cgroup_oom_fd(const struct bl_cgroup *group);
void bl_cgroup_oom_drain(struct bl_cgroup *group);
int bl_cgroup_oom_kills(const struct bl_cgroup *group, uint64_t *kills, struct bl_err *err);

/* bl_cgroup_usage - fills the fields of *out that the group knows: CPU, memory, pids, io,
 * throttling, pressure, oom_kills; leaves the others. memory_file_bytes is without shmem. May be
 * called after the last process is gone, but not after the directory is removed (the kernel then
 * answers ENODEV): call it before the warden is told to remove the group.
 * Fails with CGROUP_READ; *out may then be filled in part. */
int bl_cgroup_usage(const struct bl_cgroup *group, struct bl_usage *out, struct bl_err *err);

/* bl_cgroup_refused_above - how many forks the pids limit of the tree's place has refused so far,
 * to whatever is below it. From Linux 6.11 on v2 counts a refusal in the group whose limit it was,
 * and there alone; before, and in v1, in the group that forked, as usage.pids_refused: 0 here. Also
 * 0 where the place has no limit, being the root. Fails with CGROUP_READ. */
int bl_cgroup_refused_above(const struct bl_cgroup *group, uint64_t *count, struct bl_err *err);

/* bl_cgroup_kill - SIGKILL to all of the group at once where the kernel can (v2, 5.14).
 * *killed false: this group can't; kill by init. Fails with CGROUP_KILL. */
int bl_cgroup_kill(const struct bl_cgroup *group, bool *killed, struct bl_err *err);

/* bl_cgroup_empty - is no process in the group? A zombie is none in v2; v1 counts it until it is
 * reaped. */
int bl_cgroup_empty(const struct bl_cgroup *group, bool *empty, struct bl_err *err);

#endif
