/* judgement.c - see judgement.h. */
#include "executor/judge/judgement.h"

#include <stdio.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/base/error.h"
#include "executor/job/checker.h"
#include "limits/policy.h"
#include "limits/verdict.h"

static enum bl_outcome outcome_of(enum bl_verdict verdict)
{
    switch (verdict) {
    case BL_VERDICT_OK:
        return BL_AC;
    case BL_VERDICT_TIME_LIMIT:
    case BL_VERDICT_WALL_TIME_LIMIT:
        return BL_TLE;
    case BL_VERDICT_MEMORY_LIMIT:
        return BL_MLE;
    case BL_VERDICT_OUTPUT_LIMIT:
        return BL_OLE;
    case BL_VERDICT_RUNTIME_ERROR:
    case BL_VERDICT_SIGNALED:
    case BL_VERDICT_FORBIDDEN_SYSCALL:
        return BL_RTE;
    case BL_VERDICT_EXEC_FAILED:
    case BL_VERDICT_FILE_ERROR:
    case BL_VERDICT_CANCELLED:
    case BL_VERDICT_SANDBOX_ERROR:
    case BL_VERDICT_COUNT:
    default:
        return BL_JE;
    }
}

/* "cpu-time: 1.003 s, limit 1 s"; where the kernel alone held it, without what was observed. */
static void tell_limit(const struct bl_result *result, char *to, size_t room)
{
    char observed[BL_UNITS_TEXT_MAX], bound[BL_UNITS_TEXT_MAX];
    bool time = strstr(result->limit, "time") != NULL;
    const char *(*format)(uint64_t, char *) = time ? bl_format_time : bl_format_size;

    if (result->observed == 0)
        (void)snprintf(to, room, "%s: beyond the limit, %s", result->limit,
                       format(result->bound, bound));
    else
        (void)snprintf(to, room, "%s: %s, limit %s", result->limit,
                       format(result->observed, observed), format(result->bound, bound));
}

/* What the result itself proves. */
static void tell(const struct bl_result *result, char *to, size_t room)
{
    char error[BL_ERROR_TEXT_MAX], name[32];

    if (result->error.step != BL_STEP_NONE)
        (void)snprintf(to, room, "%s", bl_error_text(&result->error, error)); /* may be cut */
    else if (result->verdict == BL_VERDICT_FORBIDDEN_SYSCALL && result->refusal_count)
        (void)snprintf(
            to, room, "forbidden system call %s",
            bl_policy_syscall_name(result->refusals[0].arch, result->refusals[0].nr, name));
    else if (result->limit)
        tell_limit(result, to, room);
    else if (result->verdict == BL_VERDICT_SIGNALED)
        (void)snprintf(to, room, "signal %d (%s)", result->signal,
                       sigdescr_np(result->signal) ? sigdescr_np(result->signal) : "unknown");
    else if (result->verdict == BL_VERDICT_RUNTIME_ERROR)
        (void)snprintf(to, room, "exit status %d", result->exit_code);
    else if (result->verdict != BL_VERDICT_OK)
        (void)snprintf(to, room, "%s", bl_verdict_text(result->verdict));
}

void bl_judge_program(const struct bl_result *result, int out_of_memory_status,
                      struct bl_judgement *out)
{
    *out = (struct bl_judgement){.outcome = outcome_of(result->verdict)};
    if (out_of_memory_status && result->verdict == BL_VERDICT_RUNTIME_ERROR &&
        result->exit_code == out_of_memory_status) {
        out->outcome = BL_MLE;
        (void)snprintf(out->reason, sizeof(out->reason),
                       "the language's runtime found no more memory (exit status %d)",
                       result->exit_code);
        return;
    }
    tell(result, out->reason, sizeof(out->reason));
}

/* One character of the text as it may be shown; *at is moved behind it. Compilers quote with the
 * typographic marks U+2018 and U+2019; whatever else is not ASCII is one '?', for a terminal may
 * take a control character in any disguise for a command. */
static char shown(const char **at)
{
    const unsigned char *c = (const unsigned char *)(*at)++;

    if (c[0] < 0x80)
        return c[0] < 0x20 || c[0] == 0x7f ? '?' : (char)c[0];
    while (((unsigned char)**at & 0xc0) == 0x80)
        (*at)++;
    return c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0x98 || c[2] == 0x99) ? '\'' : '?';
}

char *bl_judge_first_line(char *to, size_t room, const char *text)
{
    size_t used = 0;

    text += strspn(text, "\n\r\t ");
    while (*text && *text != '\n' && used + 1 < room)
        to[used++] = shown(&text);
    to[used] = '\0';
    return to;
}

char *bl_judge_last_line(char *to, size_t room, const char *text)
{
    size_t end = strlen(text), start;

    while (end > 0 && strchr("\n\r\t ", text[end - 1]))
        end--;
    for (start = end; start > 0 && text[start - 1] != '\n';)
        start--;
    return bl_judge_first_line(to, room, text + start);
}

void bl_judge_validator(const struct bl_result *result, const char *message,
                        struct bl_judgement *out)
{
    char evidence[BL_REASON_MAX - 40] = "";

    *out = (struct bl_judgement){.outcome = BL_JE};
    switch (bl_checker_word(result)) {
    case BL_ACCEPTS:
        out->outcome = BL_AC;
        return;
    case BL_REJECTS:
        out->outcome = BL_WA;
        if (message)
            (void)bl_judge_last_line(out->reason, 200, message);
        return;
    case BL_NO_JUDGEMENT:
        tell(result, evidence, sizeof(evidence));
        (void)snprintf(out->reason, sizeof(out->reason), "the output validator: %s",
                       evidence[0] ? evidence : "exit status 0, which is no judgement");
        return;
    }
}

/* The wall clock ran out while the program did nothing: it waited for the other side. */
static bool only_waited(const struct bl_result *program)
{
    return program->verdict == BL_VERDICT_WALL_TIME_LIMIT &&
           program->usage.cpu_time_ns < program->usage.wall_time_ns / 10;
}

void bl_judge_interaction(const struct bl_result *program, int out_of_memory_status,
                          const struct bl_result *validator, const char *message,
                          struct bl_judgement *out)
{
    struct bl_judgement validation;
    bool overruled;

    bl_judge_validator(validator, message, &validation);
    bl_judge_program(program, out_of_memory_status, out);
    overruled = validation.outcome == BL_WA && bl_interactor_overrules(validator, program);
    if (validation.outcome == BL_JE || overruled) {
        *out = validation;
        return;
    }
    if (out->outcome == BL_AC)
        *out = validation;
    else if (only_waited(program))
        strncat(out->reason, "; it waited for the validator, which waited for it",
                sizeof(out->reason) - strlen(out->reason) - 1);
}
