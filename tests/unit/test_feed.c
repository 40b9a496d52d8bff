/* A program's input, moved from what it is not given itself. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/feed.h"

static bool no_memory; /* what it is to take from now on, there is none of */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size); /* the linker has the library call it */
void *__wrap_malloc(size_t size)
{
    return no_memory ? NULL : __real_malloc(size);
}

struct scene {
    struct bl_loop *loop;
    struct bl_feed *feed;
    int program; /* a program's copy of its end */
    struct bl_timer *round;
};

static void on_round(void *ctx)
{
    struct scene *scene = ctx;

    bl_loop_stop(scene->loop);
}

static void begin(struct scene *scene, int source)
{
    struct bl_err err;

    memset(scene, 0, sizeof(*scene));
    (void)signal(SIGPIPE, SIG_IGN); /* as the process does */
    assert_int_equal(bl_loop_new(&scene->loop, &err), 0);
    assert_int_equal(bl_timer_new(&scene->round, scene->loop, on_round, scene, &err), 0);
    assert_int_equal(bl_feed_new(&scene->feed, scene->loop, source, &err), 0);
    scene->program = fcntl(bl_feed_program_end(scene->feed), F_DUPFD_CLOEXEC, 0);
    assert_true(scene->program >= 0);
    assert_int_equal(bl_feed_begin(scene->feed, &err), 0);
}

static void end(struct scene *scene)
{
    bl_close_fd(&scene->program);
    bl_feed_free(&scene->feed);
    bl_timer_free(&scene->round);
    bl_loop_free(&scene->loop);
}

static void serve_rounds(struct scene *scene, int rounds)
{
    struct bl_err err;

    for (int i = 0; i < rounds; i++) {
        bl_timer_arm(scene->round, bl_now_ns());
        assert_int_equal(bl_loop_run(scene->loop, &err), 0);
    }
}

static bool is_ready(int fd)
{
    struct pollfd asked = {.fd = fd, .events = POLLIN};

    return poll(&asked, 1, 0) > 0;
}

/* Reads to the end of file as a program would, serving the loop meanwhile. */
static size_t read_all(struct scene *scene, char *text, size_t room)
{
    size_t total = 0;

    for (;;) {
        char block[8192];
        ssize_t got;

        serve_rounds(scene, 3);
        if (!is_ready(scene->program))
            continue;
        got = read(scene->program, block, sizeof(block));
        assert_true(got >= 0);
        if (got == 0)
            return total;
        for (ssize_t i = 0; i < got && total + (size_t)i < room; i++)
            text[total + (size_t)i] = block[i];
        total += (size_t)got;
    }
}

static void expect_all_arrives(int source, int writer, const char *content)
{
    char text[64] = "";
    struct scene scene;

    begin(&scene, source);
    assert_int_equal(write(writer, content, strlen(content)), strlen(content));
    serve_rounds(&scene, 3);
    (void)close(writer);
    assert_int_equal(read_all(&scene, text, sizeof(text) - 1), strlen(content));
    assert_string_equal(text, content);
    assert_int_equal(bl_feed_bytes(scene.feed), strlen(content));
    assert_int_equal(fcntl(source, F_GETFL) & O_NONBLOCK, 0); /* it is not ours */
    end(&scene);
    (void)close(source);
}

static void feed__moves_a_pipe_to_its_end(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    expect_all_arrives(ends[0], ends[1], "through a pipe\n");
}

static void feed__moves_a_socket_to_its_end(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    expect_all_arrives(ends[0], ends[1], "through a socket\n");
}

/* What comes from a socket goes through a buffer. */
static void feed__ends_where_there_is_no_memory_and_says_so(void **state)
{
    struct scene scene;
    int ends[2];
    char text[4];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(write(ends[1], "one", 3), 3);
    begin(&scene, ends[0]);
    no_memory = true;
    assert_int_equal(read_all(&scene, text, sizeof(text)), 0);
    no_memory = false;
    assert_int_equal(bl_feed_errno(scene.feed), ENOMEM);
    end(&scene);
    bl_close_fd(&ends[0]);
    bl_close_fd(&ends[1]);
}

