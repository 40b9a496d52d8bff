/* feeder_sweep.c - what sweep.h asks for, carried out. */
#include <stdlib.h>
#include <string.h>

#include "executor/base/log.h"
#include "executor/feeder/feeder_private.h"

static void forget_message(struct bl_feeder *feeder)
{
    bl_bytes_release(&feeder->swept);
    feeder->swept_key[0] = '\0';
}

static void ask(struct bl_feeder *feeder)
{
    const struct bl_sweep *sweep = &feeder->sweep;
    const bool any = sweep->op == BL_BROKER_NEXT && sweep->by_number;

    feeder->sweep_serial = ++feeder->serial;
    bl_broker_send(feeder->broker,
                   &(const struct bl_broker_request){
                       .op = sweep->op,
                       .serial = feeder->sweep_serial,
                       .key = feeder->swept_key,
                       .text = feeder->options.name,
                       .lane = any ? NULL : &feeder->lanes[sweep->lane].name,
                       .bytes = feeder->swept.bytes,
                       .length = feeder->swept.length,
                       .value = sweep->op == BL_BROKER_CLAIM ? sweep->claim : sweep->sequence});
}

static void report(struct bl_feeder *feeder)
{
    forget_message(feeder);
    if (feeder->sweep.removed == 0)
        return;
    bl_log(BL_LOG_INFO, "jobs that a server left behind were removed",
           bl_log_number("removed", (int64_t)feeder->sweep.removed),
           bl_log_number("requeued", (int64_t)feeder->sweep.requeued));
    feeder->sweep.removed = 0;
}

void bl_feeder_sweep(struct bl_feeder *feeder, uint64_t now_ns)
{
    bool was_asking = feeder->sweep.is_asking;

    if (!feeder->reached || feeder->draining)
        return;
    if (bl_sweep_tick(&feeder->sweep, feeder->lane_count, now_ns))
        ask(feeder);
    else if (was_asking && !feeder->sweep.is_asking)
        report(feeder);
}

/* The message is kept until the next one: it may have to be put back. False: no memory. */
static bool keep_message(struct bl_feeder *feeder, const struct bl_broker_answer *answer)
{
    forget_message(feeder);
    feeder->swept.bytes = malloc(answer->length ? answer->length : 1);
    if (!feeder->swept.bytes)
        return false;
    memcpy(feeder->swept.bytes, answer->bytes, answer->length);
    feeder->swept.length = answer->length;
    memcpy(feeder->swept_key, answer->text, strlen(answer->text) + 1);
    return true;
}

bool bl_feeder_sweep_hear(struct bl_feeder *feeder, const struct bl_broker_answer *answer)
{
    bool is_ours = answer->serial == feeder->sweep_serial && answer->op == feeder->sweep.op;
    struct bl_sweep_answer heard = {answer->outcome, answer->value, answer->at_s,
                                    answer->lane ? bl_pull_find_lane(feeder, answer->lane)
                                                 : BL_SWEEP_NO_LANE};

    if (!is_ours || !feeder->sweep.is_asking)
        return answer->op >= BL_BROKER_CLAIMED; /* one that is late */
    if (answer->op == BL_BROKER_NEXT && answer->outcome == BL_BROKER_DONE &&
        (!*answer->text || !keep_message(feeder, answer)))
        heard.at_s = 0;
    if (bl_sweep_hear(&feeder->sweep, &heard, bl_now_ns()))
        ask(feeder);
    else
        report(feeder);
    return true;
}
