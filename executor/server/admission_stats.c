/* admission_stats.c - how it stands, and when to come again. */
#include <string.h>

#include "bailiff/units.h"
#include "executor/server/admission_private.h"

#define RETRY_LEAST_NS (100 * BL_NS_PER_MS)
#define RETRY_MOST_NS (60 * BL_NS_PER_S)

/* How long between two starts, before one was seen. */
#define FIRST_INTERVAL_NS BL_NS_PER_S

/* Where nothing has started for longer than usual, that is what it takes now. */
static uint64_t interval_now(const struct bl_admission *admission, uint64_t now_ns)
{
    uint64_t since_ns = admission->waiting_since_ns;
    uint64_t stalled_ns = admission->oldest && now_ns > since_ns ? now_ns - since_ns : 0;
    uint64_t usual_ns = admission->stats.started ? admission->interval_ns : FIRST_INTERVAL_NS;

    return stalled_ns > usual_ns ? stalled_ns : usual_ns;
}

uint64_t bl_admission_retry_ns(const struct bl_admission *admission, const char *tenant_name,
                               uint64_t now_ns)
{
    const struct bl_tenant *tenant = tenant_name ? bl_tenant_find(admission, tenant_name) : NULL;
    uint64_t interval_ns = interval_now(admission, now_ns);
    uint64_t leaving = admission->stats.queued, wait_ns;

    /* Its own jobs leave as often as those of everybody else that waits. */
    if (tenant_name)
        leaving = tenant ? (uint64_t)tenant->queued * admission->ready_count : 0;
    leaving = leaving / 8 + 1;
    if (interval_ns > RETRY_MOST_NS / leaving)
        return RETRY_MOST_NS;
    wait_ns = interval_ns * leaving;
    return wait_ns > RETRY_LEAST_NS ? wait_ns : RETRY_LEAST_NS;
}

uint32_t bl_admission_ahead(const struct bl_admission *admission, const struct bl_ticket *ticket)
{
    uint64_t of_each = ticket->tenant->queued, in_turn = of_each * admission->ready_count;
    uint32_t all = admission->stats.queued;

    if (ticket->running || all == 0)
        return 0;
    return (uint32_t)(in_turn < all ? in_turn : all) - 1; /* without itself */
}

struct bl_admission_stats bl_admission_stats(const struct bl_admission *admission)
{
    struct bl_admission_stats stats = admission->stats;

    stats.oldest_ns = admission->oldest ? admission->oldest->since_ns : 0;
    return stats;
}

bool bl_admission_tenant(const struct bl_admission *admission, const char *name,
                         struct bl_admission_tenant *out)
{
    const struct bl_tenant *tenant = bl_tenant_find(admission, name);

    if (!tenant)
        return false;
    *out = (struct bl_admission_tenant){
        .queued = tenant->queued,
        .running = tenant->running,
        .queued_bytes = tenant->queued_bytes,
        .cpu_ns = tenant->cpu_ns,
        .held_ns = tenant->held_ns,
    };
    return true;
}
