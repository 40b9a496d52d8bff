/* The store's folder: whose it is, and what the start makes of what it finds there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/store_scene.h"

static void path_in(const struct store_scene *scene, const char *name,
                    char path[STORE_SCENE_PATH_MAX])
{
    (void)snprintf(path, STORE_SCENE_PATH_MAX, "%.150s/%.100s", scene->path, name);
}

static void make_file(const struct store_scene *scene, const char *name, mode_t mode)
{
    char path[STORE_SCENE_PATH_MAX];
    bl_autoclose int fd = -1;

    path_in(scene, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "some", 4), 4);
    assert_int_equal(fchmod(fd, mode), 0);
}

static bool is_there(const struct store_scene *scene, const char *name)
{
    char path[STORE_SCENE_PATH_MAX];
    struct stat is;

    path_in(scene, name, path);
    return lstat(path, &is) == 0;
}

static enum bl_step refusal(struct store_scene *scene, const char *path)
{
    struct bl_store *store = NULL;
    struct bl_err err;

    if (bl_store_open(&store, scene->loop, path, &scene->limits, &err) == 0) {
        bl_store_free(&store);
        return BL_STEP_NONE;
    }
    return err.step;
}

static void folder__is_one_process_s(void **state)
{
    struct store_scene *scene = *state;

    assert_int_equal(refusal(scene, scene->path), BL_STEP_STORE);
    bl_store_free(&scene->store);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_NONE);
}

static void folder__is_made_where_it_is_missing(void **state)
{
    struct store_scene *scene = *state;
    char path[STORE_SCENE_PATH_MAX], below[STORE_SCENE_PATH_MAX + 8];
    struct stat is;

    path_in(scene, "new", path);
    (void)snprintf(below, sizeof(below), "%s/a/b", path);
    assert_int_equal(refusal(scene, below), BL_STEP_STORE); /* its parents are not */
    assert_int_equal(refusal(scene, path), BL_STEP_NONE);
    assert_int_equal(stat(path, &is), 0);
    assert_int_equal(is.st_mode & 07777, 0700);
    path_in(scene, "new/.bailiff-store", below);
    assert_int_equal(unlink(below), 0);
    assert_int_equal(rmdir(path), 0);
}

/* A wrong path in a configuration. */
static void folder__with_other_files_is_not_taken(void **state)
{
    struct store_scene *scene = *state;

    bl_store_free(&scene->store);
    make_file(scene, "thesis.txt", 0644);
    make_file(scene, "tmp-notes", 0644);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_NONE); /* it has the mark */
    assert_true(is_there(scene, "thesis.txt"));
    make_file(scene, "tmp-notes", 0644);
    {
        char mark[STORE_SCENE_PATH_MAX];

        path_in(scene, ".bailiff-store", mark);
        assert_int_equal(unlink(mark), 0);
    }
    assert_int_equal(refusal(scene, scene->path), BL_STEP_STORE);
    assert_true(is_there(scene, "thesis.txt"));
    assert_true(is_there(scene, "tmp-notes"));
    assert_false(is_there(scene, ".bailiff-store"));
}

static void folder__of_another_version_is_not_taken(void **state)
{
    struct store_scene *scene = *state;
    char mark[STORE_SCENE_PATH_MAX];
    bl_autoclose int fd = -1;

    bl_store_free(&scene->store);
    path_in(scene, ".bailiff-store", mark);
    fd = open(mark, O_RDWR | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "9", 1, 14), 1);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_STORE);
    assert_int_equal(ftruncate(fd, 0), 0); /* who made it died at once */
    assert_int_equal(refusal(scene, scene->path), BL_STEP_NONE);
}

static void folder__that_others_write_to_is_not_taken(void **state)
{
    struct store_scene *scene = *state;

    bl_store_free(&scene->store);
    assert_int_equal(chmod(scene->path, 0770), 0);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_STORE);
    assert_int_equal(chmod(scene->path, 0755), 0);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_NONE);
    assert_int_equal(refusal(scene, "/proc/version"), BL_STEP_STORE);
    assert_int_equal(refusal(scene, ""), BL_STEP_STORE);
}

static const char digit_names[][BL_DIGEST_TEXT_MAX] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "1111111111111111111111111111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222222222222222222222222222",
    "3333333333333333333333333333333333333333333333333333333333333333",
    "4444444444444444444444444444444444444444444444444444444444444444",
    "5555555555555555555555555555555555555555555555555555555555555555",
};

