/* test_channel_warden.c - a worker that has been taken over talks to the warden: garbage, wrong
 * sizes, wrong kinds, descriptors where none belong, more orders than there are places for. The
 * warden neither crashes nor keeps anything. */
#include <poll.h>
#include <sys/resource.h>

#include "raw_warden.h"

enum { GARBAGE_TURNS = 60, ORDERS = BL_PLAN_SANDBOXES_MAX + 200 };

static void warden__garbage_ends_it_in_good_order(void **state)
{
    unsigned char bytes[4096];

    for (unsigned turn = 0; turn < GARBAGE_TURNS; turn++) {
        size_t length = turn % 3 == 0 ? sizeof(struct bl_order) : 1 + turn * 67 % sizeof(bytes);
        int many[200];
        struct raw_sandbox ends;
        struct raw_warden raw;

        raw_warden_start(&raw, state);
        raw_open(&raw, &ends); /* goes with it */
        raw_garbage(bytes, length, turn);
        for (size_t i = 0; i < BL_ARRAY_LEN(many); i++)
            many[i] = ends.control;
        (void)bl_wire_send(raw.socket, bytes, length, many, turn % 4 == 1 ? BL_WIRE_FDS_MAX : 0);
        raw_warden_end(&raw);
        raw_release(&ends);
    }
}

static void warden__kills_whom_it_is_told_to(void **state)
{
    struct bl_order order;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    order = raw_order(&raw, BL_ORDER_KILL);
    order.id = ends.id;
    raw_send(&raw, &order, NULL, 0);
    struct pollfd gone = {.fd = ends.pidfd, .events = POLLIN};
    assert_int_equal(poll(&gone, 1, FIXTURE_DEADLINE_S * 1000), 1);
    raw_close(&raw, &ends);
    raw_warden_end(&raw);
}

/* A lack of numbers of its own is no offence of who sent them. */
static void warden__tells_that_it_has_no_room_for_descriptors(void **state)
{
    struct rlimit before, none;
    struct bl_order order;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, NULL, &before), errno);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, &none, NULL), errno);
    order = raw_order(&raw, BL_ORDER_GRAFT);
    order.id = ends.id;
    raw_send(&raw, &order, &ends.control, 1);
    raw_expect_failed(&raw, order.id, BL_STEP_GRAFT);
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, &before, NULL), errno);
    raw_close(&raw, &ends);
    raw_warden_end(&raw);
}

