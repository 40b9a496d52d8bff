/* task_extra.c - several cases of one job at once; task.h.
 *
 * A job starts with the slots of one case, so that wanting many never makes it wait. More are taken
 * while they are free and nobody waits, and given back one by one, as their cases end, as soon as
 * somebody does. */
#include <errno.h>
#include <stdlib.h>

#include "executor/server/admission.h"
#include "executor/server/site_private.h"
#include "executor/server/task.h"

struct bl_task_extra {
    struct bl_task_extra *next;
    struct bl_ticket *ticket;
    unsigned place; /* the carrier's number */
    bool is_recalled;
};

static void give_back(struct bl_task *task, struct bl_task_extra *extra)
{
    bl_admission_done(task->site->admission, extra->ticket, 0, bl_now_ns());
    free(extra);
    bl_site_pump(task->site);
}

static struct bl_ticket *ask(struct bl_task *task)
{
    const struct bl_admission_job job = {
        .tenant = task->tenant,
        .weight = bl_site_weight(task->site, task->tenant),
        .slots = task->demand.slots,
        .memory_bytes = task->demand.memory_bytes,
        .ctx = task,
    };

    return bl_admission_extra(task->site->admission, &job, bl_now_ns());
}

static int place(struct bl_task *task, struct bl_task_extra *extra, struct bl_err *err)
{
    struct bl_site *site = task->site;
    char cpus[BL_CPUSET_MAX];

    if (bl_slots_cpuset(site->options.slots, bl_ticket_slots(extra->ticket), cpus, err))
        return -1;
    return site->carrier.add(site->carrier.ctx, task->work, cpus, &extra->place, err);
}

/* One place more. False: there is none. */
static bool spread_by_one(struct bl_task *task)
{
    struct bl_task_extra *extra = calloc(1, sizeof(*extra));
    struct bl_err err;

    if (!extra)
        return false; /* it goes on with what it has */
    extra->ticket = ask(task);
    if (!extra->ticket) {
        free(extra);
        return false;
    }
    if (place(task, extra, &err)) {
        give_back(task, extra);
        return false;
    }
    extra->next = task->extras;
    task->extras = extra;
    return true;
}

void bl_task_spread(struct bl_task *task)
{
    size_t places = 1, wanted = task->demand.cases;

    if (!task->work || task->is_done || task->is_stopped)
        return;
    if (wanted > task->cases_left)
        wanted = task->cases_left;
    for (const struct bl_task_extra *at = task->extras; at; at = at->next)
        places++;
    while (places < wanted && spread_by_one(task))
        places++;
}

void bl_task_yield(struct bl_task *task)
{
    struct bl_site *site = task->site;

    for (struct bl_task_extra *at = task->extras; at; at = at->next) {
        if (!at->is_recalled && !task->is_done)
            site->carrier.recall(site->carrier.ctx, task->work, at->place);
        at->is_recalled = true;
    }
}

void bl_task_on_idle(void *ctx, unsigned place)
{
    struct bl_task *task = ctx;

    for (struct bl_task_extra **at = &task->extras, *extra; (extra = *at); at = &extra->next) {
        if (extra->place != place)
            continue;
        *at = extra->next;
        give_back(task, extra);
        return;
    }
}

void bl_task_release_extras(struct bl_task *task)
{
    for (struct bl_task_extra *extra; (extra = task->extras);) {
        task->extras = extra->next;
        give_back(task, extra);
    }
}
