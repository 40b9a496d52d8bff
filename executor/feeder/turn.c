#include "executor/feeder/turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

enum { CHARGE = 1 << 20 }; /* of a job, before it is divided by the weight */

struct tenant {
    char name[BL_JOB_TENANT_MAX + 1];
    uint32_t weight;
    uint64_t account;
    bool known[BL_QUEUE_CLASS_COUNT], has_jobs[BL_QUEUE_CLASS_COUNT];
};

struct bl_turn {
    struct tenant *tenants;
    size_t count, room;
    uint64_t level; /* the account of whoever was charged last */
    size_t idle;    /* counts tenants and classes */
    size_t lanes;
};

int bl_turn_new(struct bl_turn **out, struct bl_err *err)
{
    *out = calloc(1, sizeof(**out));
    return *out ? 0 : bl_fail(err, BL_STEP_MEMORY, ENOMEM, "turn");
}

void bl_turn_free(struct bl_turn **turn)
{
    if (*turn)
        free((*turn)->tenants);
    free(*turn);
    *turn = NULL;
}

static bool is_active(const struct tenant *tenant)
{
    for (int class = 0; class < BL_QUEUE_CLASS_COUNT; class ++)
        if (tenant->has_jobs[class])
            return true;
    return false;
}

static struct tenant *find(const struct bl_turn *turn, const char *name)
{
    for (size_t i = 0; i < turn->count; i++)
        if (strcmp(turn->tenants[i].name, name) == 0)
            return &turn->tenants[i];
    return NULL;
}

static struct tenant *add_tenant(struct bl_turn *turn, const char *name, struct bl_err *err)
{
    struct tenant *tenants = turn->tenants;

    if (turn->count == BL_TURN_TENANTS_MAX) {
        (void)bl_fail(err, BL_STEP_QUEUE_FULL, 0, "at most %d tenants", BL_TURN_TENANTS_MAX);
        return NULL;
    }
    if (turn->count == turn->room) {
        size_t room = turn->room ? 2 * turn->room : 16;

        tenants = realloc(turn->tenants, room * sizeof(*tenants));
        if (!tenants) {
            (void)bl_fail(err, BL_STEP_MEMORY, ENOMEM, "tenant %s", name);
            return NULL;
        }
        turn->tenants = tenants;
        turn->room = room;
    }
    tenants[turn->count] = (struct tenant){.weight = 1};
    (void)snprintf(tenants[turn->count].name, sizeof(tenants[0].name), "%s", name);
    return &tenants[turn->count++];
}

int bl_turn_add(struct bl_turn *turn, const struct bl_queue_lane *lane, uint32_t weight,
                struct bl_err *err)
{
    struct tenant *tenant = find(turn, lane->tenant);

    if (!tenant && !(tenant = add_tenant(turn, lane->tenant, err)))
        return -1;
    tenant->weight = weight ? weight : 1;
    if (!is_active(tenant) && tenant->account < turn->level)
        tenant->account = turn->level;
    turn->lanes += !tenant->known[lane->class];
    tenant->known[lane->class] = true;
    tenant->has_jobs[lane->class] = true;
    return 0;
}

void bl_turn_empty(struct bl_turn *turn, const struct bl_queue_lane *lane)
{
    struct tenant *tenant = find(turn, lane->tenant);

    if (tenant)
        tenant->has_jobs[lane->class] = false;
}

static void name_lane(struct bl_queue_lane *lane, const struct tenant *tenant, int class)
{
    memcpy(lane->tenant, tenant->name, sizeof(lane->tenant));
    lane->class = (enum bl_queue_class) class;
}

bool bl_turn_next(struct bl_turn *turn, struct bl_queue_lane *lane)
{
    struct tenant *next = NULL;

    for (size_t i = 0; i < turn->count; i++) {
        struct tenant *tenant = &turn->tenants[i];

        if (is_active(tenant) && (!next || tenant->account < next->account))
            next = tenant;
    }
    for (int class = 0; next && class < BL_QUEUE_CLASS_COUNT; class ++) {
        if (!next->has_jobs[class])
            continue;
        name_lane(lane, next, class);
        turn->level = next->account;
        next->account += CHARGE / next->weight;
        return true;
    }
    return false;
}

void bl_turn_refund(struct bl_turn *turn, const struct bl_queue_lane *lane)
{
    struct tenant *tenant = find(turn, lane->tenant);

    if (tenant && tenant->account >= CHARGE / tenant->weight)
        tenant->account -= CHARGE / tenant->weight;
}

bool bl_turn_idle(struct bl_turn *turn, struct bl_queue_lane *lane)
{
    for (size_t i = 0; i < turn->count * BL_QUEUE_CLASS_COUNT; i++) {
        size_t at = turn->idle++ % (turn->count * BL_QUEUE_CLASS_COUNT);
        const struct tenant *tenant = &turn->tenants[at / BL_QUEUE_CLASS_COUNT];

        if (!tenant->known[at % BL_QUEUE_CLASS_COUNT])
            continue;
        name_lane(lane, tenant, (int)(at % BL_QUEUE_CLASS_COUNT));
        return true;
    }
    return false;
}

size_t bl_turn_lanes(const struct bl_turn *turn)
{
    return turn->lanes;
}
