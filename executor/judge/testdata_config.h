/* testdata_config.h - the YAML files beside testcases; private to testdata.c. */
#ifndef BL_JUDGE_TESTDATA_CONFIG_H
#define BL_JUDGE_TESTDATA_CONFIG_H

#include "executor/judge/testdata.h"

/* bl_group_config_read - data/<name>/testdata.yaml or test_group.yaml over what *group has
 * inherited already. */
int bl_group_config_read(struct bl_group *group, const struct bl_problem *problem, int package,
                         struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err);

/* bl_testcase_config_read - <stem>.yaml, 2023-07 only. */
int bl_testcase_config_read(struct bl_testcase *testcase, const char *stem,
                            const struct bl_problem *problem, int package, struct bl_arena *arena,
                            struct bl_err *err);

#endif
