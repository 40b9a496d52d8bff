/* case.h - one submission on one testcase: from its input to the judge's word (process: worker).
 *
 *   batch         program ──output──▶ comparison, or the validator in a sandbox of its own
 *   interactive   program ◀──pipes──▶ validator, both at once, each in its own sandbox
 *   multi-pass    either of these again, with the input that the validator left as nextpass.in
 *
 * The validator is called as the format has it: input, answer and feedback folder (which is its
 * /box) and the testcase's flags; 42 is accepted and 43 wrong, anything else our judges' error. */
#ifndef BL_JUDGE_CASE_H
#define BL_JUDGE_CASE_H

#include "executor/judge/app.h"
#include "executor/judge/judgement.h"
#include "executor/judge/package.h"

enum { BL_JUDGEMESSAGE_MAX = 4096, BL_CASE_FILES_MAX = 32 };

struct bl_case;

/* What the program's run proves, kept where the outcome is not AC. */
struct bl_case_evidence {
    struct bl_result result; /* without files */
    struct bl_limits limits;
};

struct bl_case_result {
    struct bl_judgement judgement;
    bool ran;             /* the program was started: the figures below are its own */
    uint64_t cpu_time_ns; /* of the slowest pass */
    uint64_t wall_time_ns;
    uint64_t memory_peak_bytes;
    unsigned passes;
    char *judgemessage;                /* owned; NULL: none was written */
    struct bl_case_evidence *evidence; /* owned; or NULL */
};

void bl_case_result_release(struct bl_case_result *result);

/* on_end - takes what *result owns. */
typedef void (*bl_on_case_end)(void *ctx, struct bl_case *testcase, struct bl_case_result *result);

struct bl_case_order {
    const struct bl_package *package; /* all borrowed until on_end */
    const struct bl_testcase *testcase;
    const struct bl_app *program;
    const struct bl_app *validator; /* NULL: the default one */
    uint64_t time_limit_ns;
    bl_on_case_end on_end;
    void *ctx;
};

/* bl_case_start - on_end follows exactly once, never from inside this call; whatever goes wrong is
 * a JE. Fails with MEMORY alone. */
int bl_case_start(struct bl_case **out, const struct bl_case_order *order, struct bl_err *err);

/* bl_case_free - from on_end or later; before: kills what runs, no on_end follows. */
void bl_case_free(struct bl_case **testcase);

#endif
