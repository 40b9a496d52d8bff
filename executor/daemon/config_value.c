/* config_value.c - one plain value of a configuration, by its row; see config.h. */
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/daemon/config_private.h"

static const char *const levels[] = {
#define X(name, text, priority) #text,
    BL_LOG_LEVELS(X)
#undef X
};

bool bl_config_is_text(const struct bl_config_row *row)
{
    return row->kind == BL_CONFIG_TEXT || row->kind == BL_CONFIG_PATH;
}

static bool is_auto(const struct bl_config_row *row)
{
    return row->kind == BL_CONFIG_AUTO_COUNT || row->kind == BL_CONFIG_AUTO_SIZE;
}

static void *field_of(struct bl_config *config, const struct bl_config_row *row)
{
    return (char *)config + row->offset;
}

static bool parse_word(const char *const *words, size_t count, const char *text, uint64_t *value)
{
    for (*value = 0; *value < count; ++*value)
        if (strcmp(words[*value], text) == 0)
            return true;
    return false;
}

static bool parse_mode(const char *text, uint64_t *value)
{
    *value = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '7' || at - text >= 5)
            return false;
        *value = *value * 8 + (uint64_t)(*at - '0');
    }
    return *text != '\0';
}

/* By the row's kind, whatever the bounds. */
static bool parse_number(const struct bl_config_row *row, const char *text, uint64_t *value)
{
    static const char *const truths[] = {"false", "true"};

    if (is_auto(row) && strcmp(text, "auto") == 0) {
        *value = 0;
        return true;
    }
    switch (row->kind) {
    case BL_CONFIG_SIZE:
    case BL_CONFIG_AUTO_SIZE:
        return bl_parse_size(text, value) == BL_UNITS_OK;
    case BL_CONFIG_TIME:
        return bl_parse_time(text, value) == BL_UNITS_OK;
    case BL_CONFIG_COUNT:
    case BL_CONFIG_AUTO_COUNT:
        return bl_parse_count(text, value) == BL_UNITS_OK;
    case BL_CONFIG_BOOL:
        return parse_word(truths, BL_ARRAY_LEN(truths), text, value);
    case BL_CONFIG_MODE:
        return parse_mode(text, value);
    case BL_CONFIG_LEVEL:
        return parse_word(levels, BL_ARRAY_LEN(levels), text, value);
    case BL_CONFIG_TEXT:
    case BL_CONFIG_PATH:
        break;
    }
    return false;
}

static bool number_in_bounds(const struct bl_config_row *row, uint64_t value, const char *text)
{
    if (is_auto(row) && strcmp(text, "auto") == 0)
        return true;
    return value >= row->least && value <= row->most;
}

void bl_config_describe(const struct bl_config_row *row, char text[BL_CONFIG_DESCRIPTION_MAX])
{
    char least[BL_UNITS_TEXT_MAX], most[BL_UNITS_TEXT_MAX];
    const char *otherwise = is_auto(row) ? "auto, or " : "";

    switch (row->kind) {
    case BL_CONFIG_SIZE:
    case BL_CONFIG_AUTO_SIZE:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "%sa size from %s to %s", otherwise,
                       bl_format_size(row->least, least), bl_format_size(row->most, most));
        return;
    case BL_CONFIG_TIME:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "a time from %s to %s",
                       bl_format_time(row->least, least), bl_format_time(row->most, most));
        return;
    case BL_CONFIG_COUNT:
    case BL_CONFIG_AUTO_COUNT:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "%sa whole number from %llu to %llu",
                       otherwise, (unsigned long long)row->least, (unsigned long long)row->most);
        return;
    case BL_CONFIG_BOOL:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "true or false");
        return;
    case BL_CONFIG_MODE:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "permission bits in octal, such as 0660");
        return;
    case BL_CONFIG_LEVEL:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "error, warning, info or debug");
        return;
    case BL_CONFIG_TEXT:
    case BL_CONFIG_PATH:
        (void)snprintf(text, BL_CONFIG_DESCRIPTION_MAX, "%s of %llu to %llu bytes",
                       row->kind == BL_CONFIG_PATH ? "an absolute path" : "a text",
                       (unsigned long long)row->least, (unsigned long long)row->most);
        return;
    }
}

static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static bool text_is_right(const struct bl_config_row *row, const char *text)
{
    size_t length = strlen(text);

    if (length < row->least || length > row->most || has_control_character(text))
        return false;
    return row->kind != BL_CONFIG_PATH || length == 0 || text[0] == '/';
}

bool bl_config_set(struct bl_config *out, const struct bl_config_row *row, const char *text)
{
    uint64_t value;

    if (bl_config_is_text(row)) {
        if (!text_is_right(row, text))
            return false;
        memcpy(field_of(out, row), &text, sizeof(text));
        return true;
    }
    if (!parse_number(row, text, &value) || !number_in_bounds(row, value, text))
        return false;
    memcpy(field_of(out, row), &value, sizeof(value));
    return true;
}
