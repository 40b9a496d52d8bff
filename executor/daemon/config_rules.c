/* config_rules.c - what holds between the keys of a configuration; see config.h. Each rule names
 * the keys, for there is no one line to point to. */
#include <string.h>

#include "executor/daemon/config_private.h"
#include "executor/rpc/address.h"

__attribute__((format(printf, 2, 3))) static void broken(struct bl_config_reading *reading,
                                                         const char *what, ...)
{
    struct bl_err err;
    char text[180];
    va_list args;

    va_start(args, what);
    (void)vsnprintf(text, sizeof(text), what, args); /* a cut text will do */
    va_end(args);
    (void)bl_fail(&err, BL_STEP_CONFIG, 0, "%.50s: %s", reading->file.name, text);
    bl_config_note(reading->problems, &err);
}

/* Whoever can open a TCP socket of this host is not somebody whom we know. */
static void check_listen(struct bl_config_reading *reading, const struct bl_config_listen *listen)
{
    const struct bl_config *config = reading->out;
    struct bl_address address;
    struct bl_err err;

    if (bl_address_parse(&address, listen->address, &err) < 0) {
        broken(reading, "listen: %.150s", err.detail);
        return;
    }
    if (address.fd >= 0) {
        broken(reading, "listen: %s: sockets of systemd are taken without being named",
               listen->address);
        return;
    }
    if (address.any.sa_family == AF_UNIX) {
        if (listen->tls)
            broken(reading, "listen: tls:%.100s: a Unix socket has no TLS", listen->address);
        return;
    }
    if (!listen->tls && !bl_address_is_local(&address))
        broken(reading, "listen: %s can be reached by other hosts: write tls:%s", listen->address,
               listen->address);
    if (!*config->tokens && !(listen->tls && *config->tls_authority))
        broken(reading, "listen: %s: needs access.tokens, or tls: and tls.client_authority",
               listen->address);
    if (listen->tls && (!*config->tls_certificate || !*config->tls_key))
        broken(reading, "listen: tls:%s: needs tls.certificate and tls.key", listen->address);
}

static void check_http(struct bl_config_reading *reading)
{
    struct bl_address address;
    struct bl_err err;

    if (*reading->out->http && bl_address_parse(&address, reading->out->http, &err) < 0)
        broken(reading, "http: %.150s", err.detail);
    else if (*reading->out->http && address.fd >= 0)
        broken(reading, "http: %s: must be unix:/path or host:port", reading->out->http);
}

/* "https://good.example" would also be the beginning of https://good.example.evil/. */
static void check_url(struct bl_config_reading *reading, const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    size_t length = strlen(url);

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const char *host = url + strlen(schemes[i]);

        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0 && *host && *host != '/' &&
            !strpbrk(host, "@?#\\ ") && url[length - 1] == '/')
            return;
    }
    broken(reading, "urls: %.100s: must be like https://host/ or https://host/folder/", url);
}

static void check_first_id(struct bl_config_reading *reading)
{
    const uint64_t first = reading->out->first_id, last = UINT32_MAX - 1;
    const uint64_t needed = 2ULL * 1024 * 1024; /* two for each sandbox of each instance: plan.h */

    if (first > last - needed)
        broken(reading, "sandbox.first_id: there must be room for %llu ids above it",
               (unsigned long long)needed);
}

static void check_profiles(struct bl_config_reading *reading)
{
    for (size_t i = 0; i < reading->out->profile_count; i++)
        if (strcmp(reading->out->profiles[i].name, "default") == 0)
            return;
    broken(reading, "profiles: one must be called default: it is for jobs that name none");
}

void bl_config_check_rules(struct bl_config_reading *reading)
{
    const struct bl_config *config = reading->out;

    for (size_t i = 0; i < config->listen_count; i++)
        check_listen(reading, &config->listen[i]);
    for (const char *const *url = config->urls; *url; url++)
        check_url(reading, *url);
    check_profiles(reading);
    check_http(reading);
    check_first_id(reading);
    if (!*config->tls_certificate != !*config->tls_key)
        broken(reading, "tls.certificate and tls.key: one is of no use without the other");
    if (config->rpc_connection_bytes > config->rpc_buffered_bytes)
        broken(reading, "rpc.connection_memory must not be above rpc.memory");
    if (config->rpc_message_bytes >= config->rpc_connection_bytes)
        broken(reading, "rpc.message_size must be below rpc.connection_memory");
    if (config->queue_tenant_jobs > config->queue_jobs)
        broken(reading, "queue.tenant_jobs must not be above queue.jobs");
}
