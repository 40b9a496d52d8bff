#include "executor/base/error.h"

#include <errno.h>
#include <stdbool.h>

#include "bailiff/own.h"

static bool is_shortage(int error)
{
    return error == ENOMEM || error == ENOBUFS || error == EMFILE || error == ENFILE ||
           error == EAGAIN;
}

/* execve(2) in a group that is full is no such case: the OOM killer comes, and is counted. */
static enum bl_step for_want_of_means(enum bl_step step)
{
    static const struct {
        enum bl_step request, host;
    } rows[] = {
        {BL_STEP_INPUT, BL_STEP_MOUNT_BIND},     {BL_STEP_OUTPUT, BL_STEP_COLLECT},
        {BL_STEP_WORKDIR, BL_STEP_CHILD_LAUNCH}, {BL_STEP_ORDER_SIZE, BL_STEP_CHILD_LAUNCH},
        {BL_STEP_EXEC, BL_STEP_CHILD_EXEC},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        if (rows[i].request == step)
            return rows[i].host;
    return step;
}

int bl_err_from_setup(struct bl_err *err, const struct bl_setup_failure *failure,
                      const char *object)
{
    if (failure->step <= BL_STEP_NONE || failure->step >= BL_STEP_COUNT)
        return bl_fail(err, BL_STEP_INIT_TALK, EPROTO, "failure report out of range");
    enum bl_step step = (enum bl_step)failure->step;
    if (is_shortage(failure->sys_errno))
        step = for_want_of_means(step);
    (void)bl_fail(err, step, failure->sys_errno, "%s", object);
    err->index = failure->index;
    return -1;
}
