/* One captured stream with a reader that is slow, stopped or gone. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "tests/unit/capture_scene.h"

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
    struct capture_scene scene;
    size_t written = 0, before = 0, received = 0;

    capture_scene_begin(&scene, destination, 1 << 30);
    do {
        before = written;
        written += flood(scene.program);
        capture_scene_serve(&scene, 50);
    } while (written > before);
    assert_in_range(written, 4096, 8 << 20); /* it was held back */
    capture_scene_end_program(&scene);
    while (scene.dones == 0) {
        size_t got = empty(reader);

        received += got;
        capture_scene_serve(&scene, 5);
    }
    received += empty(reader);
    assert_int_equal(received, written);
    assert_int_equal(bl_capture_bytes(scene.capture), written);
    assert_int_equal(fcntl(destination, F_GETFL) & O_NONBLOCK, 0); /* it is not ours */
    capture_scene_end(&scene);
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
    struct capture_scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    capture_scene_begin(&scene, ends[1], 100);
    capture_scene_say(&scene, "read");
    capture_scene_serve(&scene, 2);
    (void)close(ends[0]);
    capture_scene_say(&scene, "not read");
    capture_scene_serve(&scene, 3);
    capture_scene_say(&scene, "nor this");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(bl_capture_bytes(scene.capture), 20);
    assert_int_equal(bl_capture_errno(scene.capture), 0); /* head(1) does that */
    assert_int_equal(scene.overs, 0);
    capture_scene_end(&scene);
    (void)close(ends[1]);
}

static void capture__holds_the_limit_when_the_reader_is_gone(void **state)
{
    struct capture_scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)close(ends[0]);
    capture_scene_begin(&scene, ends[1], 5);
    capture_scene_say(&scene, "12345678");
    capture_scene_end_program(&scene);
    capture_scene_serve_until_done(&scene);
    assert_int_equal(bl_capture_bytes(scene.capture), 8);
    assert_int_equal(scene.overs, 1);
    capture_scene_end(&scene);
    (void)close(ends[1]);
}

static void capture__abandoned_needs_no_reader(void **state)
{
    struct capture_scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    capture_scene_begin(&scene, ends[1], 1 << 30);
    (void)flood(ends[1]); /* full, and nobody reads */
    capture_scene_say(&scene, "stuck");
    capture_scene_serve(&scene, 3);
    bl_capture_drain(scene.capture);
    assert_false(bl_capture_done(scene.capture));
    bl_capture_abandon(scene.capture);
    assert_true(bl_capture_done(scene.capture));
    assert_int_equal(bl_capture_bytes(scene.capture), 5);
    capture_scene_end(&scene);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture__waits_for_a_slow_pipe),
        cmocka_unit_test(capture__waits_for_a_slow_socket),
        cmocka_unit_test(capture__waits_for_a_stopped_terminal),
        cmocka_unit_test(capture__goes_on_counting_when_the_reader_is_gone),
        cmocka_unit_test(capture__holds_the_limit_when_the_reader_is_gone),
        cmocka_unit_test(capture__abandoned_needs_no_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
