/* job_event.h - what is told of a job while it runs, and what came of it.
 *
 * Plain data, lent for the call that tells it: executor/job makes events, proto/encode.h packs
 * them. A job's events: QUEUED · STARTED · a CASE for each case of
 * each step, as it ends, SKIPPED ones too · a STEP behind a step's last case · DONE, once, last. */
#ifndef BAILIFF_JOB_EVENT_H
#define BAILIFF_JOB_EVENT_H

#include "bailiff/job.h"
#include "bailiff/result.h"

/* What became of one case. A step's outcome, and a job's, is that of its first case, in the job's
 * order, that did not pass. */
/* clang-format off */
#define BL_OUTCOMES(X)                                                                             \
    X(PASSED,       "every command ended well, and the check accepted")                            \
    X(REJECTED,     "the check says that the output is wrong")                                     \
    X(FAILED,       "a command did not end well: see its verdict")                                 \
    X(CHECK_FAILED, "the checker or interactor gave no judgement; says nothing about the program") \
    X(SKIPPED,      "never started")                                                               \
    X(CANCELLED,    "ended on request, or at the job's deadline")                                  \
    X(ERROR,        "Bailiff, the kernel or a file's source failed; says nothing about the program")

/* Why a case was SKIPPED. */
#define BL_SKIPS(X)                                                                                \
    X(NONE,      "it was not")                                                                     \
    X(NEEDS,     "a step that it needs did not pass")                                              \
    X(STOPPED,   "the stop policy: an earlier case did not pass")                                  \
    X(CANCELLED, "the job was cancelled, or its client left")                                      \
    X(DEADLINE,  "the job's deadline passed")

/* What kept a measured time from being trusted. */
#define BL_NOISES(X)                                                                               \
    X(CPU_PRESSURE,    "something waited for a CPU")                                               \
    X(MEMORY_PRESSURE, "something waited for memory")                                              \
    X(IO_PRESSURE,     "something waited for a disk")                                              \
    X(STEAL,           "the hypervisor gave the CPU to others")                                    \
    X(THROTTLED,       "the CPU bandwidth limit held it back")
/* clang-format on */

enum bl_case_outcome {
#define X(name, text) BL_OUTCOME_##name,
    BL_OUTCOMES(X)
#undef X
        BL_OUTCOME_COUNT
};

enum bl_skip {
#define X(name, text) BL_SKIP_##name,
    BL_SKIPS(X)
#undef X
        BL_SKIP_COUNT
};

enum bl_noise {
#define X(name, text) BL_NOISE_##name,
    BL_NOISES(X)
#undef X
        BL_NOISE_COUNT
};

/* Bytes that a command left: where the whole is, and its beginning. */
struct bl_blob {
    uint64_t size_bytes; /* of the whole */
    bool stored;         /* sha256 says where */
    uint8_t sha256[BL_SHA256_BYTES];
    const uint8_t *bytes; /* NULL: none were to be returned */
    size_t length;        /* less than size_bytes: cut */
};

struct bl_file_report {
    const char *name; /* as the program called it: any bytes */
    uint32_t mode;
    struct bl_blob content;
};

struct bl_command_report {
    const struct bl_result *result; /* its files are not looked at: `files` is what is told */
    const struct bl_limits *limits; /* as they were applied */
    struct bl_blob out, error_out;
    const struct bl_file_report
        *files; /* all; of one case BL_JOB_FILES_TOLD_MAX reach the client */
    size_t file_count;
    bool noisy;     /* near a time limit, and touched by something of `noise` */
    uint32_t noise; /* bits: 1 << enum bl_noise */
};

enum { BL_CHECK_MESSAGE_MAX = 4096 };

/* What the check said. Offsets and lines: EXACT and TOKENS, of the first difference; lines from 1,
 * 0 where there is none. */
struct bl_check_report {
    bool ran;
    bool accepted;
    const uint8_t *message; /* judgemessage.txt, or the comparison's words; any bytes */
    size_t message_length;  /* at most BL_CHECK_MESSAGE_MAX are told */
    uint64_t answer_offset, output_offset, answer_line, output_line;
    const struct bl_command_report *checker; /* NULL: no CHECKER ran */
};

struct bl_case_report {
    uint32_t step, testcase; /* indices */
    enum bl_case_outcome outcome;
    enum bl_skip skip;
    int32_t decided_by; /* FAILED, and what the interactor decided: index of the command; else -1 */
    int32_t first_ended; /* index of the command that ended first; -1: none ran, or only one */
    const struct bl_command_report *commands; /* one for each of the step; none where SKIPPED */
    size_t command_count;
    struct bl_check_report check;
    /* The noisy measurement that was set aside because the case was run again; else none. Told
     * without bytes and files. */
    const struct bl_command_report *set_aside;
    size_t set_aside_count;
    bool was_alone;             /* no other job's program ran beside the second measurement */
    const struct bl_err *error; /* ERROR: what failed, where no command tells; or NULL */
};

struct bl_step_report {
    uint32_t step;
    enum bl_case_outcome outcome;
    uint32_t counts[BL_OUTCOME_COUNT]; /* of its cases */
};

enum bl_job_end {
    BL_JOB_COMPLETED, /* every case was run, or skipped by the job's own rules */
    BL_JOB_CANCELLED,
    BL_JOB_EXPIRED, /* its deadline passed */
    BL_JOB_BROKEN,  /* Bailiff or the kernel failed: `error` */
    BL_JOB_END_COUNT,
};

struct bl_done_report {
    enum bl_job_end end;
    enum bl_case_outcome outcome;
    uint32_t step, testcase; /* of the case that decided the outcome; not where PASSED */
    uint32_t counts[BL_OUTCOME_COUNT];
    uint64_t waited_ns, ran_ns; /* from acceptance to the start, from there to the end */
    const struct bl_err *error; /* or NULL */
};

enum bl_job_event_kind {
    BL_JOB_EVENT_QUEUED,
    BL_JOB_EVENT_STARTED,
    BL_JOB_EVENT_CASE,
    BL_JOB_EVENT_STEP,
    BL_JOB_EVENT_DONE,
};

struct bl_job_event {
    enum bl_job_event_kind kind;
    uint64_t number; /* of the job's events, from 0 */
    uint64_t at_ns;  /* since the job was accepted */
    union {
        struct {
            uint32_t position; /* jobs that are before it; 0: next */
        } queued;
        struct {
            uint32_t slot;
            const char *cpus; /* as in cpuset.cpus; "": any */
            uint64_t waited_ns;
        } started;
        struct bl_case_report testcase;
        struct bl_step_report step;
        struct bl_done_report done;
    };
};

#endif
