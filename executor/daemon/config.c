#include "executor/daemon/config.h"

#include <string.h>

#include "bailiff/own.h"
#include "executor/daemon/config_private.h"

static const struct bl_config_row rows[] = {
#define X(section, key, kind, field, least, most, otherwise, effect)     \
    {section, key,  BL_CONFIG_##kind, offsetof(struct bl_config, field), \
     least,   most, otherwise,        BL_CONFIG_##effect},
    BL_CONFIG_ROWS(X)
#undef X
};

const struct bl_config_row *bl_config_rows(size_t *count)
{
    *count = BL_ARRAY_LEN(rows);
    return rows;
}

/* ---- problems ---------------------------------------------------------------------------------
 */

int bl_config_at(const char *key, struct bl_err *err)
{
    const struct bl_err why = *err;

    (void)bl_fail(err, why.step, why.sys_errno, "%.30s: %.200s", key, why.detail);
    err->index = why.index;
    return -1;
}

void bl_config_note(struct bl_config_problems *problems, const struct bl_err *err)
{
    if (problems->count < BL_CONFIG_PROBLEMS_MAX)
        problems->first[problems->count] = *err;
    problems->count++;
}

void bl_config_wrong(struct bl_config_reading *reading, const struct bl_yaml *node,
                     const char *what, ...)
{
    struct bl_err err;
    char text[160];
    va_list args;

    va_start(args, what);
    (void)vsnprintf(text, sizeof(text), what, args); /* a cut text will do */
    va_end(args);
    (void)bl_yaml_fail(&reading->file, node, &err, "%s", text);
    bl_config_note(reading->problems, &err);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static const struct bl_config_row *find_row(const char *section, const char *key)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].key, key) == 0)
            return &rows[i];
    return NULL;
}

static bool is_section(const char *key)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        if (*key && strcmp(rows[i].section, key) == 0)
            return true;
    return false;
}

static bool is_list(const char *section, const char *key)
{
    for (const char *const *list = bl_config_list_keys(section); *list; list++)
        if (strcmp(*list, key) == 0)
            return true;
    return false;
}

static void read_row(struct bl_config_reading *reading, const struct bl_yaml *node,
                     const struct bl_config_row *row)
{
    char expected[BL_CONFIG_DESCRIPTION_MAX];

    if (bl_yaml_is_null(node)) /* `key:` says as much as no key */
        return;
    if (node->kind == BL_YAML_SCALAR && bl_config_set(reading->out, row, node->text))
        return;
    bl_config_describe(row, expected);
    bl_config_wrong(reading, node, "must be %s", expected);
}

static void read_map(struct bl_config_reading *reading, const struct bl_yaml *map,
                     const char *section)
{
    if (map->kind != BL_YAML_MAP) {
        bl_config_wrong(reading, map, "must be a map");
        return;
    }
    for (const struct bl_yaml *node = map->child; node; node = node->next) {
        const struct bl_config_row *row = find_row(section, node->key);

        if (row)
            read_row(reading, node, row);
        else if (!*section && is_section(node->key)) {
            if (!bl_yaml_is_null(node))
                read_map(reading, node, node->key);
        } else if (!is_list(section, node->key))
            bl_config_wrong(reading, node, "unknown key");
    }
}

static void set_defaults(struct bl_config *out)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        (void)bl_config_set(out, &rows[i], rows[i].otherwise); /* a test sees that all are taken */
}

/* False: it is no YAML, and nothing of it was read. */
static bool read_whole(struct bl_config *out, const char *name, const char *bytes, size_t length,
                       struct bl_config_problems *problems)
{
    struct bl_config_reading reading = {.out = out, .problems = problems};
    struct bl_err err;

    memset(out, 0, sizeof(*out));
    problems->count = 0;
    set_defaults(out);
    reading.file = (struct bl_yaml_file){.name = name, .step = BL_STEP_CONFIG};
    if (bl_yaml_parse(&reading.file, bytes, length, &out->arena, &err) < 0) {
        bl_config_note(problems, &err);
        return false;
    }
    if (reading.file.root)
        read_map(&reading, reading.file.root, "");
    bl_config_read_lists(&reading, reading.file.root);
    if (problems->count == 0)
        bl_config_check_rules(&reading);
    return true;
}

int bl_config_parse(struct bl_config *out, const char *name, const char *bytes, size_t length,
                    struct bl_config_problems *problems)
{
    (void)read_whole(out, name, bytes, length, problems); /* a problem, too */
    if (problems->count == 0)
        return 0;
    bl_config_release(out);
    return -1;
}

bool bl_config_examine(struct bl_config *out, const char *path, struct bl_config_problems *problems)
{
    struct bl_err err;
    size_t length;
    bl_autofree char *bytes = bl_yaml_slurp(path, BL_STEP_CONFIG, &length, &err);

    if (bytes && read_whole(out, path, bytes, length, problems))
        return true;
    if (bytes) {
        bl_config_release(out);
        return false;
    }
    memset(out, 0, sizeof(*out));
    problems->count = 0;
    bl_config_note(problems, &err);
    return false;
}

int bl_config_load(struct bl_config *out, const char *path, struct bl_config_problems *problems)
{
    if (bl_config_examine(out, path, problems) && problems->count == 0)
        return 0;
    bl_config_release(out);
    return -1;
}

void bl_config_release(struct bl_config *config)
{
    bl_arena_release(&config->arena);
    memset(config, 0, sizeof(*config));
}

static bool same_value(const struct bl_config *a, const struct bl_config *b,
                       const struct bl_config_row *row)
{
    const char *left = (const char *)a + row->offset, *right = (const char *)b + row->offset;
    const char *left_text, *right_text;

    if (!bl_config_is_text(row))
        return memcmp(left, right, sizeof(uint64_t)) == 0;
    memcpy(&left_text, left, sizeof(left_text));
    memcpy(&right_text, right, sizeof(right_text));
    return strcmp(left_text, right_text) == 0;
}

void bl_config_changed(const struct bl_config *before, const struct bl_config *after,
                       void (*on_change)(void *ctx, const char *key, enum bl_config_effect effect),
                       void *ctx)
{
    char name[64];

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        if (same_value(before, after, &rows[i]))
            continue;
        (void)snprintf(name, sizeof(name), "%s%s%s", rows[i].section, *rows[i].section ? "." : "",
                       rows[i].key);
        on_change(ctx, name, rows[i].effect);
    }
    bl_config_lists_changed(before, after, on_change, ctx);
}

void bl_config_adopt(struct bl_config *config, const struct bl_config *fresh)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        size_t size = bl_config_is_text(&rows[i]) ? sizeof(const char *) : sizeof(uint64_t);

        if (rows[i].effect == BL_CONFIG_RELOAD)
            memcpy((char *)config + rows[i].offset, (const char *)fresh + rows[i].offset, size);
    }
    config->users = fresh->users;
    config->groups = fresh->groups;
    config->subjects = fresh->subjects;
    config->name_tenants = fresh->name_tenants;
    config->tenants = fresh->tenants;
    config->tenant_count = fresh->tenant_count;
    config->ceilings = fresh->ceilings;
}
