/* registry.h - the jobs that this worker knows, by tenant and id, and when it forgets them. Pure:
 * time is told.
 *
 * A job is known from its acceptance until it is forgotten: some time after its end, or earlier
 * where there is no room for a new one. Those that are over stand in line by when they ended. */
#ifndef BL_SERVER_REGISTRY_H
#define BL_SERVER_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/err.h"

/* In the job's own memory; zeroed at first, then the registry's. */
struct bl_known {
    const char *tenant, *id; /* borrowed, for as long as it is known */
    uint64_t over_ns;
    struct bl_known *older, *newer; /* in the line of those that are over */
    bool is_named;                  /* can be found */
    bool is_counted, is_over;
};

struct bl_registry {
    void *names; /* tsearch(3) */
    struct bl_known *oldest, *newest;
    uint32_t count, count_max;
};

/* bl_registry_init - count_max: known at once; 1 at least. */
void bl_registry_init(struct bl_registry *registry, uint32_t count_max);

/* bl_registry_find - NULL: none is known. Whose jobs they are is part of their name: a tenant can
 * neither learn of another's ids nor take them. */
struct bl_known *bl_registry_find(const struct bl_registry *registry, const char *tenant,
                                  const char *id);

/* bl_registry_add - one whose name is not taken. Fails with QUEUE_FULL where count_max are known
 * (forget the oldest, where there is one, and try again), MEMORY. */
int bl_registry_add(struct bl_registry *registry, struct bl_known *known, struct bl_err *err);

/* bl_registry_unname - gives its name free; it still counts. */
void bl_registry_unname(struct bl_registry *registry, struct bl_known *known);

/* bl_registry_end - it is over, and stands in line to be forgotten. now_ns: never less than at the
 * last call. */
void bl_registry_end(struct bl_registry *registry, struct bl_known *known, uint64_t now_ns);

/* bl_registry_oldest - the one that has been over the longest; NULL: none is. */
struct bl_known *bl_registry_oldest(const struct bl_registry *registry);

/* bl_registry_forget - takes it out; idempotent. */
void bl_registry_forget(struct bl_registry *registry, struct bl_known *known);

#endif
