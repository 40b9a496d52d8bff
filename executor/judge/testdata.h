/* testdata.h - the testcases of a package, their groups, and what applies to each.
 *
 * data/sample and data/secret are trees of groups; a testcase is NAME.in with NAME.ans. Cases and
 * groups of one folder are judged in the order of their names, so the whole is one list, and each
 * group a stretch of it. What a group's testdata.yaml (legacy) or test_group.yaml (2023-07) and a
 * case's NAME.yaml (2023-07) say is inherited downwards and settled here: a case knows its
 * validator's arguments, a group how its results become one. */
#ifndef BL_JUDGE_TESTDATA_H
#define BL_JUDGE_TESTDATA_H

#include <stdbool.h>
#include <stddef.h>

#include "executor/judge/outcome.h"
#include "executor/judge/problem.h"
#include "limits/default_validator.h"

enum {
    BL_TESTCASES_MAX = 20000,
    BL_GROUPS_MAX = 1000,
};

struct bl_testcase {
    const char *name;       /* "secret/big/03": as the format names it */
    const char *input_path; /* in the package */
    const char *answer_path;
    const char *files_path;            /* a folder that the program finds in its box; or NULL */
    const char *const *args;           /* the program's own; NULL-terminated */
    const char *const *validator_args; /* problem's flags and the group's; NULL-terminated */
    struct bl_compare_flags compare;   /* the same, read for the default validator */
    unsigned group;                    /* the innermost */
};

enum bl_group_mode { BL_GROUP_WORST_ERROR, BL_GROUP_FIRST_ERROR, BL_GROUP_ALWAYS_ACCEPT };

struct bl_group {
    const char *name;     /* "", "sample", "secret", "secret/big" */
    unsigned parent;      /* group 0, the root, is its own */
    size_t first, end;    /* its cases, subgroups' included: [first, end) */
    bool break_on_reject; /* what follows the first rejection in it does not count */
    enum bl_group_mode mode;
    bool accept_any;                                 /* accept_if_any_accepted */
    bool ignore_sample;                              /* root only: data/sample does not count */
    const char *const *args, *const *validator_args; /* inherited by its cases */
};

struct bl_testdata {
    struct bl_testcase *cases;
    size_t case_count;
    struct bl_group *groups; /* a parent stands before its children */
    unsigned group_count;
};

/* bl_testdata_read - everything below data/sample and data/secret.
 * Fails with PACKAGE: a case without its answer, no case at all, a bound of the above, a key that
 * is not known, flags that the default validator does not take. */
int bl_testdata_read(struct bl_testdata *data, const struct bl_problem *problem, int package,
                     struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err);

/* bl_testdata_verdict - the submission's outcome from its testcases', by each group's rules.
 *
 * outcomes: one per case. done: which of them are known; a case that is not is passed over, as the
 * rules have it for what follows a rejection. *deciding: the case that the verdict comes from, or
 * case_count. Pure. */
enum bl_outcome bl_testdata_verdict(const struct bl_testdata *data, const enum bl_outcome *outcomes,
                                    const bool *done, size_t *deciding);

#endif
