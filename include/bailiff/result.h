/* result.h - what is answered: what happened to one program, with the evidence.
 *
 * Plain data, filled by executor/job from counters and judged by one pure function
 * (limits/verdict.h). docs/report.md describes the same fields as JSON. Where the kernel does not
 * tell, the matching `has_` flag is false and the field 0: never a guess. */
#ifndef BAILIFF_RESULT_H
#define BAILIFF_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"

/* clang-format off */
#define BL_VERDICTS(X)                                                                             \
    X(OK,                "exited with 0 inside every limit")                                       \
    X(RUNTIME_ERROR,     "exited with another status than 0")                                      \
    X(SIGNALED,          "ended by a signal that Bailiff did not send")                            \
    X(TIME_LIMIT,        "used more CPU time than allowed")                                        \
    X(WALL_TIME_LIMIT,   "took longer than allowed")                                               \
    X(MEMORY_LIMIT,      "the kernel's OOM killer ended a process of the program")                 \
    X(OUTPUT_LIMIT,      "wrote more than allowed to a stream or a file")                          \
    X(FORBIDDEN_SYSCALL, "killed for a system call that the policy forbids")                       \
    X(EXEC_FAILED,       "the program could not be executed")                                      \
    X(FILE_ERROR,        "an input could not be placed or an output not collected")                \
    X(CANCELLED,         "ended on request")                                                       \
    X(SANDBOX_ERROR,     "Bailiff or the kernel failed; says nothing about the program")
/* clang-format on */

enum bl_verdict {
#define X(name, text) BL_VERDICT_##name,
    BL_VERDICTS(X)
#undef X
        BL_VERDICT_COUNT
};

/* Why Bailiff itself ended the program: the first reason counts, later ones are ignored. */
enum bl_kill_reason {
    BL_KILL_NONE,
    BL_KILL_CPU_TIME,
    BL_KILL_WALL_TIME,
    BL_KILL_MEMORY, /* an OOM kill was seen while other processes still lived */
    BL_KILL_STDOUT,
    BL_KILL_STDERR,
    BL_KILL_SYSCALL,
    BL_KILL_CANCEL,
    BL_KILL_SANDBOX, /* our failure: the result is SANDBOX_ERROR with the error */
    BL_KILL_REASON_COUNT
};

/* One system call that the policy refused, through user notification. */
struct bl_refusal {
    uint32_t arch; /* AUDIT_ARCH_... */
    int32_t nr;    /* named by bl_policy_syscall_name() */
    uint64_t args[6];
    uint64_t count; /* how often this nr was refused; args are the first one's */
    bool killed;
};

enum {
    BL_REFUSALS_MAX = 8,         /* distinct calls that are told */
    BL_REFUSALS_TOLD_MAX = 4096, /* then counting ends, and each further one gets ENOSYS */
};

struct bl_usage {
    uint64_t cpu_time_ns; /* user + system of every process of the group, dead ones included */
    uint64_t user_time_ns;
    uint64_t system_time_ns;
    uint64_t wall_time_ns;      /* exec to the end of the first process, by init's clock */
    uint64_t memory_peak_bytes; /* the kernel's own high-water mark of the group, all kinds */
    bool has_memory_peak;       /* v2 before 5.19 has none */
    /* What the group still held when its last process was gone (page cache it read first, files in
     * its tmpfs, unreclaimed kernel objects): the part of the peak that was not the program's own
     * pages. anon is 0 by then; max_rss_bytes is the largest single process's resident peak. */
    uint64_t memory_file_bytes;
    uint64_t memory_shmem_bytes;
    uint64_t memory_kernel_bytes;
    bool has_memory_split;
    uint64_t max_rss_bytes;
    uint64_t oom_kills;         /* by the kernel, in this group */
    uint64_t memory_limit_hits; /* times the group was at its own limit with nothing to give back */
    bool
        has_memory_limit_hits; /* v1 has none that can be relied on (its failcnt stays 0 on 6.18) */
    uint64_t pids_peak;
    bool has_pids_peak;
    uint64_t pids_refused; /* forks that failed at the pids limit */
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    uint64_t minor_faults;
    uint64_t major_faults;
    uint64_t read_bytes; /* block I/O */
    uint64_t write_bytes;
    bool has_io;
    uint64_t throttled_ns; /* by the CPU bandwidth limit */
    bool has_throttled;
    uint64_t stdout_bytes;
    uint64_t stderr_bytes;
    uint64_t stdin_bytes; /* as far as Bailiff moved them itself; 0 where a file was handed over */
    /* The whole machine while the program ran; not read where that was below 5 ms, unless a time
     * is near its limit. Of what was counted just before its launch no more is in it than there is
     * time from that to our first look at it, some 5 ms. */
    uint64_t steal_ns;
    bool has_steal;
    uint64_t cpu_pressure_ns; /* some task waited for a CPU: the group's own (v2) */
    uint64_t memory_pressure_ns;
    uint64_t io_pressure_ns;
    bool has_pressure;
};

/* A file that the program left and that was asked for. */
struct bl_collected {
    char *name; /* relative to the box */
    int fd;     /* owned; O_RDONLY, regular, no process has it open for writing any more */
    uint64_t size_bytes;
    uint32_t mode; /* permission bits only */
};

struct bl_result {
    enum bl_verdict verdict;
    enum bl_kill_reason kill_reason;
    int exit_code; /* -1: did not exit by itself */
    int signal;    /* 0: not ended by a signal */
    bool oom_killed;
    bool warm; /* the sandbox was ready before the job came */
    /* The evidence: which limit (its option's name, BL_LIMITS, or NULL), its value and what was
     * observed, in the limit's own unit. overshoot_ns: observed - bound for the two times. */
    const char *limit;
    uint64_t bound;
    uint64_t observed;
    uint64_t overshoot_ns;
    struct bl_usage usage;
    struct bl_refusal refusals[BL_REFUSALS_MAX]; /* the first distinct ones */
    unsigned refusal_count;
    uint64_t refusals_total;
    struct bl_err error; /* EXEC_FAILED, FILE_ERROR, SANDBOX_ERROR: what failed; else step NONE */
    struct bl_collected *files;
    unsigned file_count;
    uint64_t started_ns;       /* CLOCK_MONOTONIC, just before the exec; 0: never */
    uint64_t ended_ns;         /* CLOCK_MONOTONIC, when the first process was gone */
    uint64_t start_latency_ns; /* from the order to the exec: what Bailiff itself took */
};

#endif
