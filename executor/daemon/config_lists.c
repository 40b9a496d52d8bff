/* config_lists.c - the keys of a configuration that are lists; see config.h. */
#include <string.h>

#include "bailiff/job.h"
#include "bailiff/own.h"
#include "executor/daemon/config_private.h"
#include "limits/ceilings.h"

static const char *const top_lists[] = {"listen", "tenants", "profiles", "ceilings", NULL};
static const char *const access_lists[] = {"users", "groups", "subjects", "name_tenants", NULL};
static const char *const fetch_lists[] = {"urls", "internal_urls", NULL};
static const char *const none[] = {NULL};

const char *const *bl_config_list_keys(const char *section)
{
    if (!*section)
        return top_lists;
    if (strcmp(section, "fetch") == 0)
        return fetch_lists;
    return strcmp(section, "access") == 0 ? access_lists : none;
}

/* NULL: there is no memory, which is noted. */
static void *allocate(struct bl_config_reading *reading, size_t count, size_t size)
{
    struct bl_err err;
    void *list = bl_arena_alloc(&reading->out->arena, count, size, &err);

    if (!list)
        bl_config_note(reading->problems, &err);
    return list;
}

/* A list of texts, NULL-terminated; a missing one is empty. */
static void read_names(struct bl_config_reading *reading, const struct bl_yaml *node,
                       const char *const **list)
{
    size_t count = 0;
    struct bl_err err;

    *list = none;
    if (!node)
        return;
    if (bl_yaml_texts(&reading->file, node, &reading->out->arena, list, &count, &err) < 0)
        bl_config_note(reading->problems, &err);
    else if (count > BL_CONFIG_NAMES_MAX) {
        bl_config_wrong(reading, node, "at most %d entries", BL_CONFIG_NAMES_MAX);
        *list = none;
    }
}

static void read_listen(struct bl_config_reading *reading, const struct bl_yaml *node)
{
    static const struct bl_config_listen otherwise[] = {{false, "unix:/run/bailiff/rpc.sock"}};
    static const char encrypted[] = "tls:";
    const char *const *names;
    struct bl_config_listen *list;
    size_t count = 0;

    reading->out->listen = otherwise;
    reading->out->listen_count = BL_ARRAY_LEN(otherwise);
    if (!node)
        return;
    read_names(reading, node, &names);
    while (names[count])
        count++;
    if (count > BL_CONFIG_LISTEN_MAX) {
        bl_config_wrong(reading, node, "at most %d addresses", BL_CONFIG_LISTEN_MAX);
        return;
    }
    if (!(list = allocate(reading, count + 1, sizeof(*list))))
        return;
    for (size_t i = 0; i < count; i++) {
        list[i].tls = strncmp(names[i], encrypted, strlen(encrypted)) == 0;
        list[i].address = names[i] + (list[i].tls ? strlen(encrypted) : 0);
    }
    reading->out->listen = list;
    reading->out->listen_count = count;
}

/* A map with at most `most` entries; NULL where there is none, or where it is wrong. */
static const struct bl_yaml *expect_map(struct bl_config_reading *reading,
                                        const struct bl_yaml *node, size_t most)
{
    if (!node)
        return NULL;
    if (node->kind != BL_YAML_MAP)
        bl_config_wrong(reading, node, "must be a map");
    else if (node->count > most)
        bl_config_wrong(reading, node, "at most %zu entries", most);
    else
        return node;
    return NULL;
}

static bool is_name(const char *text, size_t most)
{
    size_t length = strlen(text);

    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= 0x20 || *at == 0x7f)
            return false;
    return length > 0 && length <= most;
}

bool bl_config_is_tenant(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789._-");

    return length > 0 && length <= BL_JOB_TENANT_MAX && text[length] == '\0';
}

static void read_tenants(struct bl_config_reading *reading, const struct bl_yaml *node)
{
    const struct bl_yaml *map = expect_map(reading, node, BL_CONFIG_TENANTS_MAX);
    struct bl_tenant_weight *list;
    struct bl_err err;

    if (!map || !(list = allocate(reading, map->count + 1, sizeof(*list))))
        return;
    reading->out->tenants = list;
    for (const struct bl_yaml *item = map->child; item; item = item->next) {
        struct bl_tenant_weight *tenant = &list[reading->out->tenant_count++];
        uint64_t weight = 1;

        if (!bl_config_is_tenant(item->key))
            bl_config_wrong(reading, item, "a tenant's name has 1 to %d of A-Z a-z 0-9 . _ -",
                            BL_JOB_TENANT_MAX);
        else if (bl_yaml_count(&reading->file, item, 1, BL_TENANT_WEIGHT_MOST, &weight, &err) < 0)
            bl_config_note(reading->problems, &err);
        *tenant = (struct bl_tenant_weight){item->key, (uint32_t)weight};
    }
}

