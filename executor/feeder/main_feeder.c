/* bailiff-feeder - brings jobs from the queue to the worker beside it, and their results back.
 *
 *     bailiff-feeder [--config FILE]          serves (bailiff-feeder(8))
 *     bailiff-feeder --check-config FILE      says whether FILE is right
 *
 * Needs no privilege but to reach the worker's socket. It may die at any moment: what it held is
 * delivered again. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "executor/base/front.h"
#include "executor/base/log.h"
#include "executor/feeder/config.h"

#define DEFAULT_CONFIG "/etc/bailiff/bailiff-feeder.yaml"

enum { BAD_CONFIG = 78 }; /* sysexits.h, as bailiffd */

struct life {
    struct bl_feeder_config config;
    struct bl_loop *loop;
    struct bl_feeder *feeder;
    struct bl_signal *terminate, *interrupt;
    struct bl_timer *patience; /* armed: it drains */
    bool draining, gave_up;
    char name[64];
};

static const char usage[] =
    "Usage: bailiff-feeder [--config FILE]\n"
    "       bailiff-feeder --check-config FILE\n"
    "\n"
    "Brings jobs from a NATS JetStream queue to the bailiffd beside it, and results back.\n"
    "\n"
    "Options:\n"
    "  --config FILE        the configuration (" DEFAULT_CONFIG ")\n"
    "  --check-config FILE  say OK, or what is wrong, and end\n"
    "  --help               this text\n"
    "  --version            the version\n"
    "\n"
    "Signals: SIGTERM drains and ends.\n"
    "See bailiff-feeder(8), bailiff-feeder.yaml(5), bailiff-queue(1).\n";

static void on_drained(void *ctx)
{
    struct life *life = ctx;

    bl_log(BL_LOG_INFO, "drained");
    bl_loop_stop(life->loop);
}

/* What runs is given back; a second time nothing helps any more. */
static void on_patience(void *ctx)
{
    struct life *life = ctx;

    if (life->gave_up) {
        bl_loop_stop(life->loop);
        return;
    }
    life->gave_up = true;
    bl_log(BL_LOG_WARNING, "the time to drain is over: what runs is given back",
           bl_log_number("jobs", (int64_t)bl_feeder_held(life->feeder)));
    bl_timer_arm(life->patience, bl_now_ns() + 2 * BL_NS_PER_S);
    bl_feeder_give_up(life->feeder);
}

static void on_stop(void *ctx, int signo)
{
    struct life *life = ctx;

    bl_log(BL_LOG_INFO, "draining", bl_log_number("signal", signo),
           bl_log_number("jobs", (int64_t)bl_feeder_held(life->feeder)));
    if (life->draining) {
        on_patience(life);
        return;
    }
    life->draining = true;
    bl_timer_arm(life->patience, bl_now_ns() + life->config.drain_ns);
    bl_feeder_drain(life->feeder, on_drained, life);
}

static int start(struct life *life, struct bl_err *err)
{
    const struct bl_feeder_config *config = &life->config;
    struct bl_feeder_options options = {
        .broker = bl_feeder_config_access(config),
        .worker = config->address,
        .name = life->name,
        .rules = {.ack_wait_ns = config->ack_wait_ns,
                  .retry_ns = 2 * BL_NS_PER_S,
                  .tries = config->tries},
        .ahead = config->ahead,
        .look_ns = config->look_ns,
        .sweep_ns = config->sweep_ns,
        .tenants = config->tenants,
        .tenant_count = config->tenant_count,
    };

    if (gethostname(life->name, sizeof(life->name) - 1) != 0)
        strcpy(life->name, "?");
    if (*config->name)
        (void)snprintf(life->name, sizeof(life->name), "%s", config->name);
    if (bl_loop_new(&life->loop, err) < 0 ||
        bl_timer_new(&life->patience, life->loop, on_patience, life, err) < 0 ||
        bl_signal_new(&life->terminate, life->loop, SIGTERM, on_stop, life, err) < 0 ||
        bl_signal_new(&life->interrupt, life->loop, SIGINT, on_stop, life, err) < 0)
        return -1;
    options.loop = life->loop;
    return bl_feeder_new(&life->feeder, &options, err);
}

static void end(struct life *life)
{
    bl_feeder_free(&life->feeder);
    if (life->interrupt)
        bl_signal_free(&life->interrupt);
    if (life->terminate)
        bl_signal_free(&life->terminate);
    if (life->patience)
        bl_timer_free(&life->patience);
    if (life->loop)
        bl_loop_free(&life->loop);
    bl_feeder_config_release(&life->config);
}

static int serve(const char *path)
{
    struct life life = {.draining = false};
    struct bl_err err;
    int status = BL_FRONT_FAILED;

    bl_log_open(BL_LOG_INFO);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that is gone is seen where it is written to */
    if (bl_feeder_config_load(&life.config, path, &err) < 0) {
        bl_log_error(BL_LOG_ERROR, "the configuration is wrong", &err);
        return BAD_CONFIG;
    }
    bl_log_open((enum bl_log_level)life.config.log_level);
    if (start(&life, &err) < 0 || bl_loop_run(life.loop, &err) < 0)
        bl_log_error(BL_LOG_ERROR, "can't serve", &err);
    else
        status = 0;
    end(&life);
    return status;
}

/* What the file names must be there, too. */
static int check(const char *path)
{
    struct bl_feeder_config config;
    struct bl_queue_access access;
    natsOptions *options = NULL;
    struct bl_err err;
    int status;

    if (bl_feeder_config_load(&config, path, &err) < 0) {
        (void)fprintf(stderr, "%s%s%s\n", err.detail, err.sys_errno ? ": " : "",
                      err.sys_errno ? strerror(err.sys_errno) : "");
        return BAD_CONFIG;
    }
    access = bl_feeder_config_access(&config);
    status = bl_queue_options(&options, &access, &err);
    natsOptions_Destroy(options);
    bl_feeder_config_release(&config);
    if (status == 0)
        return puts("OK") < 0 || fflush(stdout) != 0 ? BL_FRONT_FAILED : 0;
    (void)fprintf(stderr, "%s: %s\n", path, err.detail);
    return BAD_CONFIG;
}

int main(int argc, char **argv)
{
    static const struct bl_front feeder = {.name = "bailiff-feeder",
                                           .usage = usage,
                                           .config = DEFAULT_CONFIG,
                                           .serve = serve,
                                           .check = check};

    return bl_front_main(&feeder, argc, argv);
}
