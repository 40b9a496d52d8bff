#include "executor/queue/access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"

enum {
    CONNECT_TIMEOUT_MS = 2000,
    RECONNECT_WAIT_MS = 200,
    PING_MS = 2000, /* two without an answer: the server hangs */
    PINGS_OUT = 2,
    /* Of one write. Whoever writes has the connection's lock, which is wanted for pings, too: so a
     * server that hangs with full buffers would never be given up. */
    WRITE_MS = 2000,
};

static const char plain[] = "nats://", encrypted[] = "tls://";

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Numbers, or the one name that every host has. "127.evil.example" is a name, too. */
static bool is_loopback(const char *host)
{
    size_t number = strspn(host, "0123456789.");
    bool ends = host[number] == ':' || host[number] == '\0';

    return (has_prefix(host, "127.") && ends) || has_prefix(host, "[::1]") ||
           has_prefix(host, "localhost:") || strcmp(host, "localhost") == 0;
}

static int check_server(const char *url, bool allow_plain, struct bl_err *err)
{
    bool is_tls = has_prefix(url, encrypted);
    const char *host = url + strlen(is_tls ? encrypted : plain);

    if (!is_tls && !has_prefix(url, plain))
        return bl_fail(err, BL_STEP_ADDRESS, 0,
                       "%.100s: must be nats://host:port or tls://host:port", url);
    if (!*host || strlen(host) > 255 || strpbrk(host, "@/?# \t\n,"))
        return bl_fail(err, BL_STEP_ADDRESS, 0,
                       "%.100s: must be a host and a port (users and passwords have files)", url);
    if (!is_tls && !is_loopback(host) && !allow_plain)
        return bl_fail(err, BL_STEP_ADDRESS, 0,
                       "%.100s: is not this host: use tls://, or allow plain connections", url);
    return 0;
}

int bl_queue_access_check(const struct bl_queue_access *access, struct bl_err *err)
{
    size_t count = 0;

    for (; access->servers[count]; count++) {
        if (count == BL_QUEUE_SERVERS_MAX)
            return bl_fail(err, BL_STEP_ADDRESS, 0, "at most %d servers", BL_QUEUE_SERVERS_MAX);
        if (check_server(access->servers[count], access->allow_plain, err) < 0)
            return -1;
    }
    return count ? 0 : bl_fail(err, BL_STEP_ADDRESS, 0, "no server of the queue is named");
}

static bool uses_tls(const struct bl_queue_access *access)
{
    for (const char *const *url = access->servers; *url; url++)
        if (has_prefix(*url, encrypted))
            return true;
    return *access->authority || *access->certificate;
}

/* ---- libnats ----------------------------------------------------------------------------------
 */

static int set(natsStatus status, enum bl_step step, const char *what, struct bl_err *err)
{
    return status == NATS_OK
               ? 0
               : bl_fail(err, step, 0, "%.150s: %s", what, natsStatus_GetText(status));
}

/* libnats says no more than "Error" of a file that is not there. */
static int check_readable(const char *path, struct bl_err *err)
{
    FILE *file = *path ? fopen(path, "re") : NULL;

    if (*path && !file)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "%.200s", path);
    if (file)
        (void)fclose(file); /* only read */
    return 0;
}

static int set_tls(natsOptions *options, const struct bl_queue_access *access, struct bl_err *err)
{
    if (!uses_tls(access))
        return 0;
    if (check_readable(access->authority, err) < 0 ||
        check_readable(access->certificate, err) < 0 || check_readable(access->key, err) < 0 ||
        set(natsOptions_SetSecure(options, true), BL_STEP_TLS, "TLS", err) < 0)
        return -1;
    if (*access->authority && set(natsOptions_LoadCATrustedCertificates(options, access->authority),
                                  BL_STEP_TLS, access->authority, err) < 0)
        return -1;
    if (*access->certificate &&
        set(natsOptions_LoadCertificatesChain(options, access->certificate, access->key),
            BL_STEP_TLS, access->certificate, err) < 0)
        return -1;
    return 0;
}

static int set_token(natsOptions *options, const char *path, struct bl_err *err)
{
    FILE *file = fopen(path, "re");
    char line[1024] = "", *colon;
    natsStatus status;

    if (!file)
        return bl_fail(err, BL_STEP_FILE_READ, errno, "%.200s", path);
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    (void)fclose(file); /* only read */
    line[strcspn(line, "\r\n")] = '\0';
    if (!*line)
        return bl_fail(err, BL_STEP_FILE_READ, 0, "%.200s: its first line is empty", path);
    colon = strchr(line, ':');
    if (colon)
        *colon = '\0';
    status = colon ? natsOptions_SetUserInfo(options, line, colon + 1)
                   : natsOptions_SetToken(options, line);
    explicit_bzero(line, sizeof(line));
    return set(status, BL_STEP_BROKER, path, err);
}

static int set_identity(natsOptions *options, const struct bl_queue_access *access,
                        struct bl_err *err)
{
    if (*access->token_file && set_token(options, access->token_file, err) < 0)
        return -1;
    if (check_readable(access->credentials, err) < 0)
        return -1;
    if (*access->credentials &&
        set(natsOptions_SetUserCredentialsFromFiles(options, access->credentials, NULL),
            BL_STEP_BROKER, access->credentials, err) < 0)
        return -1;
    return set(natsOptions_SetName(options, access->name), BL_STEP_BROKER, "name", err);
}

static int set_patience(natsOptions *options, struct bl_err *err)
{
    const natsStatus statuses[] = {
        natsOptions_SetTimeout(options, CONNECT_TIMEOUT_MS),
        natsOptions_SetMaxReconnect(options, -1),
        natsOptions_SetReconnectWait(options, RECONNECT_WAIT_MS),
        natsOptions_SetReconnectJitter(options, RECONNECT_WAIT_MS, RECONNECT_WAIT_MS),
        natsOptions_SetPingInterval(options, PING_MS),
        natsOptions_SetMaxPingsOut(options, PINGS_OUT),
        natsOptions_SetNoEcho(options, false),
        natsOptions_SetWriteDeadline(options, WRITE_MS),
        natsOptions_SetSendAsap(options, true), /* else one thread more, and a millisecond */
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(statuses); i++)
        if (set(statuses[i], BL_STEP_BROKER, "options", err) < 0)
            return -1;
    return 0;
}

int bl_queue_options(natsOptions **out, const struct bl_queue_access *access, struct bl_err *err)
{
    const char *servers[BL_QUEUE_SERVERS_MAX];
    natsOptions *options = NULL;
    int count = 0;

    if (bl_queue_access_check(access, err) < 0)
        return -1;
    for (; access->servers[count]; count++)
        servers[count] = access->servers[count];
    if (natsOptions_Create(&options) != NATS_OK)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "options");
    if (set(natsOptions_SetServers(options, servers, count), BL_STEP_ADDRESS, servers[0], err) <
            0 ||
        set_tls(options, access, err) < 0 || set_identity(options, access, err) < 0 ||
        set_patience(options, err) < 0) {
        natsOptions_Destroy(options);
        return -1;
    }
    *out = options;
    return 0;
}
