/* One captured stream: what is counted, what is passed on, and when it is over. */
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
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/capture_scene.h"

static bool no_memory; /* what it is to take from now on, there is none of */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size); /* the linker has the library call it */
void *__wrap_malloc(size_t size)
{
    return no_memory ? NULL : __real_malloc(size);
}

static void expect_file(int fd, const char *content)
{
    char text[256] = "";

    assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), strlen(content));
    assert_string_equal(text, content);
}

static int open_file(int flags)
{
    bl_autoclose int fd = memfd_create("destination", MFD_CLOEXEC);
    int reopened;
    char path[64];

    assert_true(fd >= 0);
    if (flags == 0)
        return bl_take_fd(&fd);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    reopened = open(path, O_RDWR | O_CLOEXEC | flags);
    assert_true(reopened >= 0);
    return reopened;
}

static void capture__delivers_to_a_file_and_counts(void **state)
{
    bl_autoclose int file = open_file(0);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, file, 1000);
    capture_scene_say(&scene, "hello, ");
    capture_scene_serve(&scene, 2);
    capture_scene_say(&scene, "world");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    expect_file(file, "hello, world");
    assert_int_equal(bl_capture_bytes(scene.capture), 12);
    assert_int_equal(scene.overs, 0);
    assert_int_equal(scene.dones, 1);
    capture_scene_end(&scene);
}

/* `>>file`: splice(2) refuses it. */
static void capture__appends_where_the_file_is_opened_so(void **state)
{
    bl_autoclose int file = open_file(O_APPEND);
    struct capture_scene scene;

    (void)state;
    assert_int_equal(write(file, "old ", 4), 4);
    capture_scene_begin(&scene, file, 1000);
    capture_scene_say(&scene, "new");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    expect_file(file, "old new");
    assert_int_equal(bl_capture_errno(scene.capture), 0);
    capture_scene_end(&scene);
}

/* What goes to such a file goes through a buffer. */
static void capture__counts_on_where_there_is_no_memory_and_says_so(void **state)
{
    bl_autoclose int file = open_file(O_APPEND);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, file, 1000);
    no_memory = true;
    capture_scene_say(&scene, "new");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    no_memory = false;
    expect_file(file, "");
    assert_int_equal(bl_capture_errno(scene.capture), ENOMEM);
    assert_int_equal(bl_capture_bytes(scene.capture), 3);
    capture_scene_end(&scene);
}

static void capture__passes_on_exactly_the_limit(void **state)
{
    static const int flags[] = {0, O_APPEND};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(flags); i++) {
        bl_autoclose int file = open_file(flags[i]);
        struct capture_scene scene;

        capture_scene_begin(&scene, file, 5);
        capture_scene_say(&scene, "12345");
        capture_scene_serve(&scene, 3);
        assert_int_equal(scene.overs, 0);
        capture_scene_say(&scene, "6");
        capture_scene_serve(&scene, 3);
        assert_int_equal(scene.overs, 1);
        capture_scene_say(&scene, "789");
        capture_scene_end_program(&scene);
        capture_scene_serve_until_done(&scene);
        expect_file(file, "12345");
        assert_int_equal(bl_capture_bytes(scene.capture), 9);
        assert_int_equal(scene.overs, 1);
        capture_scene_end(&scene);
    }
}

static void capture__keeps_less_than_the_limit_and_counts_on(void **state)
{
    static const char text[] = "0123456789abcdef";
    bl_autoclose int file = open_file(0);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin_keeping(&scene, file, 12, 4);
    capture_scene_say(&scene, "0123456789");
    capture_scene_serve(&scene, 3);
    assert_int_equal(scene.overs, 0);
    assert_int_equal(bl_capture_bytes(scene.capture), 10);
    capture_scene_say(&scene, text);
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(scene.overs, 1);
    assert_int_equal(bl_capture_bytes(scene.capture), 26);
    expect_file(file, "0123");
    capture_scene_end(&scene);
}

static void capture__is_done_and_not_over_at_the_limit_itself(void **state)
{
    bl_autoclose int file = open_file(0);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, file, 5);
    capture_scene_say(&scene, "12345");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(scene.overs, 0);
    capture_scene_end(&scene);
}

static void capture__counts_what_it_throws_away(void **state)
{
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, -1, 6);
    capture_scene_say(&scene, "123456");
    capture_scene_serve(&scene, 3);
    assert_int_equal(scene.overs, 0);
    capture_scene_say(&scene, "7");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(scene.overs, 1);
    assert_int_equal(bl_capture_bytes(scene.capture), 7);
    capture_scene_end(&scene);
}

static void capture__tells_what_a_full_disk_said(void **state)
{
    bl_autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct capture_scene scene;

    (void)state;
    assert_true(full >= 0);
    capture_scene_begin(&scene, full, 100);
    capture_scene_say(&scene, "lost");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(bl_capture_errno(scene.capture), ENOSPC);
    assert_int_equal(bl_capture_bytes(scene.capture), 4);
    capture_scene_end(&scene);
}

/* Whoever watches the program tells of its end; its pipe wakes nobody for it. */
static void capture__is_not_done_before_it_is_told_so(void **state)
{
    bl_autoclose int file = open_file(0);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, file, 1000);
    capture_scene_say(&scene, "all");
    bl_close_fd(&scene.program);
    capture_scene_serve(&scene, 5);
    expect_file(file, "all");
    assert_int_equal(scene.dones, 0);
    bl_capture_drain(scene.capture);
    assert_int_equal(scene.dones, 1);
    assert_int_equal(bl_capture_bytes(scene.capture), 3);
    capture_scene_end(&scene);
}

/* The writer's end is still open somewhere (in flight over a socket), but nobody can write. */
static void capture__drain_ends_without_end_of_file(void **state)
{
    bl_autoclose int file = open_file(0);
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, file, 1000);
    capture_scene_say(&scene, "the rest");
    bl_capture_drain(scene.capture);
    assert_true(bl_capture_done(scene.capture));
    assert_int_equal(scene.dones, 1);
    expect_file(file, "the rest");
    bl_capture_drain(scene.capture); /* again: no effect */
    assert_int_equal(scene.dones, 1);
    capture_scene_end(&scene);
}

static void capture__drain_tells_a_limit_that_was_passed(void **state)
{
    struct capture_scene scene;

    (void)state;
    capture_scene_begin(&scene, -1, 3);
    capture_scene_say(&scene, "four");
    bl_capture_drain(scene.capture);
    assert_int_equal(scene.overs, 1);
    assert_int_equal(scene.dones, 1);
    capture_scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture__delivers_to_a_file_and_counts),
        cmocka_unit_test(capture__appends_where_the_file_is_opened_so),
        cmocka_unit_test(capture__counts_on_where_there_is_no_memory_and_says_so),
        cmocka_unit_test(capture__passes_on_exactly_the_limit),
        cmocka_unit_test(capture__keeps_less_than_the_limit_and_counts_on),
        cmocka_unit_test(capture__is_done_and_not_over_at_the_limit_itself),
        cmocka_unit_test(capture__counts_what_it_throws_away),
        cmocka_unit_test(capture__tells_what_a_full_disk_said),
        cmocka_unit_test(capture__is_not_done_before_it_is_told_so),
        cmocka_unit_test(capture__drain_ends_without_end_of_file),
        cmocka_unit_test(capture__drain_tells_a_limit_that_was_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
