/* site_pump.c - what the site does by itself: starts whose turn it is, forgets what is over, and
 * ends a drain; site_private.h. */
#include "executor/base/log.h"
#include "executor/server/site_private.h"
#include "executor/server/task.h"

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void handle(const struct bl_admission_event *event)
{
    struct bl_task *task = event->ctx;
    struct bl_err err;

    task->ticket = event->ticket;
    switch (event->kind) {
    case BL_ADMISSION_START:
        bl_task_start(task, &event->slots, event->waited_ns);
        return;
    case BL_ADMISSION_EXPIRED:
        bl_task_end_waiting(task, BL_JOB_EXPIRED, NULL);
        return;
    case BL_ADMISSION_DRAINED:
        bl_err_fill(&err, BL_STEP_DRAINING, 0, "job %s was waiting", task->id);
        bl_task_refuse(task, &err);
        return;
    }
}

/* ---- forgetting ---- */

static struct bl_task *oldest_of(const struct bl_site *site)
{
    return (struct bl_task *)bl_registry_oldest(&site->registry);
}

static uint64_t forget_at(const struct bl_site *site)
{
    const struct bl_task *oldest = oldest_of(site);

    return oldest ? oldest->known.over_ns + site->options.settings.keep_ns : UINT64_MAX;
}

/* The next one after it that is over. */
static struct bl_task *next_over(const struct bl_task *task)
{
    return (struct bl_task *)task->known.newer;
}

static bool has_room(const struct bl_site *site, size_t bytes)
{
    return bytes <= site->events.max_bytes - site->events.used_bytes;
}

static struct bl_task *task_of(struct bl_book *book)
{
    return (struct bl_task *)(void *)((char *)book - offsetof(struct bl_task, book));
}

bool bl_site_make_room(struct bl_site *site, const struct bl_shelf *wants, size_t event_bytes)
{
    uint64_t now_ns = bl_now_ns();
    struct bl_book *victim;

    while (!has_room(site, event_bytes) &&
           (victim = bl_shelves_victim(&site->shelves, wants, event_bytes, 0)))
        bl_task_free(task_of(victim));
    for (struct bl_task *at = oldest_of(site), *next; at && !has_room(site, event_bytes);
         at = next) {
        next = next_over(at);
        if (now_ns - at->known.over_ns >= BL_READER_PATIENCE_NS &&
            bl_shelf_yields(&site->shelves, at->book.shelf, wants, event_bytes, 0))
            bl_task_free(at);
    }
    return has_room(site, event_bytes);
}

void bl_site_forget_one(struct bl_site *site, const struct bl_shelf *wants)
{
    struct bl_book *victim = bl_shelves_victim(&site->shelves, wants, 0, 0);

    if (victim)
        bl_task_free(task_of(victim));
}

void bl_site_list(struct bl_task *task)
{
    struct bl_site *site = task->site;

    task->older = site->tasks;
    if (task->older)
        task->older->newer = task;
    site->tasks = task;
    site->live++;
}

void bl_site_unlist(struct bl_task *task)
{
    if (task->newer)
        task->newer->older = task->older;
    else
        task->site->tasks = task->older;
    if (task->older)
        task->older->newer = task->newer;
    task->site->live -= task->phase != BL_TASK_OVER;
}

void bl_site_list_running(struct bl_task *task)
{
    struct bl_task **first = &task->site->running;

    task->next_running = *first;
    if (task->next_running)
        task->next_running->running = &task->next_running;
    task->running = first;
    *first = task;
}

void bl_site_unlist_running(struct bl_task *task)
{
    if (!task->running)
        return;
    *task->running = task->next_running;
    if (task->next_running)
        task->next_running->running = task->running;
    task->running = NULL;
}

/* ---- the clock ---- */

static void end_drain(struct bl_site *site)
{
    if (!site->is_draining || site->is_drained || site->live)
        return;
    site->is_drained = true;
    bl_timer_disarm(site->patience);
    bl_status_end(site);
    site->on_drained(site->drained_ctx);
}

/* Slots that nobody waits for go to jobs that can use several, and back. */
static void share_out(struct bl_site *site)
{
    bool wanted = bl_admission_is_wanted(site->admission);

    for (struct bl_task *at = site->running; at; at = at->next_running) {
        if (wanted)
            bl_task_yield(at);
        else
            bl_task_spread(at);
    }
}

static void pump(void *ctx)
{
    struct bl_site *site = ctx;
    struct bl_admission_event event;
    uint64_t at_ns;

    do {
        while (bl_admission_next(site->admission, bl_now_ns(), &event))
            handle(&event);
    } while (bl_site_solitude_step(site));
    share_out(site);
    at_ns = earlier(bl_admission_next_ns(site->admission), forget_at(site));
    at_ns = earlier(at_ns, bl_solitude_next_ns(&site->solitude));
    if (at_ns == UINT64_MAX)
        bl_timer_disarm(site->clock);
    else
        bl_timer_arm(site->clock, at_ns);
    bl_status_wake(site);
    end_drain(site);
}

static void on_clock(void *ctx)
{
    struct bl_site *site = ctx;

    while (forget_at(site) <= bl_now_ns())
        bl_task_free(oldest_of(site));
    bl_site_pump(site);
}

static void on_patience(void *ctx)
{
    struct bl_site *site = ctx;
    unsigned killed = 0;

    for (struct bl_task *at = site->running; at; at = at->next_running) {
        if (at->is_done)
            continue;
        at->is_lost = true; /* whoever waits is told that another worker may run it */
        bl_err_fill(&at->lost, BL_STEP_DRAINING, 0, "job %s did not end in time", at->id);
        bl_task_stop(at);
        killed++;
    }
    if (killed)
        bl_log(BL_LOG_WARNING, "jobs killed: they did not end before the drain's patience did",
               bl_log_number("jobs", killed));
}

void bl_site_pump(struct bl_site *site)
{
    bl_loop_defer(site->options.loop, &site->pump);
}

int bl_site_pump_init(struct bl_site *site, struct bl_err *err)
{
    site->pump = (struct bl_deferred){.work = pump, .ctx = site};
    if (bl_timer_new(&site->clock, site->options.loop, on_clock, site, err))
        return -1;
    return bl_timer_new(&site->patience, site->options.loop, on_patience, site, err);
}

void bl_site_pump_release(struct bl_site *site)
{
    bl_loop_undefer(site->options.loop, &site->pump);
    bl_timer_free(&site->clock);
    bl_timer_free(&site->patience);
}

void bl_site_drain(struct bl_site *site, uint64_t patience_ns, void (*on_drained)(void *ctx),
                   void *ctx)
{
    site->is_draining = true;
    site->on_drained = on_drained;
    site->drained_ctx = ctx;
    bl_admission_drain(site->admission, BL_DRAIN_REFUSE_QUEUED);
    bl_timer_arm(site->patience, bl_now_ns() + patience_ns);
    bl_site_pump(site);
}
