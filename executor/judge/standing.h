/* standing.h - how far one submission has come: its testcases' results, and what follows from them.
 *
 * No process, no descriptor: the tournament (tournament.h) tells what happened, this says what is
 * still worth doing and, in the end, what the judge says. Testcases may end in any order; what
 * counts is decided in the testcases' order alone, so that the verdict doesn't depend on how many
 * ran at once. */
#ifndef BL_JUDGE_STANDING_H
#define BL_JUDGE_STANDING_H

#include "executor/judge/case.h"
#include "executor/judge/compile.h"
#include "executor/judge/expectation.h"

struct bl_standing {
    const struct bl_submission *submission; /* borrowed */
    const struct bl_testdata *testdata;     /* borrowed */
    const struct bl_language *language;     /* NULL: none was found */
    bool all;                               /* no early stop */

    struct bl_compilation *compilation; /* owned; NULL: not compiled yet */
    struct bl_case_result *cases;       /* owned; one per testcase */
    bool *done;                         /* owned; which of them are */
    size_t settled;                     /* the cases before this one are all done */
    size_t stop;                        /* none from here on is needed */

    /* Once it is over. */
    bool over;
    struct bl_judgement judgement;
    size_t deciding; /* the testcase that it comes from, or the number of testcases */
    enum bl_expectation_result expectation;
    char why[BL_EXPECTATION_TEXT_MAX]; /* UNMET: what was expected and not seen */
    size_t slowest;                    /* testcase; the number of testcases where none ran */
    uint64_t memory_peak_bytes;
};

/* bl_standing_init - fails with MEMORY; release in any case. */
int bl_standing_init(struct bl_standing *standing, const struct bl_submission *submission,
                     const struct bl_testdata *testdata, bool all, struct bl_err *err);
void bl_standing_release(struct bl_standing *standing);

/* bl_standing_compiled - the compiler's word; anything but AC ends it. Fails with MEMORY. */
int bl_standing_compiled(struct bl_standing *standing, const struct bl_compilation *compilation,
                         struct bl_err *err);

/* bl_standing_refuse - ends it before it was compiled (no language...). */
void bl_standing_refuse(struct bl_standing *standing, enum bl_outcome outcome, const char *reason);

/* bl_standing_take_case - a testcase's result (what it owns is taken). Moves `settled` and lowers
 * `stop` where the rest no longer matters; ends the standing once nothing is missing. */
void bl_standing_take_case(struct bl_standing *standing, size_t number,
                           struct bl_case_result *result);

/* bl_standing_lower_ns - the greatest CPU time on a testcase that bounds the time limit from below;
 * 0: none. */
uint64_t bl_standing_lower_ns(const struct bl_standing *standing);

/* bl_standing_finds_limit - is any of its testcases such a one? */
bool bl_standing_finds_limit(const struct bl_standing *standing);

#endif
