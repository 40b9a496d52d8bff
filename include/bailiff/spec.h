/* spec.h - what is asked for: one program, run once in one sandbox.
 *
 * Plain data. Whoever parses (the command line, a language file, protobuf) fills a struct bl_spec;
 * bl_spec_check() (limits/ceilings.h) holds every field to its bounds before anything is created.
 * All pointers are borrowed: they must outlive the run. */
#ifndef BAILIFF_SPEC_H
#define BAILIFF_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/units.h"

/* The limits of one run: field, option, kind, least, most, default.
 * Zero is refused everywhere: there is no "unlimited". Kinds: TIME ns · SIZE bytes · COUNT ·
 * MILLI thousandths. Who enforces: cpu_time the worker (limits/budget.h) with RLIMIT_CPU behind it;
 * wall_time a timerfd; memory, pids, cpus the cgroup; stdout, stderr the worker's capture;
 * file_size, stack, open_files rlimits; box, tmp the size of the private tmpfs (charged to memory
 * as well), box_files, tmp_files their inodes. */
/* clang-format off */
#define BL_LIMITS(X)                                                                               \
    X(cpu_time_ns,    "cpu-time",     TIME,  BL_NS_PER_MS,  86400 * BL_NS_PER_S, 10 * BL_NS_PER_S) \
    X(wall_time_ns,   "wall-time",    TIME,  BL_NS_PER_MS,  86400 * BL_NS_PER_S, 30 * BL_NS_PER_S) \
    X(memory_bytes,   "memory",       SIZE,  BL_MIB,        1024 * BL_GIB,       256 * BL_MIB)     \
    X(pids,           "pids",         COUNT, 1,             32768,               64)               \
    X(cpus_milli,     "cpus",         MILLI, 10,            1024000,             1000)             \
    X(stdout_bytes,   "output",       SIZE,  1,             1024 * BL_GIB,       64 * BL_MIB)      \
    X(stderr_bytes,   "error-output", SIZE,  1,             1024 * BL_GIB,       16 * BL_MIB)      \
    X(file_size_bytes,"file-size",    SIZE,  1,             1024 * BL_GIB,       64 * BL_MIB)      \
    X(stack_bytes,    "stack",        SIZE,  64 * BL_KIB,   1024 * BL_GIB,       64 * BL_MIB)      \
    X(open_files,     "open-files",   COUNT, 4,             16384,               256)              \
    X(box_bytes,      "box-size",     SIZE,  4096,          1024 * BL_GIB,       64 * BL_MIB)      \
    X(box_files,      "box-files",    COUNT, 2,             1000000,             4096)             \
    X(tmp_bytes,      "tmp-size",     SIZE,  4096,          1024 * BL_GIB,       64 * BL_MIB)      \
    X(tmp_files,      "tmp-files",    COUNT, 2,             1000000,             4096)
/* clang-format on */

enum { BL_CPUSET_MAX = 128 };

struct bl_limits {
#define X(field, option, kind, least, most, otherwise) uint64_t field;
    BL_LIMITS(X)
#undef X
    char cpuset[BL_CPUSET_MAX]; /* "0-2,5" as in cpuset.cpus; empty: whatever Bailiff may use */
};

enum {
    BL_ARGS_BYTES_MAX = 96 * 1024, /* arguments and environment together, with their NULs */
    BL_ARGS_MAX = 4096,            /* strings, arguments and environment together */
    BL_INPUTS_MAX = 128,
    BL_OUTPUTS_MAX = 32,
    BL_NAME_MAX = 200,    /* an input's or output's name, one path below the box or absolute */
    BL_WORKDIR_MAX = 200, /* absolute path inside */
};

/* One file or folder that the program finds inside, read-only, never copied. */
struct bl_input {
    int fd;           /* borrowed; readable; a regular file or a directory */
    const char *name; /* where: relative to the box ("in/1.txt", or "/box/in/1.txt"), whose missing
                         parents are made; or absolute ("/app"), which the root must have. No "..",
                         no "." components, no empty ones; not below another one's. */
};

/* What the program leaves in its box: collected after every process is dead. */
struct bl_output {
    const char *glob; /* relative to the box, fnmatch(3) per component; "**" alone: everything.
                         Regular files only; what else matches is a FILE_ERROR with its name. */
    bool required;    /* nothing matched: FILE_ERROR */
};

enum bl_network {
    BL_NETWORK_NONE,     /* an empty network namespace, its loopback down */
    BL_NETWORK_LOOPBACK, /* its own loopback, up */
};

struct bl_spec {
    const char *const *argv; /* NULL-terminated; argv[0] is the program: with a slash a path
                                inside, else looked up in the PATH of `env` */
    const char *const *env;  /* NULL-terminated, exactly what the program gets */
    const char *workdir;     /* absolute, inside; NULL: /box */
    struct bl_limits limits;
    const struct bl_input *inputs;
    size_t input_count;
    const struct bl_output *outputs;
    size_t output_count;
    uint64_t collect_bytes_max; /* all outputs together; beyond it FILE_ERROR */
    bool collect_any_status;    /* outputs of a RUNTIME_ERROR are collected, too: where a status
                                   other than 0 is an answer, as a validator's 42 and 43 */
    unsigned profile;           /* which prepared root and policy (executor/sandbox/plan.h) */
};

#endif
