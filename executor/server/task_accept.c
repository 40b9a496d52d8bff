/* task_accept.c - from a message to a job in the queue; task.h.
 *
 * Everything is checked before anything is queued, and what fails leaves nothing behind. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bailiff/own.h"
#include "executor/base/text.h"
#include "executor/server/admission.h"
#include "executor/server/metrics_sources.h"
#include "executor/server/site_private.h"
#include "executor/server/store_hash.h"
#include "executor/server/task.h"
#include "proto/decode.h"

/* By which no tenant can count others' jobs or guess their ids. Before the kernel's pool is full it
 * is a count. */
static uint64_t draw_number(struct bl_site *site)
{
    if (site->drawn_count == 0) {
        if (getrandom(site->drawn, sizeof(site->drawn), GRND_NONBLOCK) != sizeof(site->drawn))
            return ++site->id_count;
        site->drawn_count = BL_ARRAY_LEN(site->drawn);
    }
    return site->drawn[--site->drawn_count];
}

/* An id that nobody of this tenant has. */
static void make_id(struct bl_site *site, struct bl_task *task)
{
    do {
        char *at = bl_text_hex(task->id, site->epoch, 8);

        *at++ = '-';
        (void)bl_text_hex(at, draw_number(site), 16); /* fits */
    } while (bl_registry_find(&site->registry, task->tenant, task->id));
}

static uint64_t later(uint64_t now_ns, uint64_t by_ns)
{
    return by_ns ? now_ns + by_ns : UINT64_MAX;
}

/* Takes *job. */
static int make(struct bl_task **out, struct bl_site *site, const char *tenant, struct bl_job **job,
                struct bl_err *err)
{
    struct bl_task *task = calloc(1, sizeof(*task));

    if (!task)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a job");
    task->site = site;
    task->look = (struct bl_deferred){.work = bl_task_look, .ctx = task};
    task->told = (struct bl_deferred){.work = bl_task_on_told, .ctx = task};
    task->job = *job;
    *job = NULL;
    strcpy(task->tenant, tenant); /* of checked length, as the id */
    strcpy(task->id, task->job->id);
    if (!*task->id)
        make_id(site, task);
    task->known.tenant = task->tenant;
    task->known.id = task->id;
    task->is_detached = task->job->detached;
    task->accepted_ns = bl_now_ns();
    task->deadline_ns = later(task->accepted_ns, task->job->deadline_ns);
    task->cases_left = task->job->case_count;
    task->demand = bl_demand_of(task->job, site->options.languages, site->options.admission.slots);
    bl_site_list(task);
    *out = task;
    return 0;
}

static int enter_registry(struct bl_task *task, struct bl_err *err)
{
    struct bl_site *site = task->site;

    if (bl_book_enter(&task->book, &site->shelves, task->tenant, err))
        return -1;
    bl_event_log_init(&task->log, &task->book.shelf->quota);
    if (site->registry.count >= site->registry.count_max)
        bl_site_forget_one(site, task->book.shelf);
    return bl_registry_add(&site->registry, &task->known, err);
}

/* claim_bytes: of memory, for the files that it keeps. */
static int enqueue(struct bl_task *task, size_t claim_bytes, struct bl_err *err)
{
    struct bl_site *site = task->site;
    const struct bl_admission_job job = {
        .tenant = task->tenant,
        .weight = bl_site_weight(site, task->tenant),
        .priority = task->job->priority,
        .slots = task->demand.slots,
        .memory_bytes = task->demand.memory_bytes,
        .held_bytes = task->job->held_bytes + sizeof(*task) + claim_bytes,
        .deadline_ns = task->job->deadline_ns ? task->deadline_ns : 0,
        .ctx = task,
    };

    if (task->demand.event_bytes > site->events.max_bytes)
        return bl_fail(err, BL_STEP_CAPACITY, 0,
                       "its events may take %zu bytes, and at most %zu are kept here",
                       task->demand.event_bytes, site->events.max_bytes);
    if (!bl_site_make_room(site, task->book.shelf, task->demand.event_bytes))
        return bl_fail(err, BL_STEP_EVENTS_FULL, 0, "%zu bytes, %zu of %zu are in use",
                       task->demand.event_bytes, site->events.used_bytes, site->events.max_bytes);
    return bl_admission_enqueue(site->admission, &job, task->accepted_ns, &task->ticket, err);
}

