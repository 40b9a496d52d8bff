#include "executor/feeder/flow.h"

#include <stddef.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

/* How often an action is tried before the way goes on without its answer. */
enum {
    TRIES_BEFORE_RUN = 6, /* by then the queue has given it to somebody else */
    TRIES_ACK = 4,        /* a redelivery finds the result */
    TRIES_NOTE = 2,       /* what is not noted is held against the job, nothing worse */
};

#define RETURN_SOON_NS (BL_NS_PER_S / 2)
#define RETURN_LATER_NS (2 * BL_NS_PER_S)

static const char *const state_names[] = {
#define X(name) [BL_FLOW_##name] = #name,
    BL_FLOW_STATES(X)
#undef X
};

const char *bl_flow_state_name(enum bl_flow_state state)
{
    return state_names[state];
}

struct step {
    struct bl_flow *flow;
    const struct bl_flow_rules *rules;
    const struct bl_flow_event *event;
    uint64_t now_ns;
};

/* The only place that changes the state. actions: what the new state waits for, and is repeated
 * until it comes. */
static unsigned enter(const struct step *s, enum bl_flow_state state, unsigned actions)
{
    s->flow->state = state;
    s->flow->attempts = 1;
    s->flow->attempt_ns = actions ? s->now_ns + s->rules->retry_ns : UINT64_MAX;
    return actions;
}

static unsigned done(const struct step *s, unsigned actions)
{
    (void)enter(s, BL_FLOW_DONE, 0);
    s->flow->progress_ns = UINT64_MAX;
    return actions | BL_DO_FORGET;
}

static unsigned store(const struct step *s, enum bl_flow_result result)
{
    s->flow->result = result;
    return enter(s, BL_FLOW_STORING, BL_DO_STORE);
}

/* Without the whole history a note would make it forget its past. */
static unsigned give_back(const struct step *s, uint64_t delay_ns, bool innocent, const char *note)
{
    s->flow->delay_ns = delay_ns;
    s->flow->innocent = innocent;
    s->flow->note = note;
    if (!s->flow->has_history)
        return done(s, BL_DO_NAK);
    return enter(s, BL_FLOW_RETURNING, BL_DO_NOTE);
}

static unsigned bury(const struct step *s, const char *note)
{
    s->flow->note = note;
    return enter(s, BL_FLOW_BURYING, BL_DO_BURY);
}

static unsigned run(const struct step *s)
{
    (void)enter(s, BL_FLOW_RUNNING, 0);
    return BL_DO_RUN;
}

/* ---- what comes of each event -----------------------------------------------------------------
 */

static unsigned found(const struct step *s)
{
    return enter(s, BL_FLOW_ACKING, BL_DO_ACK);
}

static unsigned none(const struct step *s)
{
    if (s->flow->delivery > 1)
        return enter(s, BL_FLOW_READING, BL_DO_READ);
    return enter(s, BL_FLOW_CHECKING, BL_DO_CHECK);
}

static unsigned history(const struct step *s)
{
    s->flow->has_history = true;
    s->flow->suspect = s->event->suspect;
    if (s->flow->suspect >= s->rules->tries)
        return bury(s, "delivered too often without a result");
    return enter(s, BL_FLOW_CHECKING, BL_DO_CHECK);
}

static unsigned checked(const struct step *s)
{
    s->flow->deadline_ns = s->event->deadline_ns;
    if (s->flow->cancelled)
        return store(s, BL_FLOW_RESULT_CANCELLED);
    if (!s->event->valid)
        return store(s, BL_FLOW_RESULT_REFUSED);
    if (s->now_ns >= s->flow->deadline_ns)
        return store(s, BL_FLOW_RESULT_EXPIRED);
    if (s->flow->delivery == 1)
        return run(s);
    s->flow->innocent = false;
    s->flow->note = "given to the worker";
    return enter(s, BL_FLOW_NOTING, BL_DO_NOTE);
}

static unsigned noted(const struct step *s)
{
    if (!bl_flow_is_suspect(s->flow))
        return run(s);
    return enter(s, BL_FLOW_WAITING, 0);
}

static unsigned turn(const struct step *s)
{
    if (s->now_ns >= s->flow->deadline_ns)
        return store(s, BL_FLOW_RESULT_EXPIRED);
    return run(s);
}

