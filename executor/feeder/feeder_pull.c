/* feeder_pull.c - what is pulled when: one job for each place that the worker has, of the lane
 * whose turn it is.
 *
 * A lane that is thought to have jobs is asked for one now, or nothing: that is, within a moment,
 * for nats-server 2.9 may keep a pull that must not wait when others came with it, for ever; if its
 * feeder hangs or its host is gone, jobs are delivered to nobody. Where no lane is thought to
 * have any, pulls wait at the lanes in turn: they hold no room, so that a lane that turns out to
 * have jobs gets it, and the few that come beyond it wait in the worker's own queue. They are for
 * slots alone: a job that comes to an empty queue is not to wait here while another worker has a
 * slot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/log.h"
#include "executor/feeder/feeder_private.h"

#define PULL_NOW_NS (BL_NS_PER_S / 4)
#define PULL_WAIT_NS (2 * BL_NS_PER_S) /* at an empty lane */
#define PULL_LOST_NS (3 * BL_NS_PER_S) /* no answer: its server is gone */
#define OPEN_AGAIN_NS (1 * BL_NS_PER_S)

enum { WAITS_MAX = 32 };

static bool same_lane(const struct bl_queue_lane *a, const struct bl_queue_lane *b)
{
    return a->class == b->class && strcmp(a->tenant, b->tenant) == 0;
}

static struct bl_lane *find_lane(const struct bl_feeder *feeder, const struct bl_queue_lane *name)
{
    for (size_t i = 0; i < feeder->lane_count; i++)
        if (same_lane(&feeder->lanes[i].name, name))
            return &feeder->lanes[i];
    return NULL;
}

static struct bl_lane *add_lane(struct bl_feeder *feeder, const struct bl_queue_lane *name)
{
    if (feeder->lane_count == BL_FEEDER_LANES_MAX)
        return NULL;
    if (feeder->lane_count == feeder->lane_room) {
        size_t room = feeder->lane_room ? 2 * feeder->lane_room : 16;
        struct bl_lane *lanes = realloc(feeder->lanes, room * sizeof(*lanes));

        if (!lanes)
            return NULL;
        feeder->lanes = lanes;
        feeder->lane_room = room;
    }
    feeder->lanes[feeder->lane_count] = (struct bl_lane){.name = *name};
    return &feeder->lanes[feeder->lane_count++];
}

static uint32_t weight_of(const struct bl_feeder *feeder, const char *tenant)
{
    for (size_t i = 0; i < feeder->options.tenant_count; i++)
        if (strcmp(feeder->options.tenants[i].name, tenant) == 0)
            return (uint32_t)feeder->options.tenants[i].weight;
    return 1;
}

/* ---- lanes ------------------------------------------------------------------------------------
 */

static void open_lane(struct bl_feeder *feeder, struct bl_lane *lane, uint64_t ack_wait_ns)
{
    lane->open_again_ns = bl_now_ns() + OPEN_AGAIN_NS;
    bl_broker_send(feeder->broker,
                   &(const struct bl_broker_request){.op = BL_BROKER_OPEN,
                                                     .serial = (uint64_t)(lane - feeder->lanes),
                                                     .lane = &lane->name,
                                                     .wait_ns = ack_wait_ns});
}

size_t bl_pull_find_lane(const struct bl_feeder *feeder, const struct bl_queue_lane *name)
{
    const struct bl_lane *lane = find_lane(feeder, name);

    return lane ? (size_t)(lane - feeder->lanes) : SIZE_MAX;
}

void bl_pull_lane(struct bl_feeder *feeder, const struct bl_queue_lane *name)
{
    struct bl_lane *lane = find_lane(feeder, name);
    struct bl_err err;

    if (!lane)
        lane = add_lane(feeder, name);
    if (!lane)
        return; /* more tenants than we know by name: their turn comes when others leave */
    if (!lane->is_open && bl_now_ns() >= lane->open_again_ns)
        open_lane(feeder, lane, 0);
    if (lane->is_open && bl_turn_add(feeder->turn, name, weight_of(feeder, name->tenant), &err) < 0)
        bl_log_error(BL_LOG_WARNING, "a tenant's jobs are not pulled", &err);
}

