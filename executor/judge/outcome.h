/* outcome.h - the words of a judge: what a testcase and a submission end as.
 *
 * The field's short names, in the order of "worst first" that the format's default grader has
 * (JE, RTE, MLE, TLE, OLE, WA); AC is the only good one. A bl_verdict (result.h) tells what one
 * program did; a bl_outcome what the judge says of it. */
#ifndef BL_JUDGE_OUTCOME_H
#define BL_JUDGE_OUTCOME_H

#include <stdint.h>

/* clang-format off */
#define BL_WORDS(X)                                                                  \
    X(AC,  "accepted")                                                                  \
    X(WA,  "wrong answer")                                                              \
    X(OLE, "output limit exceeded")                                                     \
    X(TLE, "time limit exceeded")                                                       \
    X(MLE, "memory limit exceeded")                                                     \
    X(RTE, "run-time error")                                                            \
    X(CE,  "compile error")                                                             \
    X(JE,  "judge error: says nothing about the submission")
/* clang-format on */

enum bl_outcome {
#define X(name, text) BL_##name,
    BL_WORDS(X)
#undef X
        BL_WORD_COUNT
};

#define BL_OUTCOME_BIT(outcome) (1u << (outcome))

/* What the four codes of the format's `permitted` and `required` stand for: it knows no others, so
 * a memory kill and a flood of output count as the crash that they are to its tools. */
#define BL_SET_AC BL_OUTCOME_BIT(BL_AC)
#define BL_SET_WA BL_OUTCOME_BIT(BL_WA)
#define BL_SET_TLE BL_OUTCOME_BIT(BL_TLE)
#define BL_SET_RTE (BL_OUTCOME_BIT(BL_RTE) | BL_OUTCOME_BIT(BL_MLE) | BL_OUTCOME_BIT(BL_OLE))
#define BL_SET_ANY (BL_SET_AC | BL_SET_WA | BL_SET_TLE | BL_SET_RTE)

enum { BL_SET_TEXT_MAX = 64 };

const char *bl_outcome_name(enum bl_outcome outcome); /* "TLE" */
const char *bl_outcome_text(enum bl_outcome outcome);

/* bl_outcome_set_text - "AC|WA"; returns text. */
const char *bl_outcome_set_text(uint32_t set, char text[BL_SET_TEXT_MAX]);

#endif
