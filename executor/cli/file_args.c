#include "executor/cli/file_args.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

void bl_file_arg_release(struct bl_file_arg *arg)
{
    free(arg->outside);
    free(arg->inside);
    *arg = (struct bl_file_arg){0};
}

/* Copies first_length bytes and second into the two places; either may be absent. */
static int set(struct bl_file_arg *arg, const char *outside, size_t outside_length,
               const char *inside, size_t inside_length, struct bl_err *err)
{
    *arg = (struct bl_file_arg){0};
    arg->outside = outside ? strndup(outside, outside_length) : NULL;
    arg->inside = strndup(inside, inside_length);
    if (!arg->inside || (outside && !arg->outside)) {
        bl_file_arg_release(arg);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", inside);
    }
    return 0;
}

static int refuse(const char *option, const char *text, const char *why, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_OPTION, 0, "--%s: \"%.100s\": %s", option, text, why);
}

/* The last component of a path, without the slashes behind it. */
static const char *last_component(const char *path, size_t path_length, size_t *length)
{
    const char *end = path + path_length, *start;

    while (end > path && end[-1] == '/')
        end--;
    start = end;
    while (start > path && start[-1] != '/')
        start--;
    *length = (size_t)(end - start);
    return start;
}

static bool is_dots(const char *name, size_t length)
{
    return (length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0);
}

int bl_file_arg_input(struct bl_file_arg *arg, const char *text, struct bl_err *err)
{
    const char *colon = strrchr(text, ':'), *name;
    size_t length;

    if (colon) {
        if (colon == text || !colon[1])
            return refuse("in", text, "it takes SRC or SRC:NAME", err);
        return set(arg, text, (size_t)(colon - text), colon + 1, strlen(colon + 1), err);
    }
    name = last_component(text, strlen(text), &length);
    if (length == 0 || is_dots(name, length))
        return refuse("in", text, "it has no name of its own: write SRC:NAME", err);
    return set(arg, text, strlen(text), name, length, err);
}

int bl_file_arg_output(struct bl_file_arg *arg, const char *text, struct bl_err *err)
{
    const char *colon = strchr(text, ':');

    if (!colon)
        return set(arg, NULL, 0, text, strlen(text), err);
    if (colon == text || !colon[1])
        return refuse("out", text, "it takes GLOB or GLOB:DEST", err);
    return set(arg, colon + 1, strlen(colon + 1), text, (size_t)(colon - text), err);
}

int bl_file_arg_bind(struct bl_file_arg *arg, const char *text, struct bl_err *err)
{
    size_t length = strlen(text);
    const char *mode = length > 3 ? text + length - 3 : "";
    bool writable = strcmp(mode, ":rw") == 0;
    const char *colon;

    if (writable || strcmp(mode, ":ro") == 0)
        length -= 3;
    colon = memrchr(text, ':', length);
    if (!colon || colon == text || colon[1] != '/')
        return refuse("bind", text, "it takes SRC:DST or SRC:DST:rw with an absolute DST", err);
    if (set(arg, text, (size_t)(colon - text), colon + 1, length - (size_t)(colon + 1 - text), err))
        return -1;
    arg->writable = writable;
    return 0;
}

bool bl_glob_matches(const char *glob, const char *path)
{
    if (strcmp(glob, "**") == 0)
        return true;
    return fnmatch(glob, path, FNM_PATHNAME | FNM_PERIOD | FNM_NOESCAPE) == 0;
}

bool bl_glob_is_plain(const char *glob)
{
    return !strpbrk(glob, "*?[");
}
