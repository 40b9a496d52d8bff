/* test_departed.c - network namespaces count from when they are watched until the kernel takes them
 * up; what can't be known counts as none. */
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "cgroup_fixture.h"
#include "executor/sandbox/departed.h"

/* What the next of these calls comes to: an error, and nothing else. */
static int recv_errno, socket_errno;

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
int __wrap_socket(int domain, int type, int protocol);
int __real_socket(int domain, int type, int protocol);

static bool fails(int *error)
{
    if (*error == 0)
        return false;
    errno = *error;
    *error = 0;
    return true;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    return fails(&recv_errno) ? -1 : __real_recv(fd, bytes, size, flags);
}

int __wrap_socket(int domain, int type, int protocol)
{
    return fails(&socket_errno) ? -1 : __real_socket(domain, type, protocol);
}

/* A process in a network namespace of its own. */
static pid_t start_apart(void)
{
    int ready[2];
    char byte;

    assert_return_code(pipe2(ready, O_CLOEXEC), errno);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "!", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    bl_close_fd(&ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    bl_close_fd(&ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    assert_return_code(kill(pid, SIGKILL), errno);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void begin(struct bl_departed *departed)
{
    need_root();
    bl_departed_init(departed);
    assert_true(departed->socket >= 0);
    assert_int_equal(bl_departed_count(departed), 0);
}

static void departed__counts_them_until_they_are_gone(void **state)
{
    time_t deadline = deadline_from_now();
    struct bl_departed departed;
    pid_t pids[3];

    (void)state;
    begin(&departed);
    for (unsigned i = 0; i < BL_ARRAY_LEN(pids); i++) {
        pids[i] = start_apart();
        bl_departed_watch(&departed, pids[i]);
        assert_int_equal(bl_departed_count(&departed), i + 1);
    }
    end(pids[1]);
    while (bl_departed_count(&departed) != 2)
        pause_before(deadline);
    end(pids[0]);
    end(pids[2]);
    while (bl_departed_count(&departed) != 0)
        pause_before(deadline);
    bl_close_fd(&departed.socket);
}

static void departed__begins_anew_where_something_was_missed(void **state)
{
    struct bl_departed departed;

    (void)state;
    begin(&departed);
    pid_t pid = start_apart();
    bl_departed_watch(&departed, pid);
    assert_int_equal(bl_departed_count(&departed), 1);
    recv_errno = ENOBUFS;
    assert_int_equal(bl_departed_count(&departed), 0);
    end(pid); /* whose end is told, and is none that counts */
    assert_int_equal(bl_departed_count(&departed), 0);
    bl_close_fd(&departed.socket);
}

static void departed__that_are_forgotten_count_no_more(void **state)
{
    struct bl_departed departed;

    (void)state;
    begin(&departed);
    pid_t pid = start_apart();
    bl_departed_watch(&departed, pid);
    bl_departed_forget(&departed);
    assert_int_equal(bl_departed_count(&departed), 0);
    end(pid);
    bl_close_fd(&departed.socket);
}

static void departed__counts_none_where_nobody_tells(void **state)
{
    struct bl_departed departed;

    (void)state;
    socket_errno = EAFNOSUPPORT;
    bl_departed_init(&departed);
    assert_int_equal(departed.socket, -1);
    bl_departed_watch(&departed, getpid());
    assert_int_equal(bl_departed_count(&departed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(departed__counts_them_until_they_are_gone),
        cmocka_unit_test(departed__begins_anew_where_something_was_missed),
        cmocka_unit_test(departed__that_are_forgotten_count_no_more),
        cmocka_unit_test(departed__counts_none_where_nobody_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
