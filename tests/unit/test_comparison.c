/* Two files compared on the loop. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/job/comparison.h"

struct scene {
    struct bl_loop *loop;
    struct bl_comparison_run *comparison;
    struct bl_comparison seen;
    unsigned told, others;
    struct bl_timer *other;
};

static const struct bl_compare_flags tokens = {.absolute = -1, .relative = -1};

static void on_compared(void *ctx, const struct bl_comparison *seen)
{
    struct scene *scene = ctx;

    scene->seen = *seen;
    scene->told++;
    bl_comparison_free(&scene->comparison);
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

    *scene = (struct scene){.told = 0};
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->other, scene->loop, on_other, scene, &err), 0);
}

static void end(struct scene *scene)
{
    bl_comparison_free(&scene->comparison);
    bl_timer_free(&scene->other);
    bl_loop_free(&scene->loop);
}

static void compare(struct scene *scene, int answer, int output)
{
    struct bl_err err;

    assert_int_equal(bl_comparison_start(&scene->comparison, scene->loop, &tokens, answer, output,
                                         on_compared, scene, &err),
                     0);
    assert_int_equal(scene->told, 0); /* never from inside */
    bl_timer_arm(scene->other, 0);
    assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    assert_int_equal(scene->told, 1);
}

static int file_of(const void *bytes, size_t length)
{
    int fd = memfd_create("file", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    return fd;
}

static void comparison__tells_what_the_validator_says(void **state)
{
    bl_autoclose int answer = file_of("1 2\n", 4), same = file_of("1  2", 4),
                     other = file_of("1 3\n", 4);
    struct scene scene;

    (void)state;
    begin(&scene);
    compare(&scene, answer, same);
    assert_true(scene.seen.accepted);
    end(&scene);
    begin(&scene);
    compare(&scene, answer, other);
    assert_false(scene.seen.accepted);
    assert_int_equal(scene.seen.output_offset, 2);
    end(&scene);
}

static void comparison__without_an_answer_expects_nothing(void **state)
{
    bl_autoclose int empty = file_of("", 0), other = file_of("1 3\n", 4);
    struct scene scene;

    (void)state;
    begin(&scene);
    compare(&scene, -1, empty);
    assert_true(scene.seen.accepted);
    end(&scene);
    begin(&scene);
    compare(&scene, -1, other);
    assert_false(scene.seen.accepted);
    end(&scene);
}

static void comparison__of_large_files_serves_others_in_between(void **state)
{
    size_t length = 8 * BL_MIB;
    bl_autofree char *bytes = malloc(length);
    struct scene scene;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, ' ', length);
    bytes[length - 2] = 'a';
    bl_autoclose int answer = file_of(bytes, length);
    bytes[length - 2] = 'b';
    bl_autoclose int output = file_of(bytes, length);
    begin(&scene);
    compare(&scene, answer, output);
    assert_false(scene.seen.accepted);
    assert_int_equal(scene.seen.output_offset, length - 2);
    assert_true(scene.others >= 16);
    end(&scene);
}

static void comparison__can_be_freed_before_it_is_over(void **state)
{
    bl_autoclose int file = file_of("x", 1);
    struct scene scene;
    struct bl_err err;

    (void)state;
    begin(&scene);
    assert_int_equal(bl_comparison_start(&scene.comparison, scene.loop, &tokens, file, file,
                                         on_compared, &scene, &err),
                     0);
    end(&scene);
    assert_int_equal(scene.told, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparison__tells_what_the_validator_says),
        cmocka_unit_test(comparison__without_an_answer_expects_nothing),
        cmocka_unit_test(comparison__of_large_files_serves_others_in_between),
        cmocka_unit_test(comparison__can_be_freed_before_it_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
