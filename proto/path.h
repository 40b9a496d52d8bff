/* path.h - where in a message something is wrong: "steps[2].cases[17].input.sha256".
 *
 * A path is a chain on the stack of whoever walks down the message; it is written out only for an
 * error. */
#ifndef BL_PROTO_PATH_H
#define BL_PROTO_PATH_H

#include <stddef.h>

#include "bailiff/err.h"

struct bl_path {
    const struct bl_path *up; /* NULL: in the message itself */
    const char *name;
    size_t index; /* BL_PATH_ALONE: no element of a list */
};

#define BL_PATH_ALONE ((size_t)-1)

#define BL_AT(up, name) (&(const struct bl_path){up, name, BL_PATH_ALONE})
#define BL_AT_INDEX(up, name, index) (&(const struct bl_path){up, name, index})

enum { BL_PATH_TEXT_MAX = 120 };

/* bl_path_text - cut at its end where it is longer. NULL: "the message". Returns text. */
const char *bl_path_text(const struct bl_path *path, char text[BL_PATH_TEXT_MAX]);

/* bl_fail_at(err, path, format...) - a FIELD error, its detail "<path>: <format>". Is -1. */
#define bl_fail_at(...) (bl_err_fill_at(__VA_ARGS__), -1)

__attribute__((format(printf, 3, 4))) void
bl_err_fill_at(struct bl_err *err, const struct bl_path *path, const char *format, ...);

#endif
