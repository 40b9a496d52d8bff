/* ceilings.h - the bounds of what may be asked for, and the defaults.
 *
 * Pure. One table (BL_LIMITS in spec.h) serves the command line, the language files and the
 * protocol: all refuse the same values with the same words. */
#ifndef BL_LIMITS_CEILINGS_H
#define BL_LIMITS_CEILINGS_H

#include "bailiff/err.h"
#include "bailiff/spec.h"

enum bl_limit_kind { BL_LIMIT_TIME, BL_LIMIT_SIZE, BL_LIMIT_COUNT, BL_LIMIT_MILLI };

struct bl_limit_row {
    const char *option; /* "cpu-time" */
    enum bl_limit_kind kind;
    size_t offset; /* of the field in struct bl_limits */
    uint64_t least, most, otherwise;
};

/* The rows in the order of BL_LIMITS; *count is set. */
const struct bl_limit_row *bl_limit_rows(size_t *count);

/* bl_limit_find - the row of an option's name, or NULL. */
const struct bl_limit_row *bl_limit_find(const char *option);

uint64_t bl_limit_get(const struct bl_limits *limits, const struct bl_limit_row *row);

/* bl_limit_format - a value in the row's own unit, for a person: "1.5 s", "64 MiB", "2". Returns
 * text. */
const char *bl_limit_format(const struct bl_limit_row *row, uint64_t value,
                            char text[BL_UNITS_TEXT_MAX]);

/* bl_limit_set - holds value to the row's bounds and stores it.
 * Fails with FIELD: names the option, the value and the bound that it breaks. */
int bl_limit_set(struct bl_limits *limits, const struct bl_limit_row *row, uint64_t value,
                 struct bl_err *err);

/* bl_limit_parse - reads text by the row's kind (units.h) and stores it.
 * Fails with OPTION: names the option, the text, what is wrong and the bounds. */
int bl_limit_parse(struct bl_limits *limits, const struct bl_limit_row *row, const char *text,
                   struct bl_err *err);

/* bl_limits_default - every field at its default, no cpuset. */
struct bl_limits bl_limits_default(void);

/* bl_cpuset_check - the form of a CPU list: "0-3,7"; numbers below 8192, ranges ascending.
 * Fails with OPTION. Whether those CPUs exist is the kernel's answer. */
int bl_cpuset_check(const char *list, struct bl_err *err);

/* bl_name_check - a path inside the sandbox for an input: relative to the box or absolute, at most
 * BL_NAME_MAX bytes, no empty, "." or ".." component, no control character, not one of the places
 * that are the sandbox's own (/tmp, /proc, /dev and below, /box itself). Fails with FIELD, naming
 * `what`. */
int bl_name_check(const char *what, const char *name, struct bl_err *err);

/* bl_name_in_box - "in.txt" of "/box/in.txt", which is the same place; any other name as it is.
 * Part of the name. */
const char *bl_name_in_box(const char *name);

/* bl_names_clash - why no program can have both as inputs, in words to stand behind the first one;
 * NULL: it can. An input is read-only: nothing can be placed below it. */
const char *bl_names_clash(const char *name, const char *other);

/* bl_spec_check - every field of a spec: argv not empty, strings within BL_ARGS_*, environment
 * entries with a name and '=', workdir absolute, limits in their bounds, inputs that don't clash,
 * outputs.
 * Fails with FIELD or ORDER_SIZE, naming the field and the bound. */
int bl_spec_check(const struct bl_spec *spec, struct bl_err *err);

#endif
