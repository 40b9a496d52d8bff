/* Who sweeps, how far, and what becomes of each message: step by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/feeder/sweep.h"

#define INTERVAL_NS (60 * BL_NS_PER_S)

static void expect(const struct bl_sweep *sweep, bool asks, enum bl_broker_op op)
{
    assert_true(asks);
    assert_true(sweep->is_asking);
    assert_int_equal(sweep->op, op);
}

/* at_s: when the message was stored that is answered. */
static bool hear_at(struct bl_sweep *sweep, enum bl_broker_outcome outcome, uint64_t value,
                    int64_t at_s)
{
    return bl_sweep_hear(sweep, &(const struct bl_sweep_answer){outcome, value, at_s, 1},
                         sweep->due_ns - 1);
}

static bool hear(struct bl_sweep *sweep, enum bl_broker_outcome outcome, uint64_t value)
{
    return hear_at(sweep, outcome, value, 1000);
}

/* The answer to NEXT of any lane. */
static bool hear_any(struct bl_sweep *sweep, uint64_t sequence, size_t lane)
{
    const struct bl_sweep_answer answer = {BL_BROKER_DONE, sequence, 1000, lane};

    return bl_sweep_hear(sweep, &answer, sweep->due_ns - 1);
}

/* Looks at the claim when it is due. */
static bool look(struct bl_sweep *sweep, uint64_t claim)
{
    expect(sweep, bl_sweep_tick(sweep, 2, sweep->due_ns), BL_BROKER_CLAIMED);
    return hear(sweep, claim ? BL_BROKER_DONE : BL_BROKER_NONE, claim);
}

/* Up to the first lane's floor. */
static void begin_with(struct bl_sweep *sweep, uint64_t floor, int64_t oldest_s)
{
    bl_sweep_init(sweep, INTERVAL_NS, 0);
    assert_false(look(sweep, 7));
    expect(sweep, look(sweep, 7), BL_BROKER_CLAIM);
    expect(sweep, hear(sweep, BL_BROKER_DONE, 8), BL_BROKER_OLDEST);
    expect(sweep, hear_at(sweep, BL_BROKER_DONE, 0, oldest_s), BL_BROKER_FLOOR);
    assert_int_equal(sweep->lane, 0);
    expect(sweep, hear(sweep, BL_BROKER_DONE, floor), BL_BROKER_NEXT);
}

/* Every message is of second 1000; results are kept from second 999 on. */
static void begin(struct bl_sweep *sweep, uint64_t floor)
{
    begin_with(sweep, floor, 999);
}

static void sweep__rests_an_interval_first(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    bl_sweep_init(&sweep, INTERVAL_NS, 5);
    assert_int_equal(sweep.due_ns, 5 + INTERVAL_NS);
    assert_false(bl_sweep_tick(&sweep, 2, sweep.due_ns - 1));
    assert_false(bl_sweep_tick(&sweep, 0, sweep.due_ns)); /* no lane is known */
    assert_int_equal(sweep.due_ns, 5 + 2 * INTERVAL_NS);
}

static void sweep__is_left_to_whoever_claimed_it(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    bl_sweep_init(&sweep, INTERVAL_NS, 0);
    assert_false(look(&sweep, 0));
    assert_false(look(&sweep, 3)); /* somebody since then */
    assert_false(look(&sweep, 4));
    expect(&sweep, look(&sweep, 4), BL_BROKER_CLAIM);
    assert_int_equal(sweep.claim, 4);
    assert_false(hear(&sweep, BL_BROKER_NONE, 0)); /* another one was faster */
    assert_false(look(&sweep, 5));
    expect(&sweep, look(&sweep, 5), BL_BROKER_CLAIM);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 6), BL_BROKER_OLDEST);
    assert_int_equal(sweep.claim, 6);
}

static void sweep__removes_what_has_an_end(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin(&sweep, 100);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 40), BL_BROKER_LOOK);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
    assert_int_equal(sweep.sequence, 40);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_NEXT);
    assert_int_equal(sweep.sequence, 41);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 100), BL_BROKER_LOOK);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_LOOK_DEAD);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_NEXT); /* it was gone by then */
    assert_int_equal(sweep.removed, 1);
    assert_int_equal(sweep.requeued, 0);
}

static void sweep__puts_back_what_has_none_before_it_removes_it(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin(&sweep, 100);
    (void)hear(&sweep, BL_BROKER_DONE, 40);
    (void)hear(&sweep, BL_BROKER_NONE, 0);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_REQUEUE);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
    assert_int_equal(sweep.requeued, 1);
    begin(&sweep, 100);
    (void)hear(&sweep, BL_BROKER_DONE, 40);
    (void)hear(&sweep, BL_BROKER_NONE, 0);
    (void)hear(&sweep, BL_BROKER_NONE, 0);
    assert_false(hear(&sweep, BL_BROKER_REFUSED, 0)); /* the queue is full */
    assert_int_equal(sweep.removed, 0);
}

static void sweep__does_not_run_again_what_is_older_than_all_results(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin_with(&sweep, 100, 1001);
    (void)hear(&sweep, BL_BROKER_DONE, 40);
    (void)hear(&sweep, BL_BROKER_NONE, 0);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_DROP);
    begin_with(&sweep, 100, 0); /* no result is kept at all: it may be the first one */
    (void)hear(&sweep, BL_BROKER_DONE, 40);
    (void)hear(&sweep, BL_BROKER_NONE, 0);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_REQUEUE);
}

static void sweep__leaves_what_is_above_the_floor(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin(&sweep, 100);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 101), BL_BROKER_FLOOR);
    assert_int_equal(sweep.lane, 1);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_NEXT); /* no consumer: all waits */
    assert_true(sweep.by_number);
    assert_false(hear(&sweep, BL_BROKER_NONE, 0)); /* nothing is there at all */
    assert_int_equal(sweep.removed, 0);
}

