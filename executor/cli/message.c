#include "executor/cli/message.h"

#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/cli/printable.h"
#include "limits/ceilings.h"
#include "limits/policy.h"
#include "limits/verdict.h"

/* The words around what was observed, for each limit that can end a program. */
static const struct {
    const char *option, *before, *behind;
} sentences[] = {
    {"cpu-time", "used ", " of CPU time"},
    {"wall-time", "took ", ""},
    {"memory", "the kernel's OOM killer ended it at a peak of ", ""},
    {"output", "wrote ", " to standard output"},
    {"error-output", "wrote ", " to standard error"},
};

static void describe_limit(const struct bl_result *result, char *text, size_t size)
{
    char observed[BL_UNITS_TEXT_MAX], bound[BL_UNITS_TEXT_MAX];
    const struct bl_limit_row *row = bl_limit_find(result->limit);
    const char *before = "", *behind = "";

    if (!row)
        return;
    for (size_t i = 0; i < BL_ARRAY_LEN(sentences); i++) {
        if (strcmp(sentences[i].option, result->limit) == 0) {
            before = sentences[i].before;
            behind = sentences[i].behind;
        }
    }
    if (result->observed == 0) { /* the kernel held it: a file's size */
        (void)snprintf(text, size, "tried to go beyond --%s, limit %s", row->option,
                       bl_limit_format(row, result->bound, bound));
        return;
    }
    (void)snprintf(text, size, "%s%s%s, limit %s", before,
                   bl_limit_format(row, result->observed, observed), behind,
                   bl_limit_format(row, result->bound, bound));
}

static void describe_refusal(const struct bl_result *result, char *text, size_t size)
{
    char name[32];

    for (unsigned i = 0; i < result->refusal_count; i++) {
        const struct bl_refusal *refusal = &result->refusals[i];

        if (!refusal->killed)
            continue;
        (void)snprintf(text, size, "called %s(0x%llx, 0x%llx, 0x%llx, ...)",
                       bl_policy_syscall_name(refusal->arch, refusal->nr, name),
                       (unsigned long long)refusal->args[0], (unsigned long long)refusal->args[1],
                       (unsigned long long)refusal->args[2]);
        return;
    }
}

const char *bl_result_message(const struct bl_result *result, char text[BL_MESSAGE_MAX])
{
    char detail[BL_ERROR_TEXT_MAX], raw[BL_MESSAGE_MAX];

    (void)snprintf(detail, sizeof(detail), "%s", bl_verdict_text(result->verdict));
    if (result->error.step != BL_STEP_NONE)
        (void)bl_error_text(&result->error, detail);
    else if (result->verdict == BL_VERDICT_FORBIDDEN_SYSCALL)
        describe_refusal(result, detail, sizeof(detail));
    else if (result->limit)
        describe_limit(result, detail, sizeof(detail));
    (void)snprintf(raw, sizeof(raw), "%s: %s", bl_verdict_name(result->verdict), detail);
    (void)bl_printable(text, BL_MESSAGE_MAX, raw, strlen(raw)); /* names can come from a program */
    return text;
}
