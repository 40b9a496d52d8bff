/* folder_tree.c - all files of one program of a package, and the two pure checks; see folder.h. */
#include <string.h>

#include "executor/language/folder.h"

struct walk {
    int package;
    struct bl_arena *arena;
    struct bl_folder_entry *files;
    size_t count;
    uint64_t bytes;
    struct bl_err *err;
};

static int add_file(struct walk *walk, const struct bl_folder_entry *entry, const char *name)
{
    if (walk->count == BL_PROGRAM_FILES_MAX)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "%s: a program of more than %d files",
                       entry->path, BL_PROGRAM_FILES_MAX);
    walk->bytes += entry->size_bytes;
    if (entry->size_bytes > BL_PROGRAM_BYTES_MAX || walk->bytes > BL_PROGRAM_BYTES_MAX)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "%s: a program of more than 64 MiB",
                       entry->path);
    walk->files[walk->count] = *entry;
    walk->files[walk->count++].name = name;
    return 0;
}

/* Recursion is bounded: a path has at most BL_FOLDER_DEPTH_MAX components. */
static int walk_folder(struct walk *walk, const char *path, size_t prefix)
{
    struct bl_folder_entry *entries;
    size_t count;

    if (bl_folder_list(walk->package, path, walk->arena, &entries, &count, walk->err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        int failed = entries[i].kind == BL_FOLDER_DIRECTORY
                         ? walk_folder(walk, entries[i].path, prefix)
                         : add_file(walk, &entries[i], entries[i].path + prefix);
        if (failed)
            return -1;
    }
    return 0;
}

int bl_folder_tree(int package, const char *path, struct bl_arena *arena,
                   struct bl_folder_entry **entries, size_t *count, struct bl_err *err)
{
    struct walk walk = {.package = package, .arena = arena, .err = err};
    struct bl_folder_entry self;
    const char *slash = strrchr(path, '/');

    walk.files = bl_arena_alloc(arena, BL_PROGRAM_FILES_MAX, sizeof(*walk.files), err);
    if (!walk.files || bl_folder_stat(package, path, &self, err))
        return -1;
    if (self.kind == BL_FOLDER_FILE) {
        if (add_file(&walk, &self, slash ? slash + 1 : path))
            return -1;
    } else if (walk_folder(&walk, path, strlen(path) + 1)) {
        return -1;
    }
    *entries = walk.files;
    *count = walk.count;
    return 0;
}

bool bl_folder_name_allowed(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = strlen(name);

    return length >= 1 && length <= 255 && name[0] != '-' && name[0] != '.' &&
           strspn(name, allowed) == length;
}
