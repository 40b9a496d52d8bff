/* event_log.h - what a job has told so far, as packed messages, for any number of readers. Pure.
 *
 * One log for all who watch: a reader is a number, so one that does not read costs nothing. What
 * the logs of all jobs hold comes out of one quota; a job reserves what it may tell before it
 * begins, so that it does not have to stop half-way because others told much. */
#ifndef BL_SERVER_EVENT_LOG_H
#define BL_SERVER_EVENT_LOG_H

#include <stdbool.h>

#include "executor/rpc/quota.h"
#include "proto/encode.h"

struct bl_event_log {
    struct bl_quota *quota; /* borrowed */
    struct bl_packed_event *events;
    size_t count, room;
    size_t taken; /* of the quota: what is held, and what is reserved beyond it */
    size_t held;  /* bytes of events, with what each costs besides */
    bool is_sealed;
};

enum { BL_EVENT_COST = 64 }; /* of each event besides its bytes: allocations, the row */

void bl_event_log_init(struct bl_event_log *log, struct bl_quota *quota);

/* bl_event_log_reserve - room for so many bytes in all from now on, those that are held included.
 * Fails with EVENTS_FULL, with nothing changed. */
int bl_event_log_reserve(struct bl_event_log *log, size_t bytes, struct bl_err *err);

/* bl_event_log_add - takes the event; it is number count-1 then. Beyond what was reserved it takes
 * more of the quota. Fails with EVENTS_FULL, MEMORY; nothing has changed, the event is still the
 * caller's. */
int bl_event_log_add(struct bl_event_log *log, struct bl_packed_event *event, struct bl_err *err);

/* bl_event_log_settle - from here on only so many bytes more will come: gives back what was
 * reserved beyond that. */
void bl_event_log_settle(struct bl_event_log *log, size_t more);

/* bl_event_log_seal - nothing more will come: gives back the whole reserve. */
void bl_event_log_seal(struct bl_event_log *log);

void bl_event_log_release(struct bl_event_log *log); /* idempotent */

#endif
