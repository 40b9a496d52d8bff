/* task_run.c - from its turn to its last event; task.h. */
#include "executor/server/admission.h"
#include "executor/server/site_private.h"
#include "executor/server/task.h"

static void on_event(void *ctx, const struct bl_job_event *event)
{
    struct bl_task *task = ctx;

    bl_task_tell(task, event);
    if (event->kind != BL_JOB_EVENT_DONE)
        return;
    if (event->done.error && !task->is_lost)
        task->lost = *event->done.error;
    bl_task_done(task, event->done.end, event->done.outcome);
}

static int reserve(struct bl_task *task, struct bl_err *err)
{
    size_t wanted = task->log.held + task->demand.event_bytes;

    if (bl_event_log_reserve(&task->log, wanted, err) == 0)
        return 0;
    (void)bl_site_make_room(task->site, task->book.shelf,
                            wanted); /* it is tried, whatever was made */
    return bl_event_log_reserve(&task->log, wanted, err);
}

static unsigned first_of(const struct bl_slot_set *slots)
{
    unsigned slot = 0;

    while (slot < BL_SLOTS_MAX - 1 && !bl_slot_set_has(slots, slot))
        slot++;
    return slot;
}

static int start(struct bl_task *task, const struct bl_slot_set *slots, struct bl_err *err)
{
    struct bl_site *site = task->site;
    char cpus[BL_CPUSET_MAX] = "";
    struct bl_job_event started = {.kind = BL_JOB_EVENT_STARTED};
    struct bl_carry_order order = {.job = task->job,
                                   .cpus = cpus,
                                   .accepted_ns = task->accepted_ns,
                                   .deadline_ns = task->deadline_ns,
                                   .on_event = on_event,
                                   .on_idle = bl_task_on_idle,
                                   .on_wish = bl_task_wish_alone,
                                   .on_wish_end = bl_task_end_alone,
                                   .on_still = bl_task_on_still,
                                   .ctx = task};

    if (bl_slots_cpuset(site->options.slots, slots, cpus, err) || reserve(task, err))
        return -1;
    started.started.slot = first_of(slots);
    started.started.cpus = cpus;
    started.started.waited_ns = task->started_ns - task->accepted_ns; /* as at its end */
    bl_task_tell(task, &started);
    if (task->is_lost) {
        *err = task->lost;
        return -1;
    }
    order.first_number = task->log.count;
    return site->carrier.start(site->carrier.ctx, &task->work, &order, err);
}

void bl_task_start(struct bl_task *task, const struct bl_slot_set *slots, uint64_t waited_ns)
{
    struct bl_err err;

    task->phase = BL_TASK_RUNNING;
    bl_site_list_running(task);
    bl_solitude_enter(&task->site->solitude, &task->party);
    task->started_ns = bl_now_ns();
    bl_metrics_observe(&task->site->metrics, BL_METRIC_QUEUE_WAIT, waited_ns);
    if (start(task, slots, &err) == 0)
        return;
    if (err.step == BL_STEP_EVENTS_FULL && !task->is_detached)
        bl_task_refuse(task, &err); /* its client may try again; nothing of it was run */
    else
        bl_task_end_waiting(task, BL_JOB_BROKEN, &err);
}
