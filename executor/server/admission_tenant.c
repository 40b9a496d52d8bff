/* admission_tenant.c - whose turn it is among tenants; see admission.h for the rule. */
#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/server/admission_private.h"

/* What a job costs at least: to start and to remove it. Without it a tenant whose jobs end at once
 * would never stop being the one who has used least. */
#define LEAST_NS BL_NS_PER_MS

/* What a job is thought to take before any was seen. */
#define FIRST_USUAL_NS BL_NS_PER_S

static bool tenant_before(const struct bl_heap_node *a, const struct bl_heap_node *b)
{
    const struct bl_tenant *one = (const void *)a, *other = (const void *)b;

    return one->key != other->key ? one->key < other->key : one->last_turn < other->last_turn;
}

_Static_assert(offsetof(struct bl_tenant, place) == 0, "tenant_before() relies on it");

static bool ticket_before(const struct bl_heap_node *a, const struct bl_heap_node *b)
{
    const struct bl_ticket *one = (const void *)a, *other = (const void *)b;

    return one->urgency != other->urgency ? one->urgency < other->urgency
                                          : one->number < other->number;
}

_Static_assert(offsetof(struct bl_ticket, turn) == 0, "ticket_before() relies on it");

static int compare_names(const void *a, const void *b)
{
    const struct bl_tenant *one = a, *other = b;

    return strcmp(one->name, other->name);
}

void bl_tenants_init(struct bl_admission *admission)
{
    admission->ready.before = tenant_before;
    admission->owing.before = tenant_before;
}

void bl_tenants_release(struct bl_admission *admission)
{
    tdestroy(admission->tenants, free);
    admission->tenants = NULL;
}

struct bl_tenant *bl_tenant_find(const struct bl_admission *admission, const char *name)
{
    struct bl_tenant key;
    void *found;

    if (strlen(name) >= sizeof(key.name))
        return NULL;
    memcpy(key.name, name, strlen(name) + 1);
    found = tfind(&key, (void *const *)&admission->tenants, compare_names);
    return found ? *(struct bl_tenant **)found : NULL;
}

static void forget(struct bl_admission *admission, struct bl_tenant *tenant)
{
    assert(tenant->queued == 0 && tenant->running == 0);
    if (tenant->sorted_in)
        bl_heap_take(tenant->sorted_in, &tenant->place);
    (void)tdelete(tenant, &admission->tenants, compare_names); /* the parent: of no use */
    free(tenant);
    admission->stats.tenants--;
}

int bl_tenant_get(struct bl_tenant **out, struct bl_admission *admission, const char *name,
                  struct bl_err *err)
{
    struct bl_tenant *tenant = bl_tenant_find(admission, name);

    if (tenant) {
        *out = tenant;
        return 0;
    }
    if (admission->stats.tenants >= admission->options.tenants_max && admission->owing.root)
        forget(admission, bl_heap_of(admission->owing.root, struct bl_tenant, place));
    if (admission->stats.tenants >= admission->options.tenants_max)
        return bl_fail(err, BL_STEP_QUEUE_FULL, 0, "tenants: at most %u have jobs here at once",
                       admission->options.tenants_max);
    tenant = calloc(1, sizeof(*tenant));
    if (!tenant)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "tenant");
    memcpy(tenant->name, name, strlen(name) + 1);
    tenant->waiting.before = ticket_before;
    tenant->weight = 1;
    if (!tsearch(tenant, &admission->tenants, compare_names)) {
        free(tenant);
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "tenant");
    }
    admission->stats.tenants++;
    *out = tenant;
    return 0;
}

/* What its running jobs have come to. */
static bl_use used_by_running(const struct bl_tenant *tenant, uint64_t now_ns)
{
    bl_use until_now = (bl_use)tenant->rate * now_ns;

    return until_now > tenant->rate_started ? until_now - tenant->rate_started : 0;
}

/* What running jobs have come to counts as soon as it is more than what was charged for them. */
static bl_use virtual_time(const struct bl_tenant *tenant, uint64_t now_ns)
{
    bl_use used = used_by_running(tenant, now_ns);

    if (used < tenant->expected)
        used = tenant->expected;
    return tenant->settled + used / tenant->weight;
}

