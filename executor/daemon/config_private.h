/* config_private.h - between the files that read a configuration: config.c (the whole),
 * config_value.c (one plain value), config_lists.c (the keys that are lists), config_rules.c (what
 * holds between keys). */
#ifndef BL_DAEMON_CONFIG_PRIVATE_H
#define BL_DAEMON_CONFIG_PRIVATE_H

#include "executor/base/yaml.h"
#include "executor/daemon/config.h"

struct bl_config_reading {
    struct bl_yaml_file file;
    struct bl_config *out;
    struct bl_config_problems *problems;
};

/* bl_config_wrong - notes a problem at a node. */
__attribute__((format(printf, 3, 4))) void bl_config_wrong(struct bl_config_reading *reading,
                                                           const struct bl_yaml *node,
                                                           const char *what, ...);

/* bl_config_set - a row's value from a text that lives as long as the configuration. False: not
 * what the row takes; *out is untouched. */
bool bl_config_set(struct bl_config *out, const struct bl_config_row *row, const char *text);

/* bl_config_describe - what the row takes, for a person: "a size from 1 MiB to 10 GiB". */
enum { BL_CONFIG_DESCRIPTION_MAX = 160 };
void bl_config_describe(const struct bl_config_row *row, char text[BL_CONFIG_DESCRIPTION_MAX]);

/* bl_config_is_text - whether the field is a const char *. */
bool bl_config_is_text(const struct bl_config_row *row);

/* The list keys of a section ("" or "access"), NULL-terminated. */
const char *const *bl_config_list_keys(const char *section);

/* bl_config_read_lists - all list keys; where one is missing its default. Notes what is wrong.
 * root: NULL where the file is empty. */
void bl_config_read_lists(struct bl_config_reading *reading, const struct bl_yaml *root);

/* bl_config_check_rules - what single keys can't tell. Only where they are all right. */
void bl_config_check_rules(struct bl_config_reading *reading);

/* bl_config_lists_changed - the part of bl_config_changed() for lists. */
void bl_config_lists_changed(const struct bl_config *before, const struct bl_config *after,
                             void (*on_change)(void *ctx, const char *key,
                                               enum bl_config_effect effect),
                             void *ctx);

#endif
