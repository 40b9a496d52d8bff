/* testdata.c - walking data/; see testdata.h. Group files are read in testdata_config.c. */
#include "executor/judge/testdata.h"

#include <stdlib.h>
#include <string.h>

#include "executor/judge/testdata_config.h"
#include "executor/language/folder.h"

struct walk {
    struct bl_testdata *data;
    const struct bl_problem *problem;
    int package;
    struct bl_arena *arena;
    struct bl_warnings *warnings;
    struct bl_err *err;
};

/* One child of a group, in judging order: by base name, which is not the order of the files'
 * names ("a-b.in" stands before "a.in", but "a" before "a-b"). */
struct item {
    const char *base;
    const struct bl_folder_entry *entry;
};

static int by_base(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->base, ((const struct item *)b)->base);
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int collect_items(struct walk *walk, const struct bl_folder_entry *entries, size_t count,
                         struct item **items, size_t *item_count)
{
    *items = bl_arena_alloc(walk->arena, count ? count : 1, sizeof(**items), walk->err);
    if (!*items)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const char *name = entries[i].name;
        bool folder = entries[i].kind == BL_FOLDER_DIRECTORY;

        if (folder ? ends_with(name, ".files") : !ends_with(name, ".in"))
            continue;
        (*items)[*item_count].entry = &entries[i];
        (*items)[*item_count].base =
            bl_arena_string(walk->arena, name, strlen(name) - (folder ? 0 : 3), walk->err);
        if (!(*items)[(*item_count)++].base)
            return -1;
    }
    qsort(*items, *item_count, sizeof(**items), by_base);
    return 0;
}

/* The path "data/secret/x" + suffix where such a file or folder is; NULL where not. */
static int sibling(struct walk *walk, const char *stem, const char *suffix,
                   enum bl_folder_kind kind, const char **path)
{
    struct bl_folder_entry entry;

    *path = bl_arena_format(walk->arena, walk->err, "%s%s", stem, suffix);
    if (!*path || bl_folder_stat(walk->package, *path, &entry, walk->err))
        return -1;
    if (entry.kind != kind)
        *path = NULL;
    return 0;
}

static int settle_flags(struct walk *walk, struct bl_testcase *testcase)
{
    if (walk->problem->custom_validator)
        return 0;
    if (bl_compare_flags_parse(&testcase->compare, testcase->validator_args, walk->err)) {
        char reason[BL_ERR_DETAIL_MAX];

        (void)snprintf(reason, sizeof(reason), "%s", walk->err->detail); /* a cut text will do */
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "data/%.60s: %.150s", testcase->name, reason);
    }
    if (testcase->compare.repeated && walk->problem->format != BL_FORMAT_LEGACY)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "data/%.60s: a tolerance is given twice",
                       testcase->name);
    return 0;
}

static int add_case(struct walk *walk, const struct item *item, unsigned group)
{
    struct bl_testdata *data = walk->data;
    struct bl_testcase *testcase = &data->cases[data->case_count];
    const char *stem;

    if (data->case_count == BL_TESTCASES_MAX)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "data: more than %d testcases",
                       BL_TESTCASES_MAX);
    data->case_count++;
    stem =
        bl_arena_string(walk->arena, item->entry->path, strlen(item->entry->path) - 3, walk->err);
    if (!stem)
        return -1;
    testcase->name = stem + strlen("data/");
    testcase->input_path = item->entry->path;
    testcase->group = group;
    testcase->args = data->groups[group].args;
    testcase->validator_args = data->groups[group].validator_args;
    if (sibling(walk, stem, ".ans", BL_FOLDER_FILE, &testcase->answer_path) ||
        sibling(walk, stem, ".files", BL_FOLDER_DIRECTORY, &testcase->files_path))
        return -1;
    if (!testcase->answer_path)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "%s: no %s.ans beside it",
                       testcase->input_path, item->base);
    if (bl_testcase_config_read(testcase, stem, walk->problem, walk->package, walk->arena,
                                walk->err))
        return -1;
    return settle_flags(walk, testcase);
}

