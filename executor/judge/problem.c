/* problem.c - problem.yaml; see problem.h. Limits and times are in problem_limits.c. */
#include "executor/judge/problem.h"

#include <string.h>

#include "bailiff/own.h"
#include "executor/judge/problem_limits.h"
#include "executor/judge/yaml_file.h"

static const char *const legacy_keys[] = {"problem_format_version",
                                          "type",
                                          "name",
                                          "uuid",
                                          "author",
                                          "source",
                                          "source_url",
                                          "license",
                                          "limits",
                                          "rights_owner",
                                          "grading",
                                          "keywords",
                                          "validation",
                                          "libraries",
                                          "languages",
                                          "validator_flags",
                                          NULL};
static const char *const new_keys[] = {"problem_format_version",
                                       "type",
                                       "name",
                                       "uuid",
                                       "version",
                                       "credits",
                                       "source",
                                       "license",
                                       "rights_owner",
                                       "embargo_until",
                                       "limits",
                                       "keywords",
                                       "languages",
                                       "allow_file_writing",
                                       "constants",
                                       NULL};

int bl_warn(struct bl_warnings *warnings, struct bl_arena *arena, struct bl_err *err,
            const char *format, ...)
{
    char text[300];
    va_list args;

    if (warnings->count++ >= BL_WARNINGS_MAX)
        return 0;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* a cut warning will do */
    va_end(args);
    warnings->texts[warnings->count - 1] = bl_arena_string(arena, text, strlen(text), err);
    return warnings->texts[warnings->count - 1] ? 0 : -1;
}

int bl_warn_odd(struct bl_warnings *warnings, struct bl_arena *arena, const char *folder,
                const struct bl_folder_odd *odd, struct bl_err *err)
{
    if (odd->count == 0)
        return 0;
    return bl_warn(warnings, arena, err,
                   "%s: %zu with a name that the format does not allow, ignored: '%s'", folder,
                   odd->count, odd->first);
}

static int read_format(struct bl_problem *problem, const struct bl_yaml_file *file,
                       struct bl_err *err)
{
    static const struct {
        const char *name;
        enum bl_format format;
    } formats[] = {{"legacy", BL_FORMAT_LEGACY},   {"legacy-icpc", BL_FORMAT_LEGACY},
                   {"2023-07", BL_FORMAT_2023_07}, {"2023-07-draft", BL_FORMAT_2023_07},
                   {"2025-09", BL_FORMAT_2023_07}, {"2025-09-draft", BL_FORMAT_2023_07},
                   {"draft", BL_FORMAT_2023_07}};
    const struct bl_yaml *node = bl_yaml_get(file->root, "problem_format_version");
    const char *name;

    problem->format = BL_FORMAT_LEGACY;
    if (!node)
        return 0;
    if (bl_yaml_text(file, node, &name, err))
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(formats); i++)
        if (strcmp(formats[i].name, name) == 0) {
            problem->format = formats[i].format;
            return 0;
        }
    return bl_yaml_fail(file, node, err, "'%.40s' is not a format known here (legacy, 2023-07)",
                        name);
}

static int check_keys(const struct bl_problem *problem, const struct bl_yaml_file *file,
                      struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    if (problem->format != BL_FORMAT_LEGACY)
        return bl_yaml_known(file, file->root, new_keys, err);
    for (const struct bl_yaml *child = file->root->child; child; child = child->next) {
        const char *const *known = legacy_keys;

        while (*known && strcmp(*known, child->key) != 0)
            known++;
        if (!*known && bl_warn(warnings, arena, err, "problem.yaml:%u: unknown key '%.60s' ignored",
                               child->line, child->key))
            return -1;
    }
    return 0;
}

static int read_name(struct bl_problem *problem, const struct bl_yaml_file *file,
                     struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "name");

    if (node && node->kind == BL_YAML_MAP) { /* by language: English, or the first */
        const struct bl_yaml *english = bl_yaml_get(node, "en");
        node = english ? english : node->child;
    }
    return node ? bl_yaml_text(file, node, &problem->name, err) : 0;
}

/* legacy: `validation: custom interactive score` */
static int read_validation(struct bl_problem *problem, const struct bl_yaml_file *file,
                           struct bl_arena *arena, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "validation");
    const char *text;
    const char *const *words;

    if (!node)
        return 0;
    if (bl_yaml_text(file, node, &text, err))
        return -1;
    words = bl_arena_words(arena, text, NULL, err);
    if (!words)
        return -1;
    if (!words[0] || (strcmp(words[0], "default") != 0 && strcmp(words[0], "custom") != 0))
        return bl_yaml_fail(file, node, err, "must begin with 'default' or 'custom'");
    problem->custom_validator = strcmp(words[0], "custom") == 0;
    for (const char *const *word = words + 1; *word; word++) {
        if (!problem->custom_validator)
            return bl_yaml_fail(file, node, err, "'default' takes no further words");
        if (strcmp(*word, "interactive") == 0)
            problem->interactive = true;
        else if (strcmp(*word, "multi-pass") == 0 || strcmp(*word, "multipass") == 0)
            problem->multipass = true; /* not of the format, but what ICPC judges take */
        else if (strcmp(*word, "score") != 0)
            return bl_yaml_fail(file, node, err, "'%.40s' is not known", *word);
    }
    return 0;
}

