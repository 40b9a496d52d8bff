/* registry.c - see registry.h. */
#include "executor/server/registry.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <string.h>

static int by_name(const void *left, const void *right)
{
    const struct bl_known *a = left, *b = right;
    int order = strcmp(a->id, b->id);

    return order ? order : strcmp(a->tenant, b->tenant);
}

void bl_registry_init(struct bl_registry *registry, uint32_t count_max)
{
    *registry = (struct bl_registry){.count_max = count_max};
}

struct bl_known *bl_registry_find(const struct bl_registry *registry, const char *tenant,
                                  const char *id)
{
    const struct bl_known wanted = {.tenant = tenant, .id = id};
    struct bl_known *const *found = tfind(&wanted, &registry->names, by_name);

    return found ? *found : NULL;
}

int bl_registry_add(struct bl_registry *registry, struct bl_known *known, struct bl_err *err)
{
    struct bl_known **slot;

    if (registry->count >= registry->count_max)
        return bl_fail(err, BL_STEP_QUEUE_FULL, 0, "%u jobs are known here, no more are kept",
                       registry->count);
    slot = tsearch(known, &registry->names, by_name);
    if (!slot)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job's name");
    assert(*slot == known);
    known->is_named = known->is_counted = true;
    registry->count++;
    return 0;
}

void bl_registry_unname(struct bl_registry *registry, struct bl_known *known)
{
    if (known->is_named)
        (void)tdelete(known, &registry->names, by_name); /* the parent's slot is of no interest */
    known->is_named = false;
}

void bl_registry_end(struct bl_registry *registry, struct bl_known *known, uint64_t now_ns)
{
    assert(known->is_counted && !known->is_over);
    known->over_ns = now_ns;
    known->is_over = true;
    known->newer = NULL;
    known->older = registry->newest;
    if (registry->newest)
        registry->newest->newer = known;
    else
        registry->oldest = known;
    registry->newest = known;
}

struct bl_known *bl_registry_oldest(const struct bl_registry *registry)
{
    return registry->oldest;
}

static void leave_line(struct bl_registry *registry, struct bl_known *known)
{
    if (known->older)
        known->older->newer = known->newer;
    else
        registry->oldest = known->newer;
    if (known->newer)
        known->newer->older = known->older;
    else
        registry->newest = known->older;
    known->older = known->newer = NULL;
    known->is_over = false;
}

void bl_registry_forget(struct bl_registry *registry, struct bl_known *known)
{
    bl_registry_unname(registry, known);
    if (known->is_over)
        leave_line(registry, known);
    registry->count -= known->is_counted;
    known->is_counted = false;
}
