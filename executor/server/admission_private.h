/* admission_private.h - what admission*.c share: tickets, tenants and the state of it all. */
#ifndef BL_SERVER_ADMISSION_PRIVATE_H
#define BL_SERVER_ADMISSION_PRIVATE_H

#include "bailiff/job.h"
#include "executor/server/admission.h"
#include "executor/server/admission_heap.h"

/* Thousandths of a slot x nanoseconds (/ weight: virtual time). 1024 slots for 584 years take 94
 * bits. */
__extension__ typedef unsigned __int128 bl_use;
__extension__ typedef __int128 bl_urgency;

struct bl_tenant {
    struct bl_heap_node place; /* in ready or owing; neither: nothing waits, something runs */
    struct bl_heap *sorted_in; /* which; NULL: neither */
    bl_use key;                /* its virtual time when it was put there, never more than now */
    uint64_t last_turn;        /* among equals: who was served, or came, the longest ago */
    struct bl_heap waiting;    /* tickets by urgency */
    uint32_t queued, running, weight;
    uint64_t queued_bytes;
    bl_use settled;  /* virtual: what its finished jobs came to */
    bl_use expected; /* of its running jobs: what was charged at their start ... */
    uint64_t rate;   /* ... and, to tell what they have come to: rate x now - rate_started */
    bl_use rate_started;
    uint64_t usual_ns; /* how long its jobs are held, moving mean; 0: none is done yet */
    uint64_t cpu_ns, held_ns;
    char name[BL_JOB_TENANT_MAX + 1];
};

struct bl_ticket {
    struct bl_heap_node turn;        /* in its tenant's waiting */
    struct bl_heap_node expiry;      /* in deadlines, where it has one */
    struct bl_ticket *older, *newer; /* in the line of all that wait, by arrival */
    struct bl_tenant *tenant;
    bl_urgency urgency; /* least first */
    uint64_t number;    /* by arrival, for equal urgency */
    uint32_t slots, overtaken;
    uint64_t memory_bytes, held_bytes, deadline_ns, since_ns; /* waiting, then running, since */
    void *ctx;
    bool running;
    struct bl_slot_set set;
    uint64_t rate;   /* dominant share, in thousandths of a slot */
    bl_use expected; /* what was charged at its start */
};

struct bl_admission {
    struct bl_admission_options options;
    struct bl_admission_stats stats; /* slots_used, memory_used_bytes, oldest_ns: kept or filled */
    void *tenants;                   /* tsearch(3), by name */
    struct bl_heap ready;            /* tenants with something waiting, by virtual time */
    struct bl_heap owing;            /* tenants with nothing here but a debt, the least first */
    struct bl_heap deadlines;        /* waiting tickets */
    struct bl_ticket *oldest, *newest;
    struct bl_ticket *barrier; /* overtaken often enough: nobody starts before it */
    uint32_t ready_count;
    uint64_t numbers, turns;
    bl_use virtual_now; /* of the tenant that started last; never falls */
    struct bl_slot_set free;
    uint64_t usual_ns;         /* over all tenants, for those that are new; 0: none yet */
    uint64_t waiting_since_ns; /* the last start, or when the queue ceased to be empty */
    uint64_t interval_ns;      /* between two starts while somebody waits; 0: none seen */
    bool refuse_queued, is_held;
};

/* ---- admission_check.c: bounds ---- */

/* Fails with FIELD. */
int bl_admission_check_options(const struct bl_admission_options *options, struct bl_err *err);

/* What is wrong with the job itself; fails with FIELD. */
int bl_admission_check_job(const struct bl_admission_job *job, struct bl_err *err);

/* May it wait here? Fails with DRAINING, CAPACITY, QUEUE_FULL. */
int bl_admission_check_room(const struct bl_admission *admission,
                            const struct bl_admission_job *job, struct bl_err *err);

/* ---- admission_tenant.c: tenants, and virtual time ---- */

void bl_tenants_init(struct bl_admission *admission);
void bl_tenants_release(struct bl_admission *admission);

struct bl_tenant *bl_tenant_find(const struct bl_admission *admission, const char *name);

/* bl_tenant_get - the one of that name, made where it is new. Whoever gets one sorts it.
 * Fails with QUEUE_FULL (tenants_max), MEMORY. */
int bl_tenant_get(struct bl_tenant **out, struct bl_admission *admission, const char *name,
                  struct bl_err *err);

/* bl_tenant_sort - to where it belongs by what it has waiting and running, at its virtual time; the
 * only place that moves a tenant. Forgets it where it has nothing and owes nothing. */
void bl_tenant_sort(struct bl_admission *admission, struct bl_tenant *tenant, uint64_t now_ns);

/* bl_tenant_first - the one whose turn it is; NULL: nobody waits. */
struct bl_tenant *bl_tenant_first(struct bl_admission *admission, uint64_t now_ns);

/* bl_tenant_charge - a ticket of it starts: virtual time moves on to it, the usual is charged.
 * bl_tenant_settle - it is over: what was charged becomes what it was. */
void bl_tenant_charge(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns);
void bl_tenant_settle(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns);

/* ---- admission_turn.c: in and out of queue and slots ---- */

bool bl_ticket_fits(const struct bl_admission *admission, const struct bl_ticket *ticket);
void bl_ticket_join(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns);
void bl_ticket_leave(struct bl_admission *admission, struct bl_ticket *ticket);
void bl_ticket_occupy(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns);
void bl_ticket_vacate(struct bl_admission *admission, struct bl_ticket *ticket);

#endif
