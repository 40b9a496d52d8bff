/* start.c - bailiffd's start-up as one list (process: worker; root until the step "confine"). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/daemon/blame.h"
#include "executor/daemon/confine.h"
#include "executor/daemon/daemon_private.h"
#include "executor/daemon/host_check.h"
#include "executor/daemon/state_folder.h"

unsigned bl_daemon_nobody(const struct bl_config *config)
{
    return (unsigned)config->first_id + 2U * 1024 * 1024;
}

/* ---- as root ----------------------------------------------------------------------------------
 */

/* Sandboxes and connections are descriptors; the soft limit spares old programs that use select(2).
 * A reader that went away, and a file beyond a limit, are seen where they are written to. */
static int prepare_process(struct bl_daemon *d, struct bl_err *err)
{
    bl_autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct rlimit files;

    (void)d;
    if (geteuid() != 0)
        return bl_fail(err, BL_STEP_PRIVILEGE, 0,
                       "this is user %u: it must be started by root, and becomes another user then",
                       (unsigned)geteuid());
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || chdir("/") < 0)
        return bl_fail(err, BL_STEP_PRIVILEGE, errno, "/dev/null");
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* up to the hard one is always allowed */
    }
    (void)umask(022);
    (void)signal(SIGPIPE, SIG_IGN); /* can't fail for these */
    (void)signal(SIGXFSZ, SIG_IGN);
    return 0;
}

static int find_user(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_identity_find(&d->identity, d->config.user, bl_daemon_nobody(&d->config), err) < 0)
        return -1;
    if (!d->identity.exists)
        bl_log(BL_LOG_WARNING, "no such user: taking a number that is nobody's",
               bl_log_text("user", d->config.user), bl_log_number("uid", d->identity.uid));
    return 0;
}

static int make_loop(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_loop_new(&d->loop, err) < 0)
        return -1;
    return bl_notify_new(&d->notify, d->loop, err);
}

/* A disk that is full before the store is stays full: nothing would be evicted for what comes. So
 * the bound is below what the file system has in all, whatever the configuration says. */
static uint64_t bound_store(const struct bl_config *config, int folder)
{
    struct statvfs fs;
    uint64_t most;

    if (fstatvfs(folder, &fs) < 0)
        return config->store_bytes; /* opening the store will tell */
    most = (uint64_t)fs.f_blocks * fs.f_frsize / 10 * 9;
    if (most < BL_MIB || config->store_bytes <= most)
        return config->store_bytes;
    bl_log(BL_LOG_WARNING, "state.store_size is more than nine tenths of its file system",
           bl_log_text("directory", config->state_directory),
           bl_log_number("bound", (int64_t)most));
    return most;
}

/* Before anything else needs it, for the bound and the error; the store opens it again by its path.
 */
static int take_state(struct bl_daemon *d, struct bl_err *err)
{
    bl_autoclose int folder = -1;

    if (bl_state_folder_take(&folder, d->config.state_directory, &d->identity, err) < 0)
        return -1;
    d->store_bytes = bound_store(&d->config, folder);
    return 0;
}

static int find_cgroup(struct bl_daemon *d, struct bl_err *err)
{
    return bl_host_check_cgroup(&d->config, err);
}

static int read_access(struct bl_daemon *d, struct bl_err *err)
{
    return bl_access_new(&d->access, &d->config, err);
}

int bl_daemon_tls(struct bl_tls **tls, const struct bl_config *config, struct bl_err *err)
{
    const struct bl_tls_files files = {
        .certificate = config->tls_certificate,
        .key = config->tls_key,
        .authority = *config->tls_authority ? config->tls_authority : NULL,
    };

    *tls = NULL;
    if (!*config->tls_certificate || bl_tls_new(tls, false, &files, err) == 0)
        return 0;
    return bl_config_at("tls", err);
}

static int read_certificates(struct bl_daemon *d, struct bl_err *err)
{
    return bl_daemon_tls(&d->tls, &d->config, err);
}

static int read_offer(struct bl_daemon *d, struct bl_err *err)
{
    return bl_offer_new(&d->offer, &d->config, err);
}

/* ---- sandboxes --------------------------------------------------------------------------------
 */

static int make_spool(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_spool_new(&d->spool, d->config.spool_bytes, err) < 0)
        return -1;
    return bl_spool_give(d->spool, d->identity.uid, d->identity.gid, err);
}

static void on_warden_end(void *ctx)
{
    struct bl_daemon *d = ctx;

    bl_log(BL_LOG_ERROR, "the warden has ended, and all programs with it");
    d->readiness.warden_gone = true;
    d->status = BL_DAEMON_WARDEN_ENDED;
    bl_server_free(&d->server); /* jobs end because of us now: no client is to take it for more */
    bl_loop_stop(d->loop);
}

static int start_warden(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_warden_start(&d->warden, d->loop, d->offer->plan, err) < 0)
        return -1;
    bl_warden_on_end(d->warden, on_warden_end, d);
    return 0;
}

static int make_pool(struct bl_daemon *d, struct bl_err *err)
{
    struct bl_pool_options options = bl_pool_default_options();
    const unsigned cpus = bl_slots_cpu_count(d->slots);

    options.cpus = cpus;
    options.spares_max = 2 * cpus < BL_POOL_SPARES_MAX ? 2 * cpus : BL_POOL_SPARES_MAX;
    if (d->config.spares != 0)
        options.spares_max = (unsigned)d->config.spares;
    options.idle_ns = d->config.spare_idle_ns;
    return bl_pool_new(&d->pool, d->warden, &options, err);
}

