/* rules.c - submissions.yaml into rules; see rules.h. */
#include "executor/judge/rules.h"

#include <string.h>

#include "executor/judge/glob.h"
#include "executor/judge/yaml_file.h"

struct applying {
    struct bl_submission *submission;
    struct bl_rule *rules;
    const struct bl_yaml_file *file;
    struct bl_arena *arena;
    struct bl_err *err;
};

int bl_rules_read(struct bl_yaml_file *file, int package, struct bl_arena *arena,
                  struct bl_err *err)
{
    return bl_yaml_load_map(file, package, "submissions/submissions.yaml", arena, err);
}

static int read_set(struct applying *applying, const struct bl_yaml *map, const char *key,
                    uint32_t *set)
{
    const struct bl_yaml *node = bl_yaml_get(map, key);
    const char *const *names;

    if (!node)
        return 0;
    if (bl_yaml_texts(applying->file, node, applying->arena, &names, NULL, applying->err))
        return -1;
    *set = 0;
    for (; *names; names++) {
        /* The format has four codes only; its RTE is every crash. */
        uint32_t one =
            strcmp(*names, "RTE") == 0 ? BL_SET_RTE : bl_expectation_name(*names, strlen(*names));

        if (!one)
            return bl_yaml_fail(applying->file, node, applying->err, "'%.40s' is no verdict",
                                *names);
        *set |= one;
    }
    return 0;
}

static int read_time_use(struct applying *applying, const struct bl_yaml *map, struct bl_rule *rule)
{
    const struct bl_yaml *node = bl_yaml_get(map, "use_for_time_limit");
    bool use;

    if (!node)
        return 0;
    if (node->kind == BL_YAML_SCALAR && strcmp(node->text, "lower") == 0) {
        rule->time_use = BL_TIME_LOWER;
        return 0;
    }
    if (node->kind == BL_YAML_SCALAR && strcmp(node->text, "upper") == 0) {
        rule->time_use = BL_TIME_UPPER;
        return 0;
    }
    if (bl_yaml_bool(applying->file, node, &use, applying->err))
        return -1;
    rule->time_use = use ? BL_TIME_BY_RULE : BL_TIME_NEVER;
    return 0;
}

/* The keys that make a rule; *says: is any there? */
static int read_rule(struct applying *applying, const struct bl_yaml *map, struct bl_rule *rule,
                     bool *says)
{
    static const char *const keys[] = {"permitted", "required", "message", "use_for_time_limit"};
    const struct bl_yaml *message = bl_yaml_get(map, "message");

    *says = false;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        *says |= bl_yaml_get(map, keys[i]) != NULL;
    if (message && bl_yaml_text(applying->file, message, &rule->message, applying->err))
        return -1;
    return read_set(applying, map, "permitted", &rule->permitted) ||
                   read_set(applying, map, "required", &rule->required) ||
                   read_time_use(applying, map, rule)
               ? -1
               : 0;
}

static int add_rule(struct applying *applying, const struct bl_yaml *at, const struct bl_rule *rule)
{
    struct bl_expectation *expected = &applying->submission->expected;

    if (expected->rule_count == BL_RULES_MAX)
        return bl_yaml_fail(applying->file, at, applying->err, "more than %d rules for %.60s",
                            BL_RULES_MAX, applying->submission->program.name);
    applying->rules[expected->rule_count++] = *rule;
    return 0;
}

static bool is_own_key(const char *key)
{
    static const char *const own[] = {
        "language",           "entrypoint", "authors", "permitted", "model_solution",
        "use_for_time_limit", "required",   "score",   "message",   NULL};
    const char *const *known = own;

    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

/* Keys that are none of the format's own name testcases: `secret/group1: {permitted: [AC]}`. */
static int add_group_rules(struct applying *applying, const struct bl_yaml *map)
{
    for (const struct bl_yaml *node = map->child; node; node = node->next) {
        struct bl_rule rule = {.cases = node->key, .permitted = BL_SET_ANY, .required = BL_SET_ANY};
        bool says;

        if (is_own_key(node->key))
            continue;
        if (bl_yaml_expect(applying->file, node, BL_YAML_MAP, applying->err))
            return -1;
        if (!bl_glob_ok(node->key))
            return bl_yaml_fail(applying->file, node, applying->err, "not a usable pattern");
        if (read_rule(applying, node, &rule, &says) || (says && add_rule(applying, node, &rule)))
            return -1;
    }
    return 0;
}

static int read_text(struct applying *applying, const struct bl_yaml *map, const char *key,
                     const char **text)
{
    const struct bl_yaml *node = bl_yaml_get(map, key);

    return node ? bl_yaml_text(applying->file, node, text, applying->err) : 0;
}

static int apply_key(struct applying *applying, const struct bl_yaml *node, const char *folder)
{
    struct bl_rule rule = {.permitted = BL_SET_ANY, .required = BL_SET_ANY};
    bool replaces = strcmp(node->key, folder) == 0, says;

    if (bl_yaml_expect(applying->file, node, BL_YAML_MAP, applying->err))
        return -1;
    if (!bl_glob_ok(node->key))
        return bl_yaml_fail(applying->file, node, applying->err, "not a usable pattern");
    if (!bl_glob_match(node->key, applying->submission->program.name))
        return 0;
    /* The folder's own rule is the first, where there is one: its keys are replaced singly. */
    if (replaces && applying->submission->expected.rule_count)
        rule = applying->rules[0];
    if (read_rule(applying, node, &rule, &says) ||
        read_text(applying, node, "language", &applying->submission->language) ||
        read_text(applying, node, "entrypoint", &applying->submission->entrypoint))
        return -1;
    if (replaces && applying->submission->expected.rule_count)
        applying->rules[0] = rule;
    else if (says && add_rule(applying, node, &rule))
        return -1;
    return add_group_rules(applying, node);
}

int bl_rules_apply(struct bl_submission *submission, const char *folder, bool legacy,
                   const struct bl_yaml_file *file, struct bl_arena *arena, struct bl_err *err)
{
    struct applying applying = {submission, NULL, file, arena, err};
    bool ce;

    applying.rules = bl_arena_alloc(arena, BL_RULES_MAX, sizeof(*applying.rules), err);
    if (!applying.rules)
        return -1;
    submission->expected.rules = applying.rules;
    if (bl_expectation_folder(folder, legacy, &applying.rules[0], &ce)) {
        submission->expected.final = ce ? BL_OUTCOME_BIT(BL_CE) : 0;
        submission->expected.rule_count = !ce;
    }
    for (const struct bl_yaml *node = file->root ? file->root->child : NULL; node;
         node = node->next)
        if (apply_key(&applying, node, folder))
            return -1;
    return 0;
}
