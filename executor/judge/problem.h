/* problem.h - problem.yaml: what the problem is and what its programs may use.
 *
 * Two families of the ICPC/Kattis problem package format are read: "legacy" (also "legacy-icpc",
 * and where no version stands), and "2023-07" with the names that it carried before and after
 * ("2023-07-draft", "2025-09", "2025-09-draft", "draft"). An unknown key is an error in the latter
 * and a warning in the former, where packages of a decade carry keys of their own tools. */
#ifndef BL_JUDGE_PROBLEM_H
#define BL_JUDGE_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/base/arena.h"
#include "executor/language/folder.h"

enum bl_format { BL_FORMAT_LEGACY, BL_FORMAT_2023_07 };

enum { BL_WARNINGS_MAX = 32, BL_PASSES_MAX = 100 };

/* What a person should know about a package that can be judged all the same. */
struct bl_warnings {
    const char *texts[BL_WARNINGS_MAX];
    unsigned count; /* beyond the array they are counted only */
};

struct bl_problem {
    enum bl_format format;
    const char *name; /* or NULL */
    bool scoring;     /* judged for verdicts only: no score is computed */
    bool custom_validator;
    bool interactive;
    bool multipass;
    const char *const *validator_flags; /* legacy: for every testcase */
    const char *const *languages;       /* codes that may be used; NULL: all */

    uint64_t time_limit_ns; /* 0: to be found from the accepted submissions */
    const char *time_limit_source;
    double ac_to_time_limit;  /* legacy: time_multiplier */
    double time_limit_to_tle; /* legacy: time_safety_margin */
    uint64_t time_resolution_ns;

    uint64_t memory_bytes, output_bytes, code_bytes;
    uint64_t compilation_time_ns, compilation_memory_bytes;
    uint64_t validation_time_ns, validation_memory_bytes, validation_output_bytes;
    uint64_t validation_passes; /* multi-pass: the most */
};

/* bl_problem_read - problem.yaml and .timelimit of a package (the latter is what an ICPC judge
 * writes beside legacy packages: one number, seconds; it wins over nothing but silence).
 * Fails with PACKAGE: file, line, key and bound. */
int bl_problem_read(struct bl_problem *problem, int package, struct bl_arena *arena,
                    struct bl_warnings *warnings, struct bl_err *err);

/* bl_problem_time_limit - the limit from the slowest accepted submission's CPU time, as the format
 * has it: the least multiple of the resolution (1 s in legacy) that is no less than slowest times
 * ac_to_time_limit; at least one. Pure. */
uint64_t bl_problem_time_limit(const struct bl_problem *problem, uint64_t slowest_ns);

/* bl_warn_odd - where names of a folder are passed over (executor/language/folder.h). */
int bl_warn_odd(struct bl_warnings *warnings, struct bl_arena *arena, const char *folder,
                const struct bl_folder_odd *odd, struct bl_err *err);

__attribute__((format(printf, 4, 5))) int bl_warn(struct bl_warnings *warnings,
                                                  struct bl_arena *arena, struct bl_err *err,
                                                  const char *format, ...);

#endif
