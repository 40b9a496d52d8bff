/* start_listen.c - where bailiffd listens: opened by root, before the spool covers /run/bailiff for
 * us. Whoever connects now waits in the kernel's queue. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/daemon/daemon_private.h"
#include "executor/daemon/host_check.h"

static int make_server(struct bl_daemon *d, struct bl_err *err)
{
    struct bl_connection_limits limits = bl_connection_limits_default;
    const struct bl_server_options options = {
        .loop = d->loop,
        .services = &d->services,
        .limits = &limits,
        .max_buffered_bytes = d->config.rpc_buffered_bytes,
        .max_connections = (unsigned)d->config.rpc_connections,
        .connections = {.burst = (uint32_t)d->config.rpc_connection_burst,
                        .per_second = (uint32_t)d->config.rpc_connection_rate},
    };

    limits.max_streams = (uint32_t)d->config.rpc_streams;
    limits.max_buffered_bytes = d->config.rpc_connection_bytes;
    limits.message_ns = d->config.rpc_message_ns;
    limits.idle_ns = d->config.rpc_idle_ns;
    limits.keepalive_ns = d->config.rpc_keepalive_ns;
    limits.drain_ns = 0; /* how long a drain lasts is ours to say (daemon.c) */
    return bl_server_new(&d->server, &options, err);
}

/* Its file is root's from its first moment, with the mode asked for; then the group's. */
static int give_to_group(const struct bl_daemon *d, const struct bl_address *address,
                         struct bl_err *err)
{
    const char *path = address->local.sun_path;
    gid_t gid;

    if (!*d->config.unix_group)
        return 0;
    if (bl_identity_group(&gid, d->config.unix_group, "/etc/group", err) < 0)
        return bl_config_at("unix.group", err);
    if (lchown(path, (uid_t)-1, gid) < 0)
        return bl_fail(err, BL_STEP_LISTEN, errno, "give %s to group %s", path,
                       d->config.unix_group);
    return 0;
}

static int listen_at(struct bl_daemon *d, const struct bl_config_listen *listen, struct bl_err *err)
{
    struct bl_address address;

    if (bl_address_parse(&address, listen->address, err) < 0)
        return -1;
    if (bl_passed_has(&d->passed, &address))
        return 0; /* the service manager listens there for us */
    if (bl_host_check_socket("listen", listen->address, err) < 0)
        return -1;
    if (bl_server_listen(d->server, &address, (mode_t)d->config.unix_mode,
                         listen->tls ? d->tls : NULL, err) < 0)
        return -1;
    return address.any.sa_family == AF_UNIX ? give_to_group(d, &address, err) : 0;
}

/* What the service manager has opened. A TCP socket is served as one of ours would have to be. */
static int listen_at_passed(struct bl_daemon *d, struct bl_err *err)
{
    for (unsigned i = 0; i < d->passed.count; i++) {
        const struct bl_address address = {.fd = d->passed.sockets[i].fd};
        bool is_unix = d->passed.sockets[i].bound.any.sa_family == AF_UNIX;

        if (d->passed.sockets[i].is_http)
            continue;
        if (!is_unix && !*d->config.tokens && !*d->config.tls_authority)
            return bl_fail(err, BL_STEP_CONFIG, 0,
                           "a TCP socket was passed: needs access.tokens or "
                           "tls.client_authority");
        d->passed.sockets[i].fd = -1; /* taken, also on failure */
        if (bl_server_listen(d->server, &address, 0, is_unix ? NULL : d->tls, err) < 0)
            return -1;
    }
    return 0;
}

/* The pages' figures are there once the site is; the loop does not run before. */
static int listen_for_http(struct bl_daemon *d, const struct bl_address *address,
                           struct bl_err *err)
{
    const struct bl_http_options options = {
        .loop = d->loop,
        .address = address,
        .mode = 0666, /* as a TCP address: to everybody */
        .remote = true,
        .connections_max = 64,
        .request_ns = 10 * BL_NS_PER_S,
        .pages = d->pages,
        .page_count = BL_ARRAY_LEN(d->pages),
    };

    d->pages[0] = (struct bl_http_page){"/healthz", bl_healthz_page, &d->readiness};
    d->pages[1] = (struct bl_http_page){"/metrics", bl_metrics_page, &d->figures};
    return bl_http_new(&d->http, &options, err);
}

static int open_http(struct bl_daemon *d, struct bl_err *err)
{
    struct bl_address address = {.fd = -1};

    for (unsigned i = 0; i < d->passed.count; i++)
        if (d->passed.sockets[i].is_http && d->passed.sockets[i].fd >= 0) {
            address.fd = d->passed.sockets[i].fd;
            d->passed.sockets[i].fd = -1; /* taken */
            return listen_for_http(d, &address, err);
        }
    if (!*d->config.http)
        return 0;
    if (bl_address_parse(&address, d->config.http, err) < 0 ||
        bl_host_check_socket("http", d->config.http, err) < 0)
        return -1;
    return listen_for_http(d, &address, err);
}

int bl_daemon_open_addresses(struct bl_daemon *d, struct bl_err *err)
{
    if (mkdir(BL_DAEMON_RUN_FOLDER, 0755) < 0 && errno != EEXIST)
        return bl_fail(err, BL_STEP_LISTEN, errno, "%s", BL_DAEMON_RUN_FOLDER);
    if (open_http(d, err) < 0 || make_server(d, err) < 0 || listen_at_passed(d, err) < 0)
        return -1;
    for (size_t i = 0; i < d->config.listen_count; i++)
        if (listen_at(d, &d->config.listen[i], err) < 0)
            return -1;
    return 0;
}