static void warden__bad_orders_are_refused(void **state)
{
    struct bl_order order;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    order = raw_order(&raw, BL_ORDER_OPEN);
    order.profile = 1;
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, order.id, BL_STEP_FIELD);
    order = raw_order(&raw, BL_ORDER_OPEN);
    order.profile = UINT32_MAX;
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, order.id, BL_STEP_FIELD);
    order = raw_order(&raw, BL_ORDER_OPEN);
    order.box_bytes = 0;
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, order.id, BL_STEP_FIELD);
    order.id = 0;
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, 0, BL_STEP_FIELD);
    raw_open(&raw, &ends);
    order = raw_order(&raw, BL_ORDER_OPEN);
    order.id = ends.id; /* lives already */
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, order.id, BL_STEP_SLOTS);
    raw_close(&raw, &ends);
    order = raw_order(&raw, BL_ORDER_KILL); /* of nobody: not answered */
    raw_send(&raw, &order, NULL, 0);
    order = raw_order(&raw, BL_ORDER_CLOSE); /* of nobody: it is gone, as wanted */
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_CLOSED);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* The kernel bounds what a tmpfs can be told; init reports what does not work. */
static void warden__absurd_sizes_are_inits_failure_at_most(void **state)
{
    static const uint64_t sizes[] = {1, 4095, UINT64_MAX, UINT64_MAX / 2, 1ULL << 40};
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (size_t i = 0; i < BL_ARRAY_LEN(sizes); i++) {
        struct bl_order order = raw_order(&raw, BL_ORDER_OPEN);
        struct raw_sandbox ends;

        order.box_bytes = order.box_files = order.tmp_bytes = order.tmp_files = sizes[i];
        raw_send(&raw, &order, NULL, 0);
        assert_int_equal(raw_receive(&raw, &ends).kind, BL_REPLY_OPENED);
        struct bl_init_report ready = raw_report(&ends);
        assert_int_equal(ready.kind, BL_INIT_READY);
        if (ready.failure.step != BL_STEP_NONE)
            assert_int_equal(ready.failure.step, BL_STEP_MOUNT_TMPFS);
        raw_close(&raw, &ends);
    }
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* The plan is one for a worker that is not root. */
static void warden__grafts_files_and_folders_only(void **state)
{
    int pipes[2];
    struct bl_order order;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    raw_open(&raw, &ends);
    assert_return_code(pipe2(pipes, O_CLOEXEC), errno);
    bl_autoclose int device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bl_autoclose int link = open("/proc/self/exe", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    const int wrong[] = {pipes[0], raw.socket, device, link, ends.pidfd};

    order = raw_order(&raw, BL_ORDER_GRAFT);
    order.id = ends.id;
    for (size_t i = 0; i < BL_ARRAY_LEN(wrong); i++) {
        raw_send(&raw, &order, &wrong[i], 1);
        raw_expect_failed(&raw, order.id, BL_STEP_INPUT);
    }
    bl_autoclose int name_only = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    raw_send(&raw, &order, &name_only, 1); /* what the worker was not allowed to read */
    raw_expect_failed(&raw, order.id, BL_STEP_INPUT);
    raw_send(&raw, &order, NULL, 0); /* nothing to graft */
    raw_expect_failed(&raw, order.id, BL_STEP_GRAFT);
    order.id = 999999; /* for nobody */
    raw_send(&raw, &order, &device, 1);
    raw_expect_failed(&raw, order.id, BL_STEP_GRAFT);
    raw_close(&raw, &ends);
    bl_close_fd(&pipes[0]);
    bl_close_fd(&pipes[1]);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* Takes what has been answered so far: opened ones are counted, and given up at once. */
static void drain(struct raw_warden *raw, unsigned *opened, unsigned *refused)
{
    struct pollfd on = {.fd = raw->socket, .events = POLLIN};

    while (poll(&on, 1, 0) > 0) {
        struct bl_reply reply = raw_receive(raw, NULL);
        if (reply.kind == BL_REPLY_OPENED) {
            ++*opened;
            continue;
        }
        assert_int_equal(reply.kind, BL_REPLY_FAILED);
        assert_int_equal(reply.error.step, BL_STEP_SLOTS);
        ++*refused;
    }
}

/* Their channels are closed at once, so every init ends; but the places are taken until they are
 * closed by an order. */
static void warden__more_orders_than_places(void **state)
{
    unsigned opened = 0, refused = 0;
    time_t deadline;
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (int i = 0; i < ORDERS; i++) {
        const struct bl_order order = raw_order(&raw, BL_ORDER_OPEN);
        raw_send(&raw, &order, NULL, 0);
        drain(&raw, &opened, &refused);
    }
    deadline = deadline_from_now();
    while (opened + refused < ORDERS) {
        pause_before(deadline);
        drain(&raw, &opened, &refused);
    }
    assert_int_equal(opened, BL_PLAN_SANDBOXES_MAX);
    assert_int_equal(refused, ORDERS - BL_PLAN_SANDBOXES_MAX);
    for (uint64_t id = raw.last_id; id > raw.last_id - ORDERS; id--) {
        struct bl_order order = {.kind = BL_ORDER_CLOSE, .id = id};
        raw_send(&raw, &order, NULL, 0);
        assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_CLOSED);
    }
    raw_open(&raw, &ends);
    raw_close(&raw, &ends);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(warden__garbage_ends_it_in_good_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warden__kills_whom_it_is_told_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warden__tells_that_it_has_no_room_for_descriptors, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(warden__bad_orders_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warden__absurd_sizes_are_inits_failure_at_most, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(warden__grafts_files_and_folders_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warden__more_orders_than_places, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
