/* feeder_hear.c - what the broker answers of one job, as events on its way (flow.h). */
#include <stdio.h>
#include <string.h>

#include "executor/base/log.h"
#include "executor/feeder/feeder_private.h"

/* ---- cancels ----------------------------------------------------------------------------------
 */

/* A cancel is heard and, at the same time, on its way to being stored: who asks the broker in
 * between learns nothing of it. So the last ones are remembered. */
bool bl_held_was_cancelled(const struct bl_feeder *feeder, const char *key)
{
    for (size_t i = 0; i < BL_FEEDER_CANCELS_MAX; i++)
        if (*key && strcmp(feeder->cancels[i], key) == 0)
            return true;
    return false;
}

void bl_held_cancel(struct bl_feeder *feeder, const char *key)
{
    struct bl_held *held = bl_held_find_key(feeder, key);
    char *room = feeder->cancels[feeder->cancel_count % BL_FEEDER_CANCELS_MAX];

    if (!bl_held_was_cancelled(feeder, key)) {
        (void)snprintf(room, BL_QUEUE_KEY_MAX, "%s", key);
        feeder->cancel_count++;
    }
    if (held)
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_CANCEL});
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void hear_history(struct bl_feeder *feeder, struct bl_held *held,
                         const struct bl_broker_answer *answer)
{
    struct bl_flow_event event = {.kind = BL_FLOW_HISTORY};
    struct bl_err err;

    if (held->flow.state != BL_FLOW_READING)
        return;
    if (bl_history_parse(&held->history, (const char *)answer->bytes, answer->length, &err) < 0)
        bl_log_error(BL_LOG_WARNING, "a job's history begins anew", &err);
    event.suspect = bl_history_suspect(&held->history, held->flow.delivery);
    bl_held_step(feeder, held, &event);
}

static void hear_refusal(struct bl_feeder *feeder, const struct bl_held *held,
                         const struct bl_broker_answer *answer)
{
    (void)feeder;
    bl_log(BL_LOG_ERROR, "the queue refuses what belongs to a job; trying again",
           bl_log_text("job", held->key), bl_log_text("why", answer->text),
           bl_log_text("state", bl_flow_state_name(held->flow.state)));
}

/* Is there a result, and was it cancelled before we had it? Both are asked for at once. */
static void hear_both(struct bl_feeder *feeder, struct bl_held *held)
{
    if (held->has_no_result && held->knows_cancel)
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_NONE});
}

static void hear_look(struct bl_feeder *feeder, struct bl_held *held,
                      const struct bl_broker_answer *answer)
{
    held->has_no_result = answer->outcome == BL_BROKER_NONE;
    if (held->has_no_result)
        hear_both(feeder, held);
    else
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_FOUND});
}

static void hear_cancelled(struct bl_feeder *feeder, struct bl_held *held,
                           const struct bl_broker_answer *answer)
{
    if (held->flow.state != BL_FLOW_LOOKING)
        return;
    if (answer->outcome == BL_BROKER_DONE)
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = BL_FLOW_CANCEL});
    held->knows_cancel = true;
    hear_both(feeder, held);
}

void bl_held_answer(struct bl_feeder *feeder, const struct bl_broker_answer *answer)
{
    static const enum bl_flow_event_kind events[BL_BROKER_OP_COUNT] = {
        [BL_BROKER_NOTE] = BL_FLOW_NOTED,  [BL_BROKER_STORE] = BL_FLOW_STORED,
        [BL_BROKER_BURY] = BL_FLOW_BURIED, [BL_BROKER_ACK] = BL_FLOW_ACKED,
        [BL_BROKER_TERM] = BL_FLOW_ACKED,
    };
    struct bl_held *held = bl_held_find(feeder, answer->serial);

    if (!held)
        return; /* it was forgotten meanwhile */
    if (answer->outcome == BL_BROKER_REFUSED)
        hear_refusal(feeder, held, answer);
    else if (answer->op == BL_BROKER_LOOK)
        hear_look(feeder, held, answer);
    else if (answer->op == BL_BROKER_ASK)
        hear_cancelled(feeder, held, answer);
    else if (answer->op == BL_BROKER_READ)
        hear_history(feeder, held, answer);
    else
        bl_held_step(feeder, held, &(const struct bl_flow_event){.kind = events[answer->op]});
}
