/* outcome.h - what became of a case, from what its commands did; its check apart. Pure.
 *
 * The order, first match wins, and why:
 *   1. ERROR         our failure in any command says nothing about any of them, nor does an input
 *                    that the request wants where it can't be
 *   2. CANCELLED     the case was ended on request while it ran
 *   3. an interactor's word, where it has one: CHECK_FAILED whatever else happened; REJECTED where
 *                    it ended before any other command did badly (checker.h)
 *   4. FAILED        a command did not end well; where several did not, the one that ended first is
 *                    taken for the cause: the others lost their partner
 *   5. PASSED, or what the interactor says
 *
 * A writer that was killed because its reader had closed their pipe ended after that reader,
 * whatever the clocks say (checker.h). */
#ifndef BL_JOB_OUTCOME_H
#define BL_JOB_OUTCOME_H

#include "bailiff/job_event.h"

struct bl_case_end {
    enum bl_case_outcome outcome;
    int32_t decided_by;  /* as in struct bl_case_report */
    int32_t first_ended; /* the same */
};

/* bl_outcome_of - results: of each of the step's commands, judged; NULL: it was never started.
 * cancelled: the whole case was. A command that was cancelled alone, because another one had
 * decided already, is none that ended badly. */
struct bl_case_end bl_outcome_of(const struct bl_job_step *step,
                                 const struct bl_result *const *results, bool cancelled);

/* bl_result_is_ours - is it our failure or the request's, and no word about the program? */
bool bl_result_is_ours(const struct bl_result *result);

/* bl_result_is_well - did the command end as it should? */
bool bl_result_is_well(const struct bl_result *result, bool any_status);

#endif
