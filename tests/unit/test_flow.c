/* A job's way between queue and worker, step by step. The ledger: test_flow_ledger.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/feeder/flow.h"

static const struct bl_flow_rules rules = {
    .ack_wait_ns = 30 * BL_NS_PER_S, .retry_ns = 5 * BL_NS_PER_S, .tries = 5};

static unsigned step(struct bl_flow *flow, enum bl_flow_event_kind kind)
{
    const struct bl_flow_event event = {
        .kind = kind, .valid = true, .deadline_ns = UINT64_MAX, .delivery = flow->delivery};

    return bl_flow_step(flow, &rules, &event, 0);
}

static unsigned answer(struct bl_flow *flow, enum bl_flow_answer what)
{
    const struct bl_flow_event event = {.kind = BL_FLOW_ANSWER, .answer = what, .delay_ns = 77};

    return bl_flow_step(flow, &rules, &event, 0);
}

static unsigned history(struct bl_flow *flow, uint64_t suspect)
{
    const struct bl_flow_event event = {.kind = BL_FLOW_HISTORY, .suspect = suspect};

    return bl_flow_step(flow, &rules, &event, 0);
}

static unsigned check(struct bl_flow *flow, bool valid, uint64_t deadline_ns, uint64_t now_ns)
{
    const struct bl_flow_event event = {
        .kind = BL_FLOW_CHECKED, .valid = valid, .deadline_ns = deadline_ns};

    return bl_flow_step(flow, &rules, &event, now_ns);
}

static void begin(struct bl_flow *flow, uint64_t delivery)
{
    assert_int_equal(bl_flow_begin(flow, &rules, delivery, false, 0), BL_DO_LOOK);
}

static void begin_running(struct bl_flow *flow)
{
    begin(flow, 1);
    assert_int_equal(step(flow, BL_FLOW_NONE), BL_DO_CHECK);
    assert_int_equal(step(flow, BL_FLOW_CHECKED), BL_DO_RUN);
}

static void flow__acknowledges_once_the_result_is_stored(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin_running(&flow);
    assert_int_equal(answer(&flow, BL_ANSWER_RESULT), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_ANSWER);
    assert_int_equal(step(&flow, BL_FLOW_STORED), BL_DO_ACK);
    assert_int_equal(step(&flow, BL_FLOW_ACKED), BL_DO_FORGET);
    assert_int_equal(flow.state, BL_FLOW_DONE);
    assert_int_equal(bl_flow_due_ns(&flow), UINT64_MAX);
}

static void flow__does_not_run_what_has_a_result(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 2);
    assert_int_equal(step(&flow, BL_FLOW_FOUND), BL_DO_ACK);
    assert_int_equal(step(&flow, BL_FLOW_ACKED), BL_DO_FORGET);
}

static void flow__answers_without_running_what_can_not_or_need_not_run(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 1);
    (void)step(&flow, BL_FLOW_NONE);
    assert_int_equal(check(&flow, false, UINT64_MAX, 0), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_REFUSED);
    begin(&flow, 1);
    (void)step(&flow, BL_FLOW_NONE);
    assert_int_equal(check(&flow, true, 100, 100), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_EXPIRED);
    begin(&flow, 1);
    assert_int_equal(step(&flow, BL_FLOW_CANCEL), 0);
    (void)step(&flow, BL_FLOW_NONE);
    assert_int_equal(step(&flow, BL_FLOW_CHECKED), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_CANCELLED);
}

static void flow__notes_a_second_try_before_it_begins(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 2);
    assert_int_equal(step(&flow, BL_FLOW_NONE), BL_DO_READ);
    assert_int_equal(history(&flow, 0), BL_DO_CHECK);
    assert_int_equal(step(&flow, BL_FLOW_CHECKED), BL_DO_NOTE);
    assert_false(flow.innocent);
    assert_int_equal(step(&flow, BL_FLOW_NOTED), BL_DO_RUN);
}

static void flow__lets_a_suspect_wait_for_its_turn(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 3);
    (void)step(&flow, BL_FLOW_NONE);
    (void)history(&flow, 1);
    (void)step(&flow, BL_FLOW_CHECKED);
    assert_int_equal(step(&flow, BL_FLOW_NOTED), 0);
    assert_int_equal(flow.state, BL_FLOW_WAITING);
    assert_true(bl_flow_is_suspect(&flow));
    assert_int_equal(step(&flow, BL_FLOW_TURN), BL_DO_RUN);
}

static void flow__buries_what_was_tried_too_often(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 6);
    (void)step(&flow, BL_FLOW_NONE);
    assert_int_equal(history(&flow, 5), BL_DO_BURY);
    assert_int_equal(step(&flow, BL_FLOW_ACKED), 0); /* not before it lies there */
    assert_int_equal(step(&flow, BL_FLOW_BURIED), BL_DO_TERM);
    assert_int_equal(step(&flow, BL_FLOW_ACKED), BL_DO_FORGET);
}