/* Each is wrong in one way. */
static void make_suspicious(const struct store_scene *scene)
{
    char path[STORE_SCENE_PATH_MAX], other[STORE_SCENE_PATH_MAX];

    make_file(scene, digit_names[0], 0444); /* its mode */
    make_file(scene, digit_names[1], 0755);
    path_in(scene, digit_names[2], path);
    assert_int_equal(mkfifo(path, 0555), 0);
    path_in(scene, digit_names[3], path);
    assert_int_equal(symlink("/proc/version", path), 0);
    make_file(scene, digit_names[4], 0555);
    path_in(scene, digit_names[4], path);
    path_in(scene, "another-link", other);
    assert_int_equal(link(path, other), 0);
    path_in(scene, digit_names[5], path);
    assert_int_equal(mkdir(path, 0555), 0);
}

static void folder__suspicious_files_are_removed(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest file = store_scene_put(scene, 'a', 10);

    bl_store_free(&scene->store);
    make_suspicious(scene);
    store_scene_open(scene);
    for (size_t i = 0; i < BL_ARRAY_LEN(digit_names); i++)
        assert_false(is_there(scene, digit_names[i]));
    assert_int_equal(store_scene_usage(scene).removed, BL_ARRAY_LEN(digit_names));
    assert_int_equal(store_scene_usage(scene).files, 1);
    assert_int_equal(store_scene_refusal(scene, &file), BL_STEP_NONE);
}

static void folder__of_another_owner_s_file(void **state)
{
    struct store_scene *scene = *state;
    char path[STORE_SCENE_PATH_MAX];

    if (geteuid() != 0) {
        print_message("only root can make another's file\n");
        skip();
    }
    bl_store_free(&scene->store);
    make_file(scene, digit_names[0], 0555);
    path_in(scene, digit_names[0], path);
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(chmod(path, 0555), 0);
    store_scene_open(scene);
    assert_false(is_there(scene, digit_names[0]));
    bl_store_free(&scene->store);
    assert_int_equal(chown(scene->path, 65534, 65534), 0);
    assert_int_equal(refusal(scene, scene->path), BL_STEP_STORE);
    assert_int_equal(chown(scene->path, 0, 0), 0);
}

static void folder__half_written_files_are_removed_and_others_left(void **state)
{
    struct store_scene *scene = *state;
    static const char *const others[] = {
        "0000000000000000000000000000000000000000000000000000000000000000.bak",
        "000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000000000000000000000G", "README"};

    bl_store_free(&scene->store);
    make_file(scene, "tmp-0", 0600);
    make_file(scene, "tmp-18446744073709551615", 0555);
    for (size_t i = 0; i < BL_ARRAY_LEN(others); i++)
        make_file(scene, others[i], 0555);
    store_scene_open(scene);
    assert_false(is_there(scene, "tmp-0"));
    assert_false(is_there(scene, "tmp-18446744073709551615"));
    for (size_t i = 0; i < BL_ARRAY_LEN(others); i++)
        assert_true(is_there(scene, others[i]));
    assert_int_equal(store_scene_usage(scene).files, 0);
}

/* The order of use is in the files' atimes. */
static void folder__smaller_limits_keep_what_was_used_last(void **state)
{
    struct store_scene *scene = *state;
    struct bl_digest files[4];
    static const time_t used[] = {3000, 1000, 4000, 2000};

    for (size_t i = 0; i < 4; i++) {
        const struct timespec times[2] = {{.tv_sec = used[i]}, {.tv_nsec = UTIME_OMIT}};
        char path[STORE_SCENE_PATH_MAX];

        files[i] = store_scene_put(scene, (char)('a' + i), 100);
        store_scene_file_path(scene, &files[i], path);
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    }
    scene->limits.files_max = 2;
    store_scene_reopen(scene);
    assert_int_equal(store_scene_names(scene), 2);
    assert_true(bl_store_has(scene->store, &files[0]));
    assert_true(bl_store_has(scene->store, &files[2]));
    /* Used now, long after; and so it stays the newest over the next restart. */
    assert_int_equal(store_scene_refusal(scene, &files[0]), BL_STEP_NONE);
    assert_int_equal(store_scene_refusal(scene, &files[0]), BL_STEP_NONE);
    scene->limits.files_max = 1;
    store_scene_reopen(scene);
    assert_true(bl_store_has(scene->store, &files[0]));
    assert_int_equal(store_scene_refusal(scene, &files[0]), BL_STEP_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_test(folder__is_one_process_s),
        store_test(folder__is_made_where_it_is_missing),
        store_test(folder__with_other_files_is_not_taken),
        store_test(folder__of_another_version_is_not_taken),
        store_test(folder__that_others_write_to_is_not_taken),
        store_test(folder__suspicious_files_are_removed),
        store_test(folder__of_another_owner_s_file),
        store_test(folder__half_written_files_are_removed_and_others_left),
        store_test(folder__smaller_limits_keep_what_was_used_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
