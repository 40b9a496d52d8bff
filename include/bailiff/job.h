/* job.h - what a client asks for: a graph of steps, and what may be said about it.
 *
 *   job ─▶ steps ─▶ cases    each case is one run of all the step's commands, with its own input
 *               └─▶ commands run together, joined by pipes; mostly there is one
 *               └─▶ check    is what came out right?
 *
 * A step without testcases has one case, nameless and empty: whoever runs a job only loops over
 * steps and cases. Files come from bytes, the store, an earlier step or a URL, wherever one is
 * wanted. Steps refer to earlier steps only, so the graph has no circle by construction.
 *
 * Plain data, made by proto/decode.h with every bound checked and every name resolved to an index;
 * read-only from then on. Pointers belong to the job. No text is NULL unless it says so: what was
 * not given is "". Texts are UTF-8 without NUL; names have no control characters either. The same
 * in the client's words: proto/bailiff/v1/job.proto. What comes of a job: job_event.h. */
#ifndef BAILIFF_JOB_H
#define BAILIFF_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/spec.h"

enum {
    BL_JOB_MESSAGE_MAX = 16 * 1024 * 1024, /* bytes of a whole job, inline files included */
    BL_JOB_STEPS_MAX = 64,                 /* as many as bits in `needs` */
    BL_JOB_COMMANDS_MAX = 8,               /* of a step */
    BL_JOB_CASES_MAX = 4096,               /* of all steps together */
    BL_JOB_INPUTS_MAX = 120, /* of a command, its case's included: BL_INPUTS_MAX less the runner's
                                own (the program's folder, input, answer) */
    BL_JOB_INPUTS_TOTAL_MAX = 16384, /* of all commands and cases together */
    BL_JOB_OUTPUTS_MAX = 24,         /* of a command: BL_OUTPUTS_MAX less a language's products */
    BL_JOB_GROUPS_MAX = 256,         /* different ones of a step */
    BL_JOB_LABELS_MAX = 16,
    BL_JOB_PARALLEL_MAX = 64,
    BL_JOB_PRIORITY_MAX = 1000, /* and -1000 */
    /* What one case may return inside messages, all its commands' streams and files together: so
     * that an event stays below the 4 MiB that gRPC's clients take where nobody tells them. */
    BL_JOB_RETURN_MAX = 3 * 1024 * 1024,
    BL_JOB_FILES_TOLD_MAX = 1024, /* collected files that are listed for one case */
    BL_SHA256_BYTES = 32,
    /* Bytes of texts, without their NUL. */
    BL_JOB_ID_MAX = 128,
    BL_JOB_TENANT_MAX = 64,
    BL_JOB_LABEL_KEY_MAX = 64,
    BL_JOB_LABEL_VALUE_MAX = 256,
    BL_JOB_STEP_NAME_MAX = 64,
    BL_JOB_CASE_NAME_MAX = 128,
    BL_JOB_GROUP_MAX = 64,
    BL_JOB_PROFILE_MAX = 63,
    BL_JOB_LANGUAGE_MAX = 32,
    BL_JOB_URL_MAX = 2048,
};

#define BL_JOB_DEADLINE_LEAST_NS BL_NS_PER_MS
#define BL_JOB_DEADLINE_MOST_NS (7 * 86400 * BL_NS_PER_S)
#define BL_JOB_COLLECT_BYTES_MOST (1024 * BL_GIB)
#define BL_JOB_COLLECT_BYTES_DEFAULT (64 * BL_MIB)

/* Where a file comes from. */
enum bl_file_kind {
    BL_FILE_NONE,   /* there is none */
    BL_FILE_INLINE, /* bytes, length */
    BL_FILE_STORED, /* sha256 */
    BL_FILE_OUTPUT, /* what an earlier step left */
    BL_FILE_REMOTE, /* sha256, url: fetched into the store where it is not there */
};

enum bl_output_part {
    BL_OUTPUT_FILE,   /* the collected file called `name`; "": all of them, as a folder */
    BL_OUTPUT_STDOUT, /* what it wrote to a standard stream */
    BL_OUTPUT_STDERR,
};

/* What belongs to another kind than this one's is 0 or NULL. */
struct bl_file_source {
    enum bl_file_kind kind;
    const uint8_t *bytes;
    size_t length;
    const uint8_t *sha256;            /* BL_SHA256_BYTES */
    const char *url;                  /* http:// or https://, printable ASCII */
    uint32_t step, testcase, command; /* OUTPUT: indices, checked */
    enum bl_output_part part;
    const char *name;
};

/* A file, or the folder of an OUTPUT, that a command finds inside: read-only and executable. */
struct bl_job_input {
    const char *name; /* as in struct bl_input; below /app only of a command's own list, unless that
                         is COMPILED, and never /app itself */
    struct bl_file_source file;
};

/* What becomes of bytes that a command leaves. Neither: a stream is counted, held to its limit and
 * thrown away; a file is there for later steps. */
struct bl_keep {
    bool store;            /* into the store; its digest is told */
    uint64_t return_bytes; /* the first so many bytes go into the answer; of an output: of all files
                              that its glob matched, together */
    bool later;            /* a later step or a check uses it (set by the decoder) */
};

struct bl_job_output {
    const char *glob; /* as in struct bl_output */
    bool required;
    struct bl_keep keep;
};

enum bl_stdin_kind {
    BL_STDIN_EMPTY,
    BL_STDIN_CASE, /* the case's input; empty where it has none */
    BL_STDIN_FILE,
    BL_STDIN_PIPE, /* what another command of the same step writes to its standard output */
};

struct bl_job_stdin {
    enum bl_stdin_kind kind;
    struct bl_file_source file;
    uint32_t pipe_from; /* index of the command */
};

