/* judge_choice.h - the submissions that a command line means. */
#ifndef BL_CLI_JUDGE_CHOICE_H
#define BL_CLI_JUDGE_CHOICE_H

#include "executor/judge/package.h"

struct bl_judge_choice {
    struct bl_submission *items; /* in the package's arena */
    size_t count;
    int *folders; /* owned; of submissions from elsewhere */
    size_t folder_count;
};

/* bl_judge_choose - names: NULL-terminated; none: all of the package. A name is one of the
 * package's ("accepted/a.c", "submissions/accepted/a.c"), or the path of a file or a folder, of
 * which nothing is expected but what its own tag says. need_limit: accepted submissions are added
 * where no other chosen one could set the time limit. Release in any case.
 * Fails with PACKAGE, INPUT (nothing of that name), MEMORY. */
int bl_judge_choose(struct bl_judge_choice *choice, struct bl_package *package,
                    const char *const *names, bool need_limit, struct bl_err *err);
void bl_judge_choice_release(struct bl_judge_choice *choice);

#endif