static void hear_open(struct bl_feeder *feeder, const struct bl_broker_answer *answer)
{
    struct bl_lane *lane =
        answer->serial < feeder->lane_count ? &feeder->lanes[answer->serial] : NULL;

    if (!lane)
        return;
    if (answer->outcome == BL_BROKER_NONE) {
        open_lane(feeder, lane, feeder->options.rules.ack_wait_ns);
    } else if (answer->outcome == BL_BROKER_REFUSED) {
        bl_log(BL_LOG_ERROR, "a tenant's jobs can't be pulled",
               bl_log_text("tenant", lane->name.tenant), bl_log_text("why", answer->text));
    } else {
        if (answer->value < feeder->options.rules.ack_wait_ns) /* the shortest of all holds */
            feeder->options.rules.ack_wait_ns = answer->value;
        lane->is_open = true;
        bl_pull_lane(feeder, &lane->name);
    }
}

/* ---- pulls ------------------------------------------------------------------------------------
 */

static void drop(struct bl_feeder *feeder, struct bl_pull *pull)
{
    *pull = feeder->pulls[--feeder->pull_count];
}

static void end_pull(struct bl_feeder *feeder, struct bl_pull *pull, bool lane_is_lost)
{
    struct bl_lane *lane = find_lane(feeder, &pull->lane);

    bl_turn_empty(feeder->turn, &pull->lane);
    if (!pull->waits)
        bl_turn_refund(feeder->turn, &pull->lane);
    if (lane_is_lost && lane)
        lane->is_open = false;
    drop(feeder, pull);
}

void bl_pull_answer(struct bl_feeder *feeder, const struct bl_broker_answer *answer)
{
    if (answer->op == BL_BROKER_OPEN) {
        hear_open(feeder, answer);
        return;
    }
    for (size_t i = 0; i < feeder->pull_count; i++) {
        if (feeder->pulls[i].serial != answer->serial)
            continue;
        end_pull(feeder, &feeder->pulls[i], answer->outcome == BL_BROKER_REFUSED);
        return;
    }
}

/* A job tells its lane, not its pull; one that does not wait is meant before one that does. */
void bl_pull_delivered(struct bl_feeder *feeder, const struct bl_queue_lane *lane)
{
    struct bl_pull *found = NULL;

    for (size_t i = 0; i < feeder->pull_count; i++) {
        struct bl_pull *pull = &feeder->pulls[i];

        if (same_lane(&pull->lane, lane) && (!found || found->waits))
            found = pull;
    }
    if (found)
        drop(feeder, found);
    bl_pull_lane(feeder, lane); /* where one was there may be others */
}

void bl_pull_forget(struct bl_feeder *feeder)
{
    while (feeder->pull_count > 0)
        end_pull(feeder, &feeder->pulls[0], true);
    for (size_t i = 0; i < feeder->lane_count; i++) {
        feeder->lanes[i].is_open = false;
        bl_turn_empty(feeder->turn, &feeder->lanes[i].name);
    }
    feeder->look_ns = 0;
}

static void expire(struct bl_feeder *feeder, uint64_t now_ns)
{
    for (size_t i = 0; i < feeder->pull_count;) {
        if (feeder->pulls[i].due_ns <= now_ns)
            end_pull(feeder, &feeder->pulls[i], true); /* and its consumer looked for again */
        else
            i++;
    }
}

static void pull(struct bl_feeder *feeder, const struct bl_queue_lane *lane, bool waits,
                 uint64_t now_ns)
{
    struct bl_pull *made = &feeder->pulls[feeder->pull_count++];
    uint64_t wait_ns = waits ? PULL_WAIT_NS : PULL_NOW_NS;

    *made = (struct bl_pull){.lane = *lane,
                             .serial = ++feeder->serial,
                             .due_ns = now_ns + wait_ns + PULL_LOST_NS,
                             .waits = waits};
    bl_broker_send(feeder->broker, &(const struct bl_broker_request){.op = BL_BROKER_PULL,
                                                                     .serial = made->serial,
                                                                     .lane = &made->lane,
                                                                     .wait_ns = wait_ns});
}

/* ---- room -------------------------------------------------------------------------------------
 */