static const char *text_of(struct bl_config_reading *reading, const struct bl_yaml *map,
                           const char *key, const char *otherwise)
{
    const struct bl_yaml *node = bl_yaml_get(map, key);

    if (!node)
        return otherwise;
    if (node->kind == BL_YAML_SCALAR && *node->text)
        return node->text;
    bl_config_wrong(reading, node, "must be a text");
    return otherwise;
}

static void read_profile(struct bl_config_reading *reading, const struct bl_yaml *node,
                         struct bl_config_profile *profile)
{
    static const char *const keys[] = {"root", "policy", "network", NULL};
    const char *network;
    struct bl_err err;

    if (!is_name(node->key, BL_JOB_PROFILE_MAX))
        bl_config_wrong(reading, node, "a profile's name has 1 to %d bytes and no blanks",
                        BL_JOB_PROFILE_MAX);
    *profile = (struct bl_config_profile){node->key, "host", "default", BL_NETWORK_NONE};
    if (node->kind != BL_YAML_MAP) {
        bl_config_wrong(reading, node, "must be a map");
        return;
    }
    if (bl_yaml_known(&reading->file, node, keys, &err) < 0)
        bl_config_note(reading->problems, &err);
    profile->root = text_of(reading, node, "root", profile->root);
    profile->policy = text_of(reading, node, "policy", profile->policy);
    network = text_of(reading, node, "network", "none");
    profile->network = strcmp(network, "none") == 0 ? BL_NETWORK_NONE : BL_NETWORK_LOOPBACK;
    if (profile->network == BL_NETWORK_LOOPBACK && strcmp(network, "loopback") != 0)
        bl_config_wrong(reading, bl_yaml_get(node, "network"), "must be none or loopback");
    if (strcmp(profile->root, "host") != 0 && profile->root[0] != '/') {
        bl_config_wrong(reading, bl_yaml_get(node, "root"), "must be host or an absolute path");
        profile->root = "host";
    }
}

static void read_profiles(struct bl_config_reading *reading, const struct bl_yaml *node)
{
    static const struct bl_config_profile otherwise[] = {
        {"default", "host", "default", BL_NETWORK_NONE},
        {"loopback", "host", "loopback", BL_NETWORK_LOOPBACK},
        {"strict", "host", "strict", BL_NETWORK_NONE},
    };
    const struct bl_yaml *map = expect_map(reading, node, BL_CONFIG_PROFILES_MAX);
    struct bl_config_profile *list;

    reading->out->profiles = otherwise;
    reading->out->profile_count = BL_ARRAY_LEN(otherwise);
    if (!map || !(list = allocate(reading, map->count + 1, sizeof(*list))))
        return;
    reading->out->profiles = list;
    reading->out->profile_count = 0;
    for (const struct bl_yaml *item = map->child; item; item = item->next)
        read_profile(reading, item, &list[reading->out->profile_count++]);
}

static void read_ceilings(struct bl_config_reading *reading, const struct bl_yaml *node)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);
    const struct bl_yaml *map = expect_map(reading, node, count);
    struct bl_err err;

    for (size_t i = 0; i < count; i++)
        (void)bl_limit_set(&reading->out->ceilings, &rows[i], rows[i].most, &err); /* in bounds */
    for (const struct bl_yaml *item = map ? map->child : NULL; item; item = item->next) {
        const struct bl_limit_row *row = bl_limit_find(item->key);

        if (!row)
            bl_config_wrong(reading, item, "no such limit");
        else if (item->kind != BL_YAML_SCALAR)
            bl_config_wrong(reading, item, "must be a value");
        else if (bl_limit_parse(&reading->out->ceilings, row, item->text, &err) < 0)
            bl_config_wrong(reading, item, "%.150s", err.detail);
    }
}

static void add_urls(struct bl_config_reading *reading, const struct bl_yaml *node,
                     bool is_internal, struct bl_url_prefix *list)
{
    const char *const *names;

    read_names(reading, node, &names);
    for (; *names; names++) {
        if (reading->out->url_count == BL_CONFIG_FETCH_MAX) {
            bl_config_wrong(reading, node, "more than %d of both kinds", BL_CONFIG_FETCH_MAX);
            return;
        }
        list[reading->out->url_count++] = (struct bl_url_prefix){*names, is_internal};
    }
}

