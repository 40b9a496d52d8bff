/* admission.h - who may start, when, and on which slots. Pure: no clock, no loop; time is told.
 *
 * A job waits in a bounded queue until it is its turn and what it needs is free. Whoever asked for
 * it holds a ticket, and each ticket ends in exactly one way; nothing is dropped silently:
 *
 *     on_job:   bl_admission_enqueue() ──▶ ticket      or an error: refused, no ticket
 *     pump:     while (bl_admission_next(admission, now, &event))
 *                   START   run it on event.slots with event.memory_bytes
 *                   EXPIRED its deadline passed while it waited      } the ticket is gone
 *                   DRAINED the worker stops and won't start it      }
 *     on_end:   bl_admission_done(ticket)         of one that was started; the ticket is gone
 *     on_cancel: bl_admission_cancel(ticket)      true: it waited, and is gone; false: it runs, so
 *                                                 end the run, then bl_admission_done() as ever
 *
 * Pump after each of these calls, and at bl_admission_next_ns(). An event is handed out, not called
 * back: whatever is done about it may call in here again.
 *
 * Whose turn it is, from the outside in:
 *
 * Between tenants: start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996; the same idea as
 * CFS's vruntime and min_vruntime). Each tenant has a virtual time that grows with what it uses,
 * divided by its weight; the least goes first; who comes back after having had nothing to run
 * starts at the virtual time of the last start, so that idling saves nothing up. What is charged is
 * the job's dominant share (Ghodsi et al., NSDI 2011: of slots or of memory, whichever is more)
 * times how long it is held, not its CPU time: a program that sleeps keeps a core from the others
 * as one that computes does. How long a job will take is not known at its start: the tenant's usual
 * is charged, more as soon as it takes longer, and at its end what it was.
 *
 * Within a tenant: by time of arrival less priority x ageing_ns (Jackson's urgency numbers, 1960).
 * So a job can be overtaken only by what came at most priority difference x ageing_ns later, and
 * waits however many urgent ones come.
 *
 * Where the one whose turn it is needs more than is free (many slots, much memory), others that
 * fit may go first, overtakes_max times; then all wait until it fits. Nothing starves.
 *
 * Every call takes O(log n), amortised, in queued jobs and tenants. One thread. */
#ifndef BL_SERVER_ADMISSION_H
#define BL_SERVER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/server/slots.h"

struct bl_admission;
struct bl_ticket;

struct bl_admission_options {
    unsigned slots;            /* 1 to BL_SLOTS_MAX: bl_slots.count */
    uint64_t memory_bytes;     /* for all running jobs' limits together: bl_memory_budget() */
    uint32_t queue_jobs_max;   /* waiting; 1 to BL_QUEUE_JOBS_MOST */
    uint32_t tenant_jobs_max;  /* waiting, of one tenant; 1 at least */
    uint64_t queue_bytes_max;  /* held by those that wait; 1 at least */
    uint64_t tenant_bytes_max; /* 1 at least */
    uint32_t tenants_max;      /* with anything waiting, running or owed; 1 at least */
    uint64_t ageing_ns;        /* how much earlier one step of priority is; at most an hour */
    uint32_t overtakes_max;    /* of one job by such as fit; 0: strictly in turn */
};

enum {
    BL_QUEUE_JOBS_MOST = 1000000,
    BL_TENANT_WEIGHT_MOST = 10000,
};

/* bl_admission_default_options - for a machine of so many slots and so much memory for programs:
 * 20,000 jobs and 64 MiB wait at most, half of that of one tenant; 1024 tenants; a step of priority
 * is a second; overtaken 4 times per slot. */
struct bl_admission_options bl_admission_default_options(unsigned slots, uint64_t memory_bytes);

/* bl_admission_new - fails with FIELD (option and bound), MEMORY. */
int bl_admission_new(struct bl_admission **out, const struct bl_admission_options *options,
                     struct bl_err *err);

/* bl_admission_free - and the tickets that still wait; those that run must be done. */
void bl_admission_free(struct bl_admission **admission);

/* ---- a job's way ---- */

struct bl_admission_job {
    const char *tenant;    /* copied; 1 to BL_JOB_TENANT_MAX bytes. Whoever may choose names freely
                              has as many shares as names: let the peer's identity decide */
    uint32_t weight;       /* the tenant's, from the configuration; 1 to BL_TENANT_WEIGHT_MOST. The
                              latest counts */
    int32_t priority;      /* higher is earlier, among its tenant's own; at most
                              BL_JOB_PRIORITY_MAX either way */
    uint32_t slots;        /* held together for the whole job; 1 at least. All of them: it runs
                              alone. Never enqueue for a job that holds slots already: it would wait
                              for itself */
    uint64_t memory_bytes; /* of the limits that can be live at once; 1 at least */
    uint64_t held_bytes;   /* what it costs us while it waits: bl_job.held_bytes */
    uint64_t deadline_ns;  /* when it expires in the queue, on the caller's clock; 0: never */
    void *ctx;             /* given back with each event */
};

/* bl_admission_enqueue - Refused, and no ticket made: FIELD (a bound above); CAPACITY, as it could
 * never fit here, with what there is; QUEUE_FULL, come again after bl_admission_retry_ns();
 * DRAINING; MEMORY. */
