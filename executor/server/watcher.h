/* watcher.h - a call that waits for what a job tells, or for its end (process: worker).
 *
 * It owns its call. A stream sends as much as its client takes and keeps only the number of the
 * next event: what was not sent yet lies in the job's log, once for all. */
#ifndef BL_SERVER_WATCHER_H
#define BL_SERVER_WATCHER_H

#include "executor/rpc/call.h"
#include "executor/server/task.h"

enum bl_watch_kind {
    BL_WATCH_EVENTS, /* each event, as it is told */
    BL_WATCH_RESULT, /* one JobResult, at the end */
    BL_WATCH_END,    /* one CancelReply, at the end */
};

/* bl_watch - takes the call: it is answered here, whatever happens. from: EVENTS: the first that is
 * wanted. What is there already is sent at once; the task may be gone on return. */
void bl_watch(struct bl_task *task, struct bl_call *call, enum bl_watch_kind kind, uint64_t from);

/* bl_watchers_wake - there are more events, or the job is over. The task stays. */
void bl_watchers_wake(struct bl_task *task);

/* bl_watchers_cut - ends all their calls with this error. The task stays. */
void bl_watchers_cut(struct bl_task *task, const struct bl_err *err);

#endif