/* Debts that everybody has caught up with are forgotten. */
static void forgive(struct bl_admission *admission)
{
    struct bl_tenant *least;

    while ((least = bl_heap_of(admission->owing.root, struct bl_tenant, place)) &&
           least->key <= admission->virtual_now)
        forget(admission, least);
}

/* Nobody saves up what he did not use while he had nothing to run. */
static void come_back(struct bl_admission *admission, struct bl_tenant *tenant)
{
    tenant->last_turn = ++admission->turns;
    if (tenant->key >= admission->virtual_now)
        return;
    tenant->settled += admission->virtual_now - tenant->key;
    tenant->key = admission->virtual_now;
}

void bl_tenant_sort(struct bl_admission *admission, struct bl_tenant *tenant, uint64_t now_ns)
{
    struct bl_heap *before = tenant->sorted_in, *after = NULL;

    if (tenant->queued > 0)
        after = &admission->ready;
    else if (tenant->running == 0)
        after = &admission->owing;
    if (before)
        bl_heap_take(before, &tenant->place);
    admission->ready_count -= before == &admission->ready;
    tenant->key = virtual_time(tenant, now_ns);
    if (after == &admission->ready && before != after)
        come_back(admission, tenant);
    if (after)
        bl_heap_put(after, &tenant->place);
    tenant->sorted_in = after;
    admission->ready_count += after == &admission->ready;
    forgive(admission); /* perhaps this one */
}

/* Time passes for those that have something running, so that a key may be too small by now; it is
 * never too large. Each tenant is looked at once at most: its second look changes nothing. */
struct bl_tenant *bl_tenant_first(struct bl_admission *admission, uint64_t now_ns)
{
    struct bl_tenant *tenant;

    while ((tenant = bl_heap_of(admission->ready.root, struct bl_tenant, place)) &&
           virtual_time(tenant, now_ns) > tenant->key)
        bl_tenant_sort(admission, tenant, now_ns);
    return tenant;
}

/* What a job of this tenant is thought to take: as its own did, or those of all others. */
static uint64_t usual_ns(const struct bl_admission *admission, const struct bl_tenant *tenant)
{
    if (tenant->usual_ns)
        return tenant->usual_ns;
    return admission->usual_ns ? admission->usual_ns : FIRST_USUAL_NS;
}

/* mean 0: this is the first. */
static uint64_t moving_mean(uint64_t mean, uint64_t value)
{
    return mean ? mean - mean / 8 + value / 8 : value;
}

void bl_tenant_charge(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;
    bl_use virtual_now = tenant->settled + used_by_running(tenant, now_ns) / tenant->weight;

    /* By what was used, not by what was charged: that may be too much and be given back, and who
     * comes then would have to wait for what nobody used. */
    if (virtual_now > admission->virtual_now)
        admission->virtual_now = virtual_now;
    ticket->expected = (bl_use)ticket->rate * usual_ns(admission, tenant);
    tenant->expected += ticket->expected;
    tenant->rate += ticket->rate;
    tenant->rate_started += (bl_use)ticket->rate * now_ns;
    tenant->last_turn = ++admission->turns;
    tenant->running++;
}

void bl_tenant_settle(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;
    uint64_t held_ns = now_ns > ticket->since_ns ? now_ns - ticket->since_ns : 0;
    uint64_t cost_ns = held_ns > LEAST_NS ? held_ns : LEAST_NS;

    tenant->expected -= ticket->expected;
    tenant->rate -= ticket->rate;
    tenant->rate_started -= (bl_use)ticket->rate * ticket->since_ns;
    tenant->settled += (bl_use)ticket->rate * cost_ns / tenant->weight;
    tenant->usual_ns = moving_mean(tenant->usual_ns, cost_ns);
    admission->usual_ns = moving_mean(admission->usual_ns, cost_ns);
    tenant->held_ns += held_ns * ticket->slots;
    tenant->running--;
}
