/* checker.h - the calling convention of output validators and interactors, which is that of the
 * ICPC problem package format: arguments INPUT ANSWER FEEDBACK_FOLDER/, exit status 42 or 43. Pure.
 *
 * A checker is a program of the judges', so what it does wrong says nothing about what it judges:
 * whatever it ends with but these two is no judgement. */
#ifndef BL_JOB_CHECKER_H
#define BL_JOB_CHECKER_H

#include <signal.h>
#include <stdbool.h>

#include "bailiff/result.h"

enum {
    BL_EXIT_ACCEPTED = 42,
    BL_EXIT_WRONG = 43,
};

/* Where a checker writes what it has to say: its /box, which the format wants with the slash. */
#define BL_FEEDBACK_FOLDER "/box/"
#define BL_FEEDBACK_MESSAGE "judgemessage.txt" /* in there: words for the judges */

enum bl_word { BL_ACCEPTS, BL_REJECTS, BL_NO_JUDGEMENT };

/* bl_checker_word - result: judged (limits/verdict.h). */
enum bl_word bl_checker_word(const struct bl_result *result);

/* bl_result_lost_its_reader - was it killed for writing to a pipe that nobody reads any more?
 *
 * A process that ends closes its pipes a moment before its parent can see that it ended. Where its
 * CPU is taken from it in between (a virtual machine's host does so), who wrote to it may be dead
 * and buried first. So the clocks alone do not tell whether such a writer ended before its reader.
 */
static inline bool bl_result_lost_its_reader(const struct bl_result *result)
{
    return result->verdict == BL_VERDICT_SIGNALED && result->signal == SIGPIPE;
}

/* bl_interactor_overrules - does the interactor's rejection count, whatever became of the program?
 * Only where it ended first, or read no more: what the program did afterwards (a broken pipe, a
 * time limit spent waiting) is not its fault. By the host's clock, as told by the two sandboxes. */
static inline bool bl_interactor_overrules(const struct bl_result *interactor,
                                           const struct bl_result *program)
{
    return interactor->ended_ns <= program->ended_ns || bl_result_lost_its_reader(program);
}

#endif
