/* solitude.h - which job may run a case with no other job's program beside it, and when. Pure: time
 * is told, and what is to be done is handed out as events.
 *
 * Each job that runs is a party. One that wishes to be alone runs nothing meanwhile. The others are
 * held: they begin no case, and nobody new starts; as soon as what they are at is over, all who
 * wished are alone, one after another. So neither waits for the other where two jobs wish it.
 *
 *     ACTIVE ── held, nothing of it runs ──▶ STILL
 *        │  ▲────────── released ───────────────┘
 *     wishes └─────────── end ◀──── ALONE, or BESIDE the others
 *        ▼                            ▲
 *      WISHES ────── its turn ────────┘
 *
 * Nobody waits without end. For those who wish: where the others are not still within the patience,
 * all of them go on beside the others, and hear so. For the others: after a hold they go on for at
 * least as long as it took, before the next one. Where nobody else runs a hold costs nobody
 * anything, and comes at once. What those pay who are alone is admission's to say
 * (bl_admission_surcharge). */
#ifndef BL_SERVER_SOLITUDE_H
#define BL_SERVER_SOLITUDE_H

#include <stdbool.h>
#include <stdint.h>

enum bl_party_state {
    BL_PARTY_OUT, /* zeroed memory: not one of them */
    BL_PARTY_ACTIVE,
    BL_PARTY_STILL,
    BL_PARTY_WISHES,
    BL_PARTY_ALONE,
};

/* In the job's own memory; zeroed at first, then ours. */
struct bl_party {
    enum bl_party_state state;
    uint64_t wished_ns;
    struct bl_party *next; /* of those that wish, by when they did */
};

struct bl_solitude {
    uint64_t patience_ns; /* may be changed at any time; 0: others are never waited for */
    struct bl_party *first, **end;
    struct bl_party *alone;
    uint32_t active;
    bool holds;
    uint64_t held_ns;  /* since when */
    uint64_t since_ns; /* since when those who wish wait for the others */
    uint64_t quiet_ns; /* when the others were still for the first time in this hold; 0: not yet */
    uint64_t rest_ns;  /* no hold before, where anybody else runs */
};

void bl_solitude_init(struct bl_solitude *solitude, uint64_t patience_ns);

/* bl_solitude_enter - a job starts; never while it holds (admission starts nobody then). */
void bl_solitude_enter(struct bl_solitude *solitude, struct bl_party *party);

/* bl_solitude_leave - it is over, whatever it was at. Idempotent. */
void bl_solitude_leave(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns);

/* bl_solitude_wish - from ACTIVE or STILL: nothing of it runs, and it is to be alone. */
void bl_solitude_wish(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns);

/* bl_solitude_end - it was alone, or beside, or does not wish it any more. */
void bl_solitude_end(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns);

/* bl_solitude_still - it is held, and nothing of it runs. */
void bl_solitude_still(struct bl_solitude *solitude, struct bl_party *party);

/* bl_solitude_wake - after RELEASE, of each party: it is ACTIVE again where it was STILL. */
void bl_solitude_wake(struct bl_solitude *solitude, struct bl_party *party);

enum bl_solitude_event {
    BL_SOLITUDE_HOLD,    /* hold all parties, and start nobody */
    BL_SOLITUDE_RELEASE, /* the opposite, and bl_solitude_wake() each */
    BL_SOLITUDE_ALONE,   /* *party may go on: nothing runs beside it until bl_solitude_end() */
    BL_SOLITUDE_BESIDE,  /* *party may go on, and is not alone: ACTIVE */
};

/* bl_solitude_next - what is to be done now; false: nothing until something changes or
 * bl_solitude_next_ns() has come. Between two calls let admission start whom it may. */
bool bl_solitude_next(struct bl_solitude *solitude, uint64_t now_ns, enum bl_solitude_event *event,
                      struct bl_party **party);

/* bl_solitude_next_ns - when the patience, or the rest, is over; UINT64_MAX: nobody waits for it.
 */
uint64_t bl_solitude_next_ns(const struct bl_solitude *solitude);

#endif
