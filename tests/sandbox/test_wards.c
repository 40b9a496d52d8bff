/* test_wards.c - who is favoured of what the warden makes; orders that are given up at once; and
 * while too many sandboxes are dying it makes none. */
#include <sched.h>

#include "executor/sandbox/wards.h"
#include "raw_warden.h"
#include "tests/support/kin.h"

static void expect_ready(const struct raw_sandbox *sandbox)
{
    struct bl_init_report ready = raw_report(sandbox);

    assert_int_equal(ready.kind, BL_INIT_READY);
    assert_int_equal(ready.failure.step, BL_STEP_NONE);
}

/* Some containers refuse it to everybody. */
static bool may_be_favoured(void)
{
    const int usual = sched_getscheduler(0);
    const struct sched_param least = {.sched_priority = 1}, none = {0};

    if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &least) < 0)
        return false;
    assert_return_code(sched_setscheduler(0, usual, &none), errno);
    return true;
}

static void wards__an_init_is_favoured_and_its_program_is_not(void **state)
{
    struct raw_sandbox made;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    if (!may_be_favoured())
        cannot_isolate("nobody may be favoured here");
    raw_open(&raw, &made);
    const pid_t init = bl_kin_of_pidfd(made.pidfd), program = bl_kin_oldest(init);
    assert_true(program > 0);
    assert_int_equal(sched_getscheduler(init), SCHED_RR | SCHED_RESET_ON_FORK);
    assert_int_equal(sched_getscheduler(program), SCHED_OTHER);
    raw_close(&raw, &made);
    raw_warden_end(&raw);
}

/* Before anybody has looked at what was made: it is closed once, and nothing is left. */
static void wards__an_order_can_be_given_up_at_once(void **state)
{
    enum { ORDERS = 24 };
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (unsigned i = 0; i < ORDERS; i++) {
        struct bl_order order = raw_order(&raw, BL_ORDER_OPEN);
        raw_send(&raw, &order, NULL, 0);
        order.kind = BL_ORDER_CLOSE;
        raw_send(&raw, &order, NULL, 0);
        assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_OPENED);
        assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_CLOSED);
    }
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* A worker that goes before its sandbox is there, or before that stands. */
static void wards__end_with_a_worker_that_does_not_wait(void **state)
{
    for (int i = 0; i < 8; i++) {
        struct raw_warden raw;

        raw_warden_start(&raw, state);
        struct bl_order order = raw_order(&raw, BL_ORDER_OPEN);
        raw_send(&raw, &order, NULL, 0);
        if (i % 2)
            (void)raw_receive(&raw, NULL);
        raw_warden_end(&raw);
    }
}

/* ---- too many that are dying ------------------------------------------------------------------
 */

/* An order that is answered at once: whatever came before it has been read. */
static void expect_nothing_before_barrier(struct raw_warden *raw)
{
    struct bl_order barrier = raw_order(raw, BL_ORDER_GRAFT);

    raw_send(raw, &barrier, NULL, 0);
    raw_expect_failed(raw, barrier.id, BL_STEP_GRAFT);
}

static int hold_namespace(const struct raw_sandbox *sandbox)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)bl_kin_of_pidfd(sandbox->pidfd));
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    assert_return_code(namespace, errno);
    return namespace;
}

static void expect_opened(const struct raw_warden *raw, uint64_t id, struct raw_sandbox *ends)
{
    struct bl_reply reply = raw_receive(raw, ends);

    assert_int_equal(reply.kind, BL_REPLY_OPENED);
    assert_int_equal(reply.id, id);
}

/* Somebody keeps as many network namespaces as may be dying: the next order waits, can be given
 * up, and is served when one is gone; or after ten seconds, for they are not ours to wait for. */
static void wards__orders_wait_while_too_many_are_dying(void **state)
{
    static int namespaces[BL_DYING_MAX];
    struct raw_sandbox ends;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (size_t i = 0; i < BL_DYING_MAX; i++) {
        raw_open(&raw, &ends);
        namespaces[i] = hold_namespace(&ends);
        raw_close(&raw, &ends);
    }
    struct bl_order waits = raw_order(&raw, BL_ORDER_OPEN), too = raw_order(&raw, BL_ORDER_OPEN);
    raw_send(&raw, &waits, NULL, 0);
    raw_send(&raw, &too, NULL, 0);
    expect_nothing_before_barrier(&raw);
    too.kind = BL_ORDER_CLOSE;
    raw_send(&raw, &too, NULL, 0);
    struct bl_reply reply = raw_receive(&raw, NULL);
    assert_int_equal(reply.kind, BL_REPLY_CLOSED);
    assert_int_equal(reply.id, too.id);
    bl_close_fd(&namespaces[0]);
    expect_opened(&raw, waits.id, &ends);
    expect_ready(&ends);
    namespaces[0] = hold_namespace(&ends);
    raw_close(&raw, &ends);
    waits = raw_order(&raw, BL_ORDER_OPEN);
    raw_send(&raw, &waits, NULL, 0);
    expect_nothing_before_barrier(&raw);
    expect_opened(&raw, waits.id, &ends);
    raw_close(&raw, &ends);
    for (size_t i = 0; i < BL_DYING_MAX; i++)
        bl_close_fd(&namespaces[i]);
    raw_warden_end(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wards__an_init_is_favoured_and_its_program_is_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wards__an_order_can_be_given_up_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wards__end_with_a_worker_that_does_not_wait, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wards__orders_wait_while_too_many_are_dying, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
