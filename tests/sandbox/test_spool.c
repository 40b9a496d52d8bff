/* The spool: scratch space that nobody else sees. Needs root, no sandbox. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/spool.h"

static int make(void **state)
{
    struct bl_spool *spool = NULL;
    struct bl_err err;

    if (geteuid() == 0 && bl_spool_new(&spool, 4 << 20, &err) != 0)
        return -1;
    *state = spool;
    return 0;
}

static int unmake(void **state)
{
    struct bl_spool *spool = *state;

    bl_spool_free(&spool);
    return 0;
}

static struct bl_spool *spool_of(void **state)
{
    const char *must = getenv("BAILIFF_MUST_ISOLATE");

    if (*state)
        return *state;
    if (must && strcmp(must, "1") == 0)
        fail();
    print_message("a spool needs root\n");
    skip();
    return NULL;
}

static int folder_of(struct bl_spool *spool, char name[BL_SPOOL_NAME_MAX])
{
    struct bl_err err;
    int fd = -1;

    assert_int_equal(bl_spool_folder(spool, &fd, name, &err), 0);
    return fd;
}

static void expect_content(int folder, const char *name, const char *content, unsigned mode)
{
    bl_autoclose int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    char text[64] = "";
    struct stat is;

    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text) - 1), strlen(content));
    assert_string_equal(text, content);
    assert_int_equal(fstat(fd, &is), 0);
    assert_int_equal(is.st_mode & 07777, mode);
}

static void spool__holds_files_in_nested_folders(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);
    struct bl_err err;
    mode_t mask = umask(077); /* must not matter */

    assert_int_equal(bl_spool_put_bytes(folder, "a/b/c.txt", "one", 3, 0, &err), 0);
    assert_int_equal(bl_spool_put_bytes(folder, "a/b/run", "two", 3, 0755, &err), 0);
    (void)umask(mask);
    expect_content(folder, "a/b/c.txt", "one", 0444);
    expect_content(folder, "a/b/run", "two", 0755);
    bl_spool_remove(spool, name);
}

static void spool__copies_a_whole_file_whatever_its_offset(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);
    bl_autoclose int source = memfd_create("source", MFD_CLOEXEC);
    struct bl_err err;

    assert_int_equal(write(source, "content", 7), 7);
    assert_int_equal(bl_spool_put(folder, "copy", source, 0111, &err), 0);
    expect_content(folder, "copy", "content", 0555);
    bl_spool_remove(spool, name);
}

static void spool__refuses_names_that_lead_out(void **state)
{
    static const char *const names[] = {"",     "/etc/x", "..",   "a/../../x", "../x",
                                        "a//b", "./x",    "a\nb", "a/",        "a/..",
                                        ".",    "/",      "\x01", "a/./b"};
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);

    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        struct bl_err err;

        assert_int_equal(bl_spool_put_bytes(folder, names[i], "x", 1, 0, &err), -1);
        assert_int_equal(err.step, BL_STEP_FIELD);
    }
    bl_spool_remove(spool, name);
}

static void spool__follows_no_link(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);
    struct bl_err err;

    assert_int_equal(symlinkat("/tmp", folder, "out"), 0);
    assert_int_equal(bl_spool_put_bytes(folder, "out/x", "x", 1, 0, &err), -1);
    assert_int_equal(bl_spool_put_bytes(folder, "out", "x", 1, 0, &err), -1);
    assert_int_equal(err.step, BL_STEP_INPUT);
    bl_spool_remove(spool, name);
    assert_int_equal(access("/tmp", F_OK), 0);
}

static void spool__refuses_a_name_that_is_taken(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);
    struct bl_err err;

    assert_int_equal(bl_spool_put_bytes(folder, "a", "first", 5, 0, &err), 0);
    assert_int_equal(bl_spool_put_bytes(folder, "a", "second", 6, 0, &err), -1);
    assert_int_equal(err.step, BL_STEP_INPUT);
    assert_int_equal(bl_spool_put_bytes(folder, "a/b", "third", 5, 0, &err), -1);
    assert_int_equal(err.step, BL_STEP_INPUT);
    expect_content(folder, "a", "first", 0444);
    bl_spool_remove(spool, name);
}

