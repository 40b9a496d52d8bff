/* flow.h - one job on its way from the queue to the worker and back, as a state machine. Pure: no
 * I/O, no clock; events and the time come in, actions go out.
 *
 *   LOOKING ── there is a result ─────────────────────────────────────────────▶ ACKING ─▶ DONE
 *      │ none                                                                     ▲
 *      ├─ delivered before ─▶ READING ── too many tries ─▶ BURYING ─▶ ENDING ─▶ DONE
 *      ▼                          │                                               │
 *   CHECKING ◀────────────────────┘                                               │
 *      ├─ malformed, expired, cancelled ─────────────────────────────▶ STORING ───┤
 *      ├─ delivered before ─▶ NOTING ─▶ WAITING (suspects run one at a time)      │
 *      ▼                                   │                            ▲
 *   RUNNING ◀──────────────────────────────┘                            │
 *      ├─ cancel ─▶ STOPPING ── whatever comes ─────────────────────────┤
 *      ├─ a result ─────────────────────────────────────────────────────┘
 *      └─ the worker is full, gone, drains, lacks a file ─▶ RETURNING ─▶ DONE (delivered again)
 *
 * What it promises, whatever is lost or comes twice: a job is acknowledged only when a result of it
 * is stored, and taken out of the queue without one only when it lies among the dead. It may run
 * twice; what is stored is one result.
 *
 * An action that has no answer within `retry_ns` is asked for again: all of them may be repeated.
 * Whoever carries them out reports success only. */
#ifndef BL_FEEDER_FLOW_H
#define BL_FEEDER_FLOW_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define BL_FLOW_STATES(X)                                                     \
    X(LOOKING) X(READING) X(CHECKING) X(NOTING) X(WAITING) X(RUNNING)         \
    X(STOPPING) X(STORING) X(ACKING) X(RETURNING) X(BURYING) X(ENDING) X(DONE)
/* clang-format on */

enum bl_flow_state {
#define X(name) BL_FLOW_##name,
    BL_FLOW_STATES(X)
#undef X
        BL_FLOW_STATE_COUNT
};

/* What happened. The fields of struct bl_flow_event that go with it stand behind it. */
enum bl_flow_event_kind {
    BL_FLOW_FOUND,       /* a result is stored already */
    BL_FLOW_NONE,        /* none is */
    BL_FLOW_HISTORY,     /* suspect */
    BL_FLOW_CHECKED,     /* valid, deadline_ns */
    BL_FLOW_NOTED,       /* the history is stored */
    BL_FLOW_TURN,        /* no other suspect runs */
    BL_FLOW_ANSWER,      /* answer, delay_ns */
    BL_FLOW_STORED,      /* this result, or another one of the same job before it */
    BL_FLOW_ACKED,       /* or terminated: the queue has forgotten it */
    BL_FLOW_BURIED,      /* it lies among the dead */
    BL_FLOW_CANCEL,      /* somebody wants it to end */
    BL_FLOW_AWAY,        /* there is no worker whose turn it could be; elsewhere there may be */
    BL_FLOW_DRAIN,       /* take up nothing more */
    BL_FLOW_GIVE_UP,     /* and end what runs */
    BL_FLOW_REDELIVERED, /* delivery: the queue gave it to us once more */
    BL_FLOW_TICK,
    BL_FLOW_EVENT_COUNT
};

/* What came of handing it to the worker. */
enum bl_flow_answer {
    BL_ANSWER_RESULT,    /* a JobResult that stands */
    BL_ANSWER_CANCELLED, /* a JobResult of a job that was cut short */
    BL_ANSWER_BROKEN,    /* a JobResult that says: our fault, try again */
    BL_ANSWER_REFUSED,   /* the request can't be honoured anywhere */
    BL_ANSWER_EXPIRED,   /* its deadline passed */
    BL_ANSWER_BUSY,      /* delay_ns: the worker has no room */
    BL_ANSWER_DOWN,      /* the worker says that it drains */
    BL_ANSWER_LACKING,   /* this worker lacks what the job names, or doesn't let us */
    BL_ANSWER_GONE,      /* the connection was lost meanwhile */
};

struct bl_flow_event {
    enum bl_flow_event_kind kind;
    uint64_t suspect, deadline_ns, delay_ns, delivery;
    bool valid;
    enum bl_flow_answer answer;
};

/* What to do now; several at once, in this order. */
enum bl_flow_action {
    BL_DO_PROGRESS = 1 << 0, /* tell the queue that it is being worked on */
    BL_DO_LOOK = 1 << 1,
    BL_DO_READ = 1 << 2,   /* the history */
    BL_DO_CHECK = 1 << 3,  /* decode the job */
    BL_DO_NOTE = 1 << 4,   /* add `note` to the history, and store it */
    BL_DO_RUN = 1 << 5,    /* hand it to the worker */
    BL_DO_STOP = 1 << 6,   /* end it there */
    BL_DO_STORE = 1 << 7,  /* what `result` says */
    BL_DO_ACK = 1 << 8,    /* with an answer */
    BL_DO_NAK = 1 << 9,    /* with delay_ns; no answer */
    BL_DO_BURY = 1 << 10,  /* among the dead, with the history and `note` */
    BL_DO_TERM = 1 << 11,  /* with an answer */
    BL_DO_FORGET = 1 << 12 /* it is DONE */
};

enum bl_flow_result {
    BL_FLOW_RESULT_ANSWER,
    BL_FLOW_RESULT_REFUSED,
    BL_FLOW_RESULT_EXPIRED,
    BL_FLOW_RESULT_CANCELLED,
};

struct bl_flow_rules {
    uint64_t ack_wait_ns; /* after which the queue delivers again what it hears nothing of */
    uint64_t retry_ns;    /* until an action is repeated */
    uint64_t tries;       /* deliveries held against a job that make it a dead one */
};

struct bl_flow {
    enum bl_flow_state state; /* read-only, as all of it */
    uint64_t delivery;        /* how often the queue has delivered it: 1 is the first time */
    uint64_t suspect;         /* deliveries held against it */
    uint64_t deadline_ns;     /* UINT64_MAX: none */
    uint64_t delay_ns;        /* of NAK */
    enum bl_flow_result result;
    const char *note;     /* of NOTE and BURY */
    bool innocent;        /* of NOTE in RETURNING: this delivery is not the job's doing */
    bool has_history;     /* it is known whole */
    bool cancelled;       /* and not yet answered so */
    unsigned attempts;    /* of what the state waits for */
    uint64_t progress_ns; /* when the queue is told next */
    uint64_t attempt_ns;  /* when it is tried again; UINT64_MAX: nothing to repeat */
};

/* bl_flow_begin - malformed: the message can't be a job; it is buried. Returns actions. */
unsigned bl_flow_begin(struct bl_flow *flow, const struct bl_flow_rules *rules, uint64_t delivery,
                       bool malformed, uint64_t now_ns);

/* bl_flow_step - returns actions; an event that the state does not wait for changes nothing. */
unsigned bl_flow_step(struct bl_flow *flow, const struct bl_flow_rules *rules,
                      const struct bl_flow_event *event, uint64_t now_ns);

uint64_t bl_flow_due_ns(const struct bl_flow *flow); /* of the next TICK; UINT64_MAX: none */

/* bl_flow_is_suspect - it ran before, and no end of that is known: one at a time of these. */
bool bl_flow_is_suspect(const struct bl_flow *flow);

const char *bl_flow_state_name(enum bl_flow_state state);

#endif
