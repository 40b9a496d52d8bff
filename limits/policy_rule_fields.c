#include "limits/policy_rule_fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"

#if defined(__x86_64__)
#define NATIVE_ARCH "amd64" /* the format names architectures as Go does */
#elif defined(__aarch64__)
#define NATIVE_ARCH "arm64"
#else
#error "policies are built for x86-64 and arm64"
#endif

static const struct {
    const char *name;
    enum bl_policy_verb verb;
} actions[] = {
    {"SCMP_ACT_ALLOW", BL_POLICY_ALLOW},
    /* A program could flood the host's audit log with what LOG lets through and notes. */
    {"SCMP_ACT_LOG", BL_POLICY_ALLOW},
    {"SCMP_ACT_ERRNO", BL_POLICY_ERRNO},
    {"SCMP_ACT_TRAP", BL_POLICY_TRAP},
    {"SCMP_ACT_KILL", BL_POLICY_KILLS},
    {"SCMP_ACT_KILL_THREAD", BL_POLICY_KILLS}, /* a program that lost one thread only hangs */
    {"SCMP_ACT_KILL_PROCESS", BL_POLICY_KILLS},
};

static const struct {
    const char *name;
    enum bl_policy_op op;
} operators[] = {
    {"SCMP_CMP_NE", BL_POLICY_NE},
    {"SCMP_CMP_LT", BL_POLICY_LT},
    {"SCMP_CMP_LE", BL_POLICY_LE},
    {"SCMP_CMP_EQ", BL_POLICY_EQ},
    {"SCMP_CMP_GE", BL_POLICY_GE},
    {"SCMP_CMP_GT", BL_POLICY_GT},
    {"SCMP_CMP_MASKED_EQ", BL_POLICY_MASKED_EQ},
};

static int read_verb(enum bl_policy_verb *out, const json_t *object, const char *field,
                     const struct bl_policy_place *place, struct bl_err *err)
{
    const char *name = NULL;

    if (bl_policy_get_string(object, field, &name, place, err))
        return -1;
    if (!name)
        return bl_policy_wrong(err, place, field, "is missing");
    for (size_t i = 0; i < BL_ARRAY_LEN(actions); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            *out = actions[i].verb;
            return 0;
        }
    }
    if (strcmp(name, "SCMP_ACT_NOTIFY") == 0 || strcmp(name, "SCMP_ACT_TRACE") == 0)
        return bl_policy_wrong(err, place, field, "%s: there is no agent to answer it", name);
    return bl_policy_wrong(err, place, field, "no such action: %.64s", name);
}

/* "EPERM" to 1; 0 where there is no such errno. */
static unsigned errno_by_name(const char *name)
{
    for (int number = 1; number < 256; number++) {
        const char *candidate = strerrorname_np(number);

        if (candidate && strcmp(candidate, name) == 0)
            return (unsigned)number;
    }
    return 0;
}

int bl_policy_read_action(struct bl_policy_action *out, const json_t *object,
                          const struct bl_policy_action_fields *fields,
                          const struct bl_policy_place *place, struct bl_err *err)
{
    const char *name = NULL;
    uint64_t number = UINT64_MAX; /* not given */
    unsigned named;

    if (read_verb(&out->verb, object, fields->action, place, err) ||
        bl_policy_get_uint(object, fields->errno_number, BL_POLICY_ERRNO_MAX, &number, place,
                           err) ||
        bl_policy_get_string(object, fields->errno_name, &name, place, err))
        return -1;
    if (name && *name) {
        named = errno_by_name(name);
        if (!named)
            return bl_policy_wrong(err, place, fields->errno_name, "no such errno: %.64s", name);
        if (number != UINT64_MAX && number != named)
            return bl_policy_wrong(err, place, fields->errno_name, "%s is %u, but %s says %u", name,
                                   named, fields->errno_number, (unsigned)number);
        number = named;
    }
    out->sys_errno = number == UINT64_MAX ? EPERM : (uint16_t)number;
    return 0;
}

static int read_operator(enum bl_policy_op *out, const json_t *object,
                         const struct bl_policy_place *place, struct bl_err *err)
{
    const char *name = NULL;

    if (bl_policy_get_string(object, "op", &name, place, err))
        return -1;
    if (!name)
        return bl_policy_wrong(err, place, "op", "is missing");
    for (size_t i = 0; i < BL_ARRAY_LEN(operators); i++) {
        if (strcmp(operators[i].name, name) == 0) {
            *out = operators[i].op;
            return 0;
        }
    }
    return bl_policy_wrong(err, place, "op", "no such comparison: %.64s", name);
}

