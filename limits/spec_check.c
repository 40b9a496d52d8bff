/* The check of a whole spec (ceilings.h): one function for each of its fields. */
#include <stdbool.h>
#include <string.h>

#include "bailiff/own.h"
#include "limits/ceilings.h"

enum { SHOWN_MAX = 48 }; /* of a name that is refused; the longest reason must fit behind it */

#define COLLECT_BYTES_MAX (1024 * BL_GIB)

_Static_assert(BL_NAME_MAX == 200 && BL_WORKDIR_MAX == 200, "the texts below say 200");

/* Places of the sandbox's own. whole: nothing may be put below it either. */
static const struct {
    const char *path;
    bool whole;
} own_places[] = {
    {"/box", false}, {"/tmp", true}, {"/proc", true}, {"/sys", true}, {"/dev", true},
};

static bool is_own_place(const char *name)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(own_places); i++) {
        size_t length = strlen(own_places[i].path);

        if (strncmp(name, own_places[i].path, length) == 0 &&
            (name[length] == '\0' || (own_places[i].whole && name[length] == '/')))
            return true;
    }
    return false;
}

static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

/* path: behind the first "/" where it is absolute. */
static const char *components_problem(const char *path)
{
    for (;; path++) {
        size_t length = strcspn(path, "/");

        if (length == 0)
            return "has an empty component";
        if (strncmp(path, ".", length) == 0)
            return "has a \".\" component";
        if (strncmp(path, "..", length) == 0)
            return "has a \"..\" component";
        path += length;
        if (*path == '\0')
            return NULL;
    }
}

/* NULL, or what is wrong with the form of a path inside the sandbox. */
static const char *path_problem(const char *path)
{
    if (*path == '\0')
        return "is empty";
    if (strnlen(path, BL_NAME_MAX + 1) > BL_NAME_MAX)
        return "is longer than 200 bytes";
    if (has_control_character(path))
        return "has a control character";
    return components_problem(path + (*path == '/'));
}

static int refuse_name(const char *what, const char *name, const char *problem, struct bl_err *err)
{
    return bl_fail(err, BL_STEP_FIELD, 0, "%s: \"%.*s\"%s %s", what, SHOWN_MAX, name,
                   strnlen(name, SHOWN_MAX + 1) > SHOWN_MAX ? "..." : "", problem);
}

int bl_name_check(const char *what, const char *name, struct bl_err *err)
{
    const char *problem = path_problem(name);

    if (!problem && is_own_place(name))
        problem = "is a place of the sandbox's own";
    return problem ? refuse_name(what, name, problem, err) : 0;
}

const char *bl_name_in_box(const char *name)
{
    static const char box[] = "/box/";

    return strncmp(name, box, sizeof(box) - 1) == 0 ? name + sizeof(box) - 1 : name;
}

const char *bl_names_clash(const char *name, const char *other)
{
    name = bl_name_in_box(name);
    other = bl_name_in_box(other);
    while (*name && *name == *other) {
        name++;
        other++;
    }
    if (*name == *other)
        return "is given twice";
    if (*other == '\0' && *name == '/')
        return "is below another input";
    return *name == '\0' && *other == '/' ? "has another input below it" : NULL;
}

/* Adds the strings' sizes and number, NULs included, to what has been counted so far. Stops at the
 * bound, so that no sum is larger than it by more than one string's bound. */
static int count_strings(const char *const *strings, size_t *count, size_t *bytes,
                         struct bl_err *err)
{
    for (; *strings; strings++) {
        *bytes += strnlen(*strings, BL_ARGS_BYTES_MAX) + 1;
        *count += 1;
        if (*bytes > BL_ARGS_BYTES_MAX)
            return bl_fail(err, BL_STEP_ORDER_SIZE, 0, "argv and env: more than %d bytes",
                           BL_ARGS_BYTES_MAX);
        if (*count > BL_ARGS_MAX)
            return bl_fail(err, BL_STEP_ORDER_SIZE, 0, "argv and env: more than %d strings",
                           BL_ARGS_MAX);
    }
    return 0;
}

