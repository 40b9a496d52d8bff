/* judgement.h - from what programs did (result.h) to what the judge says (outcome.h). Pure.
 *
 * A run of the submission is judged first by its own end; only what ended well goes to the
 * validator. In an interaction both run at once, and who ended first decides:
 *   1. the validator crashed, broke a limit of its own or ended with another status than 42 or 43:
 *      JE, whatever the submission did - never WA
 *   2. the validator ended first, with 43: WA. What the submission did afterwards (a broken pipe, a
 *      time limit spent waiting) is not its fault; and a broken pipe always comes afterwards
 *      (executor/job/checker.h)
 *   3. the submission broke a limit or crashed: that
 *   4. else the validator's word */
#ifndef BL_JUDGE_JUDGEMENT_H
#define BL_JUDGE_JUDGEMENT_H

#include <stdbool.h>

#include "bailiff/result.h"
#include "executor/judge/outcome.h"

enum { BL_REASON_MAX = 320 };

struct bl_judgement {
    enum bl_outcome outcome;
    char reason[BL_REASON_MAX]; /* one line for people, with the evidence; may be empty */
};

/* bl_judge_program - the submission's run by itself. AC: it ended well, its output is still to be
 * validated. out_of_memory_status: language.h; 0: none. */
void bl_judge_program(const struct bl_result *result, int out_of_memory_status,
                      struct bl_judgement *out);

/* bl_judge_validator - AC for 42, WA for 43, else JE with what happened instead. message: what the
 * validator wrote for the judges (or NULL), its last line becomes the reason of a WA: validators
 * tell what they see as they go, and why they stop last. */
void bl_judge_validator(const struct bl_result *result, const char *message,
                        struct bl_judgement *out);

/* bl_judge_interaction - both of one interaction, by the four rules above. A submission that ended
 * by wall time with next to no CPU time used is told to have waited. */
void bl_judge_interaction(const struct bl_result *program, int out_of_memory_status,
                          const struct bl_result *validator, const char *message,
                          struct bl_judgement *out);

/* bl_judge_first_line, _last_line - copies the first or last line that is not empty of a text that
 * a program wrote: at most room - 1 bytes, what is not printable ASCII as '?'. Returns to. */
char *bl_judge_first_line(char *to, size_t room, const char *text);
char *bl_judge_last_line(char *to, size_t room, const char *text);

#endif
