#include "bench/turns.h"

#include "bench/bare.h"
#include "bench/spare.h"
#include "proto/message.h"

enum { WARM_UP_ROUNDS = 3, MESSAGE_MAX = 1 << 20 };

static const char *const part_names[BL_TURN_PARTS] = {"call_to_exec_p50_us", "program_p50_us",
                                                      "end_to_result_p50_us"};

/* One call. */
struct turn {
    const struct bl_turns_order *order;
    bool passed, warm;
    uint64_t started_ns, ended_ns;
};

static void read_result(struct turn *turn, const Bailiff__V1__JobResult *result)
{
    const Bailiff__V1__CommandResult *ran;

    if (!result->done || result->done->outcome != BAILIFF__V1__OUTCOME__OUTCOME_PASSED ||
        result->n_cases != 1 || result->cases[0]->n_commands != 1)
        return;
    ran = result->cases[0]->commands[0];
    turn->passed = true;
    turn->warm = ran->warm;
    turn->started_ns = ran->started_ns;
    turn->ended_ns = ran->ended_ns;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns)
{
    struct bl_message message;
    struct bl_err ignored; /* it has not passed, then */

    (void)told_ns;
    if (bl_message_read(&message, &bailiff__v1__job_result__descriptor, bytes, length, MESSAGE_MAX,
                        BL_MESSAGE_OPEN, &ignored) < 0)
        return;
    read_result(ctx, (const Bailiff__V1__JobResult *)message.root);
    bl_message_release(&message);
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message)
{
    struct turn *turn = ctx;

    (void)message;
    turn->passed = turn->passed && status == BL_RPC_OK;
    bl_loop_stop(turn->order->loop);
}

static int take_served(struct bl_turns *turns, const struct bl_turns_order *order,
                       struct bl_err *err)
{
    struct turn turn = {.order = order};
    const struct bl_caller_calls calls = {on_message, on_end, &turn};
    const uint64_t from_ns = bl_now_ns();

    if (bl_caller_call(order->caller, "Run", order->request, &calls, err) < 0 ||
        bl_loop_run(order->loop, err) < 0)
        return -1;
    const uint64_t to_ns = bl_now_ns();
    if (!turn.passed)
        return bl_fail(err, BL_STEP_CONNECT, 0, "a job that should have passed did not");
    turns->warm += turn.warm;
    if (bl_sample_add(&turns->served, to_ns - from_ns, err) < 0 ||
        bl_sample_add(&turns->parts[BL_TURN_TO_EXEC], turn.started_ns - from_ns, err) < 0 ||
        bl_sample_add(&turns->parts[BL_TURN_PROGRAM], turn.ended_ns - turn.started_ns, err) < 0)
        return -1;
    return bl_sample_add(&turns->parts[BL_TURN_TO_RESULT], to_ns - turn.ended_ns, err);
}

static int take_bare(struct bl_turns *turns, const struct bl_turns_order *order, struct bl_err *err)
{
    const char *const argv[] = {order->program, NULL};
    uint64_t took_ns;

    return bl_bare_run(argv, -1, &took_ns, err) < 0 ? -1
                                                    : bl_sample_add(&turns->bare, took_ns, err);
}

static int take_round(struct bl_turns *turns, const struct bl_turns_order *order, uint64_t *seed,
                      struct bl_err *err)
{
    size_t shuffled[2];

    bl_order_shuffle(shuffled, 2, seed);
    for (int i = 0; i < 2; i++) {
        if (order->warden > 0 && turns->served.count > 0 && !bl_spares_settle(order->warden, 1))
            return bl_fail(err, BL_STEP_SLOTS, 0, "a spare does not settle");
        if ((shuffled[i] ? take_served : take_bare)(turns, order, err) < 0)
            return -1;
    }
    return 0;
}

static void forget_all(struct bl_turns *turns)
{
    turns->bare.count = turns->served.count = turns->warm = 0;
    for (int part = 0; part < BL_TURN_PARTS; part++)
        turns->parts[part].count = 0;
}

int bl_turns_take(struct bl_turns *turns, const struct bl_turns_order *order, struct bl_err *err)
{
    uint64_t seed = 20261122;

    for (int i = 0; i < WARM_UP_ROUNDS; i++)
        if (take_round(turns, order, &seed, err) < 0)
            return -1;
    forget_all(turns);
    do {
        if (take_round(turns, order, &seed, err) < 0)
            return -1;
    } while (turns->served.count < order->rounds && bl_now_ns() < order->until_ns);
    return 0;
}

json_t *bl_turns_json(struct bl_turns *turns)
{
    bl_sample_sort(&turns->bare);
    bl_sample_sort(&turns->served);
    json_t *json = bl_sample_json(&turns->served, &turns->bare);
    for (int part = 0; json && part < BL_TURN_PARTS; part++) {
        bl_sample_sort(&turns->parts[part]);
        const double us = (double)bl_sample_at(&turns->parts[part], 50) / (double)BL_NS_PER_US;
        (void)json_object_set_new(json, part_names[part], json_real(us));
    }
    if (json)
        (void)json_object_set_new(json, "warm_share",
                                  json_real((double)turns->warm / (double)turns->served.count));
    return json;
}

void bl_turns_release(struct bl_turns *turns)
{
    bl_sample_release(&turns->bare);
    bl_sample_release(&turns->served);
    for (int part = 0; part < BL_TURN_PARTS; part++)
        bl_sample_release(&turns->parts[part]);
}
