/* package.c - see package.h. */
#include "executor/judge/package.h"

#include <errno.h>
#include <string.h>

#include "bailiff/own.h"

/* The directory's own name: the path's last component, or the whole where that says nothing. */
static const char *own_name(const char *path, struct bl_arena *arena, struct bl_err *err)
{
    size_t end = strlen(path), start;

    while (end > 1 && path[end - 1] == '/')
        end--;
    for (start = end; start > 0 && path[start - 1] != '/';)
        start--;
    return bl_arena_string(arena, path + start, end - start, err);
}

static size_t count_kind(const struct bl_folder_entry *entries, size_t count,
                         enum bl_folder_kind kind, const struct bl_folder_entry **last)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == kind) {
            *last = &entries[i];
            found++;
        }
    return found;
}

/* output_validator/ is one program. output_validators/ holds programs, of which one is meant: a
 * folder, a file, or several files that belong together. */
static int find_validator(struct bl_package *package, const char **path, struct bl_err *err)
{
    static const char several[] = "output_validators";
    const struct bl_folder_entry *folder = NULL, *file = NULL;
    struct bl_folder_entry one, *entries;
    size_t count, folders, files;

    *path = "output_validator";
    if (bl_folder_stat(package->fd, *path, &one, err))
        return -1;
    if (one.kind != BL_FOLDER_ABSENT)
        return 0;
    if (bl_folder_list(package->fd, several, &package->arena, &entries, &count, err))
        return -1;
    folders = count_kind(entries, count, BL_FOLDER_DIRECTORY, &folder);
    files = count_kind(entries, count, BL_FOLDER_FILE, &file);
    if (!count)
        return bl_fail(err, BL_STEP_PACKAGE, 0,
                       "validation is custom, but there is neither output_validator/ nor "
                       "output_validators/");
    if (folders > 1 || (folders && files))
        return bl_fail(err, BL_STEP_PACKAGE, 0, "%s: more than one validator", several);
    *path = folders ? folder->path : files == 1 ? file->path : several;
    return 0;
}

static int read_parts(struct bl_package *package, const char *path, struct bl_err *err)
{
    const char *validator;

    if (bl_folder_open(path, &package->fd, err)) {
        if (err->sys_errno == ENOTDIR)
            return bl_fail(err, BL_STEP_PACKAGE, 0, "%.120s: a package is a folder: unpack it",
                           path);
        return -1;
    }
    package->name = own_name(path, &package->arena, err);
    if (!package->name ||
        bl_problem_read(&package->problem, package->fd, &package->arena, &package->warnings, err) ||
        bl_testdata_read(&package->testdata, &package->problem, package->fd, &package->arena,
                         &package->warnings, err) ||
        bl_submissions_read(&package->submissions, &package->problem, package->fd, &package->arena,
                            &package->warnings, err))
        return -1;
    if (!package->problem.custom_validator)
        return 0;
    if (find_validator(package, &validator, err))
        return -1;
    return bl_program_read(&package->validator, package->fd, validator, validator, &package->arena,
                           err);
}

int bl_package_read(struct bl_package *package, const char *path, struct bl_err *err)
{
    *package = (struct bl_package){.fd = -1};
    if (read_parts(package, path, err)) {
        bl_package_release(package);
        return -1;
    }
    return 0;
}

void bl_package_release(struct bl_package *package)
{
    bl_close_fd(&package->fd);
    bl_arena_release(&package->arena);
}

int bl_package_include(struct bl_package *package, const char *language,
                       struct bl_folder_entry **files, size_t *count, struct bl_err *err)
{
    const char *const folders[] = {"default", language};

    *count = 0;
    *files =
        bl_arena_alloc(&package->arena, (size_t)2 * BL_PROGRAM_FILES_MAX, sizeof(**files), err);
    if (!*files)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++) {
        struct bl_folder_entry *found;
        size_t more;
        const char *path = bl_arena_format(&package->arena, err, "include/%s", folders[i]);

        if (!path || bl_folder_tree(package->fd, path, &package->arena, &found, &more, err))
            return -1;
        memcpy(*files + *count, found, more * sizeof(*found));
        *count += more;
    }
    return 0;
}
