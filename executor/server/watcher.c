/* watcher.c - see watcher.h. */
#include "executor/server/watcher.h"

#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/server/answer.h"
#include "executor/server/site_private.h"
#include "proto/replies.h"

struct bl_watcher {
    struct bl_task *task;
    struct bl_call *call;
    enum bl_watch_kind kind;
    uint64_t next; /* event */
    struct bl_watcher *newer, *older;
};

/* The call is answered, or gone. */
static void leave(struct bl_watcher *watcher)
{
    if (watcher->newer)
        watcher->newer->older = watcher->older;
    else
        watcher->task->watchers = watcher->older;
    if (watcher->older)
        watcher->older->newer = watcher->newer;
    free(watcher);
}

static void finish(struct bl_watcher *watcher, const struct bl_err *err)
{
    if (err)
        bl_answer_error(watcher->call, watcher->task->site, watcher->task->tenant, err);
    else
        bl_call_finish(watcher->call, BL_RPC_OK, NULL, NULL, 0);
    leave(watcher);
}

/* As much as the client takes. True: the call is over. */
static bool send_events(struct bl_watcher *watcher)
{
    const struct bl_task *task = watcher->task;
    struct bl_err err;

    while (watcher->next < task->log.count && bl_call_is_writable(watcher->call)) {
        const struct bl_packed_event *event = &task->log.events[watcher->next];

        if (bl_call_send(watcher->call, event->bytes, event->length, &err) != 0) {
            finish(watcher, &err);
            return true;
        }
        watcher->next++;
    }
    if (task->phase != BL_TASK_OVER || watcher->next < task->log.count)
        return false;
    finish(watcher, task->is_lost ? &task->lost : NULL);
    return true;
}

static void send_result(struct bl_watcher *watcher)
{
    const struct bl_task *task = watcher->task;
    bl_autofree uint8_t *bytes = NULL;
    struct bl_err err;
    size_t length;
    bool failed;

    if (task->log.held > BL_RESULT_BYTES_MAX)
        failed = bl_fail(&err, BL_STEP_RESULT_SIZE, 0, "%zu bytes: Attach tells them one by one",
                         task->log.held);
    else
        failed = bl_job_result_encode(&bytes, &length, task->id, task->log.events, task->log.count,
                                      &err) ||
                 bl_call_send(watcher->call, bytes, length, &err);
    finish(watcher, failed ? &err : NULL);
}

static void send_end(struct bl_watcher *watcher)
{
    struct bl_bytes reply = {NULL, 0};
    struct bl_err err;
    bool failed = bl_cancel_reply_encode(&reply, watcher->task->end, &err) ||
                  bl_call_send(watcher->call, reply.bytes, reply.length, &err);

    bl_bytes_release(&reply);
    finish(watcher, failed ? &err : NULL);
}

/* What can be done now. True: the call is over. */
static bool pump(struct bl_watcher *watcher)
{
    const struct bl_task *task = watcher->task;

    if (watcher->kind == BL_WATCH_EVENTS)
        return send_events(watcher);
    if (task->phase != BL_TASK_OVER)
        return false;
    if (watcher->kind == BL_WATCH_END)
        send_end(watcher);
    else if (task->is_lost)
        finish(watcher, &task->lost);
    else
        send_result(watcher);
    return true;
}

static void on_writable(void *ctx)
{
    struct bl_watcher *watcher = ctx;
    struct bl_task *task = watcher->task;

    if (pump(watcher))
        bl_task_left(task);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    struct bl_watcher *watcher = ctx;
    struct bl_task *task = watcher->task;

    (void)why;
    leave(watcher);
    bl_task_left(task);
}

/* The one message has come already. */
static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)ctx, (void)bytes, (void)length;
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_writable = on_writable, .on_cancel = on_cancel};

void bl_watch(struct bl_task *task, struct bl_call *call, enum bl_watch_kind kind, uint64_t from)
{
    struct bl_watcher *watcher = calloc(1, sizeof(*watcher));
    struct bl_err err;

    if (!watcher) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "a watcher");
        bl_answer_error(call, task->site, task->tenant, &err);
    } else {
        *watcher = (struct bl_watcher){
            .task = task, .call = call, .kind = kind, .next = from, .older = task->watchers};
        if (watcher->older)
            watcher->older->newer = watcher;
        task->watchers = watcher;
        bl_book_use(&task->book, &task->site->shelves);
        bl_call_accept(call, &handlers, watcher);
        if (!pump(watcher))
            return;
    }
    bl_task_left(task);
}

void bl_watchers_wake(struct bl_task *task)
{
    for (struct bl_watcher *at = task->watchers, *older; at; at = older) {
        older = at->older;
        (void)pump(at); /* whether it is over: whoever woke them looks after the task */
    }
}

void bl_watchers_cut(struct bl_task *task, const struct bl_err *err)
{
    while (task->watchers)
        finish(task->watchers, err);
}