/* Of what we hold: what is, or will be, the worker's. */
static uint64_t count_present(const struct bl_feeder *feeder, bool running)
{
    uint64_t count = 0;

    for (const struct bl_held *held = feeder->held; held; held = held->next)
        count += running
                     ? held->flow.state == BL_FLOW_RUNNING || held->flow.state == BL_FLOW_STOPPING
                     : held->flow.state <= BL_FLOW_STOPPING;
    return count;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* What the worker says comes some time after it was so, at most ten times a second. So it is taken
 * for what its other clients have, and what we have there is counted by ourselves: else a moment in
 * which all was full would keep us from pulling until it speaks again. */
void bl_pull_room(struct bl_feeder *feeder, const struct bl_worker_room *room)
{
    feeder->room = *room;
    feeder->others = less(room->slots_used + room->queue_used, count_present(feeder, true));
}

/* What we may have at the worker beyond its slots: never more than its queue takes. */
static uint64_t ahead_now(const struct bl_feeder *feeder)
{
    uint64_t ahead = feeder->options.ahead;

    return ahead < feeder->room.queue_total ? ahead : feeder->room.queue_total;
}

/* Places of the worker that nobody has: its slots and some ahead, without those of its other
 * clients. */
static uint64_t room_now(const struct bl_feeder *feeder, uint64_t ahead)
{
    return less(feeder->room.slots_total + ahead, feeder->others + count_present(feeder, false));
}

static bool is_waited_at(const struct bl_feeder *feeder, const struct bl_queue_lane *lane)
{
    for (size_t i = 0; i < feeder->pull_count; i++)
        if (same_lane(&feeder->pulls[i].lane, lane))
            return true;
    return false;
}

static size_t count_pulls(const struct bl_feeder *feeder, bool waits)
{
    size_t count = 0;

    for (size_t i = 0; i < feeder->pull_count; i++)
        count += feeder->pulls[i].waits == waits;
    return count;
}

/* The worker has something to go on with, and there is little room: some more, and several jobs are
 * pulled at once, which costs everybody less than one at a time. */
static bool can_wait(const struct bl_feeder *feeder, uint64_t room)
{
    return count_present(feeder, false) + count_pulls(feeder, false) > feeder->room.slots_total &&
           room < (ahead_now(feeder) + 1) / 2;
}

static void wait_at_lanes(struct bl_feeder *feeder, uint64_t room, uint64_t now_ns)
{
    size_t most = room < WAITS_MAX ? (size_t)room : WAITS_MAX;
    struct bl_queue_lane lane;

    for (size_t tries = bl_turn_lanes(feeder->turn); tries > 0; tries--) {
        const struct bl_lane *known;

        if (count_pulls(feeder, true) >= most || feeder->pull_count == BL_FEEDER_PULLS_MAX ||
            !bl_turn_idle(feeder->turn, &lane))
            return;
        known = find_lane(feeder, &lane);
        if (known && known->is_open && !is_waited_at(feeder, &lane))
            pull(feeder, &lane, true, now_ns);
    }
}

static void look(struct bl_feeder *feeder, uint64_t now_ns)
{
    /* Not all feeders of a cluster in the same moment. */
    feeder->look_ns =
        now_ns + feeder->options.look_ns / 2 + (uint64_t)random() % (feeder->options.look_ns + 1);
    bl_broker_send(feeder->broker, &(const struct bl_broker_request){.op = BL_BROKER_LANES});
}

void bl_pull_some(struct bl_feeder *feeder, uint64_t now_ns)
{
    struct bl_queue_lane lane;
    uint64_t room;

    expire(feeder, now_ns);
    if (!feeder->reached || !feeder->has_room || feeder->draining || feeder->room.draining)
        return;
    if (now_ns >= feeder->look_ns)
        look(feeder, now_ns);
    room = less(room_now(feeder, ahead_now(feeder)), count_pulls(feeder, false));
    if (can_wait(feeder, room))
        return;
    for (; room > 0 && feeder->pull_count < BL_FEEDER_PULLS_MAX; room--) {
        if (!bl_turn_next(feeder->turn, &lane))
            break;
        pull(feeder, &lane, false, now_ns);
    }
    if (room > 0 && count_pulls(feeder, false) == 0)
        wait_at_lanes(feeder, room_now(feeder, 0), now_ns);
}

uint64_t bl_pull_due_ns(const struct bl_feeder *feeder)
{
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; i < feeder->pull_count; i++)
        if (feeder->pulls[i].due_ns < due)
            due = feeder->pulls[i].due_ns;
    if (feeder->reached && feeder->has_room && !feeder->draining && feeder->look_ns < due)
        due = feeder->look_ns;
    return due;
}
