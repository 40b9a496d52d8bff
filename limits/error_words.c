#include "bailiff/error_words.h"

#include <string.h>

static const struct {
    const char *name, *text;
} steps[BL_STEP_COUNT] = {[BL_STEP_NONE] = {"NONE", "find out what failed"},
#define X(step, fault, words) [BL_STEP_##step] = {#step, words},
                          BL_STEPS(X)
#undef X
};

const char *bl_error_text(const struct bl_err *err, char text[BL_ERROR_TEXT_MAX])
{
    const char *cause = err->sys_errno ? strerrordesc_np(err->sys_errno) : NULL;

    (void)snprintf(text, BL_ERROR_TEXT_MAX, "cannot %s%s%s%s%s", steps[err->step].text,
                   err->detail[0] ? ": " : "", err->detail, err->sys_errno ? ": " : "",
                   !err->sys_errno ? "" : (cause ? cause : "unknown errno"));
    return text;
}

const char *bl_step_name(enum bl_step step)
{
    return steps[step].name;
}

const char *bl_fault_name(enum bl_fault fault)
{
    static const char *const names[] = {"CLIENT", "BUSY", "HOST"};

    return names[fault];
}
