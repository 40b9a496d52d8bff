/* Files that appear whole, and names that must not lead out of their folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/cli/whole_file.h"

struct place {
    char path[64];
    int folder; /* of path */
    int source; /* a file that holds "new" */
};

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is;
    (void)kind;
    (void)at;
    return remove(path);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    (void)snprintf(place->path, sizeof(place->path), "/tmp/bailiff-whole-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->folder = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    place->source = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_int_equal(write(place->source, "new", 3), 3);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    (void)nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    bl_close_fd(&place->folder);
    bl_close_fd(&place->source);
    free(place);
    return 0;
}

static void put(const struct place *place, const char *name, const char *text)
{
    bl_autoclose int fd = openat(place->folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_holds(const struct place *place, const char *name, const char *text)
{
    bl_autoclose int fd = openat(place->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char got[32] = "";

    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof(got) - 1), strlen(text));
    assert_string_equal(got, text);
}

/* Nothing but what the test put there: no temporary file is left. */
static void assert_no_remnant(const struct place *place)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "test -z \"$(find %s -name '.bailiff-*')\"",
                   place->path);
    assert_int_equal(system(command), 0);
}

static int copy(const struct place *place, const char *name, struct bl_err *err)
{
    return bl_whole_file_copy_beneath(place->folder, name, place->source, 0755, err);
}

static void whole_file__copies_beneath_and_makes_folders(void **state)
{
    const struct place *place = *state;
    struct bl_err err;
    struct stat is;

    assert_int_equal(copy(place, "a/b/c.txt", &err), 0);
    assert_holds(place, "a/b/c.txt", "new");
    assert_int_equal(fstatat(place->folder, "a/b/c.txt", &is, 0), 0);
    assert_true(is.st_mode & S_IXUSR);
    assert_int_equal(copy(place, "a/b/c.txt", &err), 0); /* again: replaced */
    assert_no_remnant(place);
}

static void whole_file__never_leaves_the_folder(void **state)
{
    static const char *const names[] = {"../x",   "a/../../x", "/tmp/bailiff-whole-file",
                                        "a/..",   "..",        ".",
                                        "",       "a//x",      "link/x",
                                        "file/x", "link",      "folder"};
    const struct place *place = *state;

    assert_int_equal(mkdirat(place->folder, "folder", 0700), 0);
    assert_int_equal(symlinkat("/tmp", place->folder, "link"), 0);
    put(place, "file", "old");
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        struct bl_err err = {0};

        if (copy(place, names[i], &err) == 0)
            fail_msg("\"%s\" was written", names[i]);
        assert_int_equal(err.step, BL_STEP_FILE_WRITE);
    }
    assert_int_equal(access("/tmp/bailiff-whole-file", F_OK), -1);
    assert_holds(place, "file", "old");
    assert_no_remnant(place);
}

static void whole_file__replaces_a_file_and_not_a_link_target(void **state)
{
    const struct place *place = *state;
    char path[96];
    struct bl_err err;
    struct stat before, after;

    put(place, "old", "old");
    (void)snprintf(path, sizeof(path), "%s/old", place->path);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(bl_whole_file_write(path, "new", 3, &err), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino); /* another file took its name */
    assert_holds(place, "old", "new");
    assert_no_remnant(place);
}

static void whole_file__writes_through_what_is_no_file(void **state)
{
    struct bl_err err;
    struct stat is;

    (void)state;
    assert_int_equal(bl_whole_file_write("/dev/null", "new", 3, &err), 0);
    assert_int_equal(bl_whole_file_write("/dev/full", "new", 3, &err), -1);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_int_equal(lstat("/dev/full", &is), 0);
    assert_true(S_ISCHR(is.st_mode));
}

static void whole_file__check_finds_what_a_write_would(void **state)
{
    const struct place *place = *state;
    char missing[96], folder[96], good[96];
    struct bl_err err;

    (void)snprintf(missing, sizeof(missing), "%s/none/x", place->path);
    (void)snprintf(folder, sizeof(folder), "%s/", place->path);
    (void)snprintf(good, sizeof(good), "%s/x", place->path);
    assert_int_equal(bl_whole_file_check(missing, &err), -1);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(bl_whole_file_check(folder, &err), -1);
    assert_int_equal(bl_whole_file_check(place->path, &err), -1);
    assert_int_equal(err.sys_errno, EISDIR);
    assert_int_equal(bl_whole_file_check(good, &err), 0);
    assert_int_equal(access(good, F_OK), -1); /* nothing was created */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(whole_file__copies_beneath_and_makes_folders),
        TEST(whole_file__never_leaves_the_folder),
        TEST(whole_file__replaces_a_file_and_not_a_link_target),
        TEST(whole_file__writes_through_what_is_no_file),
        TEST(whole_file__check_finds_what_a_write_would),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