static int tell_queued(struct bl_task *task, struct bl_err *err)
{
    struct bl_admission_stats stats = bl_admission_stats(task->site->admission);
    const struct bl_job_event event = {.kind = BL_JOB_EVENT_QUEUED,
                                       .queued.position = stats.queued - 1};

    bl_task_tell(task, &event);
    if (task->is_lost)
        *err = task->lost;
    return task->is_lost ? -1 : 0;
}

static int queue(struct bl_task *task, struct bl_err *err)
{
    size_t claim_bytes;

    if (enter_registry(task, err) || bl_task_claim(task, &claim_bytes, err) ||
        enqueue(task, claim_bytes, err) || tell_queued(task, err))
        return -1;
    bl_task_left(task); /* until somebody listens */
    bl_site_pump(task->site);
    return 0;
}

static int check(const struct bl_site *site, const struct bl_job *job, uint64_t return_max,
                 struct bl_err *err)
{
    if (job->return_bytes_max > return_max)
        return bl_fail(err, BL_STEP_FIELD, 0,
                       "return_bytes: %" PRIu64 " bytes together are more than %" PRIu64
                       " in one answer: Watch the job",
                       job->return_bytes_max, return_max);
    return bl_task_check(site, job, err);
}

/* The one that has its id already: the same job, or another one. */
static int join(struct bl_task *task, const struct bl_digest *content, struct bl_err *err)
{
    if (!task->has_content || !bl_digest_equal(&task->content, content))
        return bl_fail(err, BL_STEP_JOB_EXISTS, 0, "%s", task->id);
    return 0;
}

/* The one of that id. One that was lost, and whose loss nobody is being told of, makes place:
 * whoever sends it again wants it run. */
static struct bl_known *find_known(struct bl_site *site, const char *tenant, const char *id)
{
    struct bl_known *known = *id ? bl_registry_find(&site->registry, tenant, id) : NULL;
    struct bl_task *task = (struct bl_task *)known;

    if (!task || task->phase != BL_TASK_OVER || !task->is_lost || task->watchers)
        return known;
    bl_task_free(task);
    return NULL;
}

/* job: decoded; taken where it becomes a task. */
static int enter(struct bl_task **out, struct bl_site *site, const char *tenant,
                 struct bl_job **job, const struct bl_digest *content, uint64_t return_max,
                 struct bl_err *err)
{
    const struct bl_site_settings *settings = &site->options.settings;
    struct bl_known *known = find_known(site, tenant, (*job)->id);
    struct bl_task *task;

    if (known) {
        *out = (struct bl_task *)known;
        return join(*out, content, err);
    }
    if (settings->ceilings) /* a reload moves them for jobs to come */
        (*job)->ceilings = *settings->ceilings;
    if (check(site, *job, return_max, err) || make(&task, site, tenant, job, err))
        return -1;
    task->has_content = *task->job->id;
    task->content = *content;
    if (queue(task, err)) {
        bl_task_free(task);
        return -1;
    }
    *out = task;
    return 0;
}

int bl_task_accept(struct bl_task **out, struct bl_site *site, const struct bl_caller *caller,
                   const uint8_t *bytes, size_t length, uint64_t return_max, struct bl_err *err)
{
    struct bl_digest content = {{0}};
    struct bl_job *job = NULL;
    const char *tenant;
    int result = -1;

    if (bl_job_decode(&job, bytes, length, err) == 0 &&
        bl_caller_tenant(caller, job->tenant, &tenant, err) == 0 &&
        (!*job->id || bl_hash_of(bytes, length, &content, err) == 0))
        result = enter(out, site, tenant, &job, &content, return_max, err);
    if (result)
        bl_metrics_count_refusal(&site->metrics, err);
    bl_job_free(&job);
    return result;
}

int bl_task_find(struct bl_task **out, struct bl_site *site, const struct bl_caller *caller,
                 const char *tenant, const char *id, struct bl_err *err)
{
    struct bl_known *known;

    if (bl_caller_tenant(caller, tenant, &tenant, err))
        return -1;
    known = bl_registry_find(&site->registry, tenant, id);
    if (!known)
        return bl_fail(err, BL_STEP_UNKNOWN_JOB, 0, "%s", id);
    *out = (struct bl_task *)known;
    return 0;
}
