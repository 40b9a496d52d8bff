/* cgroup_parse.h - what the kernel's cgroup files say, as values.
 *
 * Pure: bytes in, values out; no I/O, no allocation. `text` holds `length` bytes and need not end
 * in NUL: it is whatever one read gave, so it may be cut anywhere. A line that is cut, malformed or
 * holds a number beyond 64 bits is not taken for a value. Formats:
 * Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, proc_pid_mountinfo(5). */
#ifndef BL_LIMITS_CGROUP_PARSE_H
#define BL_LIMITS_CGROUP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which hierarchies are locked and swept: pids first, so that a fork bomb among a
 * dead instance's remnants is stopped before its processes are killed one by one. */
#define BL_CGROUP_CONTROLLERS(X) \
    X(PIDS, "pids")              \
    X(MEMORY, "memory")          \
    X(CPU, "cpu")                \
    X(CPUACCT, "cpuacct")        \
    X(CPUSET, "cpuset")          \
    X(IO, "io")

enum bl_cgroup_controller {
#define X(name, text) BL_CGROUP_CONTROLLER_##name,
    BL_CGROUP_CONTROLLERS(X)
#undef X
        BL_CGROUP_CONTROLLER_COUNT
};

#define BL_CGROUP_HAS(name) (1u << BL_CGROUP_CONTROLLER_##name)

const char *bl_cgroup_controller_name(enum bl_cgroup_controller controller);

/* bl_cgroup_parse_number - "123\n" is 123; "max\n" and "-1\n", the two spellings of "no limit", are
 * UINT64_MAX. False for anything else; *value is then untouched (as in all that follow). */
bool bl_cgroup_parse_number(const char *text, size_t length, uint64_t *value);

/* bl_cgroup_parse_key - the value behind `key` in a flat keyed file: lines "key value\n". */
bool bl_cgroup_parse_key(const char *text, size_t length, const char *key, uint64_t *value);

/* bl_cgroup_parse_pressure - microseconds in which some task waited: "some ... total=123\n". */
bool bl_cgroup_parse_pressure(const char *text, size_t length, uint64_t *some_us);

/* Block I/O of all devices together, of v2's io.stat: "8:0 rbytes=1 wbytes=2 ...". Lines of another
 * form are skipped; a sum beyond 64 bits stays at UINT64_MAX. */
struct bl_cgroup_io {
    uint64_t read_bytes;
    uint64_t write_bytes;
};
void bl_cgroup_parse_io_stat(const char *text, size_t length, struct bl_cgroup_io *io);

/* bl_cgroup_parse_pids - the process ids of a cgroup.procs, at most `room`; returns how many. What
 * is not a positive pid is skipped: 0 stands for a process of another pid namespace. */
size_t bl_cgroup_parse_pids(const char *text, size_t length, int *pids, size_t room);

/* bl_cgroup_parse_controllers - names separated by blanks or commas, as bits
 * 1u << enum bl_cgroup_controller; unknown names are skipped. */
unsigned bl_cgroup_parse_controllers(const char *text, size_t length);

/* bl_cgroup_parse_cpus - "0-2,5\n" as bits of *set, which holds BL_CGROUP_CPUS_MAX of them; empty
 * text is the empty set. False where it is malformed or names a CPU beyond the set. */
enum { BL_CGROUP_CPUS_MAX = 8192 };
struct bl_cgroup_cpus {
    uint64_t bits[BL_CGROUP_CPUS_MAX / 64];
};
bool bl_cgroup_parse_cpus(const char *text, size_t length, struct bl_cgroup_cpus *set);

/* bl_cgroup_count_cpus - how many are in the set. */
unsigned bl_cgroup_count_cpus(const struct bl_cgroup_cpus *set);

enum { BL_CGROUP_PATH_MAX = 4096 };

/* One line of /proc/self/cgroup: "4:memory:/user" or "0::/user". */
struct bl_cgroup_own {
    bool unified; /* the v2 line */
    unsigned controllers;
    char path[BL_CGROUP_PATH_MAX];
};
bool bl_cgroup_parse_own(const char *line, size_t length, struct bl_cgroup_own *own);

/* One line of /proc/self/mountinfo that tells of a cgroup mount; false for every other line. The
 * octal escapes of its paths are resolved. */
struct bl_cgroup_mount {
    bool unified;                   /* of type cgroup2 */
    unsigned controllers;           /* v1: from the super block's options */
    char root[BL_CGROUP_PATH_MAX];  /* which directory of the hierarchy is mounted */
    char point[BL_CGROUP_PATH_MAX]; /* where */
};
bool bl_cgroup_parse_mount(const char *line, size_t length, struct bl_cgroup_mount *mount);

/* bl_cgroup_below - the part of `path` below `root`, with its leading slash, "" for root itself;
 * NULL where it is not below it or climbs ("/.." marks what lies outside the cgroup namespace). */
const char *bl_cgroup_below(const char *path, const char *root);

/* bl_cgroup_parse_serial - the N of a name such as "i12"; false for any other spelling, leading
 * zeros and beyond 64 bits among them. */
bool bl_cgroup_parse_serial(const char *name, char letter, uint64_t *serial);

/* bl_cgroup_split_cpu - total divided as user : system. The kernel counts the total exactly and
 * the two kinds by sampling, so that they need not add up. No samples: all of it user time. */
void bl_cgroup_split_cpu(uint64_t total_ns, uint64_t user_samples, uint64_t system_samples,
                         uint64_t *user_ns, uint64_t *system_ns);

#endif
