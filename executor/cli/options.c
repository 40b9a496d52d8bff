#include "executor/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "limits/ceilings.h"

static const struct bl_option *find(const struct bl_syntax *syntax, const char *name, size_t length,
                                    size_t *group_offset)
{
    for (size_t g = 0; g < syntax->group_count; g++) {
        const struct bl_option_group *group = &syntax->groups[g];

        for (size_t i = 0; i < group->count; i++) {
            const char *candidate = group->rows[i].name;

            if (strncmp(candidate, name, length) == 0 && candidate[length] == '\0') {
                *group_offset = group->offset;
                return &group->rows[i];
            }
        }
    }
    return NULL;
}

/* One option, given as "--name" or "--name=value". *next: the argument behind it, moved on where
 * that was its value. */
static int take_one(const struct bl_syntax *syntax, void *target, const char *given, char ***next,
                    struct bl_err *err)
{
    const char *equals = strchr(given, '=');
    size_t length = equals ? (size_t)(equals - given) : strlen(given), group_offset = 0;
    const struct bl_option *option =
        strncmp(given, "--", 2) == 0 ? find(syntax, given + 2, length - 2, &group_offset) : NULL;
    const char *text = equals ? equals + 1 : NULL;

    if (!option)
        return bl_fail(err, BL_STEP_OPTION, 0, "%.*s is none: see `bailiff %s --help`", (int)length,
                       given, syntax->command);
    if (!option->value && equals)
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s takes no value", option->name);
    if (option->value && !equals) {
        if (!**next)
            return bl_fail(err, BL_STEP_OPTION, 0, "--%s needs a value: %s", option->name,
                           option->value);
        text = *(*next)++;
    }
    return option->take((char *)target + group_offset + option->offset, option, text, err);
}

int bl_options_parse(const struct bl_syntax *syntax, void *target, char **argv, struct bl_err *err)
{
    char **kept = argv, **next = argv;
    bool options_end = false;

    while (*next) {
        char *given = *next++;

        if (!options_end && strcmp(given, "--") == 0) {
            options_end = true;
        } else if (options_end || given[0] != '-' || given[1] == '\0') {
            *kept++ = given;
            options_end = options_end || syntax->operand_ends;
        } else if (take_one(syntax, target, given, &next, err) < 0) {
            return -1;
        }
    }
    *kept = NULL;
    return 0;
}

int bl_option_flag(void *place, const struct bl_option *option, const char *text,
                   struct bl_err *err)
{
    (void)option;
    (void)text;
    (void)err;
    *(bool *)place = true;
    return 0;
}

static int check_not_empty(const struct bl_option *option, const char *text, struct bl_err *err)
{
    if (!text[0])
        return bl_fail(err, BL_STEP_OPTION, 0, "--%s is empty: it takes %s", option->name,
                       option->value);
    return 0;
}

int bl_option_text(void *place, const struct bl_option *option, const char *text,
                   struct bl_err *err)
{
    if (check_not_empty(option, text, err) < 0)
        return -1;
    *(const char **)place = text;
    return 0;
}

int bl_option_texts(void *place, const struct bl_option *option, const char *text,
                    struct bl_err *err)
{
    if (check_not_empty(option, text, err) < 0)
        return -1;
    return bl_texts_add(place, text, err);
}

int bl_option_limit(void *place, const struct bl_option *option, const char *text,
                    struct bl_err *err)
{
    return bl_limit_parse(place, bl_limit_find(option->name), text, err);
}

int bl_texts_add(struct bl_texts *texts, const char *text, struct bl_err *err)
{
    const char **more = reallocarray(texts->items, texts->count + 2, sizeof(*more));

    if (!more)
        return bl_fail(err, BL_STEP_MEMORY, errno, "options");
    texts->items = more;
    texts->items[texts->count++] = text;
    texts->items[texts->count] = NULL;
    return 0;
}

void bl_texts_release(struct bl_texts *texts)
{
    free(texts->items);
    *texts = (struct bl_texts){0};
}
