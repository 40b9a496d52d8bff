#include "executor/job/outcome.h"

#include <stddef.h>

#include "executor/job/checker.h"

bool bl_result_is_ours(const struct bl_result *result)
{
    if (result->verdict == BL_VERDICT_SANDBOX_ERROR)
        return true;
    /* A stream's file is ours, and so is its being full. */
    return result->verdict == BL_VERDICT_FILE_ERROR &&
           (result->error.step == BL_STEP_FILE_WRITE ||
            bl_step_fault(result->error.step) != BL_FAULT_CLIENT);
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

static int32_t first_ended(const struct bl_job_step *step, const struct bl_result *const *results)
{
    int32_t first = -1;

    for (size_t i = 0; i < step->command_count && step->command_count > 1; i++)
        if (results[i] && results[i]->ended_ns > 0 &&
            (first < 0 || results[i]->ended_ns < results[first]->ended_ns))
            first = (int32_t)i;
    return first;
}

static bool is_interactor(const struct bl_job_step *step, size_t command)
{
    return step->check.kind == BL_CHECK_INTERACTOR && step->check.interactor == command;
}

/* One that was never executed ended before all others. */
static int32_t first_bad(const struct bl_job_step *step, const struct bl_result *const *results)
{
    int32_t first = -1;

    for (size_t i = 0; i < step->command_count; i++) {
        const struct bl_result *result = results[i];

        if (is_interactor(step, i) || !result || result->verdict == BL_VERDICT_CANCELLED ||
            bl_result_is_well(result, step->commands[i].any_status))
            continue;
        if (first < 0 || result->ended_ns < results[first]->ended_ns)
            first = (int32_t)i;
    }
    return first;
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
    struct bl_case_end end = {.outcome = BL_OUTCOME_PASSED, .decided_by = -1};
    int32_t bad = first_bad(step, results);

    end.first_ended = first_ended(step, results);
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
