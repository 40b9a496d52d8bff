#include "executor/job/checker.h"

enum bl_word bl_checker_word(const struct bl_result *result)
{
    bool exited = result->verdict == BL_VERDICT_OK || result->verdict == BL_VERDICT_RUNTIME_ERROR;

    if (exited && result->exit_code == BL_EXIT_ACCEPTED)
        return BL_ACCEPTS;
    return exited && result->exit_code == BL_EXIT_WRONG ? BL_REJECTS : BL_NO_JUDGEMENT;
}
