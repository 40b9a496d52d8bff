/* admission_turn.c - tickets into the queue, out of it, into slots; see admission.h for the rule.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/admission_private.h"

/* How many tenants' first jobs are looked at for one that fits. */
enum { LOOKAHEAD = 16 };

/* ---- in and out ---- */

bool bl_ticket_fits(const struct bl_admission *admission, const struct bl_ticket *ticket)
{
    const struct bl_admission_stats *now = &admission->stats;

    return ticket->slots <= now->slots - now->slots_used &&
           ticket->memory_bytes <= now->memory_bytes - now->memory_used_bytes;
}

void bl_ticket_join(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;

    if (!admission->oldest)
        admission->waiting_since_ns = now_ns;
    ticket->since_ns = now_ns;
    ticket->older = admission->newest;
    *(ticket->older ? &ticket->older->newer : &admission->oldest) = ticket;
    admission->newest = ticket;
    bl_heap_put(&tenant->waiting, &ticket->turn);
    if (ticket->deadline_ns)
        bl_heap_put(&admission->deadlines, &ticket->expiry);
    tenant->queued++;
    tenant->queued_bytes += ticket->held_bytes;
    admission->stats.queued++;
    admission->stats.queued_bytes += ticket->held_bytes;
}

void bl_ticket_leave(struct bl_admission *admission, struct bl_ticket *ticket)
{
    struct bl_tenant *tenant = ticket->tenant;

    *(ticket->older ? &ticket->older->newer : &admission->oldest) = ticket->newer;
    *(ticket->newer ? &ticket->newer->older : &admission->newest) = ticket->older;
    ticket->older = ticket->newer = NULL;
    bl_heap_take(&tenant->waiting, &ticket->turn);
    if (ticket->deadline_ns)
        bl_heap_take(&admission->deadlines, &ticket->expiry);
    if (admission->barrier == ticket)
        admission->barrier = NULL;
    tenant->queued--;
    tenant->queued_bytes -= ticket->held_bytes;
    admission->stats.queued--;
    admission->stats.queued_bytes -= ticket->held_bytes;
}

/* The lowest free slots. */
static void take_slots(struct bl_admission *admission, struct bl_ticket *ticket)
{
    unsigned missing = ticket->slots;

    for (size_t word = 0; missing > 0; word++) {
        assert(word < BL_SLOTS_MAX / 64);
        for (; missing > 0 && admission->free.bits[word]; missing--) {
            uint64_t lowest = admission->free.bits[word] & -admission->free.bits[word];

            admission->free.bits[word] ^= lowest;
            ticket->set.bits[word] |= lowest;
        }
    }
}

void bl_ticket_occupy(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns)
{
    assert(bl_ticket_fits(admission, ticket));
    take_slots(admission, ticket);
    admission->stats.slots_used += ticket->slots;
    admission->stats.memory_used_bytes += ticket->memory_bytes;
    admission->stats.running++;
    bl_tenant_charge(admission, ticket, now_ns);
    ticket->since_ns = now_ns;
    ticket->running = true;
}

void bl_ticket_vacate(struct bl_admission *admission, struct bl_ticket *ticket)
{
    for (size_t word = 0; word < BL_SLOTS_MAX / 64; word++)
        admission->free.bits[word] |= ticket->set.bits[word];
    admission->stats.slots_used -= ticket->slots;
    admission->stats.memory_used_bytes -= ticket->memory_bytes;
    admission->stats.running--;
}

/* ---- what is next ---- */

/* Fills the event for a ticket that leaves the queue without having run. */
static void drop(struct bl_admission *admission, struct bl_ticket *ticket,
                 enum bl_admission_event_kind kind, uint64_t now_ns,
                 struct bl_admission_event *event)
{
    struct bl_tenant *tenant = ticket->tenant;

    *event = (struct bl_admission_event){
        .kind = kind,
        .ctx = ticket->ctx,
        .waited_ns = now_ns > ticket->since_ns ? now_ns - ticket->since_ns : 0,
    };
    bl_ticket_leave(admission, ticket);
    bl_tenant_sort(admission, tenant, now_ns);
    free(ticket);
}

static void start(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns,
                  struct bl_admission_event *event)
{
    uint64_t since_ns = admission->waiting_since_ns;
    uint64_t interval_ns = now_ns > since_ns ? now_ns - since_ns : 0;

    *event = (struct bl_admission_event){
        .kind = BL_ADMISSION_START,
        .ticket = ticket,
        .ctx = ticket->ctx,
        .waited_ns = now_ns > ticket->since_ns ? now_ns - ticket->since_ns : 0,
    };
    admission->waiting_since_ns = now_ns;
    admission->interval_ns =
        admission->stats.started == 0
            ? interval_ns
            : admission->interval_ns - admission->interval_ns / 8 + interval_ns / 8;
    bl_ticket_leave(admission, ticket);
    bl_ticket_occupy(admission, ticket, now_ns);
    bl_tenant_sort(admission, ticket->tenant, now_ns);
    admission->stats.started++;
    event->slots = ticket->set;
}

/* The first job in turn that fits. Those before it that don't have been overtaken once more; one
 * that was overtaken often enough ends the search. NULL: nobody may start. */
static struct bl_ticket *choose(struct bl_admission *admission, uint64_t now_ns)
{
    struct bl_ticket *passed[LOOKAHEAD];
    struct bl_ticket *chosen = NULL;
    size_t count = 0;

    while (!chosen && !admission->barrier && count < LOOKAHEAD) {
        struct bl_tenant *tenant = bl_tenant_first(admission, now_ns);
        struct bl_ticket *first =
            tenant ? bl_heap_of(tenant->waiting.root, struct bl_ticket, turn) : NULL;

        if (!first)
            break;
        if (bl_ticket_fits(admission, first)) {
            chosen = first;
        } else if (first->overtaken >= admission->options.overtakes_max) {
            admission->barrier = first;
        } else {
            bl_heap_take(&admission->ready, &tenant->place);
            passed[count++] = first;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bl_heap_put(&admission->ready, &passed[i]->tenant->place);
        passed[i]->overtaken += chosen != NULL;
    }
    return chosen;
}

static struct bl_ticket *whose_turn(struct bl_admission *admission, uint64_t now_ns)
{
    if (admission->is_held || admission->stats.slots_used == admission->stats.slots)
        return NULL;
    if (!admission->barrier)
        return choose(admission, now_ns);
    return bl_ticket_fits(admission, admission->barrier) ? admission->barrier : NULL;
}

bool bl_admission_next(struct bl_admission *admission, uint64_t now_ns,
                       struct bl_admission_event *event)
{
    struct bl_ticket *expiring = bl_heap_of(admission->deadlines.root, struct bl_ticket, expiry);
    struct bl_ticket *ticket;

    if (admission->refuse_queued && admission->oldest) {
        drop(admission, admission->oldest, BL_ADMISSION_DRAINED, now_ns, event);
        admission->stats.drained++;
        return true;
    }
    if (expiring && expiring->deadline_ns <= now_ns) {
        drop(admission, expiring, BL_ADMISSION_EXPIRED, now_ns, event);
        admission->stats.expired++;
        return true;
    }
    ticket = whose_turn(admission, now_ns);
    if (!ticket)
        return false;
    start(admission, ticket, now_ns, event);
    return true;
}

uint64_t bl_admission_next_ns(const struct bl_admission *admission)
{
    const struct bl_ticket *expiring =
        bl_heap_of(admission->deadlines.root, struct bl_ticket, expiry);

    return expiring ? expiring->deadline_ns : UINT64_MAX;
}