static void flow__buries_what_is_no_job(void **state)
{
    struct bl_flow flow;

    (void)state;
    assert_int_equal(bl_flow_begin(&flow, &rules, 1, true, 0), BL_DO_BURY);
    assert_int_equal(step(&flow, BL_FLOW_BURIED), BL_DO_TERM);
}

static void flow__gives_back_what_the_worker_did_not_end(void **state)
{
    static const struct {
        enum bl_flow_answer answer;
        bool innocent;
    } rows[] = {{BL_ANSWER_BUSY, true},    {BL_ANSWER_DOWN, true},     {BL_ANSWER_CANCELLED, true},
                {BL_ANSWER_BROKEN, false}, {BL_ANSWER_LACKING, false}, {BL_ANSWER_GONE, false}};
    struct bl_flow flow;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        begin_running(&flow);
        assert_int_equal(answer(&flow, rows[i].answer), BL_DO_NOTE);
        assert_int_equal(flow.state, BL_FLOW_RETURNING);
        assert_int_equal(flow.innocent, rows[i].innocent);
        assert_true(flow.delay_ns > 0);
        assert_int_equal(step(&flow, BL_FLOW_NOTED), BL_DO_NAK | BL_DO_FORGET);
    }
    begin_running(&flow);
    (void)answer(&flow, BL_ANSWER_BUSY);
    assert_int_equal(flow.delay_ns, 77);
}

static void flow__stores_what_ends_a_job_for_good(void **state)
{
    static const struct {
        enum bl_flow_answer answer;
        enum bl_flow_result result;
    } rows[] = {{BL_ANSWER_RESULT, BL_FLOW_RESULT_ANSWER},
                {BL_ANSWER_REFUSED, BL_FLOW_RESULT_REFUSED},
                {BL_ANSWER_EXPIRED, BL_FLOW_RESULT_EXPIRED}};
    struct bl_flow flow;

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        begin_running(&flow);
        assert_int_equal(answer(&flow, rows[i].answer), BL_DO_STORE);
        assert_int_equal(flow.result, rows[i].result);
    }
}

static void flow__cancels_what_runs(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin_running(&flow);
    assert_int_equal(step(&flow, BL_FLOW_CANCEL), BL_DO_STOP);
    assert_int_equal(step(&flow, BL_FLOW_CANCEL), 0);
    assert_int_equal(answer(&flow, BL_ANSWER_CANCELLED), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_ANSWER); /* what had been measured is kept */
    begin_running(&flow);
    (void)step(&flow, BL_FLOW_CANCEL);
    assert_int_equal(answer(&flow, BL_ANSWER_GONE), BL_DO_STORE);
    assert_int_equal(flow.result, BL_FLOW_RESULT_CANCELLED);
}

static void flow__drains_what_has_not_begun(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 1);
    assert_int_equal(step(&flow, BL_FLOW_DRAIN), BL_DO_NOTE);
    assert_true(flow.innocent);
    begin(&flow, 2); /* its history is not known: nothing is written over it */
    assert_int_equal(step(&flow, BL_FLOW_DRAIN), BL_DO_NAK | BL_DO_FORGET);
    begin_running(&flow);
    assert_int_equal(step(&flow, BL_FLOW_DRAIN), 0);
    assert_int_equal(step(&flow, BL_FLOW_GIVE_UP), BL_DO_STOP | BL_DO_NOTE);
}

