/* expectation.h - what a submission is expected to end as, and whether it did.
 *
 * Three sources, the later over the earlier:
 *   - the folder below submissions/ that it lies in (the formats' tables; and, as ICPC judges have
 *     it, memory_limit_exceeded, output_limit_exceeded, compile_error and their short forms);
 *   - submissions/submissions.yaml (2023-07): rules by glob, for all testcases or some;
 *   - @EXPECTED_RESULTS@: in its source: the submission's verdict must be one of those named.
 * Folder and file make rules about testcases, a tag is about the final verdict alone. */
#ifndef BL_JUDGE_EXPECTATION_H
#define BL_JUDGE_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/judge/outcome.h"

enum { BL_RULES_MAX = 64, BL_EXPECTATION_TEXT_MAX = 160 };

/* Whether a rule's submissions bound the time limit. */
enum bl_time_use { BL_TIME_BY_RULE, BL_TIME_NEVER, BL_TIME_LOWER, BL_TIME_UPPER };

struct bl_rule {
    const char *cases;   /* glob on testcase and group names; NULL: all */
    uint32_t permitted;  /* every such testcase ends as one of these */
    uint32_t required;   /* and at least one as one of these */
    const char *message; /* stands in a judgemessage of at least one; NULL: any */
    enum bl_time_use time_use;
};

struct bl_expectation {
    uint32_t final; /* not 0: the verdict must be one of these, and rules are not looked at */
    const struct bl_rule *rules;
    size_t rule_count; /* 0 and no final: nothing is expected */
};

/* What was seen of one testcase. */
struct bl_seen_case {
    const char *name;
    enum bl_outcome outcome;
    const char *judgemessage; /* or NULL */
    bool done;
};

enum bl_expectation_result { BL_EXPECTATION_NONE, BL_EXPECTATION_MET, BL_EXPECTATION_UNMET };

/* bl_expectation_folder - the rule of a folder's name. false: no such folder is known. ce: set
 * where the folder expects a compile error, which no rule on testcases can say. */
bool bl_expectation_folder(const char *folder, bool legacy, struct bl_rule *rule, bool *ce);

/* bl_expectation_tag - looks for @EXPECTED_RESULTS@: in a source and reads the names up to the
 * line's end, ICPC's and the short ones, case and '-' or '_' alike. *final 0: no tag.
 * Fails with PACKAGE: a name that is not known. */
int bl_expectation_tag(const char *source, size_t length, uint32_t *final, struct bl_err *err);

/* bl_expectation_names - one name ("WRONG-ANSWER", "WA", ...) as a set; 0: not known. */
uint32_t bl_expectation_name(const char *name, size_t length);

/* bl_expectation_check - verdict: the final one (CE: cases is empty). JE never meets anything.
 * why: in words what was expected and not seen; empty where met. Cases not done count for nothing:
 * bl_expectation_decided() said that they don't matter. */
enum bl_expectation_result bl_expectation_check(const struct bl_expectation *expected,
                                                enum bl_outcome verdict,
                                                const struct bl_seen_case *cases, size_t count,
                                                char why[BL_EXPECTATION_TEXT_MAX]);

/* bl_expectation_decided - need no further testcase be run, now that one was rejected? True where
 * an outcome already breaks a rule, or every rule is met as far as rejected cases can meet it. */
bool bl_expectation_decided(const struct bl_expectation *expected, const struct bl_seen_case *cases,
                            size_t count);

/* bl_expectation_lower, _upper - does the submission's time on this testcase bound the time limit
 * from below (it must not be too slow) or above (it must be)? */
bool bl_expectation_lower(const struct bl_expectation *expected, const char *testcase);
bool bl_expectation_upper(const struct bl_expectation *expected, const char *testcase);

#endif
