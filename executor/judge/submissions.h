/* submissions.h - the example submissions of a package with what is expected of each.
 *
 * submissions/<folder>/<file or folder>: each is one submission; accepted ones come first, for they
 * may set the time limit. What submissions.yaml and tags say is settled here (expectation.h). */
#ifndef BL_JUDGE_SUBMISSIONS_H
#define BL_JUDGE_SUBMISSIONS_H

#include "executor/judge/expectation.h"
#include "executor/judge/problem.h"
#include "executor/language/program.h"

enum { BL_SUBMISSIONS_MAX = 1000 };

struct bl_submission {
    struct bl_program program;
    const char *language;   /* code that submissions.yaml gives; or NULL */
    const char *entrypoint; /* the same */
    struct bl_expectation expected;
};

struct bl_submissions {
    struct bl_submission *items;
    size_t count;
};

/* bl_submissions_read - all of a package. Fails with PACKAGE. */
int bl_submissions_read(struct bl_submissions *submissions, const struct bl_problem *problem,
                        int package, struct bl_arena *arena, struct bl_warnings *warnings,
                        struct bl_err *err);

/* bl_submission_read_tag - sets submission->expected.final where a source carries a tag. */
int bl_submission_read_tag(struct bl_submission *submission, struct bl_err *err);

#endif
