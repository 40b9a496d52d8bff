/* schedule.h - which of a step's cases is run next, and which are not worth it any more. Pure.
 *
 * In the order of the job; how many at once is the caller's. A case that did not pass makes those
 * behind it pointless, as the stop policy says: by their place, not by when they ended, so that
 * what is SKIPPED is the same however many run at once - but for a case that was over already. */
#ifndef BL_JOB_SCHEDULE_H
#define BL_JOB_SCHEDULE_H

#include "bailiff/err.h"
#include "bailiff/job_event.h"

struct bl_schedule;

/* bl_schedule_new - step: borrowed. Fails with MEMORY. */
int bl_schedule_new(struct bl_schedule **out, const struct bl_job_step *step, struct bl_err *err);

/* bl_schedule_next - the first case that waits and is not pointless; -1: none. */
int32_t bl_schedule_next(const struct bl_schedule *schedule);

/* bl_schedule_start - it runs from now on. */
void bl_schedule_start(struct bl_schedule *schedule, uint32_t testcase);

/* bl_schedule_end - it is over, as that; from waiting or running. */
void bl_schedule_end(struct bl_schedule *schedule, uint32_t testcase, enum bl_case_outcome outcome);

/* bl_schedule_pointless - the first case that is not over, though the policy makes an end of it;
 * from: where to begin looking. -1: none. It may be running. */
int32_t bl_schedule_pointless(const struct bl_schedule *schedule, uint32_t from);

/* bl_schedule_is_pointless - does the policy make an end of it, whatever its state? */
bool bl_schedule_is_pointless(const struct bl_schedule *schedule, uint32_t testcase);

bool bl_schedule_is_waiting(const struct bl_schedule *schedule, uint32_t testcase);
bool bl_schedule_is_over(const struct bl_schedule *schedule); /* every case is */

/* bl_schedule_outcome - of the step: its first case, by place, that did not pass; PASSED where all
 * did. testcase: which, where not PASSED. Cases that are not over count as passed. */
enum bl_case_outcome bl_schedule_outcome(const struct bl_schedule *schedule, uint32_t *testcase);

/* How many ended as each outcome; lent. */
const uint32_t *bl_schedule_counts(const struct bl_schedule *schedule);

void bl_schedule_free(struct bl_schedule **schedule);

#endif
