/* config.h - bailiffd's configuration: one YAML file, checked whole before anything is done with
 * it.
 *
 * BL_CONFIG_ROWS is the only list of the plain keys: the struct, the reader, the defaults, the
 * comparison for a reload and the tests come from it; bailiffd.yaml(5) and the example file
 * bailiffd.yaml tell each key to people (a test holds the example to this list). Trusted as the
 * administrator is, yet every key, type and bound is checked, and all that is wrong is told at
 * once, with file and line. Pure but for bl_config_load() and the arena. */
#ifndef BL_DAEMON_CONFIG_H
#define BL_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "bailiff/spec.h"
#include "executor/base/arena.h"
#include "executor/server/site.h"

/* section ("": top), key, kind, field, least, most, default as it is written in a file, when a
 * change takes effect.
 *
 * Kinds, with their least and most: SIZE bytes · TIME ns · COUNT · BOOL 0 or 1 · MODE permission
 * bits, octal · LEVEL enum bl_log_level · TEXT, PATH (absolute) length in bytes, where 0 lets the
 * text be empty. AUTO_COUNT, AUTO_SIZE: also the word "auto", which is 0 here: found by looking at
 * the machine. */
/* clang-format off */
#define BL_CONFIG_ROWS(X)                                                                              \
    X("",          "user",             TEXT,       user,                 1, 64, "bailiff", RESTART)    \
    X("",          "http",             TEXT,       http,                 0, 120, "", RESTART)          \
    X("",          "languages",        PATH,       languages,            0, 4000, "", RESTART)         \
    X("",          "selftest",         TEXT,       selftest,             1, 64, "none", RESTART)         \
    X("",          "drain",            TIME,       drain_ns, BL_NS_PER_MS, 86400 * BL_NS_PER_S, "30s", RELOAD) \
    X("",          "log",              LEVEL,      log_level,            0, 3, "info", RELOAD)         \
    X("unix",      "mode",             MODE,       unix_mode,            0, 0777, "0660", RESTART)     \
    X("unix",      "group",            TEXT,       unix_group,           0, 64, "", RESTART)           \
    X("tls",       "certificate",      PATH,       tls_certificate,      0, 4000, "", RELOAD)          \
    X("tls",       "key",              PATH,       tls_key,              0, 4000, "", RELOAD)          \
    X("tls",       "client_authority", PATH,       tls_authority,        0, 4000, "", RELOAD)          \
    X("access",    "tokens",           PATH,       tokens,               0, 4000, "", RELOAD)          \
    X("state",     "directory",        PATH,       state_directory,      2, 200, "/var/lib/bailiff", RESTART) \
    X("state",     "store_size",       SIZE,       store_bytes, BL_MIB, 1024 * 1024 * BL_GIB, "10GiB", RESTART) \
    X("state",     "store_files",      COUNT,      store_files,          16, 10000000, "100000", RESTART) \
    X("state",     "spool_size",       SIZE,       spool_bytes, 16 * BL_MIB, 1024 * BL_GIB, "1GiB", RESTART) \
    X("fetch",     "size",             SIZE,       fetch_bytes, BL_KIB, 1024 * BL_GIB, "1GiB", RESTART) \
    X("fetch",     "time",             TIME,       fetch_ns, BL_NS_PER_S, 86400 * BL_NS_PER_S, "5m", RESTART) \
    X("fetch",     "authority",        PATH,       fetch_authority,      0, 4000, "", RESTART)         \
    X("resources", "cpus",             TEXT,       cpus,                 0, 120, "", RESTART)          \
    X("resources", "worker_cores",     COUNT,      worker_cores,         0, 1024, "1", RESTART)        \
    X("resources", "slots",            AUTO_COUNT, slots,                1, 1024, "auto", RESTART)     \
    X("resources", "share_cores",      BOOL,       share_cores,          0, 1, "false", RESTART)       \
    X("resources", "memory",           AUTO_SIZE,  memory_bytes, 64 * BL_MIB, 1024 * 1024 * BL_GIB, "auto", RESTART) \
    X("pool",      "spares",           AUTO_COUNT, spares,               1, 64, "auto", RESTART)       \
    X("pool",      "idle",             TIME,       spare_idle_ns, BL_NS_PER_MS, 86400 * BL_NS_PER_S, "10s", RESTART) \
    X("queue",     "jobs",             COUNT,      queue_jobs,           1, 1000000, "20000", RESTART) \
    X("queue",     "memory",           SIZE,       queue_bytes, 17 * BL_MIB, 64 * BL_GIB, "64MiB", RESTART) \
    X("queue",     "tenant_jobs",      AUTO_COUNT, queue_tenant_jobs,    1, 1000000, "auto", RESTART)  \
    X("queue",     "alone",            TIME,       alone_ns,             0, 3600 * BL_NS_PER_S, "10s", RELOAD) \
    X("results",   "jobs",             COUNT,      results_jobs,         1, 10000000, "100000", RESTART) \
    X("results",   "memory",           SIZE,       results_bytes, BL_MIB, 64 * BL_GIB, "64MiB", RESTART) \
    X("results",   "keep",             TIME,       results_keep_ns, BL_NS_PER_MS, 7 * 86400 * BL_NS_PER_S, "10m", RELOAD) \
    X("rpc",       "connections",      COUNT,      rpc_connections,      1, 100000, "1000", RESTART)   \
    X("rpc",       "connection_rate",  COUNT,      rpc_connection_rate,  1, 100000, "100", RESTART)    \
    X("rpc",       "connection_burst", COUNT,      rpc_connection_burst, 1, 1000000, "1000", RESTART)  \
    X("rpc",       "streams",          COUNT,      rpc_streams,          1, 10000, "128", RESTART)     \
    X("rpc",       "memory",           SIZE,       rpc_buffered_bytes, 17 * BL_MIB, 64 * BL_GIB, "128MiB", RESTART) \
    X("rpc",       "connection_memory", SIZE,      rpc_connection_bytes, 17 * BL_MIB, 64 * BL_GIB, "80MiB", RESTART) \
    X("rpc",       "message_size",     SIZE,       rpc_message_bytes, 64 * BL_KIB, 64 * BL_MIB, "17MiB", RESTART) \
    X("rpc",       "message_time",     TIME,       rpc_message_ns, BL_NS_PER_S, 86400 * BL_NS_PER_S, "1m", RESTART) \
    X("rpc",       "idle",             TIME,       rpc_idle_ns, BL_NS_PER_S, 86400 * BL_NS_PER_S, "15m", RESTART) \
    X("rpc",       "keepalive",        TIME,       rpc_keepalive_ns, BL_NS_PER_S, 86400 * BL_NS_PER_S, "1m", RESTART) \
    X("sandbox",   "first_id",         COUNT,      first_id, 0x10000, 0xf0000000, "1879048192", RESTART) \
    X("sandbox",   "cgroup",           PATH,       cgroup,               0, 500, "", RESTART)
