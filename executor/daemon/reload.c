/* reload.c - SIGHUP: the configuration is read again (process: worker, confined).
 *
 * All or nothing: whatever is wrong with the new one, the old one stays, whole. What has changed is
 * logged key by key, with whether it holds now or takes a restart. */
#include "executor/base/log.h"
#include "executor/daemon/daemon_private.h"

/* What was read anew, and is not in use yet. */
struct fresh {
    struct bl_config config;
    struct bl_access *access;
    struct bl_tls *tls;
};

static int read_fresh(struct fresh *fresh, const struct bl_daemon *d)
{
    struct bl_config_problems problems;
    struct bl_err err;

    if (bl_config_load(&fresh->config, d->path, &problems) < 0) {
        bl_daemon_log_problems("not reloaded: the configuration is wrong", &problems);
        return -1;
    }
    if (bl_access_new(&fresh->access, &fresh->config, &err) == 0 &&
        (!d->tls || bl_daemon_tls(&fresh->tls, &fresh->config, &err) == 0))
        return 0;
    bl_log_error(BL_LOG_ERROR, "not reloaded: the old configuration stays", &err);
    return -1;
}

static void log_change(void *ctx, const char *key, enum bl_config_effect effect)
{
    unsigned *waiting = ctx;

    *waiting += effect == BL_CONFIG_RESTART;
    bl_log(effect == BL_CONFIG_RESTART ? BL_LOG_WARNING : BL_LOG_INFO,
           effect == BL_CONFIG_RESTART ? "changed, and needs a restart" : "changed",
           bl_log_text("key", key));
}

static void apply(struct bl_daemon *d, struct fresh *fresh)
{
    struct bl_site_settings settings;
    unsigned waiting = 0;

    bl_config_changed(&d->config, &fresh->config, log_change, &waiting);
    bl_access_replace(d->access, &fresh->access);
    if (fresh->tls) {
        bl_server_renew_tls(d->server, d->tls, fresh->tls);
        bl_tls_free(&d->tls);
        d->tls = fresh->tls;
        fresh->tls = NULL;
    }
    bl_config_adopt(&d->config, &fresh->config);
    settings = bl_daemon_settings(d);
    bl_site_reload(d->site, &settings);
    bl_arena_release(&d->reloaded);
    d->reloaded = fresh->config.arena;
    fresh->config.arena = (struct bl_arena){NULL};
    bl_log_open((enum bl_log_level)d->config.log_level);
    bl_log(BL_LOG_INFO, "reloaded", bl_log_number("needing_restart", waiting));
}

void bl_daemon_on_hangup(void *ctx, int signo)
{
    struct fresh fresh = {.access = NULL, .tls = NULL};
    struct bl_daemon *d = ctx;

    (void)signo;
    if (d->draining)
        return;
    bl_notify_reloading(d->notify);
    if (read_fresh(&fresh, d) == 0)
        apply(d, &fresh);
    bl_access_free(&fresh.access);
    bl_tls_free(&fresh.tls);
    bl_config_release(&fresh.config);
    bl_notify_ready(d->notify, "");
}