static unsigned answered(const struct step *s)
{
    switch (s->event->answer) {
    case BL_ANSWER_RESULT:
        return store(s, BL_FLOW_RESULT_ANSWER);
    case BL_ANSWER_REFUSED:
        return store(s, BL_FLOW_RESULT_REFUSED);
    case BL_ANSWER_EXPIRED:
        return store(s, BL_FLOW_RESULT_EXPIRED);
    case BL_ANSWER_CANCELLED: /* not by us: the worker was told to end */
        return give_back(s, RETURN_SOON_NS, true, "cut short by the worker");
    case BL_ANSWER_BUSY:
        return give_back(s, s->event->delay_ns ? s->event->delay_ns : RETURN_SOON_NS, true,
                         "the worker is full");
    case BL_ANSWER_DOWN:
        return give_back(s, RETURN_SOON_NS, true, "the worker takes no jobs now");
    case BL_ANSWER_BROKEN:
        return give_back(s, RETURN_LATER_NS, false, "the worker failed");
    case BL_ANSWER_LACKING:
        return give_back(s, RETURN_LATER_NS, false, "the worker can't run it");
    case BL_ANSWER_GONE:
        return give_back(s, RETURN_SOON_NS, false, "the worker died, or was lost, meanwhile");
    }
    return 0;
}

/* It was to end, and has: by a result if there is one, else by our word. */
static unsigned stopped(const struct step *s)
{
    bool has_result =
        s->event->answer == BL_ANSWER_RESULT || s->event->answer == BL_ANSWER_CANCELLED;

    return store(s, has_result ? BL_FLOW_RESULT_ANSWER : BL_FLOW_RESULT_CANCELLED);
}

static unsigned cancel_later(const struct step *s)
{
    s->flow->cancelled = true; /* CHECKED looks at it */
    return 0;
}

static unsigned cancel_waiting(const struct step *s)
{
    return store(s, BL_FLOW_RESULT_CANCELLED);
}

static unsigned cancel_running(const struct step *s)
{
    return enter(s, BL_FLOW_STOPPING, BL_DO_STOP);
}

static unsigned away(const struct step *s)
{
    return give_back(s, RETURN_SOON_NS, true, "the worker is away");
}

static unsigned drain(const struct step *s)
{
    return give_back(s, 0, true, "the feeder takes no jobs any more");
}

static unsigned give_up(const struct step *s)
{
    return BL_DO_STOP | give_back(s, 0, true, "the feeder was told to end");
}

static unsigned acknowledge(const struct step *s)
{
    return enter(s, BL_FLOW_ACKING, BL_DO_ACK);
}

static unsigned terminate(const struct step *s)
{
    return enter(s, BL_FLOW_ENDING, BL_DO_TERM);
}

static unsigned give_back_now(const struct step *s)
{
    return done(s, BL_DO_NAK);
}

static unsigned finished(const struct step *s)
{
    return done(s, 0);
}

static unsigned delivered_again(const struct step *s)
{
    if (s->event->delivery > s->flow->delivery)
        s->flow->delivery = s->event->delivery;
    return 0;
}

/* The answer was meant for the earlier delivery; this one wants its own. */
static unsigned acknowledge_again(const struct step *s)
{
    (void)delivered_again(s);
    return enter(s, BL_FLOW_ACKING, BL_DO_ACK);
}

static unsigned terminate_again(const struct step *s)
{
    (void)delivered_again(s);
    return enter(s, BL_FLOW_ENDING, BL_DO_TERM);
}

/* ---- time -------------------------------------------------------------------------------------
 */

/* What a state that waits repeats, how often at most (0: always), and what comes then. */
static const struct {
    unsigned action, most;
    unsigned (*then)(const struct step *s);
} waits[BL_FLOW_STATE_COUNT] = {
    [BL_FLOW_LOOKING] = {BL_DO_LOOK, TRIES_BEFORE_RUN, finished},
    [BL_FLOW_READING] = {BL_DO_READ, TRIES_BEFORE_RUN, finished},
    [BL_FLOW_NOTING] = {BL_DO_NOTE, TRIES_BEFORE_RUN, finished},
    [BL_FLOW_STOPPING] = {BL_DO_STOP, 0, NULL},
    [BL_FLOW_STORING] = {BL_DO_STORE, 0, NULL},
    [BL_FLOW_ACKING] = {BL_DO_ACK, TRIES_ACK, finished},
    [BL_FLOW_RETURNING] = {BL_DO_NOTE, TRIES_NOTE, give_back_now},
    [BL_FLOW_BURYING] = {BL_DO_BURY, 0, NULL},
    [BL_FLOW_ENDING] = {BL_DO_TERM, TRIES_ACK, finished},
};

