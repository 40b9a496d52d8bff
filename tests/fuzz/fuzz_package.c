/* Problem packages: a whole folder made of the bytes, links among its files, is read or refused in
 * words, and what was read keeps what the headers promise. The bytes are an archive: a line "@path"
 * begins a file, "@path@target" is a link, what follows up to the next such line its content. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/utf8.h"
#include "executor/judge/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_LENGTH_MAX = 120, FILES_MAX = 64 };

static char folder[] = "/dev/shm/bailiff-fuzz-package-XXXXXX";

/* ---- the folder -------------------------------------------------------------------------------
 */

/* Opens the folder that the last name of a path lies in, made where it is not there; never through
 * a link, for those lead wherever the bytes say. *name: that last name. */
static int enter_parent(int root, char *path, const char **name)
{
    int at = dup(root);

    for (char *slash; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        bl_autoclose int up = at;
        *slash = '\0';
        if (strcmp(path, "..") == 0)
            return -1;
        (void)mkdirat(up, *path ? path : ".", 0755); /* it may be there */
        at = openat(up, *path ? path : ".", O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
    }
    *name = path;
    return at;
}

static void put(int root, char *path, const char *target, const char *bytes, size_t length)
{
    const char *name;
    bl_autoclose int parent = enter_parent(root, path, &name);
    bl_autoclose int file = -1;

    if (parent < 0 || !*name || strcmp(name, "..") == 0)
        return;
    if (target) {
        (void)symlinkat(target, parent, name);
        return;
    }
    file = openat(parent, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file >= 0 && length > 0)
        (void)!write(file, bytes, length);
}

/* One "@..." line and what belongs to it; returns where the next begins. */
static const char *unpack_one(int root, const char *at, const char *end)
{
    const char *line_end = memchr(at, '\n', (size_t)(end - at)), *next;
    char path[PATH_LENGTH_MAX + 1], *target;
    size_t length;

    if (!line_end)
        return end;
    length = (size_t)(line_end - at) - 1;
    next = memmem(line_end, (size_t)(end - line_end), "\n@", 2);
    if (length <= PATH_LENGTH_MAX && !memchr(at, '\0', length + 1)) {
        const char *content = line_end + 1;
        memcpy(path, at + 1, length);
        path[length] = '\0';
        target = strchr(path, '@');
        if (target)
            *target++ = '\0';
        put(root, path, target, content,
            next && next < content ? 0 : (size_t)((next ? next + 1 : end) - content));
    }
    return next ? next + 1 : end;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void remove_folder(void)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what was read ----------------------------------------------------------------------------
 */

static void expect_package(const struct bl_package *package)
{
    const struct bl_problem *problem = &package->problem;
    const struct bl_testdata *data = &package->testdata;

    assert(package->fd >= 0 && package->name);
    assert(problem->memory_bytes > 0 && problem->output_bytes > 0 && problem->code_bytes > 0);
    assert(problem->validation_passes <= BL_PASSES_MAX);
    assert(bl_problem_time_limit(problem, 1) > 0);
    assert(data->case_count >= 1 && data->case_count <= BL_TESTCASES_MAX);
    assert(data->group_count >= 1 && data->group_count <= BL_GROUPS_MAX);
    for (unsigned i = 0; i < data->group_count; i++) {
        const struct bl_group *group = &data->groups[i];
        assert(group->parent < i || (i == 0 && group->parent == 0));
        assert(group->first <= group->end && group->end <= data->case_count);
    }
    for (size_t i = 0; i < data->case_count; i++) {
        const struct bl_testcase *testcase = &data->cases[i];
        assert(testcase->group < data->group_count && testcase->name[0]);
        assert(testcase->input_path[0] && testcase->answer_path[0]);
    }
    assert(package->submissions.count <= BL_SUBMISSIONS_MAX);
}

static void read_it(void)
{
    struct bl_err err = {.step = BL_STEP_NONE};
    struct bl_package package = {.fd = -1};

    if (bl_package_read(&package, folder, &err) == 0) {
        expect_package(&package);
        for (size_t i = 0; i < package.submissions.count; i++)
            if (bl_submission_read_tag(&package.submissions.items[i], &err) != 0)
                assert(err.detail[0]);
    } else {
        assert(package.fd == -1 && err.detail[0]);
        assert(err.step == BL_STEP_PACKAGE || err.step == BL_STEP_MEMORY);
    }
    bl_package_release(&package);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    bl_autoclose int root = -1;

    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return 0;
    root = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    for (unsigned files = 0; root >= 0 && at < end && *at == '@' && files < FILES_MAX; files++)
        at = unpack_one(root, at, end);
    if (root >= 0)
        read_it();
    remove_folder();
    return 0;
}