/* A regular file can't be waited for; it is larger than any pipe. */
static void feed__moves_a_regular_file(void **state)
{
    bl_autoclose int file = memfd_create("source", MFD_CLOEXEC);
    size_t size = 3 << 20;
    char first[16];
    struct scene scene;

    (void)state;
    assert_int_equal(write(file, "begin", 5), 5);
    assert_int_equal(ftruncate(file, (off_t)size), 0);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    begin(&scene, file);
    assert_int_equal(read_all(&scene, first, sizeof(first)), size);
    assert_memory_equal(first, "begin", 5);
    assert_int_equal(bl_feed_bytes(scene.feed), size);
    end(&scene);
}

/* /dev/zero never ends and can't be watched; the program reads some and goes. */
static void feed__stops_when_the_program_closes(void **state)
{
    bl_autoclose int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    struct scene scene;
    char text[100];
    uint64_t taken;

    (void)state;
    assert_true(zero >= 0);
    begin(&scene, zero);
    serve_rounds(&scene, 5);
    assert_int_equal(read(scene.program, text, sizeof(text)), sizeof(text));
    bl_close_fd(&scene.program);
    serve_rounds(&scene, 20);
    taken = bl_feed_bytes(scene.feed);
    serve_rounds(&scene, 20);
    assert_int_equal(bl_feed_bytes(scene.feed), taken);
    assert_int_equal(bl_feed_errno(scene.feed), 0);
    end(&scene);
}

/* A program that reads nothing: a pipe's worth is taken, the rest stays with the source. */
static void feed__takes_no_more_than_the_program_has_room_for(void **state)
{
    bl_autoclose int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    struct scene scene;

    (void)state;
    assert_true(zero >= 0);
    begin(&scene, zero);
    serve_rounds(&scene, 100);
    assert_in_range(bl_feed_bytes(scene.feed), 4096, 1 << 20);
    end(&scene);
}

static void feed__leaves_an_idle_source_alone(void **state)
{
    struct scene scene;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    begin(&scene, ends[0]);
    serve_rounds(&scene, 5);
    bl_feed_stop(scene.feed);
    assert_int_equal(write(ends[1], "kept", 4), 4);
    serve_rounds(&scene, 5);
    assert_int_equal(bl_feed_bytes(scene.feed), 0);
    assert_true(is_ready(ends[0])); /* whoever reads next gets it */
    end(&scene);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void feed__passes_on_a_source_that_is_at_its_end(void **state)
{
    bl_autoclose int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct scene scene;
    char text[4];

    (void)state;
    assert_true(null >= 0);
    begin(&scene, null);
    assert_int_equal(read_all(&scene, text, sizeof(text)), 0);
    end(&scene);
}

/* What came before is the program's, and then its end of file; that it is not all is told. */
static void feed__tells_that_a_source_cannot_be_read(void **state)
{
    bl_autoclose int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct scene scene;
    char text[4];

    (void)state;
    begin(&scene, folder);
    assert_int_equal(bl_feed_errno(scene.feed), 0);
    assert_int_equal(read_all(&scene, text, sizeof(text)), 0);
    assert_int_equal(bl_feed_errno(scene.feed), EISDIR);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feed__moves_a_pipe_to_its_end),
        cmocka_unit_test(feed__moves_a_socket_to_its_end),
        cmocka_unit_test(feed__ends_where_there_is_no_memory_and_says_so),
        cmocka_unit_test(feed__moves_a_regular_file),
        cmocka_unit_test(feed__stops_when_the_program_closes),
        cmocka_unit_test(feed__takes_no_more_than_the_program_has_room_for),
        cmocka_unit_test(feed__leaves_an_idle_source_alone),
        cmocka_unit_test(feed__passes_on_a_source_that_is_at_its_end),
        cmocka_unit_test(feed__tells_that_a_source_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