static unsigned tick(const struct step *s)
{
    struct bl_flow *flow = s->flow;
    unsigned actions = 0;

    if (s->now_ns >= flow->progress_ns) {
        flow->progress_ns = s->now_ns + s->rules->ack_wait_ns / 3;
        actions |= BL_DO_PROGRESS;
    }
    if (flow->state == BL_FLOW_WAITING && s->now_ns >= flow->deadline_ns)
        return actions | store(s, BL_FLOW_RESULT_EXPIRED);
    if (s->now_ns < flow->attempt_ns)
        return actions;
    if (waits[flow->state].most && flow->attempts >= waits[flow->state].most)
        return waits[flow->state].then(s); /* no progress any more: it is not ours */
    flow->attempts++;
    flow->attempt_ns = s->now_ns + s->rules->retry_ns;
    return actions | waits[flow->state].action;
}

/* ---- the machine ------------------------------------------------------------------------------
 */

typedef unsigned handler(const struct step *s);

/* Rows without an entry: an answer that comes late, or twice. */
static handler *const table[BL_FLOW_STATE_COUNT][BL_FLOW_EVENT_COUNT] = {
    [BL_FLOW_LOOKING] = {[BL_FLOW_FOUND] = found,
                         [BL_FLOW_NONE] = none,
                         [BL_FLOW_CANCEL] = cancel_later,
                         [BL_FLOW_DRAIN] = drain,
                         [BL_FLOW_GIVE_UP] = drain,
                         [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_READING] = {[BL_FLOW_HISTORY] = history,
                         [BL_FLOW_CANCEL] = cancel_later,
                         [BL_FLOW_DRAIN] = drain,
                         [BL_FLOW_GIVE_UP] = drain,
                         [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_CHECKING] = {[BL_FLOW_CHECKED] = checked, [BL_FLOW_CANCEL] = cancel_later},
    [BL_FLOW_NOTING] = {[BL_FLOW_NOTED] = noted,
                        [BL_FLOW_CANCEL] = cancel_waiting,
                        [BL_FLOW_DRAIN] = drain,
                        [BL_FLOW_GIVE_UP] = drain,
                        [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_WAITING] = {[BL_FLOW_TURN] = turn,
                         [BL_FLOW_AWAY] = away,
                         [BL_FLOW_CANCEL] = cancel_waiting,
                         [BL_FLOW_DRAIN] = drain,
                         [BL_FLOW_GIVE_UP] = drain,
                         [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_RUNNING] = {[BL_FLOW_ANSWER] = answered,
                         [BL_FLOW_CANCEL] = cancel_running,
                         [BL_FLOW_GIVE_UP] = give_up,
                         [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_STOPPING] = {[BL_FLOW_ANSWER] = stopped, [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_STORING] = {[BL_FLOW_STORED] = acknowledge, [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_ACKING] = {[BL_FLOW_ACKED] = finished, [BL_FLOW_REDELIVERED] = acknowledge_again},
    [BL_FLOW_RETURNING] =
        {[BL_FLOW_NOTED] = give_back_now, [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_BURYING] = {[BL_FLOW_BURIED] = terminate, [BL_FLOW_REDELIVERED] = delivered_again},
    [BL_FLOW_ENDING] = {[BL_FLOW_ACKED] = finished, [BL_FLOW_REDELIVERED] = terminate_again},
};

unsigned bl_flow_begin(struct bl_flow *flow, const struct bl_flow_rules *rules, uint64_t delivery,
                       bool malformed, uint64_t now_ns)
{
    const struct step s = {.flow = flow, .rules = rules, .now_ns = now_ns};

    *flow = (struct bl_flow){.delivery = delivery, .deadline_ns = UINT64_MAX};
    flow->has_history = delivery == 1; /* there can be none */
    flow->progress_ns = now_ns + rules->ack_wait_ns / 3;
    if (malformed)
        return bury(&s, "the message is no job");
    return enter(&s, BL_FLOW_LOOKING, BL_DO_LOOK);
}

unsigned bl_flow_step(struct bl_flow *flow, const struct bl_flow_rules *rules,
                      const struct bl_flow_event *event, uint64_t now_ns)
{
    const struct step s = {.flow = flow, .rules = rules, .event = event, .now_ns = now_ns};

    if (event->kind == BL_FLOW_TICK)
        return flow->state == BL_FLOW_DONE ? 0 : tick(&s);
    return table[flow->state][event->kind] ? table[flow->state][event->kind](&s) : 0;
}

uint64_t bl_flow_due_ns(const struct bl_flow *flow)
{
    uint64_t due = flow->progress_ns < flow->attempt_ns ? flow->progress_ns : flow->attempt_ns;

    if (flow->state == BL_FLOW_WAITING && flow->deadline_ns < due)
        due = flow->deadline_ns;
    return due;
}

bool bl_flow_is_suspect(const struct bl_flow *flow)
{
    return flow->suspect > 0;
}
