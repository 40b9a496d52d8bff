#include "executor/cli/exit_status.h"

#include <errno.h>
#include <signal.h>

int bl_exit_status(const struct bl_result *result, int cancel_signal)
{
    switch (result->verdict) {
    case BL_VERDICT_OK:
    case BL_VERDICT_RUNTIME_ERROR:
        return result->exit_code;
    case BL_VERDICT_SIGNALED:
        return BL_EXIT_SIGNAL + result->signal;
    case BL_VERDICT_FORBIDDEN_SYSCALL:
        return BL_EXIT_SIGNAL + SIGSYS;
    case BL_VERDICT_TIME_LIMIT:
    case BL_VERDICT_WALL_TIME_LIMIT:
    case BL_VERDICT_MEMORY_LIMIT:
    case BL_VERDICT_OUTPUT_LIMIT:
        return BL_EXIT_LIMIT;
    case BL_VERDICT_EXEC_FAILED:
        return result->error.sys_errno == ENOENT ? BL_EXIT_NOT_FOUND : BL_EXIT_NOT_EXECUTABLE;
    case BL_VERDICT_CANCELLED:
        return BL_EXIT_SIGNAL + (cancel_signal ? cancel_signal : SIGTERM);
    case BL_VERDICT_FILE_ERROR:
    case BL_VERDICT_SANDBOX_ERROR:
    case BL_VERDICT_COUNT:
        break;
    }
    return BL_EXIT_BAILIFF;
}
