/* Pipes made ahead: each serves once, and none is missing where one can be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/base/pipes.h"

static void close_pipe(struct bl_pipe *pipe)
{
    bl_close_fd(&pipe->read_end);
    bl_close_fd(&pipe->write_end);
}

/* Through which a byte goes, of which the reader never waits, and which another user may write. */
static void assert_good(const struct bl_pipe *pipe)
{
    struct stat is;
    char byte = 0;

    assert_int_equal(fcntl(pipe->read_end, F_GETFL), O_RDONLY | O_NONBLOCK);
    assert_int_equal(fcntl(pipe->write_end, F_GETFL), O_WRONLY);
    assert_int_equal(fcntl(pipe->read_end, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(pipe->write_end, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(pipe->read_end, &is), 0);
    assert_int_equal(is.st_mode, S_IFIFO | 0222);
    assert_int_equal(read(pipe->read_end, &byte, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(write(pipe->write_end, "x", 1), 1);
    assert_int_equal(read(pipe->read_end, &byte, 1), 1);
    assert_int_equal(byte, 'x');
}

static void pipes__are_taken_once_each_and_made_where_none_is_left(void **state)
{
    struct bl_pipe taken[BL_PIPES_MAX + 1];
    struct bl_pipes pipes = {.count = 0};

    (void)state;
    bl_pipes_fill(&pipes);
    assert_int_equal(pipes.count, BL_PIPES_MAX);
    for (int i = 0; i <= BL_PIPES_MAX; i++) {
        assert_int_equal(bl_pipes_take(&pipes, &taken[i]), 0);
        assert_good(&taken[i]); /* an end given twice would hold what the first wrote, or be one */
        for (int j = 0; j < i; j++)
            assert_int_not_equal(taken[i].read_end, taken[j].read_end);
    }
    assert_int_equal(pipes.count, 0);
    for (int i = 0; i <= BL_PIPES_MAX; i++)
        close_pipe(&taken[i]);
    bl_pipes_release(&pipes);
}

static void pipes__are_made_for_whoever_has_no_stock(void **state)
{
    struct bl_pipe taken;

    (void)state;
    assert_int_equal(bl_pipes_take(NULL, &taken), 0);
    assert_good(&taken);
    close_pipe(&taken);
}

static void pipes__are_filled_as_far_as_there_are_descriptors(void **state)
{
    struct bl_pipes pipes = {.count = 0};
    struct bl_pipe taken[2], another;
    struct rlimit before, few;
    int first = dup(0);

    (void)state;
    (void)close(first); /* the lowest that is free */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)first + 5, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    bl_pipes_fill(&pipes);
    assert_int_equal(pipes.count, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(bl_pipes_take(&pipes, &taken[i]), 0);
    assert_int_equal(bl_pipes_take(&pipes, &another), -1);
    assert_int_equal(errno, EMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    close_pipe(&taken[0]);
    close_pipe(&taken[1]);
    bl_pipes_release(&pipes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipes__are_taken_once_each_and_made_where_none_is_left),
        cmocka_unit_test(pipes__are_made_for_whoever_has_no_stock),
        cmocka_unit_test(pipes__are_filled_as_far_as_there_are_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
