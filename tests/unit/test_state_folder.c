/* The folder of state.directory: which ones are taken. Whose they are is tried by root in
 * tests/e2e/daemon/test_state.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/daemon/state_folder.h"

enum { PATH_MAX_BYTES = 100 };

struct scene {
    char base[PATH_MAX_BYTES];
    char path[PATH_MAX_BYTES + 20]; /* what is to be taken */
    struct bl_identity owner;       /* we ourselves */
    struct bl_identity other;
};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    *state = scene;
    (void)snprintf(scene->base, sizeof(scene->base), "/tmp/bailiff-state-XXXXXX");
    assert_non_null(mkdtemp(scene->base));
    (void)snprintf(scene->path, sizeof(scene->path), "%s/state", scene->base);
    scene->owner = (struct bl_identity){geteuid(), getegid(), true};
    scene->other = (struct bl_identity){geteuid() + 1, getegid() + 1, true};
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    char command[PATH_MAX_BYTES + 20];

    (void)snprintf(command, sizeof(command), "rm -rf %s", scene->base);
    assert_int_equal(system(command), 0);
    free(scene);
    return 0;
}

static void make_folder(const struct scene *scene, const char *below, mode_t mode)
{
    char path[PATH_MAX_BYTES + 80];

    (void)snprintf(path, sizeof(path), "%s%s", scene->path, below);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void make_file(const struct scene *scene, const char *below)
{
    char path[PATH_MAX_BYTES + 80];
    bl_autoclose int fd = -1;

    (void)snprintf(path, sizeof(path), "%s%s", scene->path, below);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
}

static mode_t mode_of(const char *path)
{
    struct stat is;

    assert_int_equal(lstat(path, &is), 0);
    return is.st_mode & 07777;
}

static void expect_free(const struct scene *scene, const struct bl_identity *owner)
{
    struct bl_err err;

    if (bl_state_folder_check(scene->path, owner, &err) != 0)
        fail_msg("%s", err.detail);
}

/* By the check, which changes nothing, and by who would take it. */
static void expect_refused(const struct scene *scene, const struct bl_identity *owner,
                           const char *said)
{
    bl_autoclose int fd = -1;
    struct bl_err checked, taken;

    assert_int_equal(bl_state_folder_check(scene->path, owner, &checked), -1);
    assert_int_equal(bl_state_folder_take(&fd, scene->path, owner, &taken), -1);
    assert_int_equal(fd, -1);
    assert_int_equal(checked.step, BL_STEP_CONFIG);
    assert_string_equal(checked.detail, taken.detail);
    assert_int_equal(checked.sys_errno, taken.sys_errno);
    assert_non_null(strstr(checked.detail, "state.directory: "));
    assert_non_null(strstr(checked.detail, scene->path));
    if (!strstr(checked.detail, said))
        fail_msg("%s: %s", said, checked.detail);
}

static void state__is_made_for_its_owner_alone(void **state)
{
    const struct scene *scene = *state;
    bl_autoclose int fd = -1;
    struct bl_err err;

    expect_free(scene, &scene->owner);
    assert_int_equal(access(scene->path, F_OK), -1); /* only checked */
    assert_int_equal(bl_state_folder_take(&fd, scene->path, &scene->owner, &err), 0);
    assert_true(fd >= 0);
    assert_int_equal(mode_of(scene->path), 0700);
}

static void state__of_its_owner_is_taken_with_all_that_is_in_it(void **state)
{
    const struct scene *scene = *state;
    bl_autoclose int fd = -1;
    struct bl_err err;

    make_folder(scene, "", 0755);
    make_file(scene, "/notes");
    expect_free(scene, &scene->owner);
    assert_int_equal(mode_of(scene->path), 0755);
    assert_int_equal(bl_state_folder_take(&fd, scene->path, &scene->owner, &err), 0);
    assert_int_equal(mode_of(scene->path), 0700);
}

static void state__of_somebody_else_is_left_as_it_is(void **state)
{
    const struct scene *scene = *state;

    make_folder(scene, "", 01777);
    expect_refused(scene, &scene->other, "others may write to it"); /* /var/tmp, say */
    assert_int_equal(mode_of(scene->path), 01777);
    assert_int_equal(chmod(scene->path, 0755), 0);
    expect_free(scene, &scene->other); /* nobody can miss it */
    make_folder(scene, "/lost+found", 0700);
    expect_free(scene, &scene->other);
    make_file(scene, "/his");
    expect_refused(scene, &scene->other, "is neither empty nor the worker's user's");
    assert_int_equal(mode_of(scene->path), 0755);
}

static void state__with_a_store_is_bailiffds(void **state)
{
    const struct scene *scene = *state;

    make_folder(scene, "", 0755);
    make_folder(scene, "/store", 0700);
    expect_refused(scene, &scene->other, "is neither empty");
    make_file(scene, "/store/.bailiff-store");
    expect_free(scene, &scene->other);
    make_file(scene, "/more");
    expect_refused(scene, &scene->other, "is neither empty");
}

/* Where anybody may write anybody can have made it. */
static void state__with_a_store_that_anybody_could_make_is_not(void **state)
{
    const struct scene *scene = *state;
    char store[PATH_MAX_BYTES + 40];

    make_folder(scene, "", 01777);
    make_folder(scene, "/store", 0700);
    make_file(scene, "/store/.bailiff-store");
    expect_refused(scene, &scene->other, "others may write to it");
    assert_int_equal(chmod(scene->path, 0755), 0);
    expect_free(scene, &scene->other);
    (void)snprintf(store, sizeof(store), "%s/store", scene->path);
    assert_int_equal(chmod(store, 0777), 0);
    expect_refused(scene, &scene->other, "is neither empty");
}

static void state__behind_a_link_is_refused(void **state)
{
    const struct scene *scene = *state;
    char store[PATH_MAX_BYTES + 40];

    assert_int_equal(symlink(scene->base, scene->path), 0);
    expect_refused(scene, &scene->owner, "is no folder, or a link to one");
    assert_int_equal(unlink(scene->path), 0);
    make_folder(scene, "", 0755);
    (void)snprintf(store, sizeof(store), "%s/store", scene->path);
    assert_int_equal(symlink(scene->base, store), 0); /* which could have a mark */
    expect_refused(scene, &scene->other, "is neither empty");
}

static void state__that_can_not_be_made_is_told(void **state)
{
    struct scene *scene = *state;

    make_file(scene, "");
    expect_refused(scene, &scene->owner, "is no folder");
    (void)snprintf(scene->path, sizeof(scene->path), "%s/a/b", scene->base);
    expect_refused(scene, &scene->owner, "make it below a folder that is there");
    (void)snprintf(scene->path, sizeof(scene->path), "%s/a//", scene->base);
    expect_free(scene, &scene->owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(state__is_made_for_its_owner_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state__of_its_owner_is_taken_with_all_that_is_in_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(state__of_somebody_else_is_left_as_it_is, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(state__with_a_store_is_bailiffds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state__with_a_store_that_anybody_could_make_is_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(state__behind_a_link_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state__that_can_not_be_made_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