static void read_urls(struct bl_config_reading *reading, const struct bl_yaml *fetch)
{
    struct bl_url_prefix *list = allocate(reading, BL_CONFIG_FETCH_MAX, sizeof(*list));

    if (!list)
        return;
    reading->out->urls = list;
    add_urls(reading, bl_yaml_get(fetch, "urls"), false, list);
    add_urls(reading, bl_yaml_get(fetch, "internal_urls"), true, list);
}

void bl_config_read_lists(struct bl_config_reading *reading, const struct bl_yaml *root)
{
    const struct bl_yaml *access = bl_yaml_get(root, "access");

    read_listen(reading, bl_yaml_get(root, "listen"));
    read_names(reading, bl_yaml_get(access, "users"), &reading->out->users);
    read_names(reading, bl_yaml_get(access, "groups"), &reading->out->groups);
    read_names(reading, bl_yaml_get(access, "subjects"), &reading->out->subjects);
    read_names(reading, bl_yaml_get(access, "name_tenants"), &reading->out->name_tenants);
    read_urls(reading, bl_yaml_get(root, "fetch"));
    read_tenants(reading, bl_yaml_get(root, "tenants"));
    read_profiles(reading, bl_yaml_get(root, "profiles"));
    read_ceilings(reading, bl_yaml_get(root, "ceilings"));
}

/* ---- what differs -----------------------------------------------------------------------------
 */

static bool same_names(const char *const *a, const char *const *b)
{
    for (; *a && *b; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return *a == *b;
}

static bool same_listen(const struct bl_config *a, const struct bl_config *b)
{
    if (a->listen_count != b->listen_count)
        return false;
    for (size_t i = 0; i < a->listen_count; i++)
        if (a->listen[i].tls != b->listen[i].tls ||
            strcmp(a->listen[i].address, b->listen[i].address) != 0)
            return false;
    return true;
}

static bool same_urls(const struct bl_config *a, const struct bl_config *b)
{
    if (a->url_count != b->url_count)
        return false;
    for (size_t i = 0; i < a->url_count; i++)
        if (a->urls[i].is_internal != b->urls[i].is_internal ||
            strcmp(a->urls[i].text, b->urls[i].text) != 0)
            return false;
    return true;
}

static bool same_tenants(const struct bl_config *a, const struct bl_config *b)
{
    if (a->tenant_count != b->tenant_count)
        return false;
    for (size_t i = 0; i < a->tenant_count; i++)
        if (a->tenants[i].weight != b->tenants[i].weight ||
            strcmp(a->tenants[i].name, b->tenants[i].name) != 0)
            return false;
    return true;
}

static bool same_profiles(const struct bl_config *a, const struct bl_config *b)
{
    if (a->profile_count != b->profile_count)
        return false;
    for (size_t i = 0; i < a->profile_count; i++) {
        const struct bl_config_profile *left = &a->profiles[i], *right = &b->profiles[i];

        if (strcmp(left->name, right->name) != 0 || strcmp(left->root, right->root) != 0 ||
            strcmp(left->policy, right->policy) != 0 || left->network != right->network)
            return false;
    }
    return true;
}

static bool same_ceilings(const struct bl_config *a, const struct bl_config *b)
{
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++)
        if (bl_limit_get(&a->ceilings, &rows[i]) != bl_limit_get(&b->ceilings, &rows[i]))
            return false;
    return true;
}

void bl_config_lists_changed(const struct bl_config *before, const struct bl_config *after,
                             void (*on_change)(void *ctx, const char *key,
                                               enum bl_config_effect effect),
                             void *ctx)
{
    const struct {
        const char *key;
        bool same;
        enum bl_config_effect effect;
    } lists[] = {
        {"listen", same_listen(before, after), BL_CONFIG_RESTART},
        {"access.users", same_names(before->users, after->users), BL_CONFIG_RELOAD},
        {"access.groups", same_names(before->groups, after->groups), BL_CONFIG_RELOAD},
        {"access.subjects", same_names(before->subjects, after->subjects), BL_CONFIG_RELOAD},
        {"access.name_tenants", same_names(before->name_tenants, after->name_tenants),
         BL_CONFIG_RELOAD},
        {"tenants", same_tenants(before, after), BL_CONFIG_RELOAD},
        {"profiles", same_profiles(before, after), BL_CONFIG_RESTART},
        {"fetch.urls", same_urls(before, after), BL_CONFIG_RESTART},
        {"ceilings", same_ceilings(before, after), BL_CONFIG_RELOAD},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(lists); i++)
        if (!lists[i].same)
            on_change(ctx, lists[i].key, lists[i].effect);
}
