/* Ownership: what goes out of scope is released, what was handed over is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "bailiff/own.h"

static int open_something(void)
{
    int fd = open("/", O_PATH | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Leaves by the early return or at the end, owning a descriptor both times. */
static void leave(bool early, int *seen)
{
    bl_autoclose int fd = open_something();

    *seen = fd;
    if (early)
        return;
    assert_true(is_open(fd));
}

static void own__closes_on_every_way_out(void **state)
{
    int fd = -1;

    (void)state;
    leave(true, &fd);
    assert_false(is_open(fd));
    leave(false, &fd);
    assert_false(is_open(fd));
}

static int hand_over(void)
{
    bl_autoclose int fd = open_something();
    int taken = bl_take_fd(&fd);

    assert_int_equal(fd, -1);
    return taken;
}

static void own__keeps_what_was_taken(void **state)
{
    int fd = hand_over();

    (void)state;
    assert_true(is_open(fd));
    bl_close_fd(&fd);
    assert_int_equal(fd, -1);
}

static void own__no_descriptor_is_minus_one_and_never_zero(void **state)
{
    int none = -1, zero = 0, saved = fcntl(0, F_DUPFD_CLOEXEC, 3);

    (void)state;
    bl_close_fd(&none);
    assert_int_equal(none, -1);
    assert_int_equal(bl_take_fd(&none), -1);
    if (saved < 0) /* standard input was closed when we were started */
        return;
    bl_close_fd(&zero);
    assert_false(is_open(0));
    assert_int_equal(dup2(saved, 0), 0);
    bl_close_fd(&saved);
}

static void own__close_keeps_errno(void **state)
{
    int bad = 1 << 20; /* no such descriptor: close() fails with EBADF */

    (void)state;
    errno = ENOTTY;
    bl_close_fd(&bad);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(bad, -1);
}

static char *hand_over_text(void)
{
    bl_autofree char *text = strdup("kept");
    bl_autofree int *number = malloc(sizeof(*number)); /* freed here: ASan tells where it is not */

    assert_non_null(number);
    return bl_take(&text);
}

static void own__frees_allocations_and_hands_them_over(void **state)
{
    char *text = hand_over_text(), *nothing = NULL;

    (void)state;
    assert_string_equal(text, "kept");
    bl_free_ptr(&text);
    assert_null(text);
    bl_free_ptr(&nothing);
    assert_null(bl_take(&nothing));
}

/* The argument has a side effect: evaluated twice, the second array element would be taken. */
static void own__take_evaluates_its_argument_once(void **state)
{
    char *texts[] = {strdup("a"), strdup("b")};
    char **next = texts, *taken = bl_take(next++);

    (void)state;
    assert_string_equal(taken, "a");
    assert_null(texts[0]);
    assert_ptr_equal(next, &texts[1]);
    free(taken);
    free(texts[1]);
}

static void own__counts_an_array(void **state)
{
    static const int three[3];

    (void)state;
    assert_int_equal(BL_ARRAY_LEN(three), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own__closes_on_every_way_out),
        cmocka_unit_test(own__keeps_what_was_taken),
        cmocka_unit_test(own__no_descriptor_is_minus_one_and_never_zero),
        cmocka_unit_test(own__close_keeps_errno),
        cmocka_unit_test(own__frees_allocations_and_hands_them_over),
        cmocka_unit_test(own__take_evaluates_its_argument_once),
        cmocka_unit_test(own__counts_an_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
