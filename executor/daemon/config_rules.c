/* config_rules.c - what holds between the keys of a configuration; see config.h. Each rule names
 * the keys, for there is no one line to point to. */
#include <string.h>

#include "executor/attack/attack.h"
#include "executor/daemon/config_private.h"
#include "executor/rpc/address.h"
#include "limits/ceilings.h"

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

static bool is_same_address(const char *a, const char *b)
{
    char text[2][BL_ADDRESS_TEXT_MAX];
    struct bl_address left, right;
    struct bl_err err;

    if (bl_address_parse(&left, a, &err) < 0 || bl_address_parse(&right, b, &err) < 0)
        return false; /* which is told of each */
    return strcmp(bl_address_text(&left, text[0]), bl_address_text(&right, text[1])) == 0;
}

static bool is_any_port(const char *address)
{
    size_t length = strlen(address);

    return length > 2 && strcmp(address + length - 2, ":0") == 0;
}

/* The second would find the first there. */
static void check_doubles(struct bl_config_reading *reading)
{
    const struct bl_config *config = reading->out;

    for (size_t i = 0; i < config->listen_count; i++) {
        const char *address = config->listen[i].address;

        if (is_any_port(address))
            continue;
        for (size_t j = 0; j < i; j++)
            if (is_same_address(config->listen[j].address, address))
                broken(reading, "listen: %s: stands twice", address);
        if (*config->http && is_same_address(config->http, address))
            broken(reading, "http: %s: stands in listen, too", config->http);
    }
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

static void check_urls(struct bl_config_reading *reading)
{
    struct bl_err err;

    if (bl_url_prefixes_check(reading->out->urls, reading->out->url_count, &err) < 0)
        broken(reading, "fetch: %.60s: %.110s",
               err.index >= 0 ? reading->out->urls[err.index].text : "urls", err.detail);
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

static void check_selftest(struct bl_config_reading *reading)
{
    const char *wanted = reading->out->selftest;
    size_t count;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    if (strcmp(wanted, "none") == 0 || strcmp(wanted, "all") == 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(attacks[i]->wall, wanted) == 0)
            return;
    broken(reading, "selftest: must be all, none, or a wall of `bailiff selftest --list`: %s",
           wanted);
}

void bl_config_check_rules(struct bl_config_reading *reading)
{
    const struct bl_config *config = reading->out;
    struct bl_err err;

    for (size_t i = 0; i < config->listen_count; i++)
        check_listen(reading, &config->listen[i]);
    check_urls(reading);
    check_profiles(reading);
    check_http(reading);
    check_doubles(reading);
    check_first_id(reading);
    check_selftest(reading);
    if (!*config->tls_certificate != !*config->tls_key)
        broken(reading, "tls.certificate and tls.key: one is of no use without the other");
    if (config->rpc_connection_bytes > config->rpc_buffered_bytes)
        broken(reading, "rpc.connection_memory must not be above rpc.memory");
    if (config->rpc_message_bytes >= config->rpc_connection_bytes)
        broken(reading, "rpc.message_size must be below rpc.connection_memory");
    if (*config->cpus && bl_cpuset_check(config->cpus, &err) < 0)
        broken(reading, "resources.cpus: %.150s", err.detail);
    if (config->queue_tenant_jobs > config->queue_jobs)
        broken(reading, "queue.tenant_jobs must not be above queue.jobs");
}
