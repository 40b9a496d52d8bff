/* event_log.c - see event_log.h. */
#include "executor/server/event_log.h"

#include <errno.h>
#include <stdlib.h>

void bl_event_log_init(struct bl_event_log *log, struct bl_quota *quota)
{
    *log = (struct bl_event_log){.quota = quota};
}

int bl_event_log_reserve(struct bl_event_log *log, size_t bytes, struct bl_err *err)
{
    if (bytes <= log->taken)
        return 0;
    if (!bl_quota_take(log->quota, bytes - log->taken))
        return bl_fail(err, BL_STEP_EVENTS_FULL, 0, "%zu bytes, %zu of %zu are in use", bytes,
                       log->quota->used_bytes, log->quota->max_bytes);
    log->taken = bytes;
    return 0;
}

/* A row for one more event. */
static int grow(struct bl_event_log *log, struct bl_err *err)
{
    size_t room = log->room ? log->room * 2 : 8;
    struct bl_packed_event *events;

    if (log->count < log->room)
        return 0;
    events = realloc(log->events, room * sizeof(*events));
    if (!events)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "%zu events", room);
    log->events = events;
    log->room = room;
    return 0;
}

int bl_event_log_add(struct bl_event_log *log, struct bl_packed_event *event, struct bl_err *err)
{
    size_t cost = event->length + BL_EVENT_COST;

    assert(!log->is_sealed);
    if (grow(log, err) != 0 || bl_event_log_reserve(log, log->held + cost, err) != 0)
        return -1;
    log->events[log->count++] = *event;
    log->held += cost;
    *event = (struct bl_packed_event){.bytes = NULL};
    return 0;
}

void bl_event_log_settle(struct bl_event_log *log, size_t more)
{
    size_t spare = log->taken - log->held;

    if (more >= spare)
        return;
    bl_quota_give(log->quota, spare - more);
    log->taken = log->held + more;
}

void bl_event_log_seal(struct bl_event_log *log)
{
    bl_event_log_settle(log, 0);
    log->is_sealed = true;
}

void bl_event_log_release(struct bl_event_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        bl_packed_event_release(&log->events[i]);
    free(log->events);
    bl_quota_give(log->quota, log->taken);
    log->events = NULL;
    log->count = log->room = log->taken = log->held = 0;
}
