#include "tests/unit/policy_naive.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static uint64_t number(const json_t *object, const char *field, uint64_t absent)
{
    const json_t *value = json_object_get(object, field);

    return json_is_integer(value) ? (uint64_t)json_integer_value(value) : absent;
}

static const char *text(const json_t *object, const char *field)
{
    const char *value = json_string_value(json_object_get(object, field));

    return value ? value : "";
}

static bool lists(const json_t *array, const char *item)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (strcmp(json_string_value(json_array_get(array, i)), item) == 0)
            return true;
    }
    return false;
}

static bool names(const json_t *rule, const char *name)
{
    return lists(json_object_get(rule, "names"), name) || strcmp(text(rule, "name"), name) == 0;
}

static bool condition_holds(const json_t *condition, const uint64_t args[6])
{
    const char *op = text(condition, "op");
    uint64_t argument = args[number(condition, "index", 0)];
    uint64_t value = number(condition, "value", 0), two = number(condition, "valueTwo", 0);

    return strcmp(op, "SCMP_CMP_EQ") == 0   ? argument == value
           : strcmp(op, "SCMP_CMP_NE") == 0 ? argument != value
           : strcmp(op, "SCMP_CMP_LT") == 0 ? argument < value
           : strcmp(op, "SCMP_CMP_LE") == 0 ? argument <= value
           : strcmp(op, "SCMP_CMP_GT") == 0 ? argument > value
           : strcmp(op, "SCMP_CMP_GE") == 0 ? argument >= value
                                            : (argument & value) == (two & value);
}

static bool kernel_reaches(const json_t *filter, unsigned major, unsigned minor)
{
    unsigned wanted_major = 0, wanted_minor = 0;

    (void)sscanf(text(filter, "minKernel"), "%u.%u", &wanted_major, &wanted_minor);
    return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

static bool applies(const json_t *rule, unsigned major, unsigned minor)
{
#if defined(__x86_64__)
    const char *arch = "amd64";
#else
    const char *arch = "arm64";
#endif
    const json_t *includes = json_object_get(rule, "includes");
    const json_t *excludes = json_object_get(rule, "excludes");
    const json_t *arches = json_object_get(includes, "arches");

    if (json_array_size(json_object_get(includes, "caps")))
        return false;
    if (json_array_size(arches) && !lists(arches, arch))
        return false;
    if (!kernel_reaches(includes, major, minor))
        return false;
    if (lists(json_object_get(excludes, "arches"), arch))
        return false;
    return !*text(excludes, "minKernel") || !kernel_reaches(excludes, major, minor);
}

static bool matches(const json_t *rule, const char *name, const uint64_t args[6])
{
    const json_t *conditions = json_object_get(rule, "args");

    if (!names(rule, name))
        return false;
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        if (!condition_holds(json_array_get(conditions, i), args))
            return false;
    }
    return true;
}

static struct naive_decision action(const json_t *object, const char *action_field,
                                    const char *errno_field)
{
    const char *name = text(object, action_field);
    struct naive_decision decision = {.verb = NAIVE_KILL};

    if (strcmp(name, "SCMP_ACT_ALLOW") == 0 || strcmp(name, "SCMP_ACT_LOG") == 0)
        decision.verb = NAIVE_ALLOW;
    if (strcmp(name, "SCMP_ACT_TRAP") == 0)
        decision.verb = NAIVE_TRAP;
    if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
        decision = (struct naive_decision){NAIVE_ERRNO, (int)number(object, errno_field, 1), 0};
    return decision;
}

struct naive_decision naive_decide(const json_t *profile, unsigned kernel_major,
                                   unsigned kernel_minor, const char *name, const uint64_t args[6])
{
    const json_t *rules = json_object_get(profile, "syscalls");
    struct naive_decision best = action(profile, "defaultAction", "defaultErrnoRet");

    best.by_default = 1;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        struct naive_decision here = action(rule, "action", "errnoRet");

        if (!applies(rule, kernel_major, kernel_minor) || !matches(rule, name, args))
            continue;
        if (best.by_default || here.verb > best.verb)
            best = here;
    }
    return best;
}

/* Values near the one that a condition wants; the first meets it where it is an equality. */
enum { VARIANTS = 10 };

static uint64_t variant(const json_t *condition, unsigned which)
{
    bool masked = strcmp(text(condition, "op"), "SCMP_CMP_MASKED_EQ") == 0;
    uint64_t mask = masked ? number(condition, "value", 0) : UINT64_MAX;
    uint64_t value =
        masked ? number(condition, "valueTwo", 0) & mask : number(condition, "value", 0);
    const uint64_t near[VARIANTS] = {
        value,
        value + 1,
        value - 1,
        value | 1ULL << 32,
        value | 0xdeadbeefULL << 32,
        value | 1ULL << 63,
        value | ~mask,
        value ^ (mask & -mask),
        value << 32,
        (uint64_t)(int64_t)(int32_t)value,
    };

    return near[which];
}

static void meet(const json_t *conditions, uint64_t call[6])
{
    memset(call, 0, 6 * sizeof(call[0]));
    for (size_t i = 0; i < json_array_size(conditions); i++) {
        const json_t *condition = json_array_get(conditions, i);

        call[number(condition, "index", 0)] = variant(condition, 0);
    }
}

/* Each set so far gives its arguments to mixtures; a fixed linear congruential sequence chooses. */
static size_t add_mixtures(uint64_t calls[NAIVE_CALLS_MAX][6], size_t count)
{
    const size_t basis = count;
    uint32_t state = 12345;

    for (unsigned i = 0; i < 64 && count < NAIVE_CALLS_MAX; i++, count++) {
        for (unsigned argument = 0; argument < 6; argument++) {
            state = state * 1664525U + 1013904223U;
            calls[count][argument] = calls[(state >> 8) % basis][argument];
        }
    }
    return count;
}

size_t naive_calls(const json_t *profile, const char *name, uint64_t calls[NAIVE_CALLS_MAX][6])
{
    const json_t *rules = json_object_get(profile, "syscalls");
    size_t count = 2;

    memset(calls[0], 0, sizeof(calls[0]));
    memset(calls[1], 0xff, sizeof(calls[1]));
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const json_t *conditions = json_object_get(rule, "args");

        for (size_t j = 0; names(rule, name) && j < json_array_size(conditions); j++) {
            const json_t *condition = json_array_get(conditions, j);

            for (unsigned v = 0; v < VARIANTS && count < NAIVE_CALLS_MAX; v++, count++) {
                meet(conditions, calls[count]);
                calls[count][number(condition, "index", 0)] = variant(condition, v);
            }
        }
    }
    return add_mixtures(calls, count);
}
