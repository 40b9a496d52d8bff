/* problem_limits.h - the `limits` of problem.yaml and the time limit; private to problem.c. */
#ifndef BL_JUDGE_PROBLEM_LIMITS_H
#define BL_JUDGE_PROBLEM_LIMITS_H

#include "executor/base/yaml.h"
#include "executor/judge/problem.h"

/* bl_problem_limits_read - defaults, then what the file says. Fails with PACKAGE. */
int bl_problem_limits_read(struct bl_problem *problem, const struct bl_yaml_file *file,
                           struct bl_arena *arena, struct bl_warnings *warnings,
                           struct bl_err *err);

/* bl_problem_timelimit_file - .timelimit, where problem.yaml names no limit. */
int bl_problem_timelimit_file(struct bl_problem *problem, int package, struct bl_arena *arena,
                              struct bl_err *err);

#endif
