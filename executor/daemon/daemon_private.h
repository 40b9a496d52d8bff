/* daemon_private.h - bailiffd's state, shared by the files that move it: daemon.c (its life),
 * start.c (its start-up), reload.c. */
#ifndef BL_DAEMON_DAEMON_PRIVATE_H
#define BL_DAEMON_DAEMON_PRIVATE_H

#include "executor/daemon/access.h"
#include "executor/daemon/daemon.h"
#include "executor/daemon/identity.h"
#include "executor/daemon/notify.h"
#include "executor/daemon/offer.h"
#include "executor/daemon/passed.h"
#include "executor/job/spool.h"
#include "executor/rpc/descriptor_set.h"
#include "executor/rpc/health.h"
#include "executor/rpc/reflection.h"
#include "executor/rpc/server.h"
#include "executor/sandbox/pool.h"
#include "executor/server/http_pages.h"
#include "executor/server/site.h"
#include "executor/server/store.h"
#include "executor/server/store_fetch.h"

#define BL_DAEMON_RUN_FOLDER "/run/bailiff" /* its socket's, mostly; the spool's place */

enum { BL_DAEMON_SERVICES_MAX = 8 };

struct bl_daemon {
    char *path; /* of the configuration, absolute; owned */
    struct bl_config config;
    struct bl_arena reloaded; /* what the configuration has of the last reload */
    struct bl_identity identity;
    struct bl_passed passed;
    struct bl_loop *loop;
    struct bl_notify *notify;
    struct bl_access *access;
    struct bl_tls *tls; /* NULL: no address uses it */
    struct bl_offer *offer;
    struct bl_spool *spool;
    struct bl_warden *warden;
    struct bl_pool *pool;
    struct bl_slots *slots;
    uint64_t memory_bytes;      /* for jobs */
    uint64_t store_bytes;       /* its bound */
    struct bl_fetcher *fetcher; /* NULL: nothing is fetched */
    struct bl_store *store;
    struct bl_site *site;
    struct bl_process process;
    struct bl_readiness readiness;
    struct bl_figures figures;
    struct bl_http_page pages[2];
    struct bl_http *http; /* NULL: nowhere */
    struct bl_health *health;
    struct bl_span descriptors;
    struct bl_service list[BL_DAEMON_SERVICES_MAX];
    struct bl_services services;
    struct bl_server *server;
    struct bl_signal *terminate, *interrupt, *hangup;
    struct bl_timer *patience; /* armed: it drains */
    bool draining;
    int status; /* to exit with */
};

/* bl_daemon_start - every step of the start-up, in order; the first that fails is logged with its
 * name. Returns 0, or the exit status. */
int bl_daemon_start(struct bl_daemon *daemon);

/* bl_daemon_tls - the configuration's certificates; *tls is NULL where it names none. Fails with
 * TLS, MEMORY. */
int bl_daemon_tls(struct bl_tls **tls, const struct bl_config *config, struct bl_err *err);

/* bl_daemon_log_problems - one line for each. */
void bl_daemon_log_problems(const char *message, const struct bl_config_problems *problems);

/* bl_daemon_nobody - an id behind those of all sandboxes, and the next one: no user's. */
unsigned bl_daemon_nobody(const struct bl_config *config);

/* bl_daemon_settings - for the site, from the configuration as it is now; borrows it. */
struct bl_site_settings bl_daemon_settings(const struct bl_daemon *d);

/* Steps of the start-up (start_listen.c, start_serve.c). */
int bl_daemon_open_addresses(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_start_fetcher(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_read_machine(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_make_services(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_selftest(struct bl_daemon *d, struct bl_err *err); /* start_selftest.c */
int bl_daemon_keep_to_cpus(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_open_store(struct bl_daemon *d, struct bl_err *err);
int bl_daemon_make_site(struct bl_daemon *d, struct bl_err *err);

/* The signals (daemon.c, reload.c). */
void bl_daemon_on_stop(void *ctx, int signo);
void bl_daemon_on_hangup(void *ctx, int signo);
void bl_daemon_on_patience(void *ctx);

#endif
