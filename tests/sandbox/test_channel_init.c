/* test_channel_init.c - a worker that has been taken over talks to the init of a sandbox and to the
 * program's process before its exec: it may end them, and nothing more. */
#include <poll.h>

#include "raw_warden.h"

enum { GARBAGE_TURNS = 60, LAUNCH_TURNS = 60 };

static void init__garbage_on_its_control_channel_ends_it(void **state)
{
    unsigned char bytes[4096];
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (unsigned turn = 0; turn < GARBAGE_TURNS; turn++) {
        size_t length = turn % 3 == 0 ? sizeof(struct bl_init_order) : 1 + turn * 67 % 4000;
        struct raw_sandbox ends;

        raw_open(&raw, &ends);
        raw_garbage(bytes, length, turn);
        (void)bl_wire_send(ends.control, bytes, length, &raw.socket, turn % 4 == 1);
        struct pollfd gone = {.fd = ends.pidfd, .events = POLLIN};
        assert_int_equal(poll(&gone, 1, FIXTURE_DEADLINE_S * 1000), 1);
        raw_close(&raw, &ends);
    }
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* Names that lead elsewhere, and mounts that are none: each is a failure, and init goes on. */
static void init__places_nothing_that_is_no_mount(void **state)
{
    static const char *const names[] = {
        "", "..", "../../etc/x", "/", "a/../../b", "/proc/self", "/box/", "//", "/dev/null", "x/"};
    bl_autoclose int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    for (unsigned i = 0; i < 2 * BL_ARRAY_LEN(names); i++) {
        struct bl_init_order order = {.kind = BL_INIT_PLACE, .last = 1, .index = i};

        (void)snprintf(order.name, sizeof(order.name), "%s", names[i / 2]);
        assert_return_code(bl_wire_send(ends.control, &order, sizeof(order), &folder, i % 2),
                           errno);
        struct bl_init_report report = raw_report(&ends);
        assert_int_equal(report.kind, BL_INIT_PLACED);
        assert_int_equal(report.failure.step, BL_STEP_INPUT);
        assert_int_equal(report.failure.index, i);
    }
    raw_close(&raw, &ends);
    raw_warden_end(&raw);
}

static int file_of(const char *text)
{
    int file = memfd_create("counter", MFD_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    return file;
}

/* Still there: it refuses to place what it refuses to place. */
static void expect_alive(const struct raw_sandbox *ends)
{
    struct bl_init_order order = {.kind = BL_INIT_PLACE, .last = 1, .name = ".."};

    assert_return_code(bl_wire_send(ends->control, &order, sizeof(order), NULL, 0), errno);
    struct bl_init_report report = raw_report(ends);
    assert_int_equal(report.kind, BL_INIT_PLACED);
}

/* No CPUs, more than there are, one that no machine has, a counter that says nothing or can't be
 * read: whatever it is told to watch, it only watches. */
static void init__guards_nothing_that_can_not_be(void **state)
{
    bl_autoclose int counter = file_of("5\n"), words = file_of("five\n");
    bl_autoclose int closed = open("/dev/null", O_PATH | O_CLOEXEC);
    const struct bl_guard_limits limits = {.cpu_ns = UINT64_MAX / 4, .close_ns = 1, .cpus = 1};
    const struct {
        struct bl_guard_order order;
        int counter;
    } cases[] = {
        {{.version = 1}, counter},
        {{.limits = limits, .version = 1, .cpu_count = BL_CGROUP_ROUND_MAX + 1}, counter},
        {{.limits = limits, .version = 1, .cpu_count = 1, .cpus = {UINT32_MAX}}, counter},
        {{.limits = limits, .version = 1, .cpu_count = 1, .cpus = {1023}}, counter},
        {{.limits = limits, .version = 1, .cpu_count = 1}, words},
        {{.limits = limits, .version = 2, .cpu_count = 1}, words},
        {{.limits = limits, .version = 77}, closed},
    };
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    for (size_t i = 0; i < BL_ARRAY_LEN(cases); i++) {
        struct bl_init_order order = {.kind = BL_INIT_GUARD, .guard = cases[i].order};

        assert_return_code(bl_wire_send(ends.control, &order, sizeof(order), &cases[i].counter, 1),
                           errno);
        expect_alive(&ends);
    }
    raw_close(&raw, &ends);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

static void expect_launch_refused(struct raw_warden *raw, const void *message, size_t length,
                                  unsigned fd_count)
{
    int fds[4] = {raw->socket, raw->socket, raw->socket, raw->socket};
    struct raw_sandbox ends;

    raw_open(raw, &ends);
    assert_return_code(bl_wire_send(ends.launch, message, length, fds, fd_count), errno);
    struct bl_init_report report = raw_report(&ends);
    assert_int_equal(report.kind, BL_INIT_ENDED);
    assert_int_equal(report.failure.step, BL_STEP_ORDER_SIZE);
    assert_int_equal(report.ending.started_ns, 0);
    raw_close(raw, &ends);
}

/* The first is an alert, and what follows it has to be the order. */
static void init__is_alerted_once(void **state)
{
    const char alert = BL_LAUNCH_ALERT;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    for (int i = 0; i < 2; i++)
        assert_return_code(bl_wire_send(ends.launch, &alert, sizeof(alert), NULL, 0), errno);
    const struct bl_init_report report = raw_report(&ends);
    assert_int_equal(report.kind, BL_INIT_ENDED);
    assert_int_equal(report.failure.step, BL_STEP_ORDER_SIZE);
    raw_close(&raw, &ends);
    raw_warden_end(&raw);
}

static void init__exec_orders_are_checked(void **state)
{
    static char message[BL_LAUNCH_BYTES_MAX + 100];
    struct bl_launch *header = (struct bl_launch *)(void *)message;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (unsigned turn = 0; turn < LAUNCH_TURNS; turn++) {
        size_t length = 1 + turn * 97 % 3000;
        raw_garbage((unsigned char *)message, length, turn);
        expect_launch_refused(&raw, message, length, turn % 2 ? 3 : turn % 5);
    }
    memset(message, 'x', sizeof(message)); /* strings without an end */
    header->argc = 1;
    header->envc = 0;
    expect_launch_refused(&raw, message, 200, 3);
    memset(message, 0, sizeof(message)); /* empty strings, and too many */
    header->argc = BL_ARGS_MAX + 1;
    expect_launch_refused(&raw, message, 50000, 3);
    header->argc = BL_ARGS_MAX;
    header->envc = UINT32_MAX;
    expect_launch_refused(&raw, message, 50000, 3);
    header->argc = 0;
    header->envc = 0;
    expect_launch_refused(&raw, message, sizeof(*header) + 1, 3);
    header->argc = 1; /* one string too many */
    expect_launch_refused(&raw, message, sizeof(*header) + 3, 3);
    expect_launch_refused(&raw, message, sizeof(*header) + 2, 2); /* a stream missing */
    expect_launch_refused(&raw, message, sizeof(message), 3);     /* longer than any order */
    message[0] = BL_LAUNCH_ALERT;
    expect_launch_refused(&raw, message, 1, 1); /* an alert brings no descriptors, */
    expect_launch_refused(&raw, message, 2, 0); /* and is one byte */
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(init__garbage_on_its_control_channel_ends_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(init__places_nothing_that_is_no_mount, set_up, tear_down),
        cmocka_unit_test_setup_teardown(init__guards_nothing_that_can_not_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(init__is_alerted_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(init__exec_orders_are_checked, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
