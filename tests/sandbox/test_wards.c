/* test_wards.c - what the warden makes at idle priority comes back from there, whole and in time;
 * and while too many sandboxes are dying it makes none. */
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>

#include "executor/sandbox/wards.h"
#include "raw_warden.h"
#include "tests/support/kin.h"

static struct bl_order low_order(struct raw_warden *raw)
{
    struct bl_order order = raw_order(raw, BL_ORDER_OPEN);

    order.low = 1;
    return order;
}

static void expect_ready(const struct raw_sandbox *sandbox)
{
    struct bl_init_report ready = raw_report(sandbox);

    assert_int_equal(ready.kind, BL_INIT_READY);
    assert_int_equal(ready.failure.step, BL_STEP_NONE);
}

static void wards__what_is_made_low_is_low_until_it_is_raised(void **state)
{
    struct raw_sandbox made;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    if (!raw.lowers)
        cannot_isolate("no way back from idle priority here");
    struct bl_order order = low_order(&raw);
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, &made).kind, BL_REPLY_OPENED);
    expect_ready(&made);
    pid_t init = bl_kin_of_pidfd(made.pidfd), program = bl_kin_oldest(init);
    assert_true(program > 0);
    assert_int_equal(sched_getscheduler(init), SCHED_IDLE);
    assert_int_equal(sched_getscheduler(program), SCHED_IDLE);
    order.kind = BL_ORDER_RAISE;
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_RAISED);
    assert_int_equal(sched_getscheduler(init), SCHED_RR | SCHED_RESET_ON_FORK);
    assert_int_equal(sched_getscheduler(program), SCHED_OTHER);
    raw_close(&raw, &made);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* Whoever waits for it must not take it for what it should be. */
static void wards__that_can_not_be_raised_is_told(void **state)
{
    struct rlimit before, none;
    struct raw_sandbox made;
    struct raw_warden raw;

    need_priority();
    raw_warden_start(&raw, state);
    struct bl_order order = low_order(&raw);
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, &made).kind, BL_REPLY_OPENED);
    expect_ready(&made);
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, NULL, &before), errno);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, &none, NULL), errno);
    order.kind = BL_ORDER_RAISE;
    raw_send(&raw, &order, NULL, 0);
    raw_expect_failed(&raw, order.id, BL_STEP_CLONE_INIT);
    assert_return_code(prlimit(raw.pid, RLIMIT_NOFILE, &before, NULL), errno);
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_RAISED);
    raw_close(&raw, &made);
    raw_warden_end(&raw);
}

/* It does not stay low with nobody to raise it: a job behind it must not wait for what it holds. */
static void wards__an_order_of_a_job_raises_the_spare_before_it(void **state)
{
    struct raw_sandbox ends[2];
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    struct bl_order spare = low_order(&raw), job = raw_order(&raw, BL_ORDER_OPEN);
    raw_send(&raw, &spare, NULL, 0);
    raw_send(&raw, &job, NULL, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(raw_receive(&raw, &ends[i]).kind, BL_REPLY_OPENED);
    for (int i = 0; i < 2; i++) {
        expect_ready(&ends[i]);
        assert_int_not_equal(sched_getscheduler(bl_kin_of_pidfd(ends[i].pidfd)), SCHED_IDLE);
    }
    for (int i = 0; i < 2; i++)
        raw_close(&raw, &ends[i]);
    raw_warden_end(&raw);
}

/* One that takes long is raised at last, whoever has the CPUs. */
static void wards__nothing_stays_low_for_long(void **state)
{
    time_t deadline = deadline_from_now();
    struct raw_sandbox made;
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    struct bl_order order = low_order(&raw);
    raw_send(&raw, &order, NULL, 0);
    assert_int_equal(raw_receive(&raw, &made).kind, BL_REPLY_OPENED);
    expect_ready(&made);
    while (sched_getscheduler(bl_kin_of_pidfd(made.pidfd)) == SCHED_IDLE ||
           sched_getscheduler(bl_kin_oldest(bl_kin_of_pidfd(made.pidfd))) == SCHED_IDLE)
        pause_before(deadline);
    raw_close(&raw, &made);
    raw_warden_end(&raw);
}

/* Whether it waits, is in the making or stands: it is closed once, and nothing is left. */
static void wards__a_low_one_can_be_given_up_at_any_time(void **state)
{
    enum { ORDERS = 24 };
    struct raw_warden raw;

    raw_warden_start(&raw, state);
    for (unsigned i = 0; i < ORDERS; i++) {
        struct bl_order order = low_order(&raw);
        raw_send(&raw, &order, NULL, 0);
        if (i % 2) { /* one at a time: this one waits for the other */
            order.id = ++raw.last_id;
            raw_send(&raw, &order, NULL, 0);
        }
        for (uint64_t id = raw.last_id; id + (i % 2) >= raw.last_id; id--) {
            struct bl_order close = {.kind = BL_ORDER_CLOSE, .id = id};
            raw_send(&raw, &close, NULL, 0);
        }
        for (unsigned closed = 0; closed < 1 + i % 2;) {
            struct bl_reply reply = raw_receive(&raw, NULL);
            assert_true(reply.kind == BL_REPLY_OPENED || reply.kind == BL_REPLY_CLOSED);
            closed += reply.kind == BL_REPLY_CLOSED;
        }
    }
    struct bl_order nobody = {.kind = BL_ORDER_RAISE, .id = 999999};
    raw_send(&raw, &nobody, NULL, 0);
    raw_expect_failed(&raw, nobody.id, BL_STEP_CLONE_INIT);
    raw_warden_expect_no_fds(&raw);
    raw_warden_end(&raw);
}

/* A worker that goes in the middle of it. */
static void wards__the_makers_end_is_the_wardens(void **state)
{
    for (int i = 0; i < 8; i++) {
        struct raw_warden raw;

        raw_warden_start(&raw, state);
        struct bl_order order = low_order(&raw);
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
        cmocka_unit_test_setup_teardown(wards__what_is_made_low_is_low_until_it_is_raised, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wards__that_can_not_be_raised_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wards__an_order_of_a_job_raises_the_spare_before_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wards__nothing_stays_low_for_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wards__a_low_one_can_be_given_up_at_any_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(wards__the_makers_end_is_the_wardens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wards__orders_wait_while_too_many_are_dying, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