int bl_admission_enqueue(struct bl_admission *admission, const struct bl_admission_job *job,
                         uint64_t now_ns, struct bl_ticket **out, struct bl_err *err);

/* bl_admission_extra - more slots for a job that runs, where they are free and nobody waits: to run
 * several of its cases at once. A ticket that runs already, with its slots in bl_ticket_slots(), or
 * NULL: do without. Give it back (bl_admission_done) as soon as bl_admission_is_wanted(). */
struct bl_ticket *bl_admission_extra(struct bl_admission *admission,
                                     const struct bl_admission_job *job, uint64_t now_ns);

/* bl_admission_hold - true: nobody starts, and there are no extras, until it is false again. Who
 * waits may still expire or be cancelled. */
void bl_admission_hold(struct bl_admission *admission, bool is_held);

/* bl_admission_surcharge - for that long a running job had the whole machine to itself: its tenant
 * is charged for the slots of the others. */
void bl_admission_surcharge(struct bl_admission *admission, struct bl_ticket *ticket,
                            uint64_t for_ns, uint64_t now_ns);

/* Does anybody wait? */
bool bl_admission_is_wanted(const struct bl_admission *admission);

enum bl_admission_event_kind {
    BL_ADMISSION_START,
    BL_ADMISSION_EXPIRED,
    BL_ADMISSION_DRAINED,
};

struct bl_admission_event {
    enum bl_admission_event_kind kind;
    struct bl_ticket *ticket; /* START: until bl_admission_done(). Else NULL: it is gone */
    void *ctx;                /* the job's */
    struct bl_slot_set slots; /* START: which; bl_slots_cpuset() names their CPUs */
    uint64_t waited_ns;
};

/* bl_admission_next - what is to be done now; false: nothing until something changes or
 * bl_admission_next_ns() has come. now_ns: any monotonic clock, the same in all calls. */
bool bl_admission_next(struct bl_admission *admission, uint64_t now_ns,
                       struct bl_admission_event *event);

/* bl_admission_next_ns - the earliest deadline in the queue; UINT64_MAX: none. */
uint64_t bl_admission_next_ns(const struct bl_admission *admission);

/* bl_admission_cancel - see above. */
bool bl_admission_cancel(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns);

/* bl_admission_done - a started one is over, its slots and memory are free again. cpu_ns: what its
 * programs used, for the tenant's account (bl_admission_tenant). Takes the ticket. */
void bl_admission_done(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t cpu_ns,
                       uint64_t now_ns);

const struct bl_slot_set *bl_ticket_slots(const struct bl_ticket *ticket);
bool bl_ticket_is_running(const struct bl_ticket *ticket);

/* ---- the end ---- */

enum bl_drain_policy {
    BL_DRAIN_FINISH_QUEUED, /* what waits is still run */
    BL_DRAIN_REFUSE_QUEUED, /* what waits comes out as DRAINED */
};

/* bl_admission_drain - nothing new from now on. Again with REFUSE_QUEUED: when patience ends. */
void bl_admission_drain(struct bl_admission *admission, enum bl_drain_policy policy);

/* Nothing waits and nothing runs: a drain is over. */
bool bl_admission_is_idle(const struct bl_admission *admission);

/* ---- how it stands ---- */

/* bl_admission_retry_ns - when a place in the queue can be expected for somebody who was just
 * refused with QUEUE_FULL: an eighth of those who wait before him must have left, at the rate at
 * which they have been leaving. tenant: NULL, or whose own bound it was. 100 ms to a minute. */
uint64_t bl_admission_retry_ns(const struct bl_admission *admission, const char *tenant,
                               uint64_t now_ns);

/* bl_admission_ahead - about how many start before a job that came now: its tenant's, and as many
 * of each other tenant that waits, but no more than there are. Priorities are not looked at. */
uint32_t bl_admission_ahead(const struct bl_admission *admission, const struct bl_ticket *ticket);

struct bl_admission_stats {
    uint32_t queued, running, tenants;
    uint64_t queued_bytes;
    uint64_t oldest_ns; /* when the one that waits longest came; 0: nobody waits */
    unsigned slots, slots_used;
    uint64_t memory_bytes, memory_used_bytes;
    bool draining;
    /* Since the start: enqueued = started + expired + cancelled + drained + queued, without the
     * extras; started + extra = done + running. */
    uint64_t enqueued, started, extra, done, expired, cancelled, drained;
    uint64_t refused_full, refused_capacity, refused_draining;
};
struct bl_admission_stats bl_admission_stats(const struct bl_admission *admission);

struct bl_admission_tenant {
    uint32_t queued, running;
    uint64_t queued_bytes;
    uint64_t cpu_ns;  /* of its jobs that are done, since it was last forgotten: a tenant with */
    uint64_t held_ns; /* nothing here and no debt is; slots x time, likewise */
};

/* bl_admission_tenant - false: nothing is known of it. */
bool bl_admission_tenant(const struct bl_admission *admission, const char *name,
                         struct bl_admission_tenant *out);

#endif
