#include "executor/feeder/feeder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/feeder/feeder_private.h"

/* ---- once a round -----------------------------------------------------------------------------
 */

static bool suspect_runs(const struct bl_feeder *feeder)
{
    for (const struct bl_held *held = feeder->held; held; held = held->next)
        if (bl_flow_is_suspect(&held->flow) &&
            (held->flow.state == BL_FLOW_RUNNING || held->flow.state == BL_FLOW_STOPPING))
            return true;
    return false;
}

/* One at a time: if the worker dies of it, it is known of which. */
static void let_suspect_run(struct bl_feeder *feeder)
{
    struct bl_held *oldest = NULL;

    if (suspect_runs(feeder))
        return;
    for (struct bl_held *held = feeder->held; held; held = held->next)
        if (held->flow.state == BL_FLOW_WAITING && (!oldest || held->serial < oldest->serial))
            oldest = held;
    if (oldest)
        bl_held_step(feeder, oldest, &(const struct bl_flow_event){.kind = BL_FLOW_TURN});
}

/* Pulls that are under way when a worker is lost bring jobs still. */
static void give_waiting_back(struct bl_feeder *feeder)
{
    for (struct bl_held *held = feeder->held, *next; held; held = next) {
        next = held->next;
        if (held->flow.state == BL_FLOW_WAITING)
            bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_AWAY});
    }
}

static void arm(struct bl_feeder *feeder)
{
    uint64_t due = bl_pull_due_ns(feeder);

    if (feeder->reached && !feeder->draining && feeder->sweep.due_ns < due)
        due = feeder->sweep.due_ns;
    for (const struct bl_held *held = feeder->held; held; held = held->next)
        if (bl_flow_due_ns(&held->flow) < due)
            due = bl_flow_due_ns(&held->flow);
    if (due == UINT64_MAX)
        bl_timer_disarm(feeder->timer);
    else
        bl_timer_arm(feeder->timer, due);
}

static void settle(void *ctx)
{
    struct bl_feeder *feeder = ctx;

    if (feeder->has_room)
        let_suspect_run(feeder);
    else
        give_waiting_back(feeder);
    bl_pull_some(feeder, bl_now_ns());
    bl_feeder_sweep(feeder, bl_now_ns());
    arm(feeder);
    if (feeder->draining && feeder->held_count == 0 && feeder->on_drained) {
        void (*on_drained)(void *) = feeder->on_drained;

        feeder->on_drained = NULL;
        on_drained(feeder->drained_ctx);
    }
}

void bl_feeder_settle(struct bl_feeder *feeder)
{
    bl_loop_defer(feeder->options.loop, &feeder->settle);
}

static void on_due(void *ctx)
{
    struct bl_feeder *feeder = ctx;
    uint64_t now_ns = bl_now_ns();

    for (struct bl_held *held = feeder->held, *next; held; held = next) {
        next = held->next;
        if (bl_flow_due_ns(&held->flow) <= now_ns)
            bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_TICK});
    }
    bl_feeder_settle(feeder);
}

/* ---- the broker -------------------------------------------------------------------------------
 */

static void on_delivery(void *ctx, const struct bl_delivery *delivery)
{
    struct bl_feeder *feeder = ctx;

    bl_pull_delivered(feeder, &delivery->lane);
    bl_held_take(feeder, delivery);
    if (feeder->draining)
        bl_held_step_all(feeder, BL_FLOW_DRAIN); /* it was on its way: back with it */
    bl_feeder_settle(feeder);
}

static void on_broker_answer(void *ctx, const struct bl_broker_answer *answer)
{
    struct bl_feeder *feeder = ctx;

    if (bl_feeder_sweep_hear(feeder, answer))
        ;
    else if (answer->op == BL_BROKER_LANES && answer->outcome == BL_BROKER_REFUSED)
        bl_log(BL_LOG_ERROR, "the queue can't be used: is it set up? (bailiff queue init)",
               bl_log_text("why", answer->text));
    else if (answer->op == BL_BROKER_PULL || answer->op == BL_BROKER_OPEN)
        bl_pull_answer(feeder, answer);
    else if (answer->op != BL_BROKER_LANES)
        bl_held_answer(feeder, answer);
    bl_feeder_settle(feeder);
}

static void on_lane(void *ctx, const struct bl_queue_lane *lane)
{
    bl_pull_lane(ctx, lane);
}

static void on_cancel(void *ctx, const char *key)
{
    bl_held_cancel(ctx, key);
}

