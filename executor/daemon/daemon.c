#include "executor/daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/daemon/blame.h"
#include "executor/daemon/daemon_private.h"
#include "executor/daemon/host_check.h"

void bl_daemon_log_problems(const char *message, const struct bl_config_problems *problems)
{
    unsigned told = problems->count < BL_CONFIG_PROBLEMS_MAX ? problems->count
                                                             : (unsigned)BL_CONFIG_PROBLEMS_MAX;

    for (unsigned i = 0; i < told; i++)
        bl_log_error(BL_LOG_ERROR, message, &problems->first[i]);
    if (problems->count > told)
        bl_log(BL_LOG_ERROR, message, bl_log_number("further_problems", problems->count - told));
}

/* Behind the drain's own time: for the answers of jobs that were ended by it. */
#define LAST_ANSWERS_NS (2 * BL_NS_PER_S)

/* ---- the end ----------------------------------------------------------------------------------
 */

static void on_gone(void *ctx)
{
    struct bl_daemon *d = ctx;

    bl_log(BL_LOG_INFO, "drained");
    bl_loop_stop(d->loop);
}

/* No job runs any more; calls may still send, and others be under way: the rest of the time, and a
 * moment at least, is theirs. */
static void on_drained(void *ctx)
{
    struct bl_daemon *d = ctx;

    if (d->server) /* else the warden ended meanwhile */
        bl_server_drain(d->server, on_gone, d);
}

void bl_daemon_on_patience(void *ctx)
{
    struct bl_daemon *d = ctx;

    bl_log(BL_LOG_WARNING, "the time to drain is over: what still runs is ended",
           bl_log_number("connections", bl_server_connections(d->server)));
    bl_loop_stop(d->loop);
}

void bl_daemon_on_stop(void *ctx, int signo)
{
    struct bl_daemon *d = ctx;

    if (d->draining) {
        bl_log(BL_LOG_WARNING, "told twice to stop: not waiting any longer",
               bl_log_number("signal", signo));
        bl_loop_stop(d->loop);
        return;
    }
    d->draining = true;
    bl_log(BL_LOG_INFO, "draining", bl_log_number("signal", signo),
           bl_log_number("connections", bl_server_connections(d->server)));
    bl_notify_stopping(d->notify, "draining");
    d->readiness.draining = true;
    bl_timer_arm(d->patience, bl_now_ns() + d->config.drain_ns + LAST_ANSWERS_NS);
    bl_health_shut_down(d->health);
    bl_site_drain(d->site, d->config.drain_ns, on_drained, d);
}

/* In the reverse order of the start; each where it was made. The spool's mount and the state
 * folder's lock go with the process. */
static void release(struct bl_daemon *d)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < BL_ARRAY_LEN(signals); i++) /* they can't hurry it any more */
        (void)signal(signals[i], SIG_IGN);
    bl_http_free(&d->http);
    bl_server_free(&d->server);
    bl_site_free(&d->site);
    bl_fetcher_free(&d->fetcher);
    bl_store_free(&d->store);
    if (d->health)
        bl_health_free(&d->health);
    if (d->patience)
        bl_timer_free(&d->patience);
    if (d->hangup)
        bl_signal_free(&d->hangup);
    if (d->interrupt)
        bl_signal_free(&d->interrupt);
    if (d->terminate)
        bl_signal_free(&d->terminate);
    bl_pool_free(&d->pool);
    bl_warden_free(&d->warden);
    bl_spool_free(&d->spool);
    bl_process_close(&d->process);
    free(d->slots);
    bl_offer_free(&d->offer);
    bl_tls_free(&d->tls);
    bl_access_free(&d->access);
    bl_notify_free(&d->notify);
    if (d->loop)
        bl_loop_free(&d->loop);
    bl_passed_release(&d->passed);
    bl_config_release(&d->config);
    bl_arena_release(&d->reloaded);
    free(d->path);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static int serve(struct bl_daemon *d)
{
    struct bl_err err;

    if (bl_loop_run(d->loop, &err) == 0)
        return d->status;
    bl_log_error(BL_LOG_ERROR, "the event loop failed", &err);
    return BL_DAEMON_FAILED;
}

/* Its absolute path: a reload reads it again, from another working directory. */
static int load(struct bl_daemon *d, const char *path, struct bl_config_problems *problems)
{
    struct bl_err err;

    d->path = realpath(path, NULL);
    if (d->path)
        return bl_config_load(&d->config, d->path, problems);
    problems->count = 0;
    (void)bl_fail(&err, BL_STEP_CONFIG, errno, "%s", path);
    bl_config_note(problems, &err);
    return -1;
}

int bl_daemon_main(const char *path)
{
    struct bl_config_problems problems;
    struct bl_daemon daemon = {.process.statm = -1};
    int status;

    bl_log_open(BL_LOG_INFO);
    if (load(&daemon, path, &problems) < 0) {
        bl_daemon_log_problems("the configuration is wrong", &problems);
        free(daemon.path);
        return bl_blame_status(&problems.first[0]);
    }
    bl_log_open((enum bl_log_level)daemon.config.log_level);
    status = bl_daemon_start(&daemon);
    if (status == 0)
        status = serve(&daemon);
    release(&daemon);
    return status;
}

/* ---- only checked -----------------------------------------------------------------------------
 */

int bl_daemon_check(const char *path)
{
    struct bl_config_problems problems;
    struct bl_config config;

    if (bl_config_examine(&config, path, &problems))
        bl_host_check(&config, &problems);
    for (unsigned i = 0; i < problems.count && i < BL_CONFIG_PROBLEMS_MAX; i++)
        (void)fprintf(stderr, "%s%s%s\n", problems.first[i].detail,
                      problems.first[i].sys_errno ? ": " : "",
                      problems.first[i].sys_errno ? strerror(problems.first[i].sys_errno) : "");
    bl_config_release(&config);
    if (problems.count > 0)
        return BL_DAEMON_BAD_CONFIG;
    return puts("OK") < 0 || fflush(stdout) != 0 ? BL_DAEMON_FAILED : 0;
}
