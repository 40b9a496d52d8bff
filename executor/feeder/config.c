#include "executor/feeder/config.h"

#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/base/yaml.h"

enum kind { TIME, COUNT, BOOL, LEVEL, TEXT };

static const struct row {
    const char *key;
    enum kind kind;
    size_t offset; /* const char * for TEXT, else uint64_t */
    uint64_t least, most;
    const char *otherwise;
} rows[] = {
#define X(key, kind, field, least, most, otherwise) \
    {key, kind, offsetof(struct bl_feeder_config, field), least, most, otherwise},
    BL_FEEDER_KEYS(X)
#undef X
};

static const char *const default_servers[] = {"nats://127.0.0.1:4222", NULL};

/* ---- one value --------------------------------------------------------------------------------
 */

static bool parse_word(const char *const *words, size_t count, const char *text, uint64_t *value)
{
    for (*value = 0; *value < count; ++*value)
        if (strcmp(words[*value], text) == 0)
            return true;
    return false;
}

static bool parse_number(const struct row *row, const char *text, uint64_t *value)
{
    static const char *const truths[] = {"false", "true"};
    static const char *const levels[] = {
#define X(name, word, priority) #word,
        BL_LOG_LEVELS(X)
#undef X
    };

    switch (row->kind) {
    case TIME:
        return bl_parse_time(text, value) == BL_UNITS_OK;
    case COUNT:
        return bl_parse_count(text, value) == BL_UNITS_OK;
    case BOOL:
        return parse_word(truths, BL_ARRAY_LEN(truths), text, value);
    case LEVEL:
        return parse_word(levels, BL_ARRAY_LEN(levels), text, value);
    case TEXT:
        break;
    }
    return false;
}

/* False: not what the row takes. */
static bool set_row(struct bl_feeder_config *out, const struct row *row, const char *text)
{
    void *place = (char *)out + row->offset;
    uint64_t value;

    if (row->kind == TEXT) {
        if (strlen(text) < row->least || strlen(text) > row->most)
            return false;
        memcpy(place, &text, sizeof(text));
        return true;
    }
    if (!parse_number(row, text, &value) || value < row->least || value > row->most)
        return false;
    memcpy(place, &value, sizeof(value));
    return true;
}

static int wrong(const struct bl_yaml_file *file, const struct bl_yaml *node, const struct row *row,
                 struct bl_err *err)
{
    char least[BL_UNITS_TEXT_MAX], most[BL_UNITS_TEXT_MAX];

    switch (row->kind) {
    case TIME:
        return bl_yaml_fail(file, node, err, "must be a time from %s to %s",
                            bl_format_time(row->least, least), bl_format_time(row->most, most));
    case COUNT:
        return bl_yaml_fail(file, node, err, "must be a whole number from %llu to %llu",
                            (unsigned long long)row->least, (unsigned long long)row->most);
    case BOOL:
        return bl_yaml_fail(file, node, err, "must be true or false");
    case LEVEL:
        return bl_yaml_fail(file, node, err, "must be error, warning, info or debug");
    case TEXT:
        break;
    }
    return bl_yaml_fail(file, node, err, "must be a text of %llu to %llu bytes",
                        (unsigned long long)row->least, (unsigned long long)row->most);
}

/* ---- the lists --------------------------------------------------------------------------------
 */

static int read_servers(struct bl_feeder_config *out, const struct bl_yaml_file *file,
                        struct bl_err *err)
{
    const struct bl_yaml *node = bl_yaml_get(file->root, "servers");
    size_t count;

    out->servers = default_servers;
    return node ? bl_yaml_texts(file, node, &out->arena, &out->servers, &count, err) : 0;
}

static int read_tenant(struct bl_feeder_tenant *out, const struct bl_yaml_file *file,
                       const struct bl_yaml *node, struct bl_err *err)
{
    char key[BL_QUEUE_KEY_MAX];
    struct bl_err name_err;

    out->name = node->key;
    if (bl_queue_key(key, node->key, "id", &name_err) < 0)
        return bl_yaml_fail(file, node, err, "%s", name_err.detail);
    return bl_yaml_count(file, node, 1, BL_FEEDER_WEIGHT_MAX, &out->weight, err);
}