static int read_condition(struct bl_policy_condition *out, const json_t *object,
                          const struct bl_policy_place *place, struct bl_err *err)
{
    static const char *const fields[] = {"index", "value", "valueTwo", "op", NULL};
    uint64_t index = UINT64_MAX, value = 0, value_two = 0;

    if (bl_policy_only_fields(object, fields, place, err) ||
        bl_policy_get_uint(object, "index", 5, &index, place, err) ||
        bl_policy_get_uint(object, "value", INT64_MAX, &value, place, err) ||
        bl_policy_get_uint(object, "valueTwo", INT64_MAX, &value_two, place, err) ||
        read_operator(&out->op, object, place, err))
        return -1;
    if (index == UINT64_MAX)
        return bl_policy_wrong(err, place, "index", "is missing");
    if (!json_object_get(object, "value"))
        return bl_policy_wrong(err, place, "value", "is missing");
    out->index = (unsigned)index;
    out->mask = value;
    out->value = out->op == BL_POLICY_MASKED_EQ ? value_two & value : value;
    return 0;
}

int bl_policy_read_conditions(struct bl_policy_rule *out, const json_t *object, int rule,
                              struct bl_err *err)
{
    struct bl_policy_place place = {.rule = rule, .list = "args", .item = -1};
    const json_t *args = NULL;
    unsigned seen = 0;

    if (bl_policy_get_array(object, "args", &args, &(struct bl_policy_place){.rule = rule}, err))
        return -1;
    if (json_array_size(args) > BL_POLICY_CONDITIONS_MAX)
        return bl_policy_wrong(err, &place, NULL, "more than %d comparisons",
                               BL_POLICY_CONDITIONS_MAX);
    for (size_t i = 0; i < json_array_size(args); i++) {
        struct bl_policy_condition *condition = &out->conditions[i];

        place.item = (int)i;
        if (read_condition(condition, json_array_get(args, i), &place, err))
            return -1;
        if ((seen & 1U << condition->index) && out->action.verb != BL_POLICY_ALLOW)
            return bl_policy_wrong(err, &place, "index",
                                   "argument %u is compared twice by a rule that refuses",
                                   condition->index);
        seen |= 1U << condition->index;
    }
    out->condition_count = (unsigned)json_array_size(args);
    return 0;
}

/* "4.8", "5.15.3": whether the running kernel is at least that. */
static int kernel_reaches(bool *out, const char *version, const struct bl_policy_kernel *kernel,
                          const struct bl_policy_place *place, struct bl_err *err)
{
    unsigned major = 0, minor = 0;
    int end = 0;

    if (strlen(version) > 16 || sscanf(version, "%u.%u%n", &major, &minor, &end) < 2 ||
        (version[end] != '\0' && version[end] != '.'))
        return bl_policy_wrong(err, place, "minKernel", "no kernel version: %.32s", version);
    *out = kernel->major > major || (kernel->major == major && kernel->minor >= minor);
    return 0;
}

/* One of the two filters, taken apart. A list that is absent or empty asks nothing. */
struct filter {
    bool has_caps;
    bool has_arches, arch_listed;
    bool has_kernel, kernel_reached;
};

static int read_filter(struct filter *out, const json_t *object, const char *field,
                       const struct bl_policy_kernel *kernel, int rule, struct bl_err *err)
{
    static const char *const fields[] = {"caps", "arches", "minKernel", NULL};
    const struct bl_policy_place place = {.rule = rule, .list = field, .item = -1};
    const json_t *filter = NULL, *caps = NULL, *arches = NULL;
    const char *version = NULL;

    if (bl_policy_get_object(object, field, &filter, &(struct bl_policy_place){.rule = rule}, err))
        return -1;
    if (!filter)
        return 0;
    if (bl_policy_only_fields(filter, fields, &place, err) ||
        bl_policy_get_strings(filter, "caps", &caps, &place, err) ||
        bl_policy_get_strings(filter, "arches", &arches, &place, err) ||
        bl_policy_get_string(filter, "minKernel", &version, &place, err))
        return -1;
    out->has_caps = json_array_size(caps) > 0;
    out->has_arches = json_array_size(arches) > 0;
    for (size_t i = 0; i < json_array_size(arches); i++)
        out->arch_listed |= strcmp(json_string_value(json_array_get(arches, i)), NATIVE_ARCH) == 0;
    out->has_kernel = version && *version;
    if (out->has_kernel)
        return kernel_reaches(&out->kernel_reached, version, kernel, &place, err);
    return 0;
}

int bl_policy_applies(bool *out, const json_t *object, const struct bl_policy_kernel *kernel,
                      int rule, struct bl_err *err)
{
    struct filter includes = {0}, excludes = {0};

    if (read_filter(&includes, object, "includes", kernel, rule, err) ||
        read_filter(&excludes, object, "excludes", kernel, rule, err))
        return -1;
    /* A program here has no capability: what includes one never applies, and what excludes one is
     * not excluded by it. */
    *out = !includes.has_caps && (!includes.has_arches || includes.arch_listed) &&
           (!includes.has_kernel || includes.kernel_reached) && !excludes.arch_listed &&
           !excludes.kernel_reached;
    return 0;
}
