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
#include "executor/rpc/server.h"
#include "executor/sandbox/pool.h"

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

/* The signals (daemon.c, reload.c). */
void bl_daemon_on_stop(void *ctx, int signo);
void bl_daemon_on_hangup(void *ctx, int signo);
void bl_daemon_on_patience(void *ctx);

#endif
