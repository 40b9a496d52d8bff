/* site_private.h - what the site's parts share: the state of a worker that serves. */
#ifndef BL_SERVER_SITE_PRIVATE_H
#define BL_SERVER_SITE_PRIVATE_H

#include <limits.h>

#include "executor/rpc/quota.h"
#include "executor/server/carrier.h"
#include "executor/server/demand.h"
#include "executor/server/metrics.h"
#include "executor/server/registry.h"
#include "executor/server/shelf.h"
#include "executor/server/site.h"
#include "executor/server/solitude.h"
#include "executor/server/store_depot.h"

struct bl_task;
struct bl_status_watch;
struct bl_carrier_graph;

enum {
    /* Run and Result: what a job may return inside messages, and what all its events may come to:
     * one message may be as long as a job (BL_JOB_MESSAGE_MAX). */
    BL_RESULT_RETURN_MAX = 12 * 1024 * 1024,
    BL_RESULT_BYTES_MAX = 16 * 1024 * 1024,
};

/* Who has not read the end of a job after so long may be cut off where there is no room. */
#define BL_READER_PATIENCE_NS (2 * BL_NS_PER_S)

struct bl_site_profile {
    char name[64];
    unsigned number;
};

struct bl_site {
    struct bl_site_options options; /* with the settings of the last reload */
    struct bl_site_profile profiles[BL_PLAN_PROFILES_MAX];
    size_t profile_count;
    bool installed[BL_LANGUAGES_MAX]; /* by the language's place in options.languages */
    char host[HOST_NAME_MAX + 1];
    struct bl_store_depot store_depot;
    struct bl_admission *admission;
    struct bl_carrier carrier;
    struct bl_carrier_graph *graph; /* NULL: somebody else's carrier */
    struct bl_registry registry;
    struct bl_task *tasks;   /* all, the newest first; with ten thousand that wait: not to walk */
    struct bl_task *running; /* those that run */
    size_t live;             /* tasks that are not over */
    struct bl_solitude solitude;
    uint64_t held_paid_ns; /* until when somebody paid for holding the others */
    struct bl_quota events;
    struct bl_shelves shelves; /* who has how much of them */
    struct bl_metrics metrics;
    uint64_t started_ns;
    uint32_t epoch;          /* most likely another one in each run of this worker: part of ids */
    uint64_t id_count;       /* ids that were made without chance */
    uint64_t drawn[32];      /* by chance, ahead: as many as one getrandom(2) gives whole */
    size_t drawn_count;      /* that are left */
    struct bl_timer *clock;  /* the next deadline in the queue, the next job to be forgotten */
    struct bl_deferred pump; /* somebody may start */
    struct bl_status_watch *status_watches;
    struct bl_timer *patience; /* of a drain */
    bool is_draining, is_drained;
    void (*on_drained)(void *ctx);
    void *drained_ctx;
};

/* ---- site.c ---- */

/* bl_site_profile_number - of a profile by its name; -1: there is none. */
int bl_site_profile_number(const struct bl_site *site, const char *name);

/* bl_site_weight - a tenant's share. */
uint32_t bl_site_weight(const struct bl_site *site, const char *tenant);

/* bl_site_is_installed - was it there when the site was made? */
bool bl_site_is_installed(const struct bl_site *site, const struct bl_language *language);

/* ---- site_pump.c ---- */

/* bl_site_pump - looks, at the end of this round, who may start, whom to tell of it, and whether
 * the drain is over. After whatever may have changed that. */
void bl_site_pump(struct bl_site *site);

int bl_site_pump_init(struct bl_site *site, struct bl_err *err);
void bl_site_pump_release(struct bl_site *site);

/* bl_site_make_room - forgets jobs that are over (whose: shelf.h) until `wants` can have so many
 * bytes of events. Where that does not do, who has not read the last of a job that ended a while
 * ago is cut off. False: nor does that. */
bool bl_site_make_room(struct bl_site *site, const struct bl_shelf *wants, size_t event_bytes);

/* bl_site_forget_one - a job that is over and that nobody listens to, where there is one that has
 * to make room for one of `wants`. */
void bl_site_forget_one(struct bl_site *site, const struct bl_shelf *wants);

/* In and out of the list of tasks, and of those that run; out: idempotent. */
void bl_site_list(struct bl_task *task);
void bl_site_unlist(struct bl_task *task);
void bl_site_list_running(struct bl_task *task);
void bl_site_unlist_running(struct bl_task *task);

/* ---- site_solitude.c ---- */

/* bl_site_solitude_step - does what is next about who is alone; false: nothing is. */
bool bl_site_solitude_step(struct bl_site *site);

/* ---- service_status.c ---- */

/* bl_status_wake - whoever watches is told, where it changed. */
void bl_status_wake(struct bl_site *site);
/* bl_status_end - ends their calls: the worker goes. */
void bl_status_end(struct bl_site *site);

#endif