static void spool__leaves_nothing_of_a_file_that_does_not_fit(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    bl_autoclose int folder = folder_of(spool, name);
    size_t size = 5 << 20; /* the spool holds 4 MiB */
    bl_autofree char *bytes = calloc(1, size);
    struct bl_err err;

    assert_non_null(bytes);
    assert_int_equal(bl_spool_put_bytes(folder, "big", bytes, size, 0, &err), -1);
    assert_int_equal(err.step, BL_STEP_SPOOL);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_int_equal(faccessat(folder, "big", F_OK, 0), -1);
    assert_int_equal(bl_spool_put_bytes(folder, "fits", bytes, 1 << 20, 0, &err), 0);
    bl_spool_remove(spool, name);
}

static void spool__removal_takes_all_of_a_folder_and_gives_its_room_back(void **state)
{
    struct bl_spool *spool = spool_of(state);
    size_t size = 3 << 20;
    bl_autofree char *bytes = calloc(1, size);

    assert_non_null(bytes);
    for (int round = 0; round < 4; round++) {
        char name[BL_SPOOL_NAME_MAX];
        bl_autoclose int folder = folder_of(spool, name);
        struct bl_err err;

        assert_int_equal(bl_spool_put_bytes(folder, "deep/er/big", bytes, size, 0, &err), 0);
        bl_spool_remove(spool, name);
        assert_int_equal(faccessat(folder, "deep", F_OK, 0), -1);
    }
}

static void spool__unnamed_files_are_read_and_written(void **state)
{
    struct bl_spool *spool = spool_of(state);
    bl_autoclose int fd = -1;
    struct bl_err err;
    char text[4] = "";

    assert_int_equal(bl_spool_file(spool, &fd, &err), 0);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(pread(fd, text, 3, 0), 3);
    assert_string_equal(text, "abc");
}

/* The host's namespace is pid 1's. */
static void spool__is_seen_by_nobody_else(void **state)
{
    bl_autoclose int folder = -1;
    char name[BL_SPOOL_NAME_MAX], outside[96];

    folder = folder_of(spool_of(state), name);
    assert_int_equal(access("/run/bailiff", F_OK), 0);
    (void)snprintf(outside, sizeof(outside), "/proc/1/root/run/bailiff/%s", name);
    assert_int_equal(access(outside, F_OK), -1);
    bl_spool_remove(*state, name);
}

/* By bailiffd, which makes it as root and uses it as somebody else. The child asserts nothing: it
 * must not come back into the runner. */
static void spool__is_of_use_to_whom_it_was_given(void **state)
{
    struct bl_spool *spool = spool_of(state);
    char name[BL_SPOOL_NAME_MAX];
    struct bl_err err;
    int status, fd = -1, folder = -1;
    pid_t pid = fork();

    if (pid == 0) {
        if (bl_spool_give(spool, 64321, 64321, &err) != 0 || setgroups(0, NULL) != 0 ||
            setresgid(64321, 64321, 64321) != 0 || setresuid(64321, 64321, 64321) != 0 ||
            bl_spool_file(spool, &fd, &err) != 0 ||
            bl_spool_folder(spool, &folder, name, &err) != 0 ||
            bl_spool_put_bytes(folder, "a/b", "x", 1, 0755, &err) != 0)
            _exit(1);
        bl_spool_remove(spool, name);
        _exit(faccessat(folder, "a", F_OK, 0) == 0 ? 2 : 0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spool__holds_files_in_nested_folders),
        cmocka_unit_test(spool__copies_a_whole_file_whatever_its_offset),
        cmocka_unit_test(spool__refuses_names_that_lead_out),
        cmocka_unit_test(spool__follows_no_link),
        cmocka_unit_test(spool__refuses_a_name_that_is_taken),
        cmocka_unit_test(spool__leaves_nothing_of_a_file_that_does_not_fit),
        cmocka_unit_test(spool__removal_takes_all_of_a_folder_and_gives_its_room_back),
        cmocka_unit_test(spool__unnamed_files_are_read_and_written),
        cmocka_unit_test(spool__is_seen_by_nobody_else),
        cmocka_unit_test(spool__is_of_use_to_whom_it_was_given),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