enum bl_program_kind {
    BL_PROGRAM_ARGV,     /* argv says it all */
    BL_PROGRAM_COMPILE,  /* the language's compile step; sources: the inputs below /app. Collects
                            the language's products, and the sources beside them */
    BL_PROGRAM_COMPILED, /* the run step of what `compiled_step` made, found at /app */
};

struct bl_job_command {
    enum bl_program_kind program;
    const char *const *argv; /* NULL-terminated; COMPILE, COMPILED: behind the language's own */
    size_t argc;
    const char *language;   /* COMPILE: its code ("cpp") */
    const char *entrypoint; /* COMPILE: the main source's name below /app; "": found */
    uint32_t compiled_step; /* COMPILED: a step whose only command is a COMPILE */
    const char *const *env; /* NULL-terminated "NAME=value": added to, or instead of, the worker's
                               and the language's own (PATH, HOME, LANG, TMPDIR) */
    size_t env_count;
    const char *workdir; /* absolute; "": /box */
    const char *profile; /* of the worker's configuration; "": the language's, or the default */
    /* Whole and in bounds. limits_set: bit n is set where row n of bl_limit_rows() was given; the
     * others hold the general default, for which a language may have another. cpuset is empty. */
    struct bl_limits limits;
    uint32_t limits_set;
    const struct bl_job_input *inputs;
    size_t input_count;
    const struct bl_job_output *outputs;
    size_t output_count;
    uint64_t collect_bytes_max; /* all collected files together; beyond it FILE_ERROR */
    bool any_status;            /* any exit status is as good as 0 */
    struct bl_job_stdin in;
    struct bl_keep out, error_out; /* nothing is kept of an `out` that is piped */
    int32_t piped_to;              /* the command that reads `out`; -1: none */
};

enum bl_check_kind {
    BL_CHECK_NONE,       /* to end with OK is enough */
    BL_CHECK_EXACT,      /* the same bytes as the answer */
    BL_CHECK_TOKENS,     /* limits/default_validator.h */
    BL_CHECK_CHECKER,    /* a command of its own, run when all others have ended well */
    BL_CHECK_INTERACTOR, /* one of the step's commands, run with the others */
};

/* What judges a command's output. CHECKER and INTERACTOR are called as the ICPC problem
 * format has it: behind their argv come the paths of input, answer and feedback folder (their /box,
 * with a slash behind) and the case's check_args; status 42 accepts, 43 rejects, anything else is
 * CHECK_FAILED. A checker reads the output on standard input. judgemessage.txt in the feedback
 * folder is told. */
struct bl_job_check {
    enum bl_check_kind kind;
    uint32_t command; /* whose output is judged */
    const char *file; /* judged instead of standard output: a file in that command's box, which is
                         among its `outputs`, required; "": standard output. Not for INTERACTOR */
    bool case_sensitive, space_change_sensitive;
    double absolute, relative;            /* finite; below 0: not given */
    const struct bl_job_command *checker; /* NULL, or the CHECKER */
    uint32_t interactor;                  /* index of the command */
};

/* What one case changes. It is the step's first command that gets input, args and inputs. */
struct bl_job_case {
    const char *name;             /* told in its result; need not be unique */
    uint32_t group;               /* the same number: the same group; 0: of no group, all such */
    const char *group_name;       /* "": none */
    struct bl_file_source input;  /* standard input (BL_STDIN_CASE), and the check's */
    struct bl_file_source answer; /* the check's; EXACT and TOKENS have one for each case */
    const char *const *args;      /* NULL-terminated, behind the command's argv */
    size_t arg_count;
    const char *const *check_args;
    size_t check_arg_count;
    const struct bl_job_input *inputs;
    size_t input_count;
};

enum bl_stop_policy {
    BL_STOP_NEVER, /* every case runs */
    BL_STOP_STEP,  /* a case that did not pass ends the step: later cases are SKIPPED */
    BL_STOP_GROUP, /* ... ends its group; other groups go on */
    BL_STOP_POLICY_COUNT,
};

struct bl_job_step {
    const char *name; /* unique in the job */
    const struct bl_job_command *commands;
    size_t command_count; /* 1 at least */
    const struct bl_job_case *cases;
    size_t case_count; /* 1 at least */
    struct bl_job_check check;
    enum bl_stop_policy stop;
    uint64_t needs; /* bit n: step n, an earlier one, must have passed; otherwise all cases are
                       SKIPPED. Includes every step whose outputs are used */
};

struct bl_job_label {
    const char *key, *value;
};

struct bl_job {
    const char *id;     /* of the client's making: [A-Za-z0-9._:-]; "": the worker makes one */
    const char *tenant; /* [A-Za-z0-9._-]; "": whoever the peer is */
    int32_t priority;   /* higher is earlier, among jobs of one tenant */
    const struct bl_job_label *labels; /* told in logs, otherwise of no meaning; keys differ */
    size_t label_count;
    uint64_t deadline_ns; /* from acceptance to the end, waiting included; 0: none */
    bool detached;        /* goes on when nobody watches */
    bool rerun_if_noisy;  /* a case whose timing is not to be trusted is run again, alone */
    uint32_t parallel;    /* cases that may run at once, where there is room; 1 at least */
    const struct bl_job_step *steps;
    size_t step_count;         /* 1 at least */
    size_t case_count;         /* of all steps */
    uint64_t return_bytes_max; /* all that the whole job may return inside messages */
    size_t held_bytes;         /* of memory, this struct included */
    /* What a limit that the job did not give comes to at most, by whoever took the job; 0, as it is
     * decoded: as far as BL_LIMITS go. */
    struct bl_limits ceilings;
};

#endif
