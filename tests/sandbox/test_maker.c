/* test_maker.c - the maker of a spare is killed, or stopped for good, in the middle of it: whoever
 * ordered the spare is told, nothing is left of it, nobody waits without end. */
#include <poll.h>
#include <sched.h>

#include "executor/sandbox/wards.h"
#include "raw_warden.h"
#include "tests/support/kin.h"

enum { TURNS_MAX = 200, HITS = 20, STOPS_MAX = 200 };

static struct bl_order low_order(struct raw_warden *raw)
{
    struct bl_order order = raw_order(raw, BL_ORDER_OPEN);

    order.low = 1;
    return order;
}

static void start(struct raw_warden *raw, void **state)
{
    raw_warden_start(raw, state);
    if (!raw->lowers)
        cannot_isolate("no way back from idle priority here");
}

/* The warden's only child is a maker before it is an init. 0: it was too quick to be seen. */
static pid_t find_maker(const struct raw_warden *raw)
{
    (void)bl_kin_await(raw->pid);
    return bl_kin_in_same_pids(raw->pid);
}

/* The moment of the crime: a part of range_us that is never the same twice, and too short to sleep.
 */
static void let_pass(unsigned turn, unsigned range_us)
{
    const uint64_t until_ns = bl_now_ns() + turn * 2654435761U % range_us * 1000ULL; /* Knuth */

    while (bl_now_ns() < until_ns)
        ;
}

/* What was made before the crime stands, the rest has failed as it should. Returns whether it was
 * made; nothing of it is left. */
static bool was_made(struct raw_warden *raw, const struct bl_reply *reply, struct raw_sandbox *made)
{
    if (reply->kind == BL_REPLY_OPENED) {
        struct bl_init_report ready = raw_report(made);
        assert_int_equal(ready.kind, BL_INIT_READY);
        assert_int_equal(ready.failure.step, BL_STEP_NONE);
        raw_close(raw, made);
        return true;
    }
    assert_int_equal(reply->kind, BL_REPLY_FAILED);
    assert_int_equal(reply->error.step, BL_STEP_CLONE_INIT);
    struct bl_reply closed = raw_receive(raw, NULL); /* its place is free again */
    assert_int_equal(closed.kind, BL_REPLY_CLOSED);
    assert_int_equal(closed.id, reply->id);
    return false;
}

static bool is_made(struct raw_warden *raw, uint64_t id)
{
    struct raw_sandbox made;
    struct bl_reply reply = raw_receive(raw, &made);

    assert_int_equal(reply.id, id);
    return was_made(raw, &reply, &made);
}

static void expect_no_children(const struct raw_warden *raw)
{
    time_t deadline = deadline_from_now();

    while (bl_kin_oldest(raw->pid))
        pause_before(deadline);
}

/* A job's, and a spare's. */
static void expect_next_is_right(struct raw_warden *raw)
{
    struct raw_sandbox next;

    raw_open(raw, &next);
    raw_close(raw, &next);
    struct bl_order order = low_order(raw);
    raw_send(raw, &order, NULL, 0);
    assert_true(is_made(raw, order.id));
}

/* Every third one is stopped for a while first. */
static void maker__killed_at_any_moment_leaves_nothing(void **state)
{
    unsigned in_the_middle = 0;
    struct raw_warden raw;

    start(&raw, state);
    for (unsigned turn = 0; in_the_middle < HITS; turn++) {
        struct bl_order order = low_order(&raw);
        assert_true(turn < TURNS_MAX);
        raw_send(&raw, &order, NULL, 0);
        const pid_t maker = find_maker(&raw);
        let_pass(turn, 1500);
        if (turn % 3 == 0)
            (void)bl_kin_signal(raw.pid, maker, SIGSTOP);
        let_pass(turn, 500);
        (void)bl_kin_signal(raw.pid, maker, SIGKILL);
        in_the_middle += !is_made(&raw, order.id);
        expect_no_children(&raw);
    }
    raw_warden_expect_no_fds(&raw);
    expect_next_is_right(&raw);
    raw_warden_end(&raw);
}

/* False: it has come to its end. */
static bool comes_to_stand(pid_t process)
{
    time_t deadline = deadline_from_now();
    char folder[64], status[1024];

    (void)snprintf(folder, sizeof(folder), "/proc/%d", (int)process);
    while (get_file(folder, "status", status, sizeof(status)) && !strstr(status, "\nState:\tZ")) {
        if (strstr(status, "\nState:\tT"))
            return true;
        pause_before(deadline);
    }
    return false;
}

/* Before a barrier, which is answered at once, the warden has heard what the maker told before it
 * stood. */
static bool was_too_late(struct raw_warden *raw, uint64_t id)
{
    struct bl_order barrier = raw_order(raw, BL_ORDER_GRAFT);
    struct raw_sandbox made;

    raw_send(raw, &barrier, NULL, 0);
    struct bl_reply reply = raw_receive(raw, &made);
    if (reply.id == barrier.id)
        return false;
    assert_int_equal(reply.id, id);
    raw_expect_failed(raw, barrier.id, BL_STEP_GRAFT);
    (void)was_made(raw, &reply, &made);
    return true;
}

/* Sends an order for a spare, and stops its maker before it has told of it. */
static struct bl_order stop_a_maker(struct raw_warden *raw)
{
    for (unsigned turn = 0; turn < STOPS_MAX; turn++) {
        struct bl_order order = low_order(raw);

        raw_send(raw, &order, NULL, 0);
        const pid_t maker = find_maker(raw);
        let_pass(turn, 1000);
        if (!bl_kin_signal(raw->pid, maker, SIGSTOP) || !comes_to_stand(maker))
            (void)is_made(raw, order.id);
        else if (!was_too_late(raw, order.id))
            return order;
        expect_no_children(raw); /* a stopped one is none of them */
    }
    fail_msg("no maker was stopped in time");
    return (struct bl_order){0};
}

/* A job that comes gets its sandbox meanwhile, also where it waits for the next spare; one that
 * waits for this one is told, and its place is not kept. */
static void maker__that_is_stopped_for_good_is_given_up(void **state)
{
    struct raw_sandbox job;
    struct raw_warden raw;

    start(&raw, state);
    struct bl_order spare = stop_a_maker(&raw), raise = spare;
    raise.kind = BL_ORDER_RAISE;
    raw_send(&raw, &raise, NULL, 0);
    assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_RAISED);
    raw_open(&raw, &job);
    raw_close(&raw, &job);
    struct bl_order next = low_order(&raw);
    raw_send(&raw, &next, NULL, 0);
    next.kind = BL_ORDER_RAISE;
    raw_send(&raw, &next, NULL, 0);
    assert_int_equal(raw_receive(&raw, NULL).kind, BL_REPLY_RAISED);
    assert_true(is_made(&raw, next.id));
    spare.kind = BL_ORDER_CLOSE;
    raw_send(&raw, &spare, NULL, 0);
    assert_false(is_made(&raw, spare.id));
    expect_no_children(&raw);
    raw_warden_expect_no_fds(&raw);
    expect_next_is_right(&raw);
    raw_warden_end(&raw);
}

static void maker__that_is_stopped_does_not_keep_the_warden(void **state)
{
    struct raw_warden raw;

    start(&raw, state);
    (void)stop_a_maker(&raw);
    raw_warden_end(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(maker__killed_at_any_moment_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(maker__that_is_stopped_for_good_is_given_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(maker__that_is_stopped_does_not_keep_the_warden, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