/* ---- no longer as root ------------------------------------------------------------------------
 */

/* The folder that a file lies in, so that it can be read again after it was replaced. Cuts path. */
static const char *folder_of(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash && slash != path)
        *slash = '\0';
    return path;
}

/* What a reload reads. Its rights to files stay those of its ids: a key that only root may read can
 * be read at the start and not again. */
static int confine(struct bl_daemon *d, struct bl_err *err)
{
    const char *reread[] = {d->path, d->config.tokens, d->config.tls_certificate, d->config.tls_key,
                            d->config.tls_authority};
    char folders[BL_ARRAY_LEN(reread)][4096];
    struct bl_confine_path paths[BL_ARRAY_LEN(reread) + 4];
    struct bl_confinement confinement = {
        .uid = d->identity.uid, .gid = d->identity.gid, .paths = paths};
    size_t count = 0;
    int abi;

    paths[count++] = (struct bl_confine_path){d->config.state_directory, BL_CONFINE_OWN, false};
    paths[count++] = (struct bl_confine_path){BL_DAEMON_RUN_FOLDER, BL_CONFINE_OWN, false};
    paths[count++] = (struct bl_confine_path){"/etc/passwd", BL_CONFINE_READ, true};
    paths[count++] = (struct bl_confine_path){"/etc/group", BL_CONFINE_READ, true};
    for (size_t i = 0; i < BL_ARRAY_LEN(reread); i++) {
        if (!*reread[i])
            continue;
        (void)snprintf(folders[i], sizeof(folders[i]), "%s", reread[i]); /* fits: config.h */
        paths[count++] = (struct bl_confine_path){folder_of(folders[i]), BL_CONFINE_READ, false};
    }
    confinement.path_count = count;
    if (bl_confine(&confinement, &abi, err) < 0)
        return -1;
    bl_log(abi > 0 ? BL_LOG_INFO : BL_LOG_WARNING,
           abi > 0 ? "root is given up" : "root is given up; this kernel has no Landlock",
           bl_log_number("uid", d->identity.uid), bl_log_number("gid", d->identity.gid),
           bl_log_number("landlock", abi));
    return 0;
}

static int watch_signals(struct bl_daemon *d, struct bl_err *err)
{
    if (bl_signal_new(&d->terminate, d->loop, SIGTERM, bl_daemon_on_stop, d, err) < 0 ||
        bl_signal_new(&d->interrupt, d->loop, SIGINT, bl_daemon_on_stop, d, err) < 0 ||
        bl_signal_new(&d->hangup, d->loop, SIGHUP, bl_daemon_on_hangup, d, err) < 0)
        return -1;
    return bl_timer_new(&d->patience, d->loop, bl_daemon_on_patience, d, err);
}

static int tell_ready(struct bl_daemon *d, struct bl_err *err)
{
    (void)err;
    bl_health_set(d->health, "", true);
    bl_health_set(d->health, "bailiff.v1.Executor", true);
    bl_health_set(d->health, "bailiff.v1.Files", true);
    bl_notify_ready(d->notify, "serving");
    bl_log(BL_LOG_INFO, "serving", bl_log_text("version", BAILIFF_VERSION),
           bl_log_number("slots", d->slots->count),
           bl_log_number("memory_mib", (int64_t)(d->memory_bytes / BL_MIB)),
           bl_log_number("languages", d->offer->languages.count),
           bl_log_number("cgroup", bl_warden_cgroup_version(d->warden)),
           bl_log_number("instance", bl_warden_index(d->warden)));
    return 0;
}

/* The order matters: the fetcher is forked while there is no secret in memory; what is wrong in the
 * configuration is seen before anything is opened; the walls are tried before anybody can call;
 * sockets are bound before the spool's mounts; the warden is started last of what needs root, for
 * it takes what it sees of the mounts; and not a byte of a client is read before root is given up.
 */
static const struct {
    const char *what;
    int (*run)(struct bl_daemon *d, struct bl_err *err);
} steps[] = {
    {"prepare the process", prepare_process},
    {"find the worker's user", find_user},
    {"make the event loop", make_loop},
    {"start the fetcher", bl_daemon_start_fetcher},
    {"look at the machine", bl_daemon_read_machine},
    {"find the cgroup", find_cgroup},
    {"take the state folder", take_state},
    {"read who may call", read_access},
    {"read certificates", read_certificates},
    {"read languages and profiles", read_offer},
    {"try the walls of this host", bl_daemon_selftest},
    {"make the services", bl_daemon_make_services},
    {"open addresses", bl_daemon_open_addresses},
    {"make the spool", make_spool},
    {"start the warden", start_warden},
    {"make the pool", make_pool},
    {"keep to its CPUs", bl_daemon_keep_to_cpus},
    {"watch signals", watch_signals},
    {"confine the worker", confine},
    {"open the store", bl_daemon_open_store},
    {"make the site", bl_daemon_make_site},
    {"tell that it is ready", tell_ready},
};

int bl_daemon_start(struct bl_daemon *daemon)
{
    struct bl_err err;

    if (bl_passed_take(&daemon->passed, &err) < 0) {
        bl_log_error(BL_LOG_ERROR, "cannot take the sockets that were passed", &err);
        return BL_DAEMON_FAILED;
    }
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        if (steps[i].run(daemon, &err) == 0)
            continue;
        bl_log_error(BL_LOG_ERROR, steps[i].what, &err);
        return bl_blame_status(&err);
    }
    return 0;
}
