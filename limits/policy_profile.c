/* policy_profile.c - the JSON of a profile to a list of rules.
 *
 * The text may come from anyone: its size, depth and count of rules are bounded, a field that
 * stands twice or that we don't know is refused, and nothing is taken on trust. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/policy_fields.h"
#include "limits/policy_rule_fields.h"
#include "limits/policy_rules.h"

static const struct bl_policy_place top = {.rule = -1};

static void free_json(json_t **value)
{
    json_decref(*value);
}

#define autojson __attribute__((cleanup(free_json)))

/* One copy of the rule for each of its names that is a call here. */
static int append_name(struct bl_policy_rules *rules, struct bl_policy_rule *rule, const char *name,
                       const struct bl_policy_place *place, struct bl_err *err)
{
    rule->nr = bl_policy_syscall_number(name);
    if (rule->nr < 0) {
        rules->ignored_names++;
        return 0;
    }
    if (bl_policy_rules_append(rules, rule, err)) {
        err->index = place->rule;
        return -1;
    }
    return 0;
}

static int append_names(struct bl_policy_rules *rules, struct bl_policy_rule *rule,
                        const json_t *object, const struct bl_policy_place *place,
                        struct bl_err *err)
{
    const json_t *names = NULL;
    const char *name = NULL;

    if (bl_policy_get_strings(object, "names", &names, place, err) ||
        bl_policy_get_string(object, "name", &name, place, err))
        return -1;
    if (!names == !name)
        return bl_policy_wrong(err, place, "names", names ? "stands beside name" : "is missing");
    if (name)
        return append_name(rules, rule, name, place, err);
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (append_name(rules, rule, json_string_value(json_array_get(names, i)), place, err))
            return -1;
    }
    return 0;
}

static int read_rule(struct bl_policy_rules *rules, const json_t *object, int index,
                     const struct bl_policy_kernel *kernel, struct bl_err *err)
{
    static const char *const fields[] = {"names", "name",    "action",   "errnoRet", "errno",
                                         "args",  "comment", "includes", "excludes", NULL};
    static const struct bl_policy_action_fields action_fields = {"action", "errnoRet", "errno"};
    const struct bl_policy_place place = {.rule = index};
    struct bl_policy_rule rule = {0};
    const char *comment = NULL;
    bool applies = false;

    if (bl_policy_only_fields(object, fields, &place, err) ||
        bl_policy_get_string(object, "comment", &comment, &place, err) ||
        bl_policy_read_action(&rule.action, object, &action_fields, &place, err) ||
        bl_policy_read_conditions(&rule, object, index, err) ||
        bl_policy_applies(&applies, object, kernel, index, err))
        return -1;
    if (!applies) {
        struct bl_policy_rules unused = {0}; /* still held to the format */
        int result = append_names(&unused, &rule, object, &place, err);

        bl_policy_rules_release(&unused);
        return result;
    }
    return append_names(rules, &rule, object, &place, err);
}

/* The architectures that a profile lists are checked for their type and have no effect: a foreign
 * ABI is killed, and our own needs no mention. */
static int check_architectures(const json_t *root, struct bl_err *err)
{
    static const char *const fields[] = {"architecture", "subArchitectures", NULL};
    const json_t *map = NULL, *list = NULL;
    const char *name = NULL;

    if (bl_policy_get_strings(root, "architectures", &list, &top, err) ||
        bl_policy_get_array(root, "archMap", &map, &top, err))
        return -1;
    for (size_t i = 0; i < json_array_size(map); i++) {
        const struct bl_policy_place place = {.rule = -1, .list = "archMap", .item = (int)i};
        const json_t *item = json_array_get(map, i);

        if (bl_policy_only_fields(item, fields, &place, err) ||
            bl_policy_get_string(item, "architecture", &name, &place, err) ||
            bl_policy_get_strings(item, "subArchitectures", &list, &place, err))
            return -1;
    }
    return 0;
}

static int read_root(struct bl_policy_rules *out, const json_t *root,
                     const struct bl_policy_kernel *kernel, struct bl_err *err)
{
    static const char *const fields[] = {"defaultAction", "defaultErrnoRet", "defaultErrno",
                                         "archMap",       "architectures",   "flags",
                                         "syscalls",      "comment",         NULL};
    static const struct bl_policy_action_fields action_fields = {"defaultAction", "defaultErrnoRet",
                                                                 "defaultErrno"};
    const json_t *rules = NULL, *flags = NULL;
    const char *comment = NULL;

    /* flags steer how an engine loads the filter (LOG, SPEC_ALLOW...); that is not the file's to
     * say here. listenerPath is refused as unknown: nobody would listen. */
    if (bl_policy_only_fields(root, fields, &top, err) ||
        bl_policy_get_string(root, "comment", &comment, &top, err) ||
        bl_policy_read_action(&out->default_action, root, &action_fields, &top, err) ||
        bl_policy_get_strings(root, "flags", &flags, &top, err) || check_architectures(root, err) ||
        bl_policy_get_array(root, "syscalls", &rules, &top, err))
        return -1;
    if (out->default_action.verb == BL_POLICY_ERRNO && out->default_action.sys_errno == 0)
        return bl_policy_wrong(err, &top, "defaultErrnoRet",
                               "0 would feign success for every call");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        if (read_rule(out, json_array_get(rules, i), (int)i, kernel, err))
            return -1;
    }
    return 0;
}

int bl_policy_profile_read(struct bl_policy_rules *out, const char *json, size_t length,
                           const struct bl_policy_kernel *kernel, struct bl_err *err)
{
    autojson json_t *root = NULL;
    json_error_t problem;

    if (length > BL_POLICY_FILE_BYTES_MAX)
        return bl_policy_wrong(err, &top, NULL, "%zu bytes are more than %d", length,
                               BL_POLICY_FILE_BYTES_MAX);
    /* jansson refuses depth above 2048 (JSON_PARSER_MAX_DEPTH), invalid UTF-8 and NUL itself. */
    root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        return bl_policy_wrong(err, &top, NULL, "line %d, column %d: %s", problem.line,
                               problem.column, problem.text);
    return read_root(out, root, kernel, err);
}
