#include "limits/policy_fields.h"

#include <stdarg.h>
#include <string.h>

/* "rule 3: args[1].op: " */
static void place_text(char *text, size_t size, const struct bl_policy_place *place,
                       const char *field)
{
    char rule[32] = "", list[64] = "";

    if (place->rule >= 0)
        (void)snprintf(rule, sizeof(rule), "rule %d: ", place->rule);
    if (place->list && place->item >= 0)
        (void)snprintf(list, sizeof(list), "%s[%d]", place->list, place->item);
    else if (place->list)
        (void)snprintf(list, sizeof(list), "%s", place->list);
    (void)snprintf(text, size, "%s%s%s%.64s%s", rule, list, *list && field ? "." : "",
                   field ? field : "", *list || field ? ": " : "");
}

int bl_policy_wrong(struct bl_err *err, const struct bl_policy_place *place, const char *field,
                    const char *format, ...)
{
    char where[192], what[BL_ERR_DETAIL_MAX];
    va_list args;

    place_text(where, sizeof(where), place, field);
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args); /* a cut text will do */
    va_end(args);
    (void)bl_fail(err, BL_STEP_POLICY, 0, "%s%s", where, what);
    for (char *c = err->detail; *c; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    err->index = place->rule;
    return -1;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

/* The field's value; NULL where it is absent or null. */
static const json_t *present(const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);

    return json_is_null(value) ? NULL : value;
}

int bl_policy_get_string(const json_t *object, const char *field, const char **out,
                         const struct bl_policy_place *place, struct bl_err *err)
{
    const json_t *value = present(object, field);

    if (!value)
        return 0;
    if (!json_is_string(value))
        return bl_policy_wrong(err, place, field, "expected a string, found %s", type_name(value));
    *out = json_string_value(value);
    return 0;
}

int bl_policy_get_uint(const json_t *object, const char *field, uint64_t max, uint64_t *out,
                       const struct bl_policy_place *place, struct bl_err *err)
{
    const json_t *value = present(object, field);
    json_int_t number;

    if (!value)
        return 0;
    if (!json_is_integer(value))
        return bl_policy_wrong(err, place, field, "expected an integer, found %s",
                               type_name(value));
    number = json_integer_value(value);
    if (number < 0 || (uint64_t)number > max)
        return bl_policy_wrong(err, place, field, "%lld is not within 0 to %llu", (long long)number,
                               (unsigned long long)max);
    *out = (uint64_t)number;
    return 0;
}

int bl_policy_get_array(const json_t *object, const char *field, const json_t **out,
                        const struct bl_policy_place *place, struct bl_err *err)
{
    const json_t *value = present(object, field);

    if (!value)
        return 0;
    if (!json_is_array(value))
        return bl_policy_wrong(err, place, field, "expected an array, found %s", type_name(value));
    *out = value;
    return 0;
}

int bl_policy_get_object(const json_t *object, const char *field, const json_t **out,
                         const struct bl_policy_place *place, struct bl_err *err)
{
    const json_t *value = present(object, field);

    if (!value)
        return 0;
    if (!json_is_object(value))
        return bl_policy_wrong(err, place, field, "expected an object, found %s", type_name(value));
    *out = value;
    return 0;
}

int bl_policy_get_strings(const json_t *object, const char *field, const json_t **out,
                          const struct bl_policy_place *place, struct bl_err *err)
{
    const json_t *list = NULL;

    if (bl_policy_get_array(object, field, &list, place, err))
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (!json_is_string(item))
            return bl_policy_wrong(err, place, field, "item %zu: expected a string, found %s", i,
                                   type_name(item));
    }
    if (list)
        *out = list;
    return 0;
}

int bl_policy_only_fields(const json_t *value, const char *const known[],
                          const struct bl_policy_place *place, struct bl_err *err)
{
    const char *field;
    json_t *unused;

    if (!json_is_object(value))
        return bl_policy_wrong(err, place, NULL, "expected an object, found %s", type_name(value));
    json_object_foreach((json_t *)value, field, unused) /* the macro reads only */
    {
        size_t i = 0;

        while (known[i] && strcmp(known[i], field) != 0)
            i++;
        if (!known[i])
            return bl_policy_wrong(err, place, field, "no such field");
    }
    return 0;
}
