/* submissions.c - listing submissions; see submissions.h. submissions.yaml is in rules.c. */
#include "executor/judge/submissions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/judge/rules.h"

/* A tag stands at a source's top; what follows this is not looked at. */
enum { TAG_BYTES_MAX = 256 * 1024 };

struct reading {
    struct bl_submissions *list;
    const struct bl_problem *problem;
    const struct bl_yaml_file *yaml;
    int package;
    struct bl_arena *arena;
    struct bl_warnings *warnings;
    struct bl_err *err;
};

static int read_tag(int folder, const struct bl_folder_entry *source, uint32_t *final,
                    struct bl_err *err)
{
    bl_autoclose int fd = -1;
    bl_autofree char *bytes = malloc(TAG_BYTES_MAX);
    ssize_t length;

    *final = 0;
    if (!bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%s", source->path);
    if (bl_folder_file(folder, source->path, &fd, NULL, err))
        return -1;
    length = pread(fd, bytes, TAG_BYTES_MAX, 0);
    if (length < 0)
        return bl_fail(err, BL_STEP_PACKAGE, errno, "%s", source->path);
    return bl_expectation_tag(bytes, (size_t)length, final, err);
}

int bl_submission_read_tag(struct bl_submission *submission, struct bl_err *err)
{
    const struct bl_program *program = &submission->program;

    for (size_t i = 0; i < program->file_count; i++) {
        uint32_t final;

        if (read_tag(program->folder, &program->files[i], &final, err))
            return -1;
        if (final) {
            submission->expected.final = final;
            return 0;
        }
    }
    return 0;
}

static int add_submission(struct reading *reading, const char *folder,
                          const struct bl_folder_entry *entry)
{
    struct bl_submissions *list = reading->list;
    struct bl_submission *submission = &list->items[list->count];
    const char *name = entry->path + strlen("submissions/");

    if (list->count == BL_SUBMISSIONS_MAX)
        return bl_fail(reading->err, BL_STEP_PACKAGE, 0, "submissions: more than %d",
                       BL_SUBMISSIONS_MAX);
    list->count++;
    if (bl_program_read(&submission->program, reading->package, entry->path, name, reading->arena,
                        reading->err) ||
        bl_rules_apply(submission, folder, reading->problem->format == BL_FORMAT_LEGACY,
                       reading->yaml, reading->arena, reading->err))
        return -1;
    return bl_submission_read_tag(submission, reading->err);
}

static int add_folder(struct reading *reading, const struct bl_folder_entry *folder)
{
    struct bl_folder_entry *entries;
    struct bl_folder_odd odd;
    size_t count;

    if (bl_folder_list_odd(reading->package, folder->path, reading->arena, &entries, &count, &odd,
                           reading->err) ||
        bl_warn_odd(reading->warnings, reading->arena, folder->path, &odd, reading->err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (add_submission(reading, folder->name, &entries[i]))
            return -1;
    return 0;
}

int bl_submissions_read(struct bl_submissions *submissions, const struct bl_problem *problem,
                        int package, struct bl_arena *arena, struct bl_warnings *warnings,
                        struct bl_err *err)
{
    struct bl_yaml_file yaml;
    struct reading reading = {submissions, problem, &yaml, package, arena, warnings, err};
    struct bl_folder_entry *folders;
    size_t count;

    submissions->count = 0;
    submissions->items =
        bl_arena_alloc(arena, BL_SUBMISSIONS_MAX, sizeof(*submissions->items), err);
    if (!submissions->items || bl_rules_read(&yaml, package, arena, err) ||
        bl_folder_list(package, "submissions", arena, &folders, &count, err))
        return -1;
    for (int accepted = 1; accepted >= 0; accepted--)
        for (size_t i = 0; i < count; i++) {
            bool first = strcmp(folders[i].name, "accepted") == 0;

            if (folders[i].kind == BL_FOLDER_DIRECTORY && first == accepted &&
                add_folder(&reading, &folders[i]))
                return -1;
            if (folders[i].kind == BL_FOLDER_FILE && accepted &&
                strcmp(folders[i].name, "submissions.yaml") != 0 &&
                bl_warn(warnings, arena, err, "%s: in no folder of submissions/, ignored",
                        folders[i].path))
                return -1;
        }
    return 0;
}