static int add_group(struct walk *walk, const char *name, unsigned parent, unsigned *number)
{
    struct bl_testdata *data = walk->data;
    struct bl_group *group = &data->groups[data->group_count];

    if (data->group_count == BL_GROUPS_MAX)
        return bl_fail(walk->err, BL_STEP_PACKAGE, 0, "data: more than %d groups", BL_GROUPS_MAX);
    *number = data->group_count++;
    *group = data->groups[parent];
    group->name = name;
    group->parent = parent;
    group->first = data->case_count;
    group->ignore_sample = false;
    return bl_group_config_read(group, walk->problem, walk->package, walk->arena, walk->warnings,
                                walk->err);
}

/* An answer without its input would have been a testcase, but for somebody's mistake. */
static int warn_of_lone_answers(struct walk *walk, const struct bl_folder_entry *entries,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bl_folder_entry input;
        const char *name = entries[i].name;
        const char *path;

        if (entries[i].kind != BL_FOLDER_FILE || !ends_with(name, ".ans"))
            continue;
        path = bl_arena_format(walk->arena, walk->err, "%.*s.in",
                               (int)strlen(entries[i].path) - (int)strlen(".ans"), entries[i].path);
        if (!path || bl_folder_stat(walk->package, path, &input, walk->err) ||
            (input.kind == BL_FOLDER_ABSENT &&
             bl_warn(walk->warnings, walk->arena, walk->err, "%s: no %.*s.in beside it, ignored",
                     entries[i].path, (int)strlen(name) - (int)strlen(".ans"), name)))
            return -1;
    }
    return 0;
}

/* Recursion is bounded by BL_FOLDER_DEPTH_MAX. */
static int walk_group(struct walk *walk, const char *path, unsigned parent)
{
    struct bl_folder_entry *entries;
    struct bl_folder_odd odd;
    struct item *items;
    size_t count, item_count = 0;
    unsigned group = 0;

    if (bl_folder_list_odd(walk->package, path, walk->arena, &entries, &count, &odd, walk->err) ||
        bl_warn_odd(walk->warnings, walk->arena, path, &odd, walk->err) ||
        warn_of_lone_answers(walk, entries, count) ||
        add_group(walk, path + strlen("data/"), parent, &group) ||
        collect_items(walk, entries, count, &items, &item_count))
        return -1;
    for (size_t i = 0; i < item_count; i++) {
        int failed = items[i].entry->kind == BL_FOLDER_DIRECTORY
                         ? walk_group(walk, items[i].entry->path, group)
                         : add_case(walk, &items[i], group);
        if (failed)
            return -1;
    }
    walk->data->groups[group].end = walk->data->case_count;
    return 0;
}

static int read_root(struct walk *walk)
{
    struct bl_group *root = &walk->data->groups[0];
    struct bl_folder_entry sample;
    static const char *const none[] = {NULL};

    root->name = "";
    root->break_on_reject = true;
    root->args = none;
    root->validator_args = walk->problem->validator_flags;
    walk->data->group_count = 1;
    if (bl_group_config_read(root, walk->problem, walk->package, walk->arena, walk->warnings,
                             walk->err) ||
        bl_folder_stat(walk->package, "data/sample", &sample, walk->err))
        return -1;
    if (sample.kind == BL_FOLDER_DIRECTORY && walk_group(walk, "data/sample", 0))
        return -1;
    if (walk_group(walk, "data/secret", 0))
        return -1;
    root->end = walk->data->case_count;
    return 0;
}

int bl_testdata_read(struct bl_testdata *data, const struct bl_problem *problem, int package,
                     struct bl_arena *arena, struct bl_warnings *warnings, struct bl_err *err)
{
    struct walk walk = {data, problem, package, arena, warnings, err};

    *data = (struct bl_testdata){0};
    data->cases = bl_arena_alloc(arena, BL_TESTCASES_MAX, sizeof(*data->cases), err);
    data->groups = bl_arena_alloc(arena, BL_GROUPS_MAX, sizeof(*data->groups), err);
    if (!data->cases || !data->groups || read_root(&walk))
        return -1;
    if (!data->case_count)
        return bl_fail(err, BL_STEP_PACKAGE, 0, "data: no testcase (NAME.in with NAME.ans)");
    return 0;
}