static int check_strings(const struct bl_spec *spec, struct bl_err *err)
{
    size_t count = 0, bytes = 0;

    if (!spec->argv || !spec->argv[0] || spec->argv[0][0] == '\0')
        return bl_fail(err, BL_STEP_FIELD, 0, "argv: names no program");
    if (!spec->env)
        return bl_fail(err, BL_STEP_FIELD, 0, "env: is missing; an empty list is one");
    if (count_strings(spec->argv, &count, &bytes, err) != 0 ||
        count_strings(spec->env, &count, &bytes, err) != 0)
        return -1;
    for (size_t i = 0; spec->env[i]; i++) {
        const char *equals = strchr(spec->env[i], '=');

        if (!equals || equals == spec->env[i])
            return refuse_name("env", spec->env[i], "is not NAME=VALUE", err);
    }
    return 0;
}

static int check_workdir(const char *workdir, struct bl_err *err)
{
    if (!workdir)
        return 0;
    if (*workdir != '/')
        return refuse_name("workdir", workdir, "is not an absolute path", err);
    if (strnlen(workdir, BL_WORKDIR_MAX + 1) > BL_WORKDIR_MAX)
        return refuse_name("workdir", workdir, "is longer than 200 bytes", err);
    return 0;
}

static int check_limits(const struct bl_limits *limits, struct bl_err *err)
{
    struct bl_limits checked;
    size_t count;
    const struct bl_limit_row *rows = bl_limit_rows(&count);

    for (size_t i = 0; i < count; i++) {
        if (bl_limit_set(&checked, &rows[i], bl_limit_get(limits, &rows[i]), err) != 0)
            return -1;
    }
    if (!memchr(limits->cpuset, '\0', sizeof(limits->cpuset)))
        return bl_fail(err, BL_STEP_FIELD, 0, "cpuset: is too long");
    if (limits->cpuset[0] != '\0' && bl_cpuset_check(limits->cpuset, err) != 0) {
        err->step = BL_STEP_FIELD;
        return -1;
    }
    return 0;
}

static int check_inputs(const struct bl_spec *spec, struct bl_err *err)
{
    if (spec->input_count > BL_INPUTS_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "inputs: %zu are more than %d", spec->input_count,
                       BL_INPUTS_MAX);
    for (size_t i = 0; i < spec->input_count; i++) {
        const char *name = spec->inputs[i].name;

        if (bl_name_check("input", name, err) != 0)
            return -1;
        if (spec->inputs[i].fd < 0)
            return refuse_name("input", name, "has no descriptor", err);
        for (size_t j = 0; j < i; j++) {
            const char *problem = bl_names_clash(name, spec->inputs[j].name);

            if (problem)
                return refuse_name("input", name, problem, err);
        }
    }
    return 0;
}

static int check_outputs(const struct bl_spec *spec, struct bl_err *err)
{
    if (spec->output_count > BL_OUTPUTS_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "outputs: %zu are more than %d", spec->output_count,
                       BL_OUTPUTS_MAX);
    for (size_t i = 0; i < spec->output_count; i++) {
        const char *glob = spec->outputs[i].glob;
        const char *problem = *glob == '/' ? "is not relative to the box" : path_problem(glob);

        if (problem)
            return refuse_name("output", glob, problem, err);
    }
    if (spec->output_count > 0 &&
        (spec->collect_bytes_max == 0 || spec->collect_bytes_max > COLLECT_BYTES_MAX))
        return bl_fail(err, BL_STEP_FIELD, 0, "collect_bytes_max: %llu is out of bounds: 1 to %llu",
                       (unsigned long long)spec->collect_bytes_max, COLLECT_BYTES_MAX);
    return 0;
}

int bl_spec_check(const struct bl_spec *spec, struct bl_err *err)
{
    if (check_strings(spec, err) != 0 || check_workdir(spec->workdir, err) != 0 ||
        check_limits(&spec->limits, err) != 0 || check_inputs(spec, err) != 0 ||
        check_outputs(spec, err) != 0)
        return -1;
    return 0;
}
