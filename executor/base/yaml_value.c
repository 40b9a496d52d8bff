/* yaml_value.c - single values out of a YAML tree; see yaml.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "executor/base/yaml.h"

#include "bailiff/units.h"

int bl_yaml_fail(const struct bl_yaml_file *file, const struct bl_yaml *node, struct bl_err *err,
                 const char *what, ...)
{
    char text[160];
    va_list args;

    va_start(args, what);
    (void)vsnprintf(text, sizeof(text), what, args); /* a cut text will do */
    va_end(args);
    return bl_fail(err, file->step, 0, "%s:%u: %.60s%s%s", file->name, node->line,
                   node->key ? node->key : "", node->key ? ": " : "", text);
}

bool bl_yaml_is_null(const struct bl_yaml *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != BL_YAML_SCALAR || !node->plain)
        return false;
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}

const struct bl_yaml *bl_yaml_get(const struct bl_yaml *map, const char *key)
{
    if (!map || map->kind != BL_YAML_MAP)
        return NULL;
    for (const struct bl_yaml *child = map->child; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return bl_yaml_is_null(child) ? NULL : child;
    return NULL;
}

int bl_yaml_expect(const struct bl_yaml_file *file, const struct bl_yaml *node,
                   enum bl_yaml_kind kind, struct bl_err *err)
{
    static const char *const names[] = {"plain text", "a sequence", "a map"};

    return node->kind == kind ? 0 : bl_yaml_fail(file, node, err, "must be %s", names[kind]);
}

int bl_yaml_text(const struct bl_yaml_file *file, const struct bl_yaml *node, const char **text,
                 struct bl_err *err)
{
    if (bl_yaml_expect(file, node, BL_YAML_SCALAR, err))
        return -1;
    *text = node->text;
    return 0;
}

int bl_yaml_bool(const struct bl_yaml_file *file, const struct bl_yaml *node, bool *value,
                 struct bl_err *err)
{
    static const char *const words[][3] = {{"false", "False", "FALSE"}, {"true", "True", "TRUE"}};

    if (node->kind == BL_YAML_SCALAR && node->plain)
        for (int truth = 0; truth < 2; truth++)
            for (int i = 0; i < 3; i++)
                if (strcmp(node->text, words[truth][i]) == 0) {
                    *value = truth;
                    return 0;
                }
    return bl_yaml_fail(file, node, err, "must be true or false");
}

int bl_yaml_count(const struct bl_yaml_file *file, const struct bl_yaml *node, uint64_t least,
                  uint64_t most, uint64_t *value, struct bl_err *err)
{
    uint64_t count;

    if (node->kind != BL_YAML_SCALAR || bl_parse_count(node->text, &count) != BL_UNITS_OK ||
        count < least || count > most)
        return bl_yaml_fail(file, node, err, "must be a whole number from %llu to %llu",
                            (unsigned long long)least, (unsigned long long)most);
    *value = count;
    return 0;
}

int bl_yaml_number(const struct bl_yaml_file *file, const struct bl_yaml *node, double *value,
                   struct bl_err *err)
{
    char *end;
    double number;

    /* Digits, dot and exponent only: strtod(3) alone would take "inf", "nan" and hexadecimal. */
    if (node->kind != BL_YAML_SCALAR || !*node->text ||
        node->text[strspn(node->text, "0123456789.eE+-")] != '\0')
        return bl_yaml_fail(file, node, err, "must be a number");
    number = strtod(node->text, &end);
    if (*end || !isfinite(number) || number < 0)
        return bl_yaml_fail(file, node, err, "must be a number, not negative");
    *value = number;
    return 0;
}

int bl_yaml_texts(const struct bl_yaml_file *file, const struct bl_yaml *node,
                  struct bl_arena *arena, const char *const **list, size_t *count,
                  struct bl_err *err)
{
    bool one = node->kind == BL_YAML_SCALAR;
    const char **texts;
    size_t filled = 0;

    if (node->kind == BL_YAML_MAP)
        return bl_yaml_fail(file, node, err, "must be a sequence of texts");
    texts = bl_arena_alloc(arena, (one ? 1 : node->count) + 1, sizeof(*texts), err);
    if (!texts)
        return -1;
    for (const struct bl_yaml *item = one ? node : node->child; item;
         item = one ? NULL : item->next)
        if (bl_yaml_text(file, item, &texts[filled++], err))
            return -1;
    *list = texts;
    if (count)
        *count = filled;
    return 0;
}

int bl_yaml_known(const struct bl_yaml_file *file, const struct bl_yaml *map,
                  const char *const *known, struct bl_err *err)
{
    for (const struct bl_yaml *child = map->child; child; child = child->next) {
        const char *const *name = known;

        while (*name && strcmp(*name, child->key) != 0)
            name++;
        if (!*name)
            return bl_yaml_fail(file, child, err, "unknown key");
    }
    return 0;
}
