/* attempt_private.h - one attempt's state, shared by its files (process: worker):
 *
 *   attempt.c        its life: files, the order of its phases, the report
 *   attempt_parts.c  the commands: starting them, pipes, who ends whom
 *   attempt_check.c  the check */
#ifndef BL_JOB_ATTEMPT_PRIVATE_H
#define BL_JOB_ATTEMPT_PRIVATE_H

#include "bailiff/job_event.h"
#include "executor/job/attempt.h"
#include "executor/job/comparison.h"
#include "executor/job/joint.h"
#include "executor/job/keeping.h"
#include "executor/job/outcome.h"
#include "executor/job/part.h"

/* Each is entered once, in this order; some are skipped. */
enum bl_attempt_phase {
    BL_ATTEMPT_GATHERING,
    BL_ATTEMPT_RUNNING,
    BL_ATTEMPT_CHECKING,
    BL_ATTEMPT_KEEPING,
    BL_ATTEMPT_OVER,
};

struct bl_attempt {
    struct bl_attempt_order order;
    const struct bl_job_step *step;
    const struct bl_job_case *testcase;
    enum bl_attempt_phase phase;
    bool cancelled, ran, set_aside;
    struct bl_gather *own;
    struct bl_joint joints[BL_JOB_COMMANDS_MAX]; /* by the command that reads from it */
    size_t part_count;
    size_t running; /* parts that are started and not over */
    struct bl_case_end end;
    struct bl_err error; /* ours, that no command tells; step NONE: none */
    /* The check. */
    struct bl_comparison_run *comparison;
    struct bl_part checker;
    int checker_in; /* owned */
    struct bl_check_report check;
    /* What is kept: of the parts, then of the checker. */
    struct bl_keeping *keepings[BL_JOB_COMMANDS_MAX + 1];
    size_t keeping_at;
    uint64_t return_bytes;
    struct bl_case_report report;
    struct bl_deferred over;
    /* From here on not zeroed: some kilobytes, of which most cases need next to nothing. */
    uint8_t message[BL_CHECK_MESSAGE_MAX]; /* the check's */
    struct bl_command_report reports[BL_JOB_COMMANDS_MAX + 1];
    struct bl_part parts[];
};

/* ---- attempt.c --------------------------------------------------------------------------------
 */

/* bl_attempt_enter - the one setter of the phase. */
void bl_attempt_enter(struct bl_attempt *attempt, enum bl_attempt_phase phase);

/* bl_attempt_fail - our failure; the case is an ERROR. Ends it. */
void bl_attempt_fail(struct bl_attempt *attempt, const struct bl_err *err);

/* bl_attempt_finish - on_end follows. */
void bl_attempt_finish(struct bl_attempt *attempt);

/* bl_attempt_parts_over - no command runs any more, attempt->end is settled. */
void bl_attempt_parts_over(struct bl_attempt *attempt);

/* bl_attempt_checked - the check is over, attempt->end is what it says. */
void bl_attempt_checked(struct bl_attempt *attempt);

/* ---- attempt_parts.c --------------------------------------------------------------------------
 */

/* bl_attempt_run - all of the step's commands; bl_attempt_parts_over() follows, perhaps at once. */
void bl_attempt_run(struct bl_attempt *attempt);

void bl_attempt_cancel_parts(struct bl_attempt *attempt);
void bl_attempt_release_parts(struct bl_attempt *attempt);

/* ---- attempt_check.c --------------------------------------------------------------------------
 */

/* bl_attempt_check - bl_attempt_checked() follows, or _fail(), perhaps at once. */
void bl_attempt_check(struct bl_attempt *attempt);

/* bl_attempt_hear - what the interactor said, where it is one that judges. */
void bl_attempt_hear(struct bl_attempt *attempt);

/* bl_attempt_cancel_check - true: it is over now; false: bl_attempt_checked() follows. */
bool bl_attempt_cancel_check(struct bl_attempt *attempt);

void bl_attempt_release_check(struct bl_attempt *attempt);

#endif
