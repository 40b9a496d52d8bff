/* task.h - one job as this worker knows it: waiting, running, or over; what it has told, and who
 * listens (process: worker).
 *
 *             bl_task_accept()                         the call is answered, nothing is left
 *                   │                                                ▲ refused
 *               WAITING ── bl_task_start() ──▶ RUNNING ── DONE ──▶ OVER ──▶ freed
 *                   └──── cancelled, expired, drained ──────────────▲
 *
 * A job that is not detached lives as long as somebody listens: when the last one leaves it is
 * killed, at once and without its id, which may then be used again. One that is detached, or whose
 * client chose its id, is kept for a while when it is over; a detached one also where it was
 * refused after all (the worker stops, no room for its events), so that whoever asks for it hears
 * why. */
#ifndef BL_SERVER_TASK_H
#define BL_SERVER_TASK_H

#include "bailiff/digest.h"
#include "executor/base/loop.h"
#include "executor/server/caller.h"
#include "executor/server/demand.h"
#include "executor/server/event_log.h"
#include "executor/server/registry.h"
#include "executor/server/shelf.h"
#include "executor/server/slots.h"
#include "executor/server/solitude.h"

struct bl_claim;
struct bl_site;
struct bl_task_extra;
struct bl_ticket;
struct bl_watcher;

enum bl_task_phase { BL_TASK_WAITING, BL_TASK_RUNNING, BL_TASK_OVER };

struct bl_task {
    struct bl_known known; /* first: the registry's */
    struct bl_site *site;
    struct bl_task *newer, *older;           /* of all that the site has */
    struct bl_task *next_running, **running; /* of those that run; where this one hangs */
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    struct bl_digest content; /* of the request, where the client chose the id */
    bool has_content;
    bool is_detached;  /* goes on when nobody listens */
    bool is_abandoned; /* nobody wants it any more */
    bool is_lost;      /* its events are not whole, and no more are kept: `lost` says why */
    bool is_done;      /* nothing of it runs any more; OVER at the end of this round */
    enum bl_task_phase phase;
    bool is_stopped;     /* it was asked to end */
    enum bl_job_end end; /* where it is done, with its outcome */
    enum bl_case_outcome outcome;
    struct bl_err lost;     /* why it is lost or BROKEN; else our first failure in a case */
    struct bl_job *job;     /* owned; until OVER */
    struct bl_claim *claim; /* on its files; until OVER */
    struct bl_demand demand;
    uint64_t accepted_ns, started_ns, deadline_ns; /* 0: not started; UINT64_MAX: no deadline */
    uint64_t cpu_ns;                               /* its programs used, so far */
    size_t cases_left;
    struct bl_book book; /* what its events take of the room, and when they go */
    struct bl_event_log log;
    struct bl_watcher *watchers;
    struct bl_ticket *ticket;     /* until OVER; NULL: gone */
    void *work;                   /* the carrier's; RUNNING */
    struct bl_task_extra *extras; /* places besides the first */
    struct bl_party party;        /* RUNNING; who is alone when */
    struct bl_deferred look;
    struct bl_deferred told; /* queued: it is over, since this round */
};

/* ---- task_accept.c ---- */

/* bl_task_accept - a job from outside: decoded, checked, and in the queue; or the one that is known
 * already by the id that the client gave it. return_max: what it may return inside messages.
 * Whoever gets it listens to it before the round ends (watcher.h), or it is given up.
 * Fails with FIELD, ACCESS, LACKING, JOB_EXISTS, CAPACITY, QUEUE_FULL, EVENTS_FULL, DRAINING,
 * MEMORY. */
int bl_task_accept(struct bl_task **out, struct bl_site *site, const struct bl_caller *caller,
                   const uint8_t *bytes, size_t length, uint64_t return_max, struct bl_err *err);

/* bl_task_find - tenant: as the request has it. Fails with UNKNOWN_JOB, ACCESS. */
int bl_task_find(struct bl_task **out, struct bl_site *site, const struct bl_caller *caller,
                 const char *tenant, const char *id, struct bl_err *err);

/* ---- task_check.c ---- */

/* bl_task_check - does this worker have what the job names, and allow what it asks for?
 * Fails with LACKING, ACCESS, FIELD; the detail names the field. */
int bl_task_check(const struct bl_site *site, const struct bl_job *job, struct bl_err *err);

/* ---- task_claim.c ---- */

/* bl_task_claim - keeps what the job names in the store, until it is over. *bytes: the memory that
 * takes. Fails with MEMORY. */
int bl_task_claim(struct bl_task *task, size_t *bytes, struct bl_err *err);

/* ---- task_run.c ---- */

/* bl_task_start - it is its turn, on those slots. What fails ends it as BROKEN. */
void bl_task_start(struct bl_task *task, const struct bl_slot_set *slots, uint64_t waited_ns);

/* ---- task_extra.c: more cases at once, where slots are free and nobody waits ---- */

/* bl_task_spread - takes more places, as far as there are any and the job wants them. */
void bl_task_spread(struct bl_task *task);

/* bl_task_yield - somebody waits: gives the extra places back, as soon as their cases are over. */
void bl_task_yield(struct bl_task *task);

/* bl_task_on_idle - on_idle of the carrier. */
void bl_task_on_idle(void *task, unsigned place);

/* bl_task_release_extras - all at once: nothing runs there any more. */
void bl_task_release_extras(struct bl_task *task);

/* ---- site_solitude.c: running a case again with no other job's program beside it ---- */

/* on_wish, on_wish_end and on_still of the carrier. */
void bl_task_wish_alone(void *task);
void bl_task_end_alone(void *task);
void bl_task_on_still(void *task);

/* bl_task_leave_solitude - it is over. */
void bl_task_leave_solitude(struct bl_task *task);

/* ---- task_tell.c ---- */

/* bl_task_tell - one more event, for all who listen; number, at_ns and its times are filled in.
 * What can't be kept makes the job lost, and ends it. */
void bl_task_tell(struct bl_task *task, const struct bl_job_event *event);

/* bl_task_tell_skipped - all events of a job that never started. error: where it is BROKEN. */
void bl_task_tell_skipped(struct bl_task *task, enum bl_job_end end, const struct bl_err *error);

/* ---- task_end.c ---- */

/* bl_task_stop - it is over soon, as CANCELLED: at the end of the round where it waited. */
void bl_task_stop(struct bl_task *task);

/* bl_task_done - nothing of it runs: it is over at the end of the round. */
void bl_task_done(struct bl_task *task, enum bl_job_end end, enum bl_case_outcome outcome);

/* bl_task_end_waiting - it never started, its ticket is gone or runs: all its cases are SKIPPED. */
void bl_task_end_waiting(struct bl_task *task, enum bl_job_end end, const struct bl_err *error);

/* bl_task_refuse - it won't be run: who listens is told err, and it is forgotten. */
void bl_task_refuse(struct bl_task *task, const struct bl_err *err);

/* bl_task_left - somebody ceased to listen, or could not begin to: it is looked after at the end of
 * the round. */
void bl_task_left(struct bl_task *task);

/* bl_task_look - the work of `look`. */
void bl_task_look(void *ctx);

/* bl_task_on_told - the work of `told`. */
void bl_task_on_told(void *ctx);

/* bl_task_free - at once, and for good; who still listens is cut off, what runs is killed. Not from
 * a callback of the carrier. */
void bl_task_free(struct bl_task *task);

#endif
