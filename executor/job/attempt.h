/* attempt.h - one case of a step, run once: its commands side by side, then its check, then what is
 * kept (process: worker).
 *
 *   GATHERING ──▶ RUNNING ──▶ CHECKING ──▶ KEEPING ──▶ over
 *   files of     commands,    of what      streams and files into
 *   the case     joined by    ended well   the store, the answer,
 *                pipes                     later steps
 *
 * A case may need two attempts: one whose times are not to be trusted can be set aside before it is
 * checked, and the case attempted again. */
#ifndef BL_JOB_ATTEMPT_H
#define BL_JOB_ATTEMPT_H

#include "executor/job/kit.h"

struct bl_attempt;

/* on_end - from the loop, once, the last; the attempt may be freed here. */
typedef void bl_on_attempt_end(void *ctx, struct bl_attempt *attempt);

/* All borrowed until the attempt is freed. */
struct bl_attempt_order {
    struct bl_job_site *site;
    uint32_t step, testcase;
    const struct bl_kit *kits;    /* of the step's commands, ready */
    const struct bl_kit *checker; /* of the step's CHECKER, ready; NULL: none */
    const char *cpus;             /* of the slot; "": any */
    bool may_set_aside;           /* where it is noisy */
    bl_on_attempt_end *on_end;
    void *ctx;
};

/* bl_attempt_start - on_end follows, never from inside this call, whatever happens. Fails with
 * MEMORY. */
int bl_attempt_start(struct bl_attempt **out, const struct bl_attempt_order *order,
                     struct bl_err *err);

/* bl_attempt_cancel - ends it: on_end follows once nothing of it runs. Idempotent. */
void bl_attempt_cancel(struct bl_attempt *attempt);

/* After on_end: did any of its commands start? And was it set aside? */
bool bl_attempt_ran(const struct bl_attempt *attempt);
bool bl_attempt_is_set_aside(const struct bl_attempt *attempt);

/* bl_attempt_report - after on_end; lent, lives as long as the attempt. Whole but for skip and
 * set_aside, which are the caller's. */
struct bl_case_report *bl_attempt_report(struct bl_attempt *attempt);

void bl_attempt_free(struct bl_attempt **attempt); /* at any time: kills what runs */

#endif