/* clang-format on */

enum bl_config_kind {
    BL_CONFIG_SIZE,
    BL_CONFIG_TIME,
    BL_CONFIG_COUNT,
    BL_CONFIG_BOOL,
    BL_CONFIG_MODE,
    BL_CONFIG_LEVEL,
    BL_CONFIG_TEXT,
    BL_CONFIG_PATH,
    BL_CONFIG_AUTO_COUNT,
    BL_CONFIG_AUTO_SIZE,
};

enum bl_config_effect { BL_CONFIG_RESTART, BL_CONFIG_RELOAD };

struct bl_config_row {
    const char *section, *key;
    enum bl_config_kind kind;
    size_t offset; /* of the field in struct bl_config: const char * for TEXT and PATH, else
                      uint64_t */
    uint64_t least, most;
    const char *otherwise;
    enum bl_config_effect effect;
};

/* The keys that are lists. */
struct bl_config_profile {
    const char *name;
    const char *root;   /* "host", or the absolute path of a root file system */
    const char *policy; /* for bl_policy_load() */
    enum bl_network network;
};

struct bl_config_listen {
    bool tls;
    const char *address; /* for bl_address_parse() */
};

enum {
    BL_CONFIG_LISTEN_MAX = 8,
    BL_CONFIG_TENANTS_MAX = 1000,
    BL_CONFIG_PROFILES_MAX = 24,
    BL_CONFIG_NAMES_MAX = 256, /* of users, groups, subjects each */
    BL_CONFIG_FETCH_MAX = 64,  /* prefixes */
};

