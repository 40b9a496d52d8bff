/* feeder_private.h - the feeder's state, shared by the files that move it: feeder.c (its life, and
 * what it hears), feeder_job.c (one job's actions), feeder_hear.c (the broker's answers to these),
 * feeder_pull.c (what is pulled when). */
#ifndef BL_FEEDER_FEEDER_PRIVATE_H
#define BL_FEEDER_FEEDER_PRIVATE_H

#include "executor/feeder/broker.h"
#include "executor/feeder/feeder.h"
#include "executor/feeder/sweep.h"
#include "executor/feeder/turn.h"
#include "executor/feeder/worker.h"
#include "executor/queue/history.h"
#include "proto/replies.h"

enum {
    BL_FEEDER_LANES_MAX = 3 * BL_TURN_TENANTS_MAX,
    BL_FEEDER_PULLS_MAX = 512,
    BL_FEEDER_REASON_MAX = 256,
    BL_FEEDER_CANCELS_MAX = 64, /* heard of jobs that we may be given yet */
};

/* A job in our hands. */
struct bl_held {
    uint64_t serial;
    struct bl_flow flow;
    struct bl_queue_lane lane;
    char key[BL_QUEUE_KEY_MAX];
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    char *token;    /* owned; of the last delivery */
    uint8_t *bytes; /* owned */
    size_t length;
    int64_t published_ns;           /* CLOCK_REALTIME */
    bool has_no_result;             /* as the broker says; of LOOKING, like the next one */
    bool knows_cancel;              /* whether it was cancelled before we had it */
    struct bl_history history;      /* as far as it is known */
    struct bl_bytes result;         /* owned; empty: not yet */
    char why[BL_FEEDER_REASON_MAX]; /* of a refusal */
    struct bl_held *next;
};

struct bl_lane {
    struct bl_queue_lane name;
    bool is_open;
    uint64_t open_again_ns; /* when it is asked for (again) */
};

/* A pull that has not been answered. */
struct bl_pull {
    struct bl_queue_lane lane;
    uint64_t serial, due_ns; /* of no use after that */
    bool waits;              /* at an empty lane: it holds no room */
};

struct bl_feeder {
    struct bl_feeder_options options;
    struct bl_broker *broker;
    struct bl_worker *worker;
    struct bl_turn *turn;
    struct bl_timer *timer;
    struct bl_deferred settle; /* once a round: pull, let suspects run, arm the timer */
    uint64_t serial;
    struct bl_held *held;
    size_t held_count;
    struct bl_lane *lanes; /* owned */
    size_t lane_count, lane_room;
    struct bl_pull pulls[BL_FEEDER_PULLS_MAX];
    size_t pull_count;
    uint64_t look_ns; /* when the queue is asked next who has jobs */
    char cancels[BL_FEEDER_CANCELS_MAX][BL_QUEUE_KEY_MAX];
    size_t cancel_count; /* ever heard */
    struct bl_sweep sweep;
    uint64_t sweep_serial;
    struct bl_bytes swept; /* the message that it is about, and its job's key */
    char swept_key[BL_QUEUE_KEY_MAX];
    bool reached, has_room, draining;
    struct bl_worker_room room; /* as it was told last */
    uint64_t others;            /* of the places taken then: those of its other clients */
    void (*on_drained)(void *ctx);
    void *drained_ctx;
};

/* feeder_job.c */
struct bl_held *bl_held_find(const struct bl_feeder *feeder, uint64_t serial);
struct bl_held *bl_held_find_key(const struct bl_feeder *feeder, const char *key);
void bl_held_take(struct bl_feeder *feeder, const struct bl_delivery *delivery);
void bl_held_step(struct bl_feeder *feeder, struct bl_held *held,
                  const struct bl_flow_event *event);
/* The same with all of them. */
void bl_held_step_all(struct bl_feeder *feeder, enum bl_flow_event_kind kind);
void bl_held_free_all(struct bl_feeder *feeder);

/* feeder_hear.c */
void bl_held_cancel(struct bl_feeder *feeder, const char *key); /* somebody wants it to end */
bool bl_held_was_cancelled(const struct bl_feeder *feeder, const char *key);
void bl_held_answer(struct bl_feeder *feeder, const struct bl_broker_answer *answer);

/* feeder_pull.c */
void bl_pull_lane(struct bl_feeder *feeder, const struct bl_queue_lane *lane); /* has jobs */
/* Its place in feeder->lanes; SIZE_MAX: it is not known. */
size_t bl_pull_find_lane(const struct bl_feeder *feeder, const struct bl_queue_lane *lane);
void bl_pull_answer(struct bl_feeder *feeder, const struct bl_broker_answer *answer);
void bl_pull_delivered(struct bl_feeder *feeder, const struct bl_queue_lane *lane);
void bl_pull_forget(struct bl_feeder *feeder); /* the broker was lost, and all pulls with it */
void bl_pull_some(struct bl_feeder *feeder, uint64_t now_ns);
void bl_pull_room(struct bl_feeder *feeder, const struct bl_worker_room *room); /* as it is now */
uint64_t bl_pull_due_ns(const struct bl_feeder *feeder);

/* feeder_sweep.c. The second: whether an answer was meant for it. */
void bl_feeder_sweep(struct bl_feeder *feeder, uint64_t now_ns);
bool bl_feeder_sweep_hear(struct bl_feeder *feeder, const struct bl_broker_answer *answer);

/* feeder.c: something has changed. */
void bl_feeder_settle(struct bl_feeder *feeder);

#endif
