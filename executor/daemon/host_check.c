#include "executor/daemon/host_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/daemon/daemon_private.h"
#include "executor/daemon/state_folder.h"
#include "limits/ceilings.h"
#include "limits/cgroup_tree.h"

/* ---- sockets ----------------------------------------------------------------------------------
 */

/* /var/run leads there on every system that has it. */
static bool is_made_by_us(const char *folder)
{
    return strcmp(folder, BL_DAEMON_RUN_FOLDER) == 0 ||
           strcmp(folder, "/var" BL_DAEMON_RUN_FOLDER) == 0;
}

int bl_host_check_socket(const char *key, const char *address, struct bl_err *err)
{
    struct bl_address at;
    struct stat is;
    char *slash;

    if (bl_address_parse(&at, address, err) < 0 || at.fd >= 0 || at.any.sa_family != AF_UNIX)
        return 0;
    if (lstat(at.local.sun_path, &is) == 0)
        return S_ISSOCK(is.st_mode)
                   ? 0
                   : bl_fail(err, BL_STEP_CONFIG, 0, "%s: %s: is there already, and is no socket",
                             key, address);
    slash = strrchr(at.local.sun_path, '/');
    slash[slash == at.local.sun_path] = '\0';
    if (is_made_by_us(at.local.sun_path))
        return 0;
    errno = ENOTDIR;
    if (stat(at.local.sun_path, &is) == 0 && S_ISDIR(is.st_mode))
        return 0;
    return bl_fail(err, BL_STEP_CONFIG, errno, "%s: %s: the folder %s", key, address,
                   at.local.sun_path);
}

static int check_http(const struct bl_config *config, struct bl_err *err)
{
    return *config->http ? bl_host_check_socket("http", config->http, err) : 0;
}

/* ---- files and groups -------------------------------------------------------------------------
 */

int bl_host_check_cgroup(const struct bl_config *config, struct bl_err *err)
{
    struct bl_err why;

    if (!*config->cgroup || bl_cgroup_place_check(config->cgroup, &why) == 0)
        return 0;
    if (bl_step_fault(why.step) != BL_FAULT_CLIENT) {
        *err = why;
        return -1;
    }
    *err = why;
    err->step = BL_STEP_CONFIG;
    return bl_config_at("sandbox.cgroup", err);
}

int bl_host_check_authority(const struct bl_config *config, struct bl_err *err)
{
    bl_autoclose int fd = -1;
    struct stat is;

    if (config->url_count == 0 || !*config->fetch_authority)
        return 0;
    fd = open(config->fetch_authority, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &is) < 0)
        return bl_fail(err, BL_STEP_CONFIG, errno, "fetch.authority: %.200s",
                       config->fetch_authority);
    if (!S_ISREG(is.st_mode))
        return bl_fail(err, BL_STEP_CONFIG, 0, "fetch.authority: %.180s: is no file",
                       config->fetch_authority);
    return 0;
}

static int check_state(const struct bl_config *config, struct bl_err *err)
{
    struct bl_identity identity;

    if (bl_identity_find(&identity, config->user, bl_daemon_nobody(config), err) < 0)
        return -1;
    return bl_state_folder_check(config->state_directory, &identity, err);
}

static int check_unix_group(const struct bl_config *config, struct bl_err *err)
{
    gid_t gid;

    if (!*config->unix_group || bl_identity_group(&gid, config->unix_group, "/etc/group", err) == 0)
        return 0;
    return bl_config_at("unix.group", err);
}

static int check_access(const struct bl_config *config, struct bl_err *err)
{
    struct bl_access *access = NULL;
    int status = bl_access_new(&access, config, err);

    bl_access_free(&access);
    return status;
}

static int check_tls(const struct bl_config *config, struct bl_err *err)
{
    struct bl_tls *tls = NULL;
    int status = *config->tls_key ? bl_daemon_tls(&tls, config, err) : 0;

    bl_tls_free(&tls);
    return status;
}

static int check_offer(const struct bl_config *config, struct bl_err *err)
{
    struct bl_offer *offer = NULL;
    int status = bl_offer_new(&offer, config, err);

    bl_offer_free(&offer);
    return status;
}

/* ---- the machine ------------------------------------------------------------------------------
 */

/* The start's own step, which only reads. */
static int check_machine(const struct bl_config *config, struct bl_err *err)
{
    struct bl_daemon trial = {.config = *config, .process.statm = -1};
    struct bl_err told;
    int status;

    if (bl_cpuset_check(config->cpus, &told) < 0)
        trial.config.cpus = "";
    status = bl_daemon_read_machine(&trial, err);
    bl_process_close(&trial.process);
    free(trial.slots);
    return status;
}

void bl_host_check(const struct bl_config *config, struct bl_config_problems *problems)
{
    static int (*const checks[])(const struct bl_config *config, struct bl_err *err) = {
        check_state, check_unix_group, check_access,         check_tls,
        check_offer, check_machine,    bl_host_check_cgroup, bl_host_check_authority,
        check_http,
    };
    struct bl_err err;

    for (size_t i = 0; i < BL_ARRAY_LEN(checks); i++)
        if (checks[i](config, &err) < 0)
            bl_config_note(problems, &err);
    for (size_t i = 0; i < config->listen_count; i++)
        if (bl_host_check_socket("listen", config->listen[i].address, &err) < 0)
            bl_config_note(problems, &err);
}
