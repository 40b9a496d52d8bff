/* solitude.c - see solitude.h. */
#include "executor/server/solitude.h"

#include <assert.h>
#include <stddef.h>

void bl_solitude_init(struct bl_solitude *solitude, uint64_t patience_ns)
{
    *solitude = (struct bl_solitude){.patience_ns = patience_ns};
    solitude->end = &solitude->first;
}

/* The only place where a party's state changes. */
static void set_state(struct bl_solitude *solitude, struct bl_party *party,
                      enum bl_party_state state)
{
    solitude->active -= party->state == BL_PARTY_ACTIVE;
    solitude->active += state == BL_PARTY_ACTIVE;
    party->state = state;
}

static void unlist(struct bl_solitude *solitude, struct bl_party *party)
{
    struct bl_party **at = &solitude->first;

    while (*at != party)
        at = &(*at)->next;
    *at = party->next;
    if (!*at)
        solitude->end = at;
    party->next = NULL;
}

void bl_solitude_enter(struct bl_solitude *solitude, struct bl_party *party)
{
    assert(party->state == BL_PARTY_OUT && !solitude->holds);
    set_state(solitude, party, BL_PARTY_ACTIVE);
}

void bl_solitude_end(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns)
{
    if (party->state == BL_PARTY_WISHES) {
        unlist(solitude, party);
    } else if (party->state == BL_PARTY_ALONE) {
        solitude->alone = NULL;
        solitude->since_ns = now_ns; /* the next one has all its patience */
    } else {
        return; /* beside: it is as active as before */
    }
    set_state(solitude, party, BL_PARTY_ACTIVE);
}

void bl_solitude_leave(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns)
{
    bl_solitude_end(solitude, party, now_ns);
    set_state(solitude, party, BL_PARTY_OUT);
}

void bl_solitude_wish(struct bl_solitude *solitude, struct bl_party *party, uint64_t now_ns)
{
    assert(party->state == BL_PARTY_ACTIVE || party->state == BL_PARTY_STILL);
    set_state(solitude, party, BL_PARTY_WISHES);
    party->wished_ns = now_ns;
    *solitude->end = party;
    solitude->end = &party->next;
}

void bl_solitude_still(struct bl_solitude *solitude, struct bl_party *party)
{
    if (party->state == BL_PARTY_ACTIVE)
        set_state(solitude, party, BL_PARTY_STILL);
}

void bl_solitude_wake(struct bl_solitude *solitude, struct bl_party *party)
{
    assert(!solitude->holds);
    if (party->state == BL_PARTY_STILL)
        set_state(solitude, party, BL_PARTY_ACTIVE);
}

static uint64_t later(uint64_t at_ns, uint64_t by_ns)
{
    return by_ns < UINT64_MAX - at_ns ? at_ns + by_ns : UINT64_MAX;
}

static uint64_t since(uint64_t then_ns, uint64_t now_ns)
{
    return now_ns > then_ns ? now_ns - then_ns : 0;
}

static enum bl_solitude_event hold(struct bl_solitude *solitude, uint64_t now_ns)
{
    solitude->holds = true;
    solitude->held_ns = solitude->since_ns = now_ns;
    solitude->quiet_ns = 0;
    return BL_SOLITUDE_HOLD;
}

static enum bl_solitude_event release(struct bl_solitude *solitude, uint64_t now_ns)
{
    solitude->holds = false;
    solitude->rest_ns = later(now_ns, since(solitude->held_ns, now_ns));
    return BL_SOLITUDE_RELEASE;
}

static enum bl_solitude_event let_go(struct bl_solitude *solitude, bool is_alone,
                                     struct bl_party **party)
{
    *party = solitude->first;
    unlist(solitude, *party);
    set_state(solitude, *party, is_alone ? BL_PARTY_ALONE : BL_PARTY_ACTIVE);
    if (is_alone)
        solitude->alone = *party;
    return is_alone ? BL_SOLITUDE_ALONE : BL_SOLITUDE_BESIDE;
}

/* Those who wished after it had become quiet have to wait for the next hold, or the others would
 * never go on where each wish brings another one. */
static bool is_served(const struct bl_solitude *solitude)
{
    return !solitude->first ||
           (solitude->quiet_ns && solitude->first->wished_ns > solitude->quiet_ns);
}

bool bl_solitude_next(struct bl_solitude *solitude, uint64_t now_ns, enum bl_solitude_event *event,
                      struct bl_party **party)
{
    if (solitude->alone || (!solitude->first && !solitude->holds))
        return false;
    if (!solitude->holds) {
        if (solitude->active > 0 && now_ns < solitude->rest_ns)
            return false;
        *event = hold(solitude, now_ns);
        return true;
    }
    if (is_served(solitude)) {
        *event = release(solitude, now_ns);
        return true;
    }
    if (solitude->active > 0 && now_ns < later(solitude->since_ns, solitude->patience_ns))
        return false;
    if (solitude->active == 0 && !solitude->quiet_ns)
        solitude->quiet_ns = now_ns;
    *event = let_go(solitude, solitude->active == 0, party);
    return true;
}

uint64_t bl_solitude_next_ns(const struct bl_solitude *solitude)
{
    if (solitude->alone || !solitude->first)
        return UINT64_MAX;
    return solitude->holds ? later(solitude->since_ns, solitude->patience_ns) : solitude->rest_ns;
}