static void flow__gives_back_what_waits_for_a_worker_that_is_away(void **state)
{
    struct bl_flow flow;

    (void)state;
    begin(&flow, 2);
    (void)step(&flow, BL_FLOW_NONE);
    assert_int_equal(history(&flow, 1), BL_DO_CHECK);
    assert_int_equal(step(&flow, BL_FLOW_AWAY), 0); /* it is not yet known to be a job at all */
    assert_int_equal(step(&flow, BL_FLOW_CHECKED), BL_DO_NOTE);
    (void)step(&flow, BL_FLOW_NOTED);
    assert_int_equal(flow.state, BL_FLOW_WAITING);
    assert_int_equal(step(&flow, BL_FLOW_AWAY), BL_DO_NOTE);
    assert_true(flow.innocent);
    assert_true(flow.delay_ns > 0); /* or it would come straight back */
    assert_int_equal(step(&flow, BL_FLOW_NOTED), BL_DO_NAK | BL_DO_FORGET);
    begin_running(&flow); /* what runs has an answer of its own to come */
    assert_int_equal(step(&flow, BL_FLOW_AWAY), 0);
}

static void flow__answers_a_delivery_that_comes_again(void **state)
{
    const struct bl_flow_event again = {.kind = BL_FLOW_REDELIVERED, .delivery = 2};
    struct bl_flow flow;

    (void)state;
    begin_running(&flow);
    assert_int_equal(bl_flow_step(&flow, &rules, &again, 0), 0);
    assert_int_equal(flow.delivery, 2);
    (void)answer(&flow, BL_ANSWER_RESULT);
    (void)step(&flow, BL_FLOW_STORED);
    assert_int_equal(bl_flow_step(&flow, &rules, &again, 0), BL_DO_ACK);
}

static void flow__tells_the_queue_that_it_works(void **state)
{
    const struct bl_flow_event tick = {.kind = BL_FLOW_TICK};
    struct bl_flow flow;

    (void)state;
    begin_running(&flow);
    assert_int_equal(bl_flow_due_ns(&flow), 10 * BL_NS_PER_S);
    assert_int_equal(bl_flow_step(&flow, &rules, &tick, 10 * BL_NS_PER_S - 1), 0);
    assert_int_equal(bl_flow_step(&flow, &rules, &tick, 10 * BL_NS_PER_S), BL_DO_PROGRESS);
    assert_int_equal(bl_flow_due_ns(&flow), 20 * BL_NS_PER_S);
}

static void flow__repeats_what_has_no_answer(void **state)
{
    const struct bl_flow_event tick = {.kind = BL_FLOW_TICK};
    struct bl_flow flow;
    uint64_t now_ns;
    unsigned repeats = 0;

    (void)state;
    begin_running(&flow);
    (void)answer(&flow, BL_ANSWER_RESULT);
    for (now_ns = 0; now_ns < 3600 * BL_NS_PER_S; now_ns = bl_flow_due_ns(&flow))
        repeats += (bl_flow_step(&flow, &rules, &tick, now_ns) & BL_DO_STORE) != 0;
    assert_in_range(repeats, 600, 720); /* never given up: the result is there */
    begin(&flow, 1);
    for (now_ns = 0; flow.state != BL_FLOW_DONE; now_ns = bl_flow_due_ns(&flow))
        (void)bl_flow_step(&flow, &rules, &tick, now_ns);
    assert_in_range(now_ns, 0, UINT64_MAX); /* it ended: somebody else has it by now */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow__acknowledges_once_the_result_is_stored),
        cmocka_unit_test(flow__does_not_run_what_has_a_result),
        cmocka_unit_test(flow__answers_without_running_what_can_not_or_need_not_run),
        cmocka_unit_test(flow__notes_a_second_try_before_it_begins),
        cmocka_unit_test(flow__lets_a_suspect_wait_for_its_turn),
        cmocka_unit_test(flow__buries_what_was_tried_too_often),
        cmocka_unit_test(flow__buries_what_is_no_job),
        cmocka_unit_test(flow__gives_back_what_the_worker_did_not_end),
        cmocka_unit_test(flow__stores_what_ends_a_job_for_good),
        cmocka_unit_test(flow__cancels_what_runs),
        cmocka_unit_test(flow__drains_what_has_not_begun),
        cmocka_unit_test(flow__gives_back_what_waits_for_a_worker_that_is_away),
        cmocka_unit_test(flow__answers_a_delivery_that_comes_again),
        cmocka_unit_test(flow__tells_the_queue_that_it_works),
        cmocka_unit_test(flow__repeats_what_has_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
