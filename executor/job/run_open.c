/* run_open.c - a run's sandbox, and another one in its place (process: worker; see run_private.h).
 */
#include "executor/base/log.h"
#include "executor/job/run_private.h"

int bl_run_open(struct bl_run *run, struct bl_err *err)
{
    const struct bl_spec *spec = run->order.spec;
    const struct bl_sandbox_order order = {
        .profile = spec->profile,
        .box_bytes = spec->limits.box_bytes,
        .box_files = spec->limits.box_files,
        .tmp_bytes = spec->limits.tmp_bytes,
        .tmp_files = spec->limits.tmp_files,
    };

    return bl_sandbox_open(&run->sandbox, run->warden, &order, bl_run_on_sandbox, run, err);
}

/* Not where the request is at fault, or the warden, without whom there is no other one. */
static bool is_worth_another(const struct bl_run *run, const struct bl_err *err)
{
    return run->state == BL_RUN_OPENING && !run->is_replaced &&
           run->seen.kill_reason == BL_KILL_NONE && bl_step_fault(err->step) == BL_FAULT_HOST &&
           err->step != BL_STEP_WARDEN_GONE && err->step != BL_STEP_WARDEN_TALK;
}

/* False: there is none, and the first one is kept. */
static bool replace(struct bl_run *run)
{
    struct bl_sandbox *failed = run->sandbox;
    struct bl_err ignored; /* why the first one failed says more */

    run->sandbox = NULL;
    if (bl_run_open(run, &ignored) != 0) {
        run->sandbox = failed;
        return false;
    }
    bl_sandbox_free(&failed);
    run->is_replaced = true;
    run->needs |= BL_RUN_NEEDS_SANDBOX;
    return true;
}

void bl_run_fail_to_open(struct bl_run *run, const struct bl_err *err)
{
    if (is_worth_another(run, err) && replace(run))
        bl_log_error(BL_LOG_WARNING, "a sandbox failed before its program; another one is made",
                     err);
    else
        bl_run_fail(run, err);
}
