#include "executor/job/outcome.h"

#include <stddef.h>

#include "executor/job/checker.h"

bool bl_result_is_ours(const struct bl_result *result)
{
    if (result->verdict == BL_VERDICT_SANDBOX_ERROR)
        return true;
    /* What the program left is its own doing. What it was to find is the request's, and a stream's
     * file is ours, as is its being full. */
    return result->verdict == BL_VERDICT_FILE_ERROR && result->error.step != BL_STEP_OUTPUT;
}

bool bl_result_is_well(const struct bl_result *result, bool any_status)
{
    return result->verdict == BL_VERDICT_OK ||
           (any_status && result->verdict == BL_VERDICT_RUNTIME_ERROR);
}

static bool is_ours_anywhere(const struct bl_job_step *step, const struct bl_result *const *results)
{
    for (size_t i = 0; i < step->command_count; i++)
        if (results[i] && bl_result_is_ours(results[i]))
            return true;
    return false;
}

typedef bool bl_counts(const struct bl_job_step *step, const struct bl_result *const *results,
                       size_t command);

static bool has_ended(const struct bl_job_step *step, const struct bl_result *const *results,
                      size_t command)
{
    (void)step;
    return results[command] && results[command]->ended_ns > 0;
}

static bool is_interactor(const struct bl_job_step *step, size_t command)
{
    return step->check.kind == BL_CHECK_INTERACTOR && step->check.interactor == command;
}

static bool is_bad(const struct bl_job_step *step, const struct bl_result *const *results,
                   size_t command)
{
    const struct bl_result *result = results[command];

    return !is_interactor(step, command) && result && result->verdict != BL_VERDICT_CANCELLED &&
           !bl_result_is_well(result, step->commands[command].any_status);
}

/* first: -1, or another command. */
static int32_t earlier(const struct bl_result *const *results, int32_t first, size_t command)
{
    return first < 0 || results[command]->ended_ns < results[first]->ended_ns ? (int32_t)command
                                                                              : first;
}

/* Of those that count, -1 where none does. One that was never executed ended before all others; one
 * that was killed for its reader's leaving, after that reader. */
static int32_t first_of(const struct bl_job_step *step, const struct bl_result *const *results,
                        bl_counts *counts)
{
    int32_t first = -1, by_the_clock = -1; /* that alone, where each lost the other */

    for (size_t i = 0; i < step->command_count; i++) {
        const int32_t reader = step->commands[i].piped_to;

        if (!counts(step, results, i))
            continue;
        by_the_clock = earlier(results, by_the_clock, i);
        if (reader < 0 || !bl_result_lost_its_reader(results[i]) ||
            !counts(step, results, (size_t)reader))
            first = earlier(results, first, i);
    }
    return first >= 0 ? first : by_the_clock;
}

/* One that was cancelled, because the program could not be started, was not. */
static bool was_asked(const struct bl_result *interactor)
{
    return interactor && interactor->verdict != BL_VERDICT_CANCELLED;
}

/* bad: -1, or the first command that ended badly. */
static void judge_interaction(const struct bl_job_step *step,
                              const struct bl_result *const *results, int32_t bad,
                              struct bl_case_end *end)
{
    const struct bl_result *interactor = results[step->check.interactor];
    enum bl_word word = was_asked(interactor) ? bl_checker_word(interactor) : BL_NO_JUDGEMENT;
    bool counts = bad < 0 || (was_asked(interactor) && word == BL_NO_JUDGEMENT) ||
                  (word == BL_REJECTS && bl_interactor_overrules(interactor, results[bad]));

    if (!counts) {
        end->outcome = BL_OUTCOME_FAILED;
        end->decided_by = bad;
        return;
    }
    end->decided_by = (int32_t)step->check.interactor;
    end->outcome = word == BL_ACCEPTS   ? BL_OUTCOME_PASSED
                   : word == BL_REJECTS ? BL_OUTCOME_REJECTED
                                        : BL_OUTCOME_CHECK_FAILED;
}

struct bl_case_end bl_outcome_of(const struct bl_job_step *step,
                                 const struct bl_result *const *results, bool cancelled)
{
    struct bl_case_end end = {.outcome = BL_OUTCOME_PASSED, .decided_by = -1, .first_ended = -1};
    int32_t bad = first_of(step, results, is_bad);

    if (step->command_count > 1)
        end.first_ended = first_of(step, results, has_ended);
    if (is_ours_anywhere(step, results)) {
        end.outcome = BL_OUTCOME_ERROR;
    } else if (cancelled) {
        end.outcome = BL_OUTCOME_CANCELLED;
    } else if (step->check.kind == BL_CHECK_INTERACTOR) {
        judge_interaction(step, results, bad, &end);
    } else if (bad >= 0) {
        end.outcome = BL_OUTCOME_FAILED;
        end.decided_by = bad;
    }
    return end;
}