static void on_reach(void *ctx, bool reached)
{
    struct bl_feeder *feeder = ctx;

    bl_log(reached ? BL_LOG_INFO : BL_LOG_WARNING,
           reached ? "the broker is there" : "the broker is lost");
    feeder->reached = reached;
    bl_pull_forget(feeder);
    bl_feeder_settle(feeder);
}

/* ---- the worker -------------------------------------------------------------------------------
 */

static void on_room(void *ctx, const struct bl_worker_room *room)
{
    struct bl_feeder *feeder = ctx;

    if (!feeder->has_room)
        bl_log(BL_LOG_INFO, "the worker is there",
               bl_log_number("slots", (int64_t)room->slots_total));
    feeder->has_room = true;
    bl_pull_room(feeder, room);
    bl_feeder_settle(feeder);
}

static void on_worker_lost(void *ctx)
{
    struct bl_feeder *feeder = ctx;

    if (feeder->has_room)
        bl_log(BL_LOG_WARNING, "the worker is lost");
    feeder->has_room = false;
    bl_feeder_settle(feeder);
}

static void keep_result(struct bl_held *held, const uint8_t *result, size_t length)
{
    bl_bytes_release(&held->result);
    held->result.bytes = malloc(length ? length : 1);
    if (!held->result.bytes)
        return;
    memcpy(held->result.bytes, result, length);
    held->result.length = length;
}

static void on_answer(void *ctx, uint64_t serial, enum bl_flow_answer answer, const uint8_t *result,
                      size_t length, uint64_t delay_ns, const char *text)
{
    struct bl_feeder *feeder = ctx;
    struct bl_held *held = bl_held_find(feeder, serial);
    struct bl_flow_event event = {.kind = BL_FLOW_ANSWER, .answer = answer, .delay_ns = delay_ns};

    if (!held)
        return;
    if (result)
        keep_result(held, result, length);
    if (result && !held->result.bytes)
        event.answer = BL_ANSWER_DOWN; /* no memory for it: somebody else runs it */
    (void)snprintf(held->why, sizeof(held->why), "%s", text);
    bl_held_step(feeder, held, &event);
}

/* ---- life -------------------------------------------------------------------------------------
 */

int bl_feeder_new(struct bl_feeder **out, const struct bl_feeder_options *options,
                  struct bl_err *err)
{
    struct bl_feeder *feeder = calloc(1, sizeof(*feeder));

    if (!feeder)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "feeder");
    feeder->options = *options;
    feeder->settle = (struct bl_deferred){.work = settle, .ctx = feeder};
    srandom((unsigned)bl_now_ns());
    bl_sweep_init(&feeder->sweep, options->sweep_ns, bl_now_ns());
    if (bl_turn_new(&feeder->turn, err) < 0 ||
        bl_timer_new(&feeder->timer, options->loop, on_due, feeder, err) < 0 ||
        bl_worker_new(
            &feeder->worker, options->loop, &options->worker,
            &(const struct bl_worker_handlers){on_room, on_worker_lost, on_answer, feeder},
            err) < 0 ||
        bl_broker_nats_new(&feeder->broker, options->loop, &options->broker,
                           &(const struct bl_broker_handlers){on_delivery, on_broker_answer,
                                                              on_lane, on_cancel, on_reach, feeder},
                           err) < 0) {
        bl_feeder_free(&feeder);
        return -1;
    }
    *out = feeder;
    return 0;
}

void bl_feeder_free(struct bl_feeder **out)
{
    struct bl_feeder *feeder = *out;

    if (!feeder)
        return;
    bl_broker_free(&feeder->broker);
    bl_worker_free(&feeder->worker);
    bl_held_free_all(feeder);
    bl_bytes_release(&feeder->swept);
    bl_turn_free(&feeder->turn);
    if (feeder->timer)
        bl_timer_free(&feeder->timer);
    bl_loop_undefer(feeder->options.loop, &feeder->settle);
    free(feeder->lanes);
    free(feeder);
    *out = NULL;
}

void bl_feeder_drain(struct bl_feeder *feeder, void (*on_drained)(void *ctx), void *ctx)
{
    feeder->draining = true;
    feeder->on_drained = on_drained;
    feeder->drained_ctx = ctx;
    bl_held_step_all(feeder, BL_FLOW_DRAIN);
    bl_feeder_settle(feeder);
}

void bl_feeder_give_up(struct bl_feeder *feeder)
{
    assert(feeder->draining);
    bl_held_step_all(feeder, BL_FLOW_GIVE_UP);
}

size_t bl_feeder_held(const struct bl_feeder *feeder)
{
    return feeder->held_count;
}