struct bl_config {
    struct bl_arena arena; /* everything below */
#define BL_CONFIG_TYPE_SIZE uint64_t
#define BL_CONFIG_TYPE_TIME uint64_t
#define BL_CONFIG_TYPE_COUNT uint64_t
#define BL_CONFIG_TYPE_BOOL uint64_t
#define BL_CONFIG_TYPE_MODE uint64_t
#define BL_CONFIG_TYPE_LEVEL uint64_t
#define BL_CONFIG_TYPE_AUTO_COUNT uint64_t
#define BL_CONFIG_TYPE_AUTO_SIZE uint64_t
#define BL_CONFIG_TYPE_TEXT const char *
#define BL_CONFIG_TYPE_PATH const char *
#define X(section, key, kind, field, ...) BL_CONFIG_TYPE_##kind field;
    BL_CONFIG_ROWS(X)
#undef X
    const struct bl_config_listen *listen;
    size_t listen_count;
    /* Who may call; NULL-terminated, empty: all whom the socket's mode, the tokens or the client
     * authority let in. */
    const char *const *users, *const *groups; /* names or numbers, by Unix socket */
    const char *const *subjects;              /* of client certificates */
    const char *const *name_tenants;          /* users and subjects who may name other tenants */
    const struct bl_tenant_weight *tenants;
    size_t tenant_count;
    const struct bl_config_profile *profiles;
    size_t profile_count;
    const struct bl_url_prefix *urls; /* what inputs may be fetched from */
    size_t url_count;
    struct bl_limits ceilings; /* the most that a job may ask for; its cpuset is empty */
};

enum { BL_CONFIG_PROBLEMS_MAX = 32 };

/* All that is wrong, in the file's order; more than there is room for is only counted. */
struct bl_config_problems {
    unsigned count;
    struct bl_err first[BL_CONFIG_PROBLEMS_MAX]; /* step CONFIG; "bailiffd.yaml:3: jobs: ..." */
};

/* The rows in the order of BL_CONFIG_ROWS; *count is set. */
const struct bl_config_row *bl_config_rows(size_t *count);

/* bl_config_parse - a file's bytes (need not end with NUL); an empty file gives the defaults. name:
 * for messages. 0: *out is whole. -1: *problems holds at least one, *out is empty. */
int bl_config_parse(struct bl_config *out, const char *name, const char *bytes, size_t length,
                    struct bl_config_problems *problems);

/* bl_config_load - the same from a file of at most 1 MiB. */
int bl_config_load(struct bl_config *out, const char *path, struct bl_config_problems *problems);

/* bl_config_examine - the same for who only looks: where single keys are wrong *out is whole all
 * the same, with their defaults. False: nothing could be read, and *out is empty. */
bool bl_config_examine(struct bl_config *out, const char *path,
                       struct bl_config_problems *problems);

void bl_config_release(struct bl_config *config); /* idempotent */

/* bl_config_changed - calls for each key that differs: "queue.jobs", and what it takes. */
void bl_config_changed(const struct bl_config *before, const struct bl_config *after,
                       void (*on_change)(void *ctx, const char *key, enum bl_config_effect effect),
                       void *ctx);

/* bl_config_adopt - the values of *fresh for all keys that a reload takes; texts stay *fresh's. */
void bl_config_adopt(struct bl_config *config, const struct bl_config *fresh);

/* bl_config_is_tenant - may a tenant be called that? */
bool bl_config_is_tenant(const char *text);

/* bl_config_at - writes before an error's detail which key led to it: "unix.group: ...". Is -1. */
int bl_config_at(const char *key, struct bl_err *err);

/* bl_config_note - one more problem. */
void bl_config_note(struct bl_config_problems *problems, const struct bl_err *err);

#endif