/* Through both lanes, which name nothing; at the first message by number. */
static void begin_by_number(struct bl_sweep *sweep)
{
    begin(sweep, 100);
    expect(sweep, hear(sweep, BL_BROKER_NONE, 0), BL_BROKER_FLOOR);
    expect(sweep, hear(sweep, BL_BROKER_DONE, 50), BL_BROKER_NEXT);
    assert_false(sweep->by_number);
    expect(sweep, hear(sweep, BL_BROKER_NONE, 0), BL_BROKER_NEXT);
    assert_true(sweep->by_number);
    assert_int_equal(sweep->sequence, 1);
}

static void sweep__finds_by_number_what_its_lane_does_not_name(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin_by_number(&sweep);
    expect(&sweep, hear_any(&sweep, 27, 1), BL_BROKER_FLOOR);
    assert_int_equal(sweep.lane, 1);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 50), BL_BROKER_LOOK);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
    assert_int_equal(sweep.sequence, 27);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_NEXT);
    assert_int_equal(sweep.sequence, 28);
    expect(&sweep, hear_any(&sweep, 28, 0), BL_BROKER_FLOOR);
    assert_int_equal(sweep.lane, 0);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 28), BL_BROKER_LOOK);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_LOOK_DEAD);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_REQUEUE);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_NEXT);
    assert_false(hear(&sweep, BL_BROKER_NONE, 0));
    assert_int_equal(sweep.removed, 2);
    assert_int_equal(sweep.requeued, 1);
}

static void sweep__passes_by_number_what_waits_for_its_turn(void **state)
{
    struct bl_sweep sweep;
    uint64_t sequence = 0;

    (void)state;
    begin_by_number(&sweep);
    expect(&sweep, hear_any(&sweep, ++sequence, 1), BL_BROKER_FLOOR);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_NEXT); /* above the floor */
    expect(&sweep, hear_any(&sweep, ++sequence, 0), BL_BROKER_FLOOR);
    expect(&sweep, hear(&sweep, BL_BROKER_NONE, 0), BL_BROKER_NEXT); /* no consumer */
    expect(&sweep, hear_any(&sweep, ++sequence, BL_SWEEP_NO_LANE), BL_BROKER_NEXT);
    expect(&sweep, hear_any(&sweep, ++sequence, 2), BL_BROKER_NEXT); /* came after the begin */
    while (sweep.passed < BL_SWEEP_PASSED - 1)
        expect(&sweep, hear_any(&sweep, ++sequence, BL_SWEEP_NO_LANE), BL_BROKER_NEXT);
    assert_false(hear_any(&sweep, ++sequence, BL_SWEEP_NO_LANE));
    begin_by_number(&sweep); /* a server that names an earlier one */
    (void)hear_any(&sweep, 40, BL_SWEEP_NO_LANE);
    assert_false(hear_any(&sweep, 40, BL_SWEEP_NO_LANE));
}

static void sweep__leaves_what_names_no_job(void **state)
{
    struct bl_sweep sweep;

    (void)state;
    begin(&sweep, 100);
    expect(&sweep, hear_at(&sweep, BL_BROKER_DONE, 40, 0), BL_BROKER_NEXT);
    assert_int_equal(sweep.sequence, 41);
}

static void sweep__ends_where_no_answer_comes(void **state)
{
    struct bl_sweep sweep;
    uint64_t due_ns;

    (void)state;
    begin(&sweep, 100);
    due_ns = sweep.due_ns;
    assert_false(bl_sweep_tick(&sweep, 2, due_ns));
    assert_false(sweep.is_asking);
    assert_int_equal(sweep.due_ns, due_ns + INTERVAL_NS);
}

static void sweep__is_bounded_whatever_comes(void **state)
{
    struct bl_sweep sweep;
    uint64_t sequence = 0;
    bool asks = true;

    (void)state;
    begin(&sweep, UINT64_MAX);
    while (asks) {
        expect(&sweep, hear(&sweep, BL_BROKER_DONE, ++sequence), BL_BROKER_LOOK);
        expect(&sweep, hear(&sweep, BL_BROKER_DONE, 0), BL_BROKER_DROP);
        asks = hear(&sweep, BL_BROKER_DONE, 0);
    }
    assert_int_equal(sweep.removed, BL_SWEEP_MOST);
    begin(&sweep, 100); /* a server that names the same message again */
    (void)hear(&sweep, BL_BROKER_DONE, 40);
    (void)hear(&sweep, BL_BROKER_DONE, 0);
    (void)hear(&sweep, BL_BROKER_DONE, 0);
    expect(&sweep, hear(&sweep, BL_BROKER_DONE, 40), BL_BROKER_FLOOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweep__rests_an_interval_first),
        cmocka_unit_test(sweep__is_left_to_whoever_claimed_it),
        cmocka_unit_test(sweep__removes_what_has_an_end),
        cmocka_unit_test(sweep__puts_back_what_has_none_before_it_removes_it),
        cmocka_unit_test(sweep__does_not_run_again_what_is_older_than_all_results),
        cmocka_unit_test(sweep__leaves_what_is_above_the_floor),
        cmocka_unit_test(sweep__finds_by_number_what_its_lane_does_not_name),
        cmocka_unit_test(sweep__passes_by_number_what_waits_for_its_turn),
        cmocka_unit_test(sweep__leaves_what_names_no_job),
        cmocka_unit_test(sweep__ends_where_no_answer_comes),
        cmocka_unit_test(sweep__is_bounded_whatever_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