static int read_tenants(struct bl_feeder_config *out, const struct bl_yaml_file *file,
                        struct bl_err *err)
{
    const struct bl_yaml *map = bl_yaml_get(file->root, "tenants");
    struct bl_feeder_tenant *list;

    if (!map)
        return 0;
    if (bl_yaml_expect(file, map, BL_YAML_MAP, err) < 0)
        return -1;
    if (map->count > BL_FEEDER_TENANTS_MAX)
        return bl_yaml_fail(file, map, err, "at most %d entries", BL_FEEDER_TENANTS_MAX);
    list = bl_arena_alloc(&out->arena, map->count + 1, sizeof(*list), err);
    if (!list)
        return -1;
    out->tenants = list;
    for (const struct bl_yaml *node = map->child; node; node = node->next)
        if (read_tenant(&list[out->tenant_count++], file, node, err) < 0)
            return -1;
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static int read_keys(struct bl_feeder_config *out, const struct bl_yaml_file *file,
                     struct bl_err *err)
{
    const char *known[BL_ARRAY_LEN(rows) + 3] = {"servers", "tenants", NULL};

    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        known[i + 2] = rows[i].key;
    if (file->root && (bl_yaml_expect(file, file->root, BL_YAML_MAP, err) < 0 ||
                       bl_yaml_known(file, file->root, known, err) < 0))
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        const struct bl_yaml *node = bl_yaml_get(file->root, rows[i].key);

        if (node && (node->kind != BL_YAML_SCALAR || !set_row(out, &rows[i], node->text)))
            return wrong(file, node, &rows[i], err);
    }
    return read_servers(out, file, err) < 0 ? -1 : read_tenants(out, file, err);
}

struct bl_queue_access bl_feeder_config_access(const struct bl_feeder_config *config)
{
    return (struct bl_queue_access){.servers = config->servers,
                                    .allow_plain = config->allow_plain,
                                    .authority = config->authority,
                                    .certificate = config->certificate,
                                    .key = config->key,
                                    .credentials = config->credentials,
                                    .token_file = config->token,
                                    .name = "bailiff-feeder"};
}

/* What no single key can tell. */
static int check_rules(struct bl_feeder_config *config, const char *name, struct bl_err *err)
{
    const struct bl_queue_access access = bl_feeder_config_access(config);
    struct bl_err why;

    if (bl_queue_access_check(&access, &why) < 0)
        return bl_fail(err, BL_STEP_CONFIG, 0, "%.60s: servers: %.170s", name, why.detail);
    if (bl_address_parse(&config->address, config->worker, &why) < 0)
        return bl_fail(err, BL_STEP_CONFIG, 0, "%.60s: worker: %.170s", name, why.detail);
    if (config->address.fd >= 0 || !bl_address_is_local(&config->address))
        return bl_fail(err, BL_STEP_CONFIG, 0,
                       "%.60s: worker: must be unix:/path or a loopback address: a feeder stands "
                       "beside its worker",
                       name);
    if (!*config->certificate != !*config->key)
        return bl_fail(err, BL_STEP_CONFIG, 0,
                       "%.60s: certificate and key: one is of no use without the other", name);
    return 0;
}

int bl_feeder_config_parse(struct bl_feeder_config *out, const char *name, const char *bytes,
                           size_t length, struct bl_err *err)
{
    struct bl_yaml_file file = {.name = name, .step = BL_STEP_CONFIG};

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++)
        (void)set_row(out, &rows[i], rows[i].otherwise); /* a test sees that all are taken */
    if (bl_yaml_parse(&file, bytes, length, &out->arena, err) == 0 &&
        read_keys(out, &file, err) == 0 && check_rules(out, name, err) == 0)
        return 0;
    bl_feeder_config_release(out);
    return -1;
}

int bl_feeder_config_load(struct bl_feeder_config *out, const char *path, struct bl_err *err)
{
    size_t length;
    bl_autofree char *bytes = bl_yaml_slurp(path, BL_STEP_CONFIG, &length, err);

    if (bytes)
        return bl_feeder_config_parse(out, path, bytes, length, err);
    memset(out, 0, sizeof(*out));
    return -1;
}

void bl_feeder_config_release(struct bl_feeder_config *config)
{
    bl_arena_release(&config->arena);
    memset(config, 0, sizeof(*config));
}
