#include "executor/cli/client/test_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"

struct walk {
    const char *folder;
    bool need_answers;
    struct bl_arena *arena;
    struct bl_test_file *tests;
    size_t count, room;
    struct bl_err *err;
};

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_input(const char *name)
{
    size_t length = strlen(name);

    return length > 3 && strcmp(name + length - 3, ".in") == 0;
}

static bool is_folder(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static int make_room(struct walk *walk)
{
    size_t room = walk->room ? 2 * walk->room : 64;
    struct bl_test_file *more;

    if (walk->count >= BL_TEST_FOLDER_CASES_MAX)
        return bl_fail(walk->err, BL_STEP_OPTION, 0, "--tests: %s: more than %d tests",
                       walk->folder, BL_TEST_FOLDER_CASES_MAX);
    if (walk->count < walk->room)
        return 0;
    more = reallocarray(walk->tests, room, sizeof(*more));
    if (!more)
        return bl_fail(walk->err, BL_STEP_MEMORY, ENOMEM, "tests");
    walk->tests = more;
    walk->room = room;
    return 0;
}

/* below: the folder of the test, below the one that was named; "": that one itself. */
static int add(struct walk *walk, const char *below, const char *file)
{
    struct bl_test_file test = {.group = below};
    const char *slash = below[0] ? "/" : "";
    int stem = (int)strlen(file) - 3;
    struct stat is;

    if (make_room(walk) < 0)
        return -1;
    test.name = bl_arena_format(walk->arena, walk->err, "%s%s%.*s", below, slash, stem, file);
    test.input = test.name
                     ? bl_arena_format(walk->arena, walk->err, "%s/%s.in", walk->folder, test.name)
                     : NULL;
    test.answer =
        test.input ? bl_arena_format(walk->arena, walk->err, "%s/%s.ans", walk->folder, test.name)
                   : NULL;
    if (!test.answer)
        return -1;
    if (stat(test.answer, &is) < 0) {
        if (walk->need_answers || errno != ENOENT)
            return bl_fail(walk->err, BL_STEP_FILE_READ, errno, "%s", test.answer);
        test.answer = NULL;
    }
    walk->tests[walk->count++] = test;
    return 0;
}

static int list(struct walk *walk, const char *below, unsigned depth);

/* One round for the tests, another for the folders. */
static int take(struct walk *walk, const char *below, unsigned depth, const char *name,
                bool folders)
{
    const char *path, *slash = below[0] ? "/" : "";
    const char *deeper = bl_arena_format(walk->arena, walk->err, "%s%s%s", below, slash, name);

    if (!deeper)
        return -1;
    path = bl_arena_format(walk->arena, walk->err, "%s/%s", walk->folder, deeper);
    if (!path)
        return -1;
    if (is_folder(path))
        return folders ? list(walk, deeper, depth + 1) : 0;
    return !folders && is_input(name) ? add(walk, below, name) : 0;
}

/* Recursion: as deep as BL_TEST_FOLDER_DEPTH_MAX. */
static int list(struct walk *walk, const char *below, unsigned depth)
{
    const char *path = bl_arena_format(walk->arena, walk->err, "%s/%s", walk->folder, below);
    struct dirent **entries = NULL;
    int count, status = 0;

    if (!path)
        return -1;
    if (depth > BL_TEST_FOLDER_DEPTH_MAX)
        return bl_fail(walk->err, BL_STEP_OPTION, 0, "--tests: %s: deeper than %d folders", path,
                       BL_TEST_FOLDER_DEPTH_MAX);
    count = scandir(path, &entries, not_hidden, bytewise);
    if (count < 0)
        return bl_fail(walk->err, BL_STEP_FILE_READ, errno, "%s", path);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count && status == 0; i++)
            status = take(walk, below, depth, entries[i]->d_name, round == 1);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return status;
}

int bl_test_folder_list(const char *folder, bool need_answers, struct bl_arena *arena,
                        struct bl_test_file **tests, size_t *count, struct bl_err *err)
{
    struct walk walk = {.folder = folder, .need_answers = need_answers, .arena = arena, .err = err};
    int status = list(&walk, "", 0);

    if (status == 0 && walk.count == 0)
        status = bl_fail(err, BL_STEP_OPTION, 0, "--tests: %s: no NAME.in is there", folder);
    if (status < 0) {
        free(walk.tests);
        return -1;
    }
    *tests = walk.tests;
    *count = walk.count;
    return 0;
}
