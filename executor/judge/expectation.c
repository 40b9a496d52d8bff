/* expectation.c - checking rules; see expectation.h. Their names are in expectation_names.c. */
#include "executor/judge/expectation.h"

#include <stdio.h>
#include <string.h>

#include "executor/judge/glob.h"

static bool concerns(const struct bl_rule *rule, const char *testcase)
{
    return !rule->cases || bl_glob_match(rule->cases, testcase);
}

/* What a rule has come to so far. */
struct tally {
    const struct bl_seen_case *forbidden; /* the first that is not permitted */
    bool any, required, message;
};

static struct tally count_up(const struct bl_rule *rule, const struct bl_seen_case *cases,
                             size_t count)
{
    struct tally tally = {.message = !rule->message};

    for (size_t i = 0; i < count; i++) {
        const struct bl_seen_case *seen = &cases[i];

        if (!seen->done || !concerns(rule, seen->name))
            continue;
        tally.any = true;
        if (!(rule->permitted & BL_OUTCOME_BIT(seen->outcome)) && !tally.forbidden)
            tally.forbidden = seen;
        tally.required |= (rule->required & BL_OUTCOME_BIT(seen->outcome)) != 0;
        if (rule->message && seen->judgemessage && strstr(seen->judgemessage, rule->message))
            tally.message = true;
    }
    return tally;
}

static bool check_rule(const struct bl_rule *rule, const struct bl_seen_case *cases, size_t count,
                       char why[BL_EXPECTATION_TEXT_MAX])
{
    struct tally tally = count_up(rule, cases, count);
    char set[BL_SET_TEXT_MAX];

    if (tally.forbidden)
        (void)snprintf(why, BL_EXPECTATION_TEXT_MAX, "%s on %.60s, expected %s",
                       bl_outcome_name(tally.forbidden->outcome), tally.forbidden->name,
                       bl_outcome_set_text(rule->permitted, set));
    else if (tally.any && !tally.required)
        (void)snprintf(why, BL_EXPECTATION_TEXT_MAX, "expected %s at least once",
                       bl_outcome_set_text(rule->required, set));
    else if (tally.any && !tally.message)
        (void)snprintf(why, BL_EXPECTATION_TEXT_MAX, "no judgemessage says '%.80s'", rule->message);
    return !tally.any || (!tally.forbidden && tally.required && tally.message);
}

enum bl_expectation_result bl_expectation_check(const struct bl_expectation *expected,
                                                enum bl_outcome verdict,
                                                const struct bl_seen_case *cases, size_t count,
                                                char why[BL_EXPECTATION_TEXT_MAX])
{
    char set[BL_SET_TEXT_MAX];

    why[0] = '\0';
    if (!expected->final && !expected->rule_count)
        return BL_EXPECTATION_NONE;
    if (expected->final ? !(expected->final & BL_OUTCOME_BIT(verdict))
                        : verdict == BL_CE || verdict == BL_JE) {
        (void)snprintf(why, BL_EXPECTATION_TEXT_MAX, "%s%s%s", bl_outcome_name(verdict),
                       expected->final ? ", expected " : ", expected testcases to be run",
                       expected->final ? bl_outcome_set_text(expected->final, set) : "");
        return BL_EXPECTATION_UNMET;
    }
    if (expected->final)
        return BL_EXPECTATION_MET;
    for (size_t i = 0; i < expected->rule_count; i++)
        if (!check_rule(&expected->rules[i], cases, count, why))
            return BL_EXPECTATION_UNMET;
    return BL_EXPECTATION_MET;
}

bool bl_expectation_decided(const struct bl_expectation *expected, const struct bl_seen_case *cases,
                            size_t count)
{
    bool open = false;

    if (expected->final)
        return true;
    for (size_t i = 0; i < expected->rule_count; i++) {
        struct tally tally = count_up(&expected->rules[i], cases, count);

        if (tally.forbidden)
            return true;
        /* A rule about some testcases only: the others say nothing about it, so go on. */
        open |= expected->rules[i].cases || !tally.required || !tally.message;
    }
    return !open;
}

bool bl_expectation_lower(const struct bl_expectation *expected, const char *testcase)
{
    if (expected->final)
        return expected->final == BL_SET_AC;
    for (size_t i = 0; i < expected->rule_count; i++) {
        const struct bl_rule *rule = &expected->rules[i];
        bool bounds = rule->time_use == BL_TIME_LOWER ||
                      (rule->time_use == BL_TIME_BY_RULE && !(rule->permitted & BL_SET_TLE));

        if (bounds && concerns(rule, testcase))
            return true;
    }
    return false;
}

bool bl_expectation_upper(const struct bl_expectation *expected, const char *testcase)
{
    if (expected->final)
        return expected->final == BL_SET_TLE;
    for (size_t i = 0; i < expected->rule_count; i++) {
        const struct bl_rule *rule = &expected->rules[i];
        bool bounds = rule->time_use == BL_TIME_UPPER ||
                      (rule->time_use == BL_TIME_BY_RULE && rule->required == BL_SET_TLE);

        if (bounds && concerns(rule, testcase))
            return true;
    }
    return false;
}
