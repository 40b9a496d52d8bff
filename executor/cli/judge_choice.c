#include "executor/cli/judge_choice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"

static const struct bl_submission *find(const struct bl_package *package, const char *name)
{
    static const char folder[] = "submissions/";

    if (strncmp(name, folder, strlen(folder)) == 0)
        name += strlen(folder);
    for (size_t i = 0; i < package->submissions.count; i++)
        if (strcmp(package->submissions.items[i].program.name, name) == 0)
            return &package->submissions.items[i];
    return NULL;
}

/* The path of one of the package's own, however it is written. */
static const struct bl_submission *find_by_path(const struct bl_package *package, const char *path)
{
    bl_autofree char *full = realpath(path, NULL);
    const char *at = full ? strstr(full, "/submissions/") : NULL;
    struct stat mine, theirs;

    for (; at; at = strstr(at + 1, "/submissions/")) {
        char end = full[at - full];

        full[at - full] = '\0';
        if (stat(full, &theirs) == 0 && fstat(package->fd, &mine) == 0 &&
            mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev)
            return find(package, at + 1);
        full[at - full] = end;
    }
    return NULL;
}

/* Once each; there is room for all. */
static void add(struct bl_judge_choice *choice, const struct bl_submission *submission)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->items[i].program.name == submission->program.name)
            return;
    choice->items[choice->count++] = *submission;
}

/* A file or folder from elsewhere: its folder is opened, and nothing above it is seen. */
static int add_foreign(struct bl_judge_choice *choice, struct bl_package *package, const char *path,
                       struct bl_err *err)
{
    struct bl_submission *submission = &choice->items[choice->count];
    bl_autofree char *full = realpath(path, NULL);
    char *slash = full ? strrchr(full, '/') : NULL;
    const char *name;
    int folder;

    if (!slash || !slash[1])
        return bl_fail(err, BL_STEP_INPUT, full ? EISDIR : errno,
                       "%s: no submission of the package, nor a file", path);
    name = bl_arena_string(&package->arena, slash + 1, strlen(slash + 1), err);
    *slash = '\0';
    folder = open(full[0] ? full : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "%s", full);
    choice->folders[choice->folder_count++] = folder;
    if (!name || bl_program_read(&submission->program, folder, name, name, &package->arena, err))
        return -1;
    choice->count++;
    return bl_submission_read_tag(submission, err);
}

static bool bounds_limit(const struct bl_submission *submission, const struct bl_testdata *data)
{
    for (size_t i = 0; i < data->case_count; i++)
        if (bl_expectation_lower(&submission->expected, data->cases[i].name))
            return true;
    return false;
}

static void add_limit_finders(struct bl_judge_choice *choice, const struct bl_package *package)
{
    for (size_t i = 0; i < choice->count; i++)
        if (bounds_limit(&choice->items[i], &package->testdata))
            return;
    for (size_t i = 0; i < package->submissions.count; i++)
        if (bounds_limit(&package->submissions.items[i], &package->testdata))
            add(choice, &package->submissions.items[i]);
}

int bl_judge_choose(struct bl_judge_choice *choice, struct bl_package *package,
                    const char *const *names, bool need_limit, struct bl_err *err)
{
    size_t named = 0;

    while (names[named])
        named++;
    *choice = (struct bl_judge_choice){0};
    choice->items = bl_arena_alloc(&package->arena, package->submissions.count + named + 1,
                                   sizeof(*choice->items), err);
    choice->folders = calloc(named + 1, sizeof(*choice->folders));
    if (!choice->items)
        return -1;
    if (!choice->folders)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "submissions");
    for (size_t i = 0; !named && i < package->submissions.count; i++)
        add(choice, &package->submissions.items[i]);
    for (; *names; names++) {
        const struct bl_submission *own = find(package, *names);

        if (!own)
            own = find_by_path(package, *names);
        if (own)
            add(choice, own);
        else if (add_foreign(choice, package, *names, err))
            return -1;
    }
    if (need_limit)
        add_limit_finders(choice, package);
    return 0;
}

void bl_judge_choice_release(struct bl_judge_choice *choice)
{
    for (size_t i = 0; i < choice->folder_count; i++)
        bl_close_fd(&choice->folders[i]);
    free(choice->folders);
    choice->folders = NULL;
    choice->folder_count = 0;
}
