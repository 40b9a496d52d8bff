/* One captured stream: pipes stand for the program and for whoever reads it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/capture.h"

struct scene {
    struct bl_loop *loop;
    struct bl_capture *capture;
    int program; /* a program's copy of its end */
    unsigned overs, dones;
    struct bl_timer *patience;
};

static void on_event(void *ctx, struct bl_capture *capture, enum bl_capture_event event)
{
    struct scene *scene = ctx;

    (void)capture;
    scene->overs += event == BL_CAPTURE_OVER;
    scene->dones += event == BL_CAPTURE_DONE;
    if (event == BL_CAPTURE_DONE)
        bl_loop_stop(scene->loop);
}

static void on_patience_end(void *ctx)
{
    struct scene *scene = ctx;

    bl_loop_stop(scene->loop); /* what was to happen is asserted by the test */
}

static void begin(struct scene *scene, int destination, uint64_t limit)
{
    struct bl_err err;

    memset(scene, 0, sizeof(*scene));
    (void)signal(SIGPIPE, SIG_IGN); /* as the process does */
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->patience, scene->loop, on_patience_end, scene, &err), 0);
    assert_int_equal(
        bl_capture_new(&scene->capture, scene->loop, destination, limit, on_event, scene, &err), 0);
    scene->program = fcntl(bl_capture_program_end(scene->capture), F_DUPFD_CLOEXEC, 0);
    assert_true(scene->program >= 0);
    assert_int_equal(bl_capture_begin(scene->capture, &err), 0);
}

/* Serves for `rounds` of the loop: each timer that is due at once is one round later. */
static void serve_rounds(struct scene *scene, int rounds)
{
    struct bl_err err;

    for (int i = 0; i < rounds; i++) {
        bl_timer_arm(scene->patience, bl_now_ns());
        assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    }
}

static void serve_until_done(struct scene *scene)
{
    struct bl_err err;

    bl_timer_arm(scene->patience, bl_now_ns() + 20000000000);
    while (scene->dones == 0 && bl_loop_run(scene->loop, &err) == 0)
        if (!bl_capture_done(scene->capture))
            fail_msg("not done in 20 s");
    bl_timer_disarm(scene->patience);
}

static void end(struct scene *scene)
{
    bl_close_fd(&scene->program);
    bl_capture_free(&scene->capture);
    bl_timer_free(&scene->patience);
    bl_loop_free(&scene->loop);
}

static void say(struct scene *scene, const char *text)
{
    assert_int_equal(write(scene->program, text, strlen(text)), strlen(text));
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
    struct scene scene;

    (void)state;
    begin(&scene, file, 1000);
    say(&scene, "hello, ");
    serve_rounds(&scene, 2);
    say(&scene, "world");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    expect_file(file, "hello, world");
    assert_int_equal(bl_capture_bytes(scene.capture), 12);
    assert_int_equal(scene.overs, 0);
    assert_int_equal(scene.dones, 1);
    end(&scene);
}

/* `>>file`: splice(2) refuses it. */
static void capture__appends_where_the_file_is_opened_so(void **state)
{
    bl_autoclose int file = open_file(O_APPEND);
    struct scene scene;

    (void)state;
    assert_int_equal(write(file, "old ", 4), 4);
    begin(&scene, file, 1000);
    say(&scene, "new");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    expect_file(file, "old new");
    assert_int_equal(bl_capture_errno(scene.capture), 0);
    end(&scene);
}

static void capture__passes_on_exactly_the_limit(void **state)
{
    static const int flags[] = {0, O_APPEND};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(flags); i++) {
        bl_autoclose int file = open_file(flags[i]);
        struct scene scene;

        begin(&scene, file, 5);
        say(&scene, "12345");
        serve_rounds(&scene, 3);
        assert_int_equal(scene.overs, 0);
        say(&scene, "6");
        serve_rounds(&scene, 3);
        assert_int_equal(scene.overs, 1);
        say(&scene, "789");
        bl_close_fd(&scene.program);
        serve_until_done(&scene);
        expect_file(file, "12345");
        assert_int_equal(bl_capture_bytes(scene.capture), 9);
        assert_int_equal(scene.overs, 1);
        end(&scene);
    }
}

static void capture__is_done_and_not_over_at_the_limit_itself(void **state)
{
    bl_autoclose int file = open_file(0);
    struct scene scene;

    (void)state;
    begin(&scene, file, 5);
    say(&scene, "12345");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    assert_int_equal(scene.overs, 0);
    end(&scene);
}

static void capture__counts_what_it_throws_away(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, -1, 6);
    say(&scene, "123456");
    serve_rounds(&scene, 3);
    assert_int_equal(scene.overs, 0);
    say(&scene, "7");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    assert_int_equal(scene.overs, 1);
    assert_int_equal(bl_capture_bytes(scene.capture), 7);
    end(&scene);
}

/* Fills without waiting; how much went in. */
static size_t flood(int fd)
{
    static const char block[4096];
    size_t total = 0;
    int flags = fcntl(fd, F_GETFL);

    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    for (ssize_t n; (n = write(fd, block, sizeof(block))) > 0;)
        total += (size_t)n;
    (void)fcntl(fd, F_SETFL, flags);
    return total;
}

static size_t empty(int fd)
{
    char block[4096];
    size_t total = 0;
    int flags = fcntl(fd, F_GETFL);

    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0;)
        total += (size_t)n;
    (void)fcntl(fd, F_SETFL, flags);
    return total;
}

