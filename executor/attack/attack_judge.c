/* attack_judge.c - holding what came of an attack to what it must come to. */
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/attack/attack.h"
#include "executor/base/error.h"
#include "limits/policy.h"
#include "limits/verdict.h"

static bool is_one_of(const char *text, size_t length, const char *alternatives)
{
    for (const char *at = alternatives; at;) {
        size_t this = strcspn(at, "|");
        if (this == length && strncmp(at, text, length) == 0)
            return true;
        at = at[this] ? at + this + 1 : NULL;
    }
    return false;
}

static bool refused(const struct bl_result *result, const char *alternatives)
{
    char text[32];

    for (unsigned i = 0; i < result->refusal_count; i++) {
        const char *name =
            bl_policy_syscall_name(result->refusals[i].arch, result->refusals[i].nr, text);
        if (is_one_of(name, strlen(name), alternatives))
            return true;
    }
    return false;
}

static bool names_limit(const struct bl_result *result, const char *alternatives)
{
    return result->limit && is_one_of(result->limit, strlen(result->limit), alternatives);
}

/* A verdict without what it rests on would be a guess. observed is 0 where nobody counts. */
static bool has_evidence(const struct bl_attack *attack, const struct bl_result *result)
{
    const char *named = attack->evidence;

    switch (result->verdict) {
    case BL_VERDICT_TIME_LIMIT:
        return names_limit(result, "cpu-time") && result->observed >= result->bound;
    case BL_VERDICT_WALL_TIME_LIMIT:
        return names_limit(result, "wall-time") && result->observed >= result->bound;
    case BL_VERDICT_MEMORY_LIMIT:
        return names_limit(result, "memory") && result->usage.oom_kills > 0;
    case BL_VERDICT_OUTPUT_LIMIT:
        return names_limit(result, named ? named : "output|error-output|file-size");
    case BL_VERDICT_FORBIDDEN_SYSCALL:
        /* Of a foreign ABI the kernel kills at once, and only the signal tells. */
        return named ? refused(result, named) : result->refusals_total > 0 || result->signal == 31;
    case BL_VERDICT_SIGNALED:
        return result->signal > 0;
    case BL_VERDICT_RUNTIME_ERROR:
        return result->exit_code > 0;
    case BL_VERDICT_EXEC_FAILED:
    case BL_VERDICT_FILE_ERROR:
    case BL_VERDICT_SANDBOX_ERROR:
        return result->error.step != BL_STEP_NONE;
    case BL_VERDICT_OK:
        return !named || refused(result, named) || names_limit(result, named);
    case BL_VERDICT_CANCELLED:
    case BL_VERDICT_COUNT:
        break;
    }
    return false;
}

/* "crime: succeeded" and "kind: found" are what no attack may print. */
static bool confesses(const char *line, size_t length, const char *spared)
{
    static const char *const ends[] = {": succeeded", ": found"};

    for (size_t i = 0; i < BL_ARRAY_LEN(ends); i++) {
        size_t end = strlen(ends[i]);
        if (length > end && memcmp(line + length - end, ends[i], end) == 0)
            return !is_one_of(line, length - end, spared);
    }
    return false;
}

/* The line that the row wants, where it wants one. */
static bool is_told(const struct bl_attack *attack, const char *text, size_t text_length)
{
    bool told = attack->tells == NULL;

    for (const char *at = text, *end = text + text_length; at < end && !told;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);

        told = is_one_of(at, length, attack->tells);
        at += length + 1;
    }
    return told;
}

static bool has_confession(const struct bl_attack *attack, const char *text, size_t text_length,
                           char why[BL_ATTACK_WHY_MAX])
{
    for (const char *at = text, *end = text + text_length; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);

        if (confesses(at, length, attack->spared)) {
            (void)snprintf(why, BL_ATTACK_WHY_MAX, "%.*s", (int)(length < 200 ? length : 200), at);
            return true;
        }
        at += length + 1;
    }
    return false;
}

static void tell_verdict(const struct bl_attack *attack, const struct bl_result *result,
                         char why[BL_ATTACK_WHY_MAX])
{
    const bool is_error = result->error.step != BL_STEP_NONE;
    char text[BL_ERROR_TEXT_MAX];
    int length = snprintf(why, BL_ATTACK_WHY_MAX, "%s", bl_verdict_name(result->verdict));

    length += snprintf(why + length, (size_t)(BL_ATTACK_WHY_MAX - length), "%s%s%s%.200s",
                       result->limit ? ", limit " : "", result->limit ? result->limit : "",
                       is_error ? ", " : "", is_error ? bl_error_text(&result->error, text) : "");
    if (result->signal)
        length += snprintf(why + length, (size_t)(BL_ATTACK_WHY_MAX - length), ", signal %d",
                           result->signal);
    if (result->exit_code > 0)
        length += snprintf(why + length, (size_t)(BL_ATTACK_WHY_MAX - length), ", status %d",
                           result->exit_code);
    length += snprintf(why + length, (size_t)(BL_ATTACK_WHY_MAX - length), "; must be");
    for (int v = 0; v < BL_VERDICT_COUNT; v++)
        if (attack->verdicts & (1U << v))
            length += snprintf(why + length, (size_t)(BL_ATTACK_WHY_MAX - length), " %s",
                               bl_verdict_name((enum bl_verdict)v));
}

static bool leaks(const char *text, size_t length, const char *secret)
{
    return secret && memmem(text, length, secret, strlen(secret)) != NULL;
}

bool bl_attack_holds(const struct bl_attack *attack, const struct bl_attack_outcome *outcome,
                     char why[BL_ATTACK_WHY_MAX])
{
    const struct bl_result *result = outcome->result;

    why[0] = '\0';
    if (leaks(outcome->out, outcome->out_length, outcome->secret) ||
        leaks(outcome->err, outcome->err_length, outcome->secret)) {
        (void)snprintf(why, BL_ATTACK_WHY_MAX, "a secret of the host stands in its output");
        return false;
    }
    if (has_confession(attack, outcome->out, outcome->out_length, why))
        return false;
    if (!(attack->verdicts & (1U << result->verdict))) {
        tell_verdict(attack, result, why);
        return false;
    }
    if (!is_told(attack, outcome->out, outcome->out_length)) {
        (void)snprintf(why, BL_ATTACK_WHY_MAX, "does not tell \"%s\" but \"%.160s\"", attack->tells,
                       outcome->out);
        return false;
    }
    if (!has_evidence(attack, result)) {
        (void)snprintf(why, BL_ATTACK_WHY_MAX,
                       "%s without its evidence%s%s (limit %s, %u refusals)",
                       bl_verdict_name(result->verdict), attack->evidence ? ": " : "",
                       attack->evidence ? attack->evidence : "",
                       result->limit ? result->limit : "none", result->refusal_count);
        return false;
    }
    return true;
}
