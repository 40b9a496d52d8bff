/* testdata_config.c - testdata.yaml, test_group.yaml, NAME.yaml; see testdata_config.h. */
#include "executor/judge/testdata_config.h"

#include <string.h>

#include "executor/judge/yaml_file.h"

/* What neither family needs for a verdict is accepted and not looked at. */
static const char *const group_keys[] = {"on_reject",
                                         "grading",
                                         "grader_flags",
                                         "input_validator_flags",
                                         "output_validator_flags",
                                         "accept_score",
                                         "reject_score",
                                         "range",
                                         "max_score",
                                         "score_aggregation",
                                         "scoring",
                                         "static_validation_score",
                                         "require_pass",
                                         "args",
                                         "input_validator_args",
                                         "static_validator_args",
                                         "output_validator_args",
                                         "input_visualizer_args",
                                         "output_visualizer_args",
                                         "full_feedback",
                                         NULL};
static const char *const case_keys[] = {"args",
                                        "input_validator_args",
                                        "output_validator_args",
                                        "input_visualizer_args",
                                        "output_visualizer_args",
                                        "full_feedback",
                                        "hint",
                                        "description",
                                        NULL};

/* The grader's flags that change a verdict; its scoring modes are known and without effect. */
static int read_grader(struct bl_group *group, const struct bl_yaml_file *file,
                       struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    const struct bl_yaml *grading = bl_yaml_get(file->root, "grading");
    const struct bl_yaml *flags = bl_yaml_get(file->root, "grader_flags");
    const char *text = "";
    const char *const *word;

    if (grading && grading->kind == BL_YAML_SCALAR && strcmp(grading->text, "custom") == 0 &&
        bl_warn(warnings, arena, err, "%s:%u: custom graders are not run: the default rules apply",
                file->name, grading->line))
        return -1;
    if (!flags)
        return 0;
    if (bl_yaml_text(file, flags, &text, err))
        return -1;
    group->mode = BL_GROUP_WORST_ERROR;
    group->accept_any = group->ignore_sample = false;
    word = bl_arena_words(arena, text, NULL, err);
    if (!word)
        return -1;
    for (; *word; word++) {
        if (strcmp(*word, "worst_error") == 0)
            group->mode = BL_GROUP_WORST_ERROR;
        else if (strcmp(*word, "first_error") == 0)
            group->mode = BL_GROUP_FIRST_ERROR;
        else if (strcmp(*word, "always_accept") == 0)
            group->mode = BL_GROUP_ALWAYS_ACCEPT;
        else if (strcmp(*word, "accept_if_any_accepted") == 0)
            group->accept_any = true;
        else if (strcmp(*word, "ignore_sample") == 0 && !group->name[0])
            group->ignore_sample = true;
        else if (!strstr(" sum avg min max ", *word))
            return bl_yaml_fail(file, flags, err, "'%.40s' is no flag of the default grader",
                                *word);
    }
    return 0;
}

static int read_on_reject(struct bl_group *group, const struct bl_yaml_file *file,
                          struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "on_reject");
    const char *text;

    if (!node)
        return 0;
    if (bl_yaml_text(file, node, &text, err))
        return -1;
    if (strcmp(text, "break") != 0 && strcmp(text, "continue") != 0 &&
        strcmp(text, "first_error") != 0 && strcmp(text, "worst_error") != 0)
        return bl_yaml_fail(file, node, err, "must be 'break' or 'continue'");
    group->break_on_reject = strcmp(text, "break") == 0 || strcmp(text, "first_error") == 0;
    return 0;
}

/* Legacy: blank-separated flags, or a map {name, flags}, behind the problem's own. */
static int read_legacy_flags(const char *const **args, const struct bl_problem *problem,
                             const struct bl_yaml_file *file, struct bl_arena *arena,
                             struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "output_validator_flags");
    const char *text;
    const char *const *words;
    const char **both;
    size_t own = 0, more = 0;

    if (node && node->kind == BL_YAML_MAP)
        node = bl_yaml_get(node, "flags");
    if (!node)
        return 0;
    if (bl_yaml_text(file, node, &text, err))
        return -1;
    words = bl_arena_words(arena, text, &more, err);
    while (problem->validator_flags[own])
        own++;
    both = words ? bl_arena_alloc(arena, own + more + 1, sizeof(*both), err) : NULL;
    if (!both)
        return -1;
    memcpy(both, problem->validator_flags, own * sizeof(*both));
    memcpy(both + own, words, more * sizeof(*both));
    *args = both;
    return 0;
}

static int read_list(const char *const **args, const char *key, const struct bl_yaml_file *file,
                     struct bl_arena *arena, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, key);

    return node ? bl_yaml_texts(file, node, arena, args, NULL, err) : 0;
}

static int apply_group(struct bl_group *group, const struct bl_problem *problem,
                       const struct bl_yaml_file *file, struct bl_arena *arena,
                       struct bl_warnings *warnings, struct bl_err *err)
{
    if (bl_yaml_known(file, file->root, group_keys, err) || read_on_reject(group, file, err) ||
        read_grader(group, file, arena, warnings, err) ||
        read_legacy_flags(&group->validator_args, problem, file, arena, err))
        return -1;
    if (problem->format == BL_FORMAT_LEGACY)
        return 0;
    return read_list(&group->args, "args", file, arena, err) ||
                   read_list(&group->validator_args, "output_validator_args", file, arena, err)
               ? -1
               : 0;
}

int bl_group_config_read(struct bl_group *group, const struct bl_problem *problem, int package,
                         struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    /* The newer name first; its drafts still had the legacy one. */
    static const char *const names[] = {"test_group.yaml", "testdata.yaml"};

    for (int i = problem->format == BL_FORMAT_LEGACY ? 1 : 0; i < 2; i++) {
        struct bl_yaml_file file;
        const char *path = bl_arena_format(arena, err, "data/%s%s%s", group->name,
                                           group->name[0] ? "/" : "", names[i]);

        if (!path || bl_yaml_load_map(&file, package, path, arena, err))
            return -1;
        if (file.root)
            return apply_group(group, problem, &file, arena, warnings, err);
    }
    return 0;
}

int bl_testcase_config_read(struct bl_testcase *testcase, const char *stem,
                            const struct bl_problem *problem, int package, struct bl_arena *arena,
                            struct bl_err *err)
{
    struct bl_yaml_file file;
    const char *path;

    if (problem->format == BL_FORMAT_LEGACY)
        return 0;
    path = bl_arena_format(arena, err, "%s.yaml", stem);
    if (!path || bl_yaml_load_map(&file, package, path, arena, err))
        return -1;
    if (!file.root)
        return 0;
    return bl_yaml_known(&file, file.root, case_keys, err) ||
                   read_list(&testcase->args, "args", &file, arena, err) ||
                   read_list(&testcase->validator_args, "output_validator_args", &file, arena, err)
               ? -1
               : 0;
}