/* A reader that reads nothing for a while holds the program back, not the loop; then all arrives.
 */
static void expect_slow_reader_gets_all(int reader, int destination)
{
    struct scene scene;
    size_t written = 0, before = 0, received = 0;

    begin(&scene, destination, 1 << 30);
    do {
        before = written;
        written += flood(scene.program);
        serve_rounds(&scene, 50);
    } while (written > before);
    assert_in_range(written, 4096, 8 << 20); /* it was held back */
    bl_close_fd(&scene.program);
    while (scene.dones == 0) {
        size_t got = empty(reader);

        received += got;
        serve_rounds(&scene, 5);
    }
    received += empty(reader);
    assert_int_equal(received, written);
    assert_int_equal(bl_capture_bytes(scene.capture), written);
    assert_int_equal(fcntl(destination, F_GETFL) & O_NONBLOCK, 0); /* it is not ours */
    end(&scene);
}

static void capture__waits_for_a_slow_pipe(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    expect_slow_reader_gets_all(ends[0], ends[1]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void capture__waits_for_a_slow_socket(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    expect_slow_reader_gets_all(ends[0], ends[1]);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void capture__waits_for_a_stopped_terminal(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
    char name[64];

    (void)state;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        ptsname_r(master, name, sizeof(name)) != 0) {
        if (master >= 0)
            (void)close(master);
        print_message("no pseudo-terminals here\n");
        skip();
    }
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(slave >= 0);
    expect_slow_reader_gets_all(master, slave);
    (void)close(slave);
    (void)close(master);
}

static void capture__goes_on_counting_when_the_reader_is_gone(void **state)
{
    struct scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    begin(&scene, ends[1], 100);
    say(&scene, "read");
    serve_rounds(&scene, 2);
    (void)close(ends[0]);
    say(&scene, "not read");
    serve_rounds(&scene, 3);
    say(&scene, "nor this");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    assert_int_equal(bl_capture_bytes(scene.capture), 20);
    assert_int_equal(bl_capture_errno(scene.capture), 0); /* head(1) does that */
    assert_int_equal(scene.overs, 0);
    end(&scene);
    (void)close(ends[1]);
}

static void capture__holds_the_limit_when_the_reader_is_gone(void **state)
{
    struct scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    begin(&scene, ends[1], 5);
    say(&scene, "12345678");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    assert_int_equal(bl_capture_bytes(scene.capture), 8);
    assert_int_equal(scene.overs, 1);
    end(&scene);
    (void)close(ends[1]);
}

static void capture__tells_what_a_full_disk_said(void **state)
{
    bl_autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct scene scene;

    (void)state;
    assert_true(full >= 0);
    begin(&scene, full, 100);
    say(&scene, "lost");
    bl_close_fd(&scene.program);
    serve_until_done(&scene);
    assert_int_equal(bl_capture_errno(scene.capture), ENOSPC);
    assert_int_equal(bl_capture_bytes(scene.capture), 4);
    end(&scene);
}

/* The writer's end is still open somewhere (in flight over a socket), but nobody can write. */
static void capture__drain_ends_without_end_of_file(void **state)
{
    bl_autoclose int file = open_file(0);
    struct scene scene;

    (void)state;
    begin(&scene, file, 1000);
    say(&scene, "the rest");
    bl_capture_drain(scene.capture);
    assert_true(bl_capture_done(scene.capture));
    assert_int_equal(scene.dones, 1);
    expect_file(file, "the rest");
    bl_capture_drain(scene.capture); /* again: no effect */
    assert_int_equal(scene.dones, 1);
    end(&scene);
}

static void capture__drain_tells_a_limit_that_was_passed(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, -1, 3);
    say(&scene, "four");
    bl_capture_drain(scene.capture);
    assert_int_equal(scene.overs, 1);
    assert_int_equal(scene.dones, 1);
    end(&scene);
}

static void capture__abandoned_needs_no_reader(void **state)
{
    struct scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    begin(&scene, ends[1], 1 << 30);
    (void)flood(ends[1]); /* full, and nobody reads */
    say(&scene, "stuck");
    serve_rounds(&scene, 3);
    bl_capture_drain(scene.capture);
    assert_false(bl_capture_done(scene.capture));
    bl_capture_abandon(scene.capture);
    assert_true(bl_capture_done(scene.capture));
    assert_int_equal(bl_capture_bytes(scene.capture), 5);
    end(&scene);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture__delivers_to_a_file_and_counts),
        cmocka_unit_test(capture__appends_where_the_file_is_opened_so),
        cmocka_unit_test(capture__passes_on_exactly_the_limit),
        cmocka_unit_test(capture__is_done_and_not_over_at_the_limit_itself),
        cmocka_unit_test(capture__counts_what_it_throws_away),
        cmocka_unit_test(capture__waits_for_a_slow_pipe),
        cmocka_unit_test(capture__waits_for_a_slow_socket),
        cmocka_unit_test(capture__waits_for_a_stopped_terminal),
        cmocka_unit_test(capture__goes_on_counting_when_the_reader_is_gone),
        cmocka_unit_test(capture__holds_the_limit_when_the_reader_is_gone),
        cmocka_unit_test(capture__tells_what_a_full_disk_said),
        cmocka_unit_test(capture__drain_ends_without_end_of_file),
        cmocka_unit_test(capture__drain_tells_a_limit_that_was_passed),
        cmocka_unit_test(capture__abandoned_needs_no_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
