/* site_solitude.c - runs a case again with no other job's program beside it: does what solitude.h
 * says, and has it paid for; site_private.h, task.h. */
#include "executor/server/admission.h"
#include "executor/server/site_private.h"
#include "executor/server/task.h"

static struct bl_task *task_of(struct bl_party *party)
{
    return (struct bl_task *)(void *)((char *)party - offsetof(struct bl_task, party));
}

/* For having kept the others waiting since somebody paid for it last. */
static void pay(struct bl_task *task, uint64_t now_ns)
{
    struct bl_site *site = task->site;

    bl_admission_surcharge(site->admission, task->ticket, now_ns - site->held_paid_ns, now_ns);
    site->held_paid_ns = now_ns;
}

static void hold(struct bl_site *site)
{
    site->held_paid_ns = bl_now_ns();
    bl_admission_hold(site->admission, true);
    for (struct bl_task *at = site->running; at; at = at->next_running)
        if (at->work && !at->is_done)
            site->carrier.hold(site->carrier.ctx, at->work);
}

static void release(struct bl_site *site)
{
    bl_admission_hold(site->admission, false);
    for (struct bl_task *at = site->running; at; at = at->next_running) {
        bl_solitude_wake(&site->solitude, &at->party);
        if (at->work && !at->is_done)
            site->carrier.resume(site->carrier.ctx, at->work);
    }
}

bool bl_site_solitude_step(struct bl_site *site)
{
    enum bl_solitude_event event;
    struct bl_party *party = NULL;
    uint64_t now_ns = bl_now_ns();
    bool is_alone = false;

    if (!bl_solitude_next(&site->solitude, now_ns, &event, &party))
        return false;
    switch (event) {
    case BL_SOLITUDE_HOLD:
        hold(site);
        return true;
    case BL_SOLITUDE_RELEASE:
        release(site);
        return true;
    case BL_SOLITUDE_BESIDE:
        pay(task_of(party), now_ns);
        break;
    case BL_SOLITUDE_ALONE:
        is_alone = true;
        break;
    }
    site->carrier.alone(site->carrier.ctx, task_of(party)->work, is_alone);
    return true;
}

void bl_task_wish_alone(void *ctx)
{
    struct bl_task *task = ctx;

    bl_solitude_wish(&task->site->solitude, &task->party, bl_now_ns());
    bl_site_pump(task->site);
}

void bl_task_end_alone(void *ctx)
{
    struct bl_task *task = ctx;
    uint64_t now_ns = bl_now_ns();

    if (task->party.state == BL_PARTY_ALONE)
        pay(task, now_ns);
    bl_solitude_end(&task->site->solitude, &task->party, now_ns);
    bl_site_pump(task->site);
}

void bl_task_on_still(void *ctx)
{
    struct bl_task *task = ctx;

    bl_solitude_still(&task->site->solitude, &task->party);
    bl_site_pump(task->site);
}

void bl_task_leave_solitude(struct bl_task *task)
{
    if (task->party.state == BL_PARTY_OUT)
        return;
    bl_task_end_alone(task);
    bl_solitude_leave(&task->site->solitude, &task->party, bl_now_ns());
}
