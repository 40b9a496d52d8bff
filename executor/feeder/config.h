/* config.h - bailiff-feeder's configuration: one YAML file, checked whole before anything is done
 * with it. bailiff-feeder.yaml(5) and the example file bailiff-feeder.yaml tell each key to people;
 * a test holds the example to BL_FEEDER_KEYS. Pure but for bl_feeder_config_load(). */
#ifndef BL_FEEDER_CONFIG_H
#define BL_FEEDER_CONFIG_H

#include "bailiff/units.h"
#include "executor/base/arena.h"
#include "executor/feeder/feeder.h"
#include "executor/queue/names.h"

/* key, kind (TIME ns, COUNT, BOOL, LEVEL, TEXT), field, least, most (TEXT: of its length), default
 */
/* clang-format off */
#define BL_FEEDER_KEYS(X)                                                              \
    X("worker",      TEXT,  worker,      1, 120,  "unix:/run/bailiff/rpc.sock")        \
    X("name",        TEXT,  name,        0, 63,   "")                                  \
    X("allow_plain", BOOL,  allow_plain, 0, 1,    "false")                             \
    X("authority",   TEXT,  authority,   0, 4000, "")                                  \
    X("certificate", TEXT,  certificate, 0, 4000, "")                                  \
    X("key",         TEXT,  key,         0, 4000, "")                                  \
    X("credentials", TEXT,  credentials, 0, 4000, "")                                  \
    X("token",       TEXT,  token,       0, 4000, "")                                  \
    X("ahead",       COUNT, ahead,       0, 1000, "4")                                 \
    X("tries",       COUNT, tries,       1, 100,  "5")                                 \
    X("ack_wait",    TIME,  ack_wait_ns, 2 * BL_NS_PER_S, 3600 * BL_NS_PER_S, "30s")   \
    X("look",        TIME,  look_ns,     100 * BL_NS_PER_MS, 60 * BL_NS_PER_S, "2s")   \
    X("sweep",       TIME,  sweep_ns,    BL_NS_PER_S, 86400 * BL_NS_PER_S, "5m")       \
    X("drain",       TIME,  drain_ns,    BL_NS_PER_MS, 86400 * BL_NS_PER_S, "25s")     \
    X("log",         LEVEL, log_level,   0, 3,    "info")
/* clang-format on */

enum { BL_FEEDER_TENANTS_MAX = 1000, BL_FEEDER_WEIGHT_MAX = 1000 };

struct bl_feeder_config {
    struct bl_arena arena; /* everything below */
#define BL_FEEDER_TYPE_TIME uint64_t
#define BL_FEEDER_TYPE_COUNT uint64_t
#define BL_FEEDER_TYPE_BOOL uint64_t
#define BL_FEEDER_TYPE_LEVEL uint64_t
#define BL_FEEDER_TYPE_TEXT const char *
#define X(key, kind, field, ...) BL_FEEDER_TYPE_##kind field;
    BL_FEEDER_KEYS(X)
#undef X
    const char *const *servers; /* NULL-terminated */
    const struct bl_feeder_tenant *tenants;
    size_t tenant_count;
    struct bl_address address; /* of the worker */
};

/* bl_feeder_config_parse - a file's bytes (need not end with NUL); an empty one gives the defaults.
 * name: for messages. Fails with CONFIG, which names file, line and key, or MEMORY; *out is empty
 * then. */
int bl_feeder_config_parse(struct bl_feeder_config *out, const char *name, const char *bytes,
                           size_t length, struct bl_err *err);

/* bl_feeder_config_load - the same from a file of at most 1 MiB. */
int bl_feeder_config_load(struct bl_feeder_config *out, const char *path, struct bl_err *err);

void bl_feeder_config_release(struct bl_feeder_config *config); /* idempotent */

/* bl_feeder_config_access - how the broker is reached; borrows of the configuration. */
struct bl_queue_access bl_feeder_config_access(const struct bl_feeder_config *config);

#endif
