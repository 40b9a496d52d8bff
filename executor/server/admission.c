/* admission.c - the calls of admission.h that take and give back tickets. */
#include "executor/server/admission.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/server/admission_private.h"

struct bl_admission_options bl_admission_default_options(unsigned slots, uint64_t memory_bytes)
{
    return (struct bl_admission_options){
        .slots = slots,
        .memory_bytes = memory_bytes,
        .queue_jobs_max = 20000,
        .tenant_jobs_max = 10000,
        .queue_bytes_max = 64 * BL_MIB,
        .tenant_bytes_max = 32 * BL_MIB,
        .tenants_max = 1024,
        .ageing_ns = BL_NS_PER_S,
        .overtakes_max = 4 * slots,
    };
}

static bool expires_before(const struct bl_heap_node *a, const struct bl_heap_node *b)
{
    const size_t offset = offsetof(struct bl_ticket, expiry);
    const struct bl_ticket *one = (const void *)((const char *)a - offset);
    const struct bl_ticket *other = (const void *)((const char *)b - offset);

    return one->deadline_ns < other->deadline_ns;
}

int bl_admission_new(struct bl_admission **out, const struct bl_admission_options *options,
                     struct bl_err *err)
{
    struct bl_admission *admission;

    if (bl_admission_check_options(options, err) != 0)
        return -1;
    admission = calloc(1, sizeof(*admission));
    if (!admission)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "admission");
    admission->options = *options;
    admission->stats.slots = options->slots;
    admission->stats.memory_bytes = options->memory_bytes;
    admission->deadlines.before = expires_before;
    for (unsigned slot = 0; slot < options->slots; slot++)
        bl_slot_set_put(&admission->free, slot);
    bl_tenants_init(admission);
    *out = admission;
    return 0;
}

void bl_admission_free(struct bl_admission **admission)
{
    if (!*admission)
        return;
    assert((*admission)->stats.running == 0);
    for (struct bl_ticket *ticket = (*admission)->oldest; ticket;) {
        struct bl_ticket *newer = ticket->newer;

        free(ticket);
        ticket = newer;
    }
    bl_tenants_release(*admission);
    free(*admission);
    *admission = NULL;
}

/* The share of whichever it takes more of: slots, or memory as if it were slots. */
static uint64_t dominant_rate(const struct bl_admission *admission,
                              const struct bl_admission_job *job)
{
    uint64_t by_slots = (uint64_t)job->slots * 1000;
    bl_use by_memory = (bl_use)job->memory_bytes * admission->options.slots * 1000 /
                       admission->options.memory_bytes;

    return by_memory > by_slots ? (uint64_t)by_memory : by_slots;
}

/* Where it fails nothing has changed. */
static int make_ticket(struct bl_ticket **out, struct bl_admission *admission,
                       const struct bl_admission_job *job, uint64_t now_ns, struct bl_err *err)
{
    bl_autofree struct bl_ticket *ticket = calloc(1, sizeof(*ticket));

    if (!ticket)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "ticket");
    if (bl_tenant_get(&ticket->tenant, admission, job->tenant, err) != 0)
        return -1;
    ticket->tenant->weight = job->weight;
    ticket->number = ++admission->numbers;
    ticket->urgency =
        (bl_urgency)now_ns - (bl_urgency)job->priority * (bl_urgency)admission->options.ageing_ns;
    ticket->slots = job->slots;
    ticket->memory_bytes = job->memory_bytes;
    ticket->held_bytes = job->held_bytes;
    ticket->deadline_ns = job->deadline_ns;
    ticket->ctx = job->ctx;
    ticket->rate = dominant_rate(admission, job);
    *out = bl_take(&ticket);
    return 0;
}

/* ---- tickets ---- */

static void count_refusal(struct bl_admission_stats *stats, enum bl_step step)
{
    stats->refused_full += step == BL_STEP_QUEUE_FULL;
    stats->refused_capacity += step == BL_STEP_CAPACITY;
    stats->refused_draining += step == BL_STEP_DRAINING;
}

int bl_admission_enqueue(struct bl_admission *admission, const struct bl_admission_job *job,
                         uint64_t now_ns, struct bl_ticket **out, struct bl_err *err)
{
    struct bl_ticket *ticket;

    if (bl_admission_check_job(job, err) != 0)
        return -1;
    if (bl_admission_check_room(admission, job, err) != 0 ||
        make_ticket(&ticket, admission, job, now_ns, err) != 0) {
        count_refusal(&admission->stats, err->step);
        return -1;
    }
    bl_ticket_join(admission, ticket, now_ns);
    bl_tenant_sort(admission, ticket->tenant, now_ns);
    admission->stats.enqueued++;
    *out = ticket;
    return 0;
}

struct bl_ticket *bl_admission_extra(struct bl_admission *admission,
                                     const struct bl_admission_job *job, uint64_t now_ns)
{
    struct bl_ticket *ticket;
    struct bl_err err;

    if (admission->oldest || admission->stats.draining || admission->is_held ||
        bl_admission_check_job(job, &err) != 0 || !bl_tenant_find(admission, job->tenant) ||
        make_ticket(&ticket, admission, job, now_ns, &err) != 0)
        return NULL;
    if (!bl_ticket_fits(admission, ticket)) {
        bl_tenant_sort(admission, ticket->tenant, now_ns); /* its weight may be new */
        free(ticket);
        return NULL;
    }
    bl_ticket_occupy(admission, ticket, now_ns);
    bl_tenant_sort(admission, ticket->tenant, now_ns);
    admission->stats.extra++;
    return ticket;
}

void bl_admission_hold(struct bl_admission *admission, bool is_held)
{
    admission->is_held = is_held;
}

void bl_admission_surcharge(struct bl_admission *admission, struct bl_ticket *ticket,
                            uint64_t for_ns, uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;
    uint64_t others = admission->options.slots - ticket->slots;

    assert(ticket->running);
    tenant->settled += (bl_use)others * 1000 * for_ns / tenant->weight;
    bl_tenant_sort(admission, tenant, now_ns);
}

bool bl_admission_is_wanted(const struct bl_admission *admission)
{
    return admission->oldest != NULL;
}

bool bl_admission_cancel(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;

    if (ticket->running)
        return false;
    bl_ticket_leave(admission, ticket);
    bl_tenant_sort(admission, tenant, now_ns);
    free(ticket);
    admission->stats.cancelled++;
    return true;
}

void bl_admission_done(struct bl_admission *admission, struct bl_ticket *ticket, uint64_t cpu_ns,
                       uint64_t now_ns)
{
    struct bl_tenant *tenant = ticket->tenant;

    assert(ticket->running);
    bl_ticket_vacate(admission, ticket);
    bl_tenant_settle(admission, ticket, now_ns);
    tenant->cpu_ns += cpu_ns;
    bl_tenant_sort(admission, tenant, now_ns);
    free(ticket);
    admission->stats.done++;
}

const struct bl_slot_set *bl_ticket_slots(const struct bl_ticket *ticket)
{
    return &ticket->set;
}

bool bl_ticket_is_running(const struct bl_ticket *ticket)
{
    return ticket->running;
}

/* ---- the end ---- */

void bl_admission_drain(struct bl_admission *admission, enum bl_drain_policy policy)
{
    admission->stats.draining = true;
    admission->refuse_queued = admission->refuse_queued || policy == BL_DRAIN_REFUSE_QUEUED;
}

bool bl_admission_is_idle(const struct bl_admission *admission)
{
    return admission->stats.queued == 0 && admission->stats.running == 0;
}
