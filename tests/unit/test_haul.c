/* Files carried into a folder, round by round. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/job/haul.h"

struct scene {
    struct bl_loop *loop;
    struct bl_haul *haul;
    char path[64];
    int folder;
    unsigned told;
    enum bl_step failed;
    struct bl_timer *other; /* somebody else's: is the loop served in between? */
    unsigned others;
};

static void on_hauled(void *ctx, const struct bl_err *err)
{
    struct scene *scene = ctx;

    scene->told++;
    scene->failed = err ? err->step : BL_STEP_NONE;
    bl_haul_free(&scene->haul);
    bl_loop_stop(scene->loop);
}

static void on_other(void *ctx)
{
    struct scene *scene = ctx;

    scene->others++;
    bl_timer_arm(scene->other, 0);
}

static void begin(struct scene *scene)
{
    struct bl_err err;

    *scene = (struct scene){.folder = -1};
    (void)strcpy(scene->path, "/tmp/bailiff-haul-XXXXXX");
    assert_non_null(mkdtemp(scene->path));
    scene->folder = open(scene->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(scene->folder >= 0);
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->other, scene->loop, on_other, scene, &err), 0);
    assert_int_equal(bl_haul_new(&scene->haul, scene->loop, scene->folder, on_hauled, scene, &err),
                     0);
}

static void carry(struct scene *scene)
{
    struct bl_err err;

    bl_haul_begin(scene->haul);
    bl_timer_arm(scene->other, 0);
    assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    assert_int_equal(scene->told, 1);
}

static void end(struct scene *scene, const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(
            unlinkat(scene->folder, *names,
                     strchr(*names, '/') == *names + strlen(*names) - 1 ? AT_REMOVEDIR : 0),
            0);
    bl_haul_free(&scene->haul);
    bl_timer_free(&scene->other);
    bl_loop_free(&scene->loop);
    bl_close_fd(&scene->folder);
    assert_int_equal(rmdir(scene->path), 0);
}

static int file_of(size_t length, char fill)
{
    int fd = memfd_create("source", MFD_CLOEXEC);
    bl_autofree char *bytes = malloc(length + 1);

    assert_true(fd >= 0 && bytes);
    memset(bytes, fill, length + 1);
    assert_int_equal(write(fd, bytes, length), length);
    return fd;
}

static void expect(const struct scene *scene, const char *name, size_t length, char fill,
                   unsigned mode)
{
    bl_autoclose int fd = openat(scene->folder, name, O_RDONLY | O_CLOEXEC);
    struct stat is;
    char last = 0;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &is), 0);
    assert_int_equal(is.st_size, length);
    assert_int_equal(is.st_mode & 0777, mode);
    if (length > 0) {
        assert_int_equal(pread(fd, &last, 1, (off_t)length - 1), 1);
        assert_int_equal(last, fill);
    }
}

static void haul__carries_all_and_serves_others_in_between(void **state)
{
    static const char *const names[] = {"large", "sub/small", "empty", "sub/", NULL};
    bl_autoclose int large = file_of(20 * BL_MIB + 1, 'x'), small = file_of(3, 'y'),
                     empty = file_of(0, 0);
    struct scene scene;
    struct bl_err err;

    (void)state;
    begin(&scene);
    assert_int_equal(bl_haul_add(scene.haul, "large", large, 0555, &err), 0);
    assert_int_equal(bl_haul_add(scene.haul, "sub/small", small, 0, &err), 0);
    assert_int_equal(bl_haul_add(scene.haul, "empty", empty, 0444, &err), 0);
    carry(&scene);
    assert_int_equal(scene.failed, BL_STEP_NONE);
    assert_true(scene.others >= 4);
    expect(&scene, "large", 20 * BL_MIB + 1, 'x', 0555);
    expect(&scene, "sub/small", 3, 'y', 0444);
    expect(&scene, "empty", 0, 0, 0444);
    end(&scene, names);
}

static void haul__of_nothing_is_told_too(void **state)
{
    static const char *const none[] = {NULL};
    struct scene scene;

    (void)state;
    begin(&scene);
    carry(&scene);
    assert_int_equal(scene.failed, BL_STEP_NONE);
    end(&scene, none);
}

static void haul__tells_a_name_that_is_taken(void **state)
{
    static const char *const names[] = {"a", NULL};
    bl_autoclose int file = file_of(3, 'y');
    struct scene scene;
    struct bl_err err;

    (void)state;
    begin(&scene);
    assert_int_equal(bl_haul_add(scene.haul, "a", file, 0444, &err), 0);
    assert_int_equal(bl_haul_add(scene.haul, "a", file, 0444, &err), 0);
    carry(&scene);
    assert_int_equal(scene.failed, BL_STEP_INPUT);
    end(&scene, names);
}

static void haul__can_be_freed_before_it_is_over(void **state)
{
    static const char *const none[] = {NULL};
    bl_autoclose int file = file_of(3, 'y');
    struct scene scene;
    struct bl_err err;

    (void)state;
    begin(&scene);
    assert_int_equal(bl_haul_add(scene.haul, "a", file, 0444, &err), 0);
    bl_haul_begin(scene.haul);
    bl_haul_free(&scene.haul);
    assert_int_equal(scene.told, 0);
    end(&scene, none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(haul__carries_all_and_serves_others_in_between),
        cmocka_unit_test(haul__of_nothing_is_told_too),
        cmocka_unit_test(haul__tells_a_name_that_is_taken),
        cmocka_unit_test(haul__can_be_freed_before_it_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
