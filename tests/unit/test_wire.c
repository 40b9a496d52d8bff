/* test_wire.c - messages with descriptors: what comes along that nobody asked for is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/sandbox/wire.h"

static int ends[2];

static int set_up(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
    (void)state;
    bl_close_fd(&ends[0]);
    bl_close_fd(&ends[1]);
    return 0;
}

static void wire__sends_no_more_descriptors_than_a_message_holds(void **state)
{
    int fds[BL_WIRE_FDS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(fds); i++)
        fds[i] = ends[0];
    assert_int_equal(bl_wire_send(ends[0], "x", 1, fds, BL_WIRE_FDS_MAX + 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(bl_wire_send(ends[0], "x", 1, fds, 1), 0);
}

/* Credentials come with each message to whom asks for them: no descriptors. */
static void wire__passes_over_what_is_no_descriptor(void **state)
{
    const int on = 1;
    unsigned count = 0;
    int fds[2] = {-1, -1};
    char byte;

    (void)state;
    assert_return_code(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), errno);
    assert_int_equal(bl_wire_send(ends[0], "x", 1, &ends[0], 1), 0);
    assert_int_equal(bl_wire_recv(ends[1], &byte, 1, fds, 2, &count), 1);
    assert_int_equal(count, 1);
    assert_true(fds[0] >= 0);
    bl_close_fd(&fds[0]);
}

static void wire__refuses_more_descriptors_than_were_asked_for(void **state)
{
    const int before = dup(ends[0]);
    const int sent[2] = {ends[0], ends[1]};
    char byte;
    int fd;

    (void)state;
    assert_int_equal(close(before), 0);
    assert_int_equal(bl_wire_send(ends[0], "x", 1, sent, 2), 0);
    assert_int_equal(bl_wire_recv(ends[1], &byte, 1, &fd, 1, NULL), -1);
    assert_int_equal(errno, EPROTO);
    const int after = dup(ends[0]);
    assert_int_equal(after, before); /* none was kept */
    assert_int_equal(close(after), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wire__sends_no_more_descriptors_than_a_message_holds,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(wire__passes_over_what_is_no_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wire__refuses_more_descriptors_than_were_asked_for, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
