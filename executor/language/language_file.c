/* language_file.c - one language's YAML; see language.h. */
#include <math.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/yaml.h"
#include "executor/language/language.h"
#include "limits/ceilings.h"

static const char *const language_keys[] = {"name",     "extensions", "headers", "scripts",
                                            "priority", "entry",      "mounts",  "env",
                                            "needs",    "compile",    "run",     NULL};
static const char *const compile_keys[] = {"argv", "products", "policy", "limits", NULL};
static const char *const run_keys[] = {
    "argv", "policy", "limits", "extra_memory", "time_factor", "out_of_memory_status", NULL};

struct reading {
    const struct bl_yaml_file *file;
    struct bl_arena *arena;
    struct bl_err *err;
};

/* A missing key is an empty list. */
static int read_list(struct reading *reading, const struct bl_yaml *map, const char *key,
                     const char *const **list)
{
    static const char *const none[] = {NULL};
    const struct bl_yaml *node = bl_yaml_get(map, key);

    *list = none;
    return node ? bl_yaml_texts(reading->file, node, reading->arena, list, NULL, reading->err) : 0;
}

static int read_limits(struct reading *reading, const struct bl_yaml *map,
                       struct bl_language_step *step)
{
    const struct bl_yaml *limits = bl_yaml_get(map, "limits");
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    if (!limits)
        return 0;
    if (bl_yaml_expect(reading->file, limits, BL_YAML_MAP, reading->err))
        return -1;
    for (const struct bl_yaml *node = limits->child; node; node = node->next) {
        const struct bl_limit_row *row = bl_limit_find(node->key);
        const char *text;

        if (!row)
            return bl_yaml_fail(reading->file, node, reading->err, "no such limit");
        if (bl_yaml_text(reading->file, node, &text, reading->err))
            return -1;
        if (bl_limit_parse(&step->limits, row, text, reading->err)) {
            char reason[BL_ERR_DETAIL_MAX];

            memcpy(reason, reading->err->detail, sizeof(reason));
            return bl_yaml_fail(reading->file, node, reading->err, "%.150s", reason);
        }
        step->limits_set |= 1u << (row - rows);
    }
    return 0;
}

static int read_step(struct reading *reading, const struct bl_yaml *language, const char *name,
                     const char *const *keys, struct bl_language_step *step)
{
    const struct bl_yaml *map = bl_yaml_get(language, name);
    const struct bl_yaml *policy = bl_yaml_get(map, "policy");

    step->time_factor = 1;
    if (!map)
        return 0;
    if (bl_yaml_expect(reading->file, map, BL_YAML_MAP, reading->err) ||
        bl_yaml_known(reading->file, map, keys, reading->err) ||
        read_list(reading, map, "argv", &step->argv) ||
        read_list(reading, map, "products", &step->products) || read_limits(reading, map, step))
        return -1;
    if (policy && bl_yaml_text(reading->file, policy, &step->policy, reading->err))
        return -1;
    if (!step->argv[0])
        return bl_yaml_fail(reading->file, map, reading->err, "needs an argv");
    for (size_t i = 0; step->products[i]; i++)
        if (i == BL_LANGUAGE_PRODUCTS_MAX)
            return bl_yaml_fail(reading->file, map, reading->err, "more than %d products",
                                BL_LANGUAGE_PRODUCTS_MAX);
    return 0;
}

static int read_run_keys(struct reading *reading, const struct bl_yaml *map,
                         struct bl_language_step *run)
{
    const struct bl_yaml *extra = bl_yaml_get(map, "extra_memory");
    const struct bl_yaml *factor = bl_yaml_get(map, "time_factor");
    const struct bl_yaml *status = bl_yaml_get(map, "out_of_memory_status");
    uint64_t value = 0;

    if (extra && (extra->kind != BL_YAML_SCALAR ||
                  bl_parse_size(extra->text, &run->extra_memory_bytes) != BL_UNITS_OK ||
                  run->extra_memory_bytes > 64 * BL_GIB))
        return bl_yaml_fail(reading->file, extra, reading->err, "must be a size, 64GiB at most");
    if (factor && bl_yaml_number(reading->file, factor, &run->time_factor, reading->err))
        return -1;
    if (run->time_factor < 0.1 || run->time_factor > 100)
        return bl_yaml_fail(reading->file, factor, reading->err, "must be from 0.1 to 100");
    if (status && bl_yaml_count(reading->file, status, 1, 255, &value, reading->err))
        return -1;
    run->out_of_memory_status = (int)value;
    return 0;
}

static int read_entry(struct reading *reading, const struct bl_yaml *root,
                      struct bl_language *language)
{
    static const char *const names[] = {"program", "file", "class"};
    const struct bl_yaml *node = bl_yaml_get(root, "entry");
    const char *text = names[0];

    if (node && bl_yaml_text(reading->file, node, &text, reading->err))
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            language->entry = (enum bl_entry_point)i;
            return 0;
        }
    return bl_yaml_fail(reading->file, node, reading->err, "must be program, file or class");
}

static int read_language(struct reading *reading, const struct bl_yaml *root,
                         struct bl_language *language)
{
    const struct bl_yaml *name = bl_yaml_get(root, "name");
    const struct bl_yaml *priority = bl_yaml_get(root, "priority");

    if (bl_yaml_known(reading->file, root, language_keys, reading->err))
        return -1;
    if (!name)
        return bl_yaml_fail(reading->file, root, reading->err, "a language needs a name");
    if (bl_yaml_text(reading->file, name, &language->name, reading->err) ||
        (priority &&
         bl_yaml_count(reading->file, priority, 0, 1000000, &language->priority, reading->err)) ||
        read_entry(reading, root, language) ||
        read_list(reading, root, "extensions", &language->extensions) ||
        read_list(reading, root, "headers", &language->headers) ||
        read_list(reading, root, "scripts", &language->scripts) ||
        read_list(reading, root, "mounts", &language->mounts) ||
        read_list(reading, root, "env", &language->env) ||
        read_list(reading, root, "needs", &language->needs) ||
        read_step(reading, root, "compile", compile_keys, &language->compile) ||
        read_step(reading, root, "run", run_keys, &language->run) ||
        read_run_keys(reading, bl_yaml_get(root, "run"), &language->run))
        return -1;
    if (!language->run.argv)
        return bl_yaml_fail(reading->file, root, reading->err, "a language needs run");
    if (!language->extensions[0] && !language->scripts[0])
        return bl_yaml_fail(reading->file, root, reading->err, "needs extensions or scripts");
    return 0;
}

int bl_language_parse(struct bl_language *language, const char *code, const char *bytes,
                      size_t length, struct bl_arena *arena, struct bl_err *err)
{
    struct bl_yaml_file file = {.step = BL_STEP_LANGUAGE};
    struct reading reading = {&file, arena, err};

    *language = (struct bl_language){.code = code};
    language->compile.policy = "compile";
    language->run.policy = "default";
    file.name = bl_arena_format(arena, err, "%s.yaml", code);
    if (!file.name || bl_yaml_parse(&file, bytes, length, arena, err))
        return -1;
    if (!file.root)
        return bl_fail(err, BL_STEP_LANGUAGE, 0, "%s: is empty", file.name);
    return bl_yaml_expect(&file, file.root, BL_YAML_MAP, err) ||
                   read_language(&reading, file.root, language)
               ? -1
               : 0;
}