static int read_type(struct bl_problem *problem, const struct bl_yaml_file *file,
                     struct bl_arena *arena, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "type");
    const char *const *types;

    if (!node)
        return 0;
    if (bl_yaml_texts(file, node, arena, &types, NULL, err))
        return -1;
    for (; *types; types++) {
        bool newer = problem->format != BL_FORMAT_LEGACY;

        if (strcmp(*types, "scoring") == 0)
            problem->scoring = true;
        else if (newer && strcmp(*types, "interactive") == 0)
            problem->interactive = problem->custom_validator = true;
        else if (newer && strcmp(*types, "multi-pass") == 0)
            problem->multipass = problem->custom_validator = true;
        else if (strcmp(*types, "pass-fail") != 0)
            return bl_yaml_fail(file, node, err, "'%.40s' is not a type that can be judged here",
                                *types);
    }
    return 0;
}

static int read_languages(struct bl_problem *problem, const struct bl_yaml_file *file,
                          struct bl_arena *arena, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "languages");
    const char *text = "";

    if (!node)
        return 0;
    if (node->kind == BL_YAML_SCALAR && bl_yaml_text(file, node, &text, err))
        return -1;
    if (strcmp(text, "all") == 0)
        return 0;
    if (node->kind == BL_YAML_SCALAR) {
        problem->languages = bl_arena_words(arena, text, NULL, err);
        return problem->languages ? 0 : -1;
    }
    return bl_yaml_texts(file, node, arena, &problem->languages, NULL, err);
}

static int read_flags(struct bl_problem *problem, const struct bl_yaml_file *file,
                      struct bl_arena *arena, struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "validator_flags");
    const char *text = "";

    if (node && bl_yaml_text(file, node, &text, err))
        return -1;
    problem->validator_flags = bl_arena_words(arena, text, NULL, err);
    return problem->validator_flags ? 0 : -1;
}

/* The package may hold a validator though problem.yaml says nothing: in the newer formats that
 * alone makes it custom. */
static int read_validator_folder(struct bl_problem *problem, int package, struct bl_err *err)
{
    struct bl_folder_entry entry;

    if (problem->format == BL_FORMAT_LEGACY)
        return 0;
    if (bl_folder_stat(package, "output_validator", &entry, err))
        return -1;
    if (entry.kind == BL_FOLDER_ABSENT && bl_folder_stat(package, "output_validators", &entry, err))
        return -1;
    problem->custom_validator |= entry.kind != BL_FOLDER_ABSENT;
    return 0;
}

static int read_keys(struct bl_problem *problem, const struct bl_yaml_file *file,
                     struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    const struct bl_yaml *constants;

    if (read_format(problem, file, err) || check_keys(problem, file, arena, warnings, err) ||
        read_name(problem, file, err) || read_validation(problem, file, arena, err) ||
        read_type(problem, file, arena, err) || read_languages(problem, file, arena, err) ||
        read_flags(problem, file, arena, err))
        return -1;
    constants = bl_yaml_get(file->root, "constants");
    if (constants && constants->count)
        return bl_yaml_fail(file, constants, err, "packages with constants are not read");
    if (problem->scoring &&
        bl_warn(warnings, arena, err, "a scoring problem: judged for verdicts, without scores"))
        return -1;
    return bl_problem_limits_read(problem, file, arena, warnings, err);
}

int bl_problem_read(struct bl_problem *problem, int package, struct bl_arena *arena,
                    struct bl_warnings *warnings, struct bl_err *err)
{
    struct bl_folder_entry entry;
    struct bl_yaml_file file;

    *problem = (struct bl_problem){0};
    if (bl_folder_stat(package, "problem.yaml", &entry, err))
        return -1;
    if (entry.kind == BL_FOLDER_ABSENT)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "no problem.yaml: not a problem package");
    if (bl_yaml_load_map(&file, package, "problem.yaml", arena, err))
        return -1;
    if (!file.root) { /* an empty problem.yaml is a legacy problem with every default */
        static const struct bl_yaml empty = {.kind = BL_YAML_MAP};
        file.root = &empty;
    }
    if (read_keys(problem, &file, arena, warnings, err) ||
        read_validator_folder(problem, package, err))
        return -1;
    return bl_problem_timelimit_file(problem, package, arena, err);
}
