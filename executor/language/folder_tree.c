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

/* The length of the sequence that begins here, 0 where none does (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first, last, second_least, second_most, length;
    } rows[] = {
        {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (at[0] < rows[i].first || at[0] > rows[i].last)
            continue;
        if (rows[i].length > left)
            return 0;
        if (rows[i].length > 1 && (at[1] < rows[i].second_least || at[1] > rows[i].second_most))
            return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        return rows[i].length;
    }
    return 0;
}

bool bl_utf8_valid(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t step = utf8_sequence((const unsigned char *)bytes + at, length - at);

        if (!step)
            return false;
        at += step;
    }
    return true;
}
