/* sweep.h - jobs that are acknowledged and were left behind by a server which died or hung, removed
 * now and then, without anybody asking for it. Pure: answers and the time come in, what is to be
 * asked of the broker goes out; one request at a time.
 *
 *   resting ─ due ─▶ CLAIMED: who swept last? ── somebody since then ─▶ resting
 *                        │ nobody
 *                        ▼
 *                     CLAIM ── another one was faster ─▶ resting
 *                        ▼
 *                     OLDEST result that is kept
 *                        ▼
 *        each lane:   FLOOR, up to which all is acknowledged
 *                        ▼
 *                     NEXT of what the stream's leader still has ── above it, or none ─▶ next lane
 *                        ▼                                    ▲
 *                     LOOK: a result? ── no ─▶ LOOK_DEAD ─ no ─▶ REQUEUE ─┐
 *                        └────────────── yes ──────▶ DROP ◀──────────────┘
 *        then the same from the stream's front on, by number:
 *                     NEXT of any lane ─▶ FLOOR of its lane ── above it ─▶ passed, NEXT
 *                                            └─ not above ─▶ LOOK ...
 *
 * By number, because a server of 2.9 that was killed may have lost the index by which it finds a
 * lane's messages: then it names none of them for that lane, and never delivers them either.
 * Messages that wait for their turn are passed, but few of them: what is behind comes to the front
 * in time.
 *
 * Of all feeders one sweeps in each interval, whoever claims it first; it removes BL_SWEEP_MOST
 * messages at most. A message without an end that is older than all results that are kept is not
 * put back: its result has been forgotten by now. A request that is not answered ends it until the
 * next time. */
#ifndef BL_FEEDER_SWEEP_H
#define BL_FEEDER_SWEEP_H

#include "executor/feeder/broker.h"

enum { BL_SWEEP_MOST = 1000, BL_SWEEP_PASSED = 32 };

#define BL_SWEEP_NO_LANE SIZE_MAX

struct bl_sweep {
    uint64_t interval_ns;
    uint64_t due_ns;      /* when it begins, or gives up waiting for an answer */
    bool is_asking;       /* read-only, as all of it: `op` is under way */
    enum bl_broker_op op; /* what is asked for */
    bool has_claim;       /* claim: the number of the last one, as far as we know */
    uint64_t claim;
    size_t lane, lane_count; /* which lane's turn it is, of those there were at the beginning */
    bool by_number;          /* the lanes are done; NEXT: of any lane */
    unsigned passed;
    uint64_t floor;
    uint64_t sequence; /* of the message in question, or from which on the next is looked for */
    int64_t at_s, oldest_s; /* of that message, of the oldest result */
    uint64_t removed, requeued;
};

/* bl_sweep_init - rests for an interval first. */
void bl_sweep_init(struct bl_sweep *sweep, uint64_t interval_ns, uint64_t now_ns);

/* bl_sweep_tick - at due_ns. True: ask for sweep->op. */
bool bl_sweep_tick(struct bl_sweep *sweep, size_t lane_count, uint64_t now_ns);

/* What the broker said to sweep->op. */
struct bl_sweep_answer {
    enum bl_broker_outcome outcome;
    uint64_t value; /* of CLAIMED, CLAIM, FLOOR, NEXT, as broker.h has it */
    int64_t at_s;   /* of OLDEST, and of NEXT, where 0 means that the message names no job */
    size_t lane;    /* of NEXT: the message's, or BL_SWEEP_NO_LANE */
};

/* bl_sweep_hear - true: ask for sweep->op next; false: it rests, and removed and requeued tell what
 * it did. */
bool bl_sweep_hear(struct bl_sweep *sweep, const struct bl_sweep_answer *answer, uint64_t now_ns);

#endif
