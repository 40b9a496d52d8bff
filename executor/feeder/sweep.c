#include "executor/feeder/sweep.h"

#include "bailiff/units.h"

#define PATIENCE_NS \
    (5 * BL_NS_PER_S) /* a change of leaders may take that long; so may the next sweep */

static bool ask(struct bl_sweep *sweep, enum bl_broker_op op, uint64_t now_ns)
{
    sweep->is_asking = true;
    sweep->op = op;
    sweep->due_ns = now_ns + PATIENCE_NS;
    return true;
}

static bool rest(struct bl_sweep *sweep, uint64_t now_ns)
{
    sweep->is_asking = false;
    sweep->due_ns = now_ns + sweep->interval_ns;
    return false;
}

void bl_sweep_init(struct bl_sweep *sweep, uint64_t interval_ns, uint64_t now_ns)
{
    *sweep = (struct bl_sweep){.interval_ns = interval_ns};
    (void)rest(sweep, now_ns);
}

bool bl_sweep_tick(struct bl_sweep *sweep, size_t lane_count, uint64_t now_ns)
{
    if (now_ns < sweep->due_ns)
        return false;
    if (sweep->is_asking || lane_count == 0)
        return rest(sweep, now_ns);
    sweep->lane = 0;
    sweep->lane_count = lane_count;
    sweep->removed = sweep->requeued = 0;
    return ask(sweep, BL_BROKER_CLAIMED, now_ns);
}

/* Nobody has claimed it since we looked last, an interval ago: it is our turn. */
static bool hear_claimed(struct bl_sweep *sweep, uint64_t claim, uint64_t now_ns)
{
    if (sweep->has_claim && sweep->claim == claim)
        return ask(sweep, BL_BROKER_CLAIM, now_ns);
    sweep->has_claim = true;
    sweep->claim = claim;
    return rest(sweep, now_ns);
}

static bool begin_lane(struct bl_sweep *sweep, size_t lane, uint64_t now_ns)
{
    sweep->lane = lane;
    sweep->sequence = 1;
    sweep->by_number = lane == sweep->lane_count;
    sweep->passed = 0;
    return ask(sweep, sweep->by_number ? BL_BROKER_NEXT : BL_BROKER_FLOOR, now_ns);
}

static bool hear_claim(struct bl_sweep *sweep, bool done, uint64_t claim, uint64_t now_ns)
{
    if (!done)
        return rest(sweep, now_ns);
    sweep->claim = claim;
    return ask(sweep, BL_BROKER_OLDEST, now_ns);
}

static bool go_on(struct bl_sweep *sweep, uint64_t now_ns)
{
    sweep->sequence++;
    return sweep->removed < BL_SWEEP_MOST ? ask(sweep, BL_BROKER_NEXT, now_ns)
                                          : rest(sweep, now_ns);
}

static bool pass(struct bl_sweep *sweep, uint64_t now_ns)
{
    return ++sweep->passed < BL_SWEEP_PASSED ? go_on(sweep, now_ns) : rest(sweep, now_ns);
}

static bool hear_floor(struct bl_sweep *sweep, bool done, uint64_t floor, uint64_t now_ns)
{
    sweep->floor = done ? floor : 0;
    if (sweep->by_number)
        return sweep->sequence <= sweep->floor ? ask(sweep, BL_BROKER_LOOK, now_ns)
                                               : pass(sweep, now_ns);
    return sweep->floor > 0 ? ask(sweep, BL_BROKER_NEXT, now_ns)
                            : begin_lane(sweep, sweep->lane + 1, now_ns);
}

static bool hear_next_of_any(struct bl_sweep *sweep, const struct bl_sweep_answer *answer,
                             uint64_t now_ns)
{
    if (answer->outcome != BL_BROKER_DONE || answer->value < sweep->sequence)
        return rest(sweep, now_ns);
    sweep->sequence = answer->value;
    sweep->at_s = answer->at_s;
    if (!answer->at_s || answer->lane >= sweep->lane_count)
        return pass(sweep, now_ns);
    sweep->lane = answer->lane;
    return ask(sweep, BL_BROKER_FLOOR, now_ns);
}

/* A message behind the one that was asked for would be an answer to something else. */
static bool hear_next(struct bl_sweep *sweep, const struct bl_sweep_answer *answer, uint64_t now_ns)
{
    if (sweep->by_number)
        return hear_next_of_any(sweep, answer, now_ns);
    if (answer->outcome != BL_BROKER_DONE || answer->value > sweep->floor ||
        answer->value < sweep->sequence)
        return begin_lane(sweep, sweep->lane + 1, now_ns);
    sweep->sequence = answer->value;
    sweep->at_s = answer->at_s;
    return answer->at_s ? ask(sweep, BL_BROKER_LOOK, now_ns) : go_on(sweep, now_ns);
}

static bool hear_requeued(struct bl_sweep *sweep, bool done, uint64_t now_ns)
{
    if (!done)
        return rest(sweep, now_ns); /* the queue is full: it stays where it is */
    sweep->requeued++;
    return ask(sweep, BL_BROKER_DROP, now_ns);
}

bool bl_sweep_hear(struct bl_sweep *sweep, const struct bl_sweep_answer *answer, uint64_t now_ns)
{
    bool done = answer->outcome == BL_BROKER_DONE;

    if (answer->outcome == BL_BROKER_REFUSED)
        return rest(sweep, now_ns);
    switch ((int)sweep->op) {
    case BL_BROKER_CLAIMED:
        return hear_claimed(sweep, done ? answer->value : 0, now_ns);
    case BL_BROKER_CLAIM:
        return hear_claim(sweep, done, answer->value, now_ns);
    case BL_BROKER_OLDEST:
        sweep->oldest_s = answer->at_s;
        return begin_lane(sweep, 0, now_ns);
    case BL_BROKER_FLOOR:
        return hear_floor(sweep, done, answer->value, now_ns);
    case BL_BROKER_NEXT:
        return hear_next(sweep, answer, now_ns);
    case BL_BROKER_LOOK:
        return ask(sweep, done ? BL_BROKER_DROP : BL_BROKER_LOOK_DEAD, now_ns);
    case BL_BROKER_LOOK_DEAD:
        done = done || sweep->at_s < sweep->oldest_s;
        return ask(sweep, done ? BL_BROKER_DROP : BL_BROKER_REQUEUE, now_ns);
    case BL_BROKER_REQUEUE:
        return hear_requeued(sweep, done, now_ns);
    case BL_BROKER_DROP:
        sweep->removed += done;
        return go_on(sweep, now_ns);
    default:
        return rest(sweep, now_ns);
    }
}
