#include "executor/base/error.h"

#include <errno.h>

int bl_err_from_setup(struct bl_err *err, const struct bl_setup_failure *failure,
                      const char *object)
{
    if (failure->step <= BL_STEP_NONE || failure->step >= BL_STEP_COUNT)
        return bl_fail(err, BL_STEP_INIT_TALK, EPROTO, "failure report out of range");
    (void)bl_fail(err, (enum bl_step)failure->step, failure->sys_errno, "%s", object);
    err->index = failure->index;
    return -1;
}
