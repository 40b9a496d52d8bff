/* service_executor.c - bailiff.v1.Executor; proto/bailiff/v1/executor.proto tells each method. */
#include "executor/server/service_private.h"
#include "executor/server/task.h"
#include "executor/server/watcher.h"
#include "proto/requests.h"

static int serve_run(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                     const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_task *task;

    if (bl_task_accept(&task, site, caller, bytes, length, BL_RESULT_RETURN_MAX, err))
        return -1;
    bl_watch(task, call, BL_WATCH_RESULT, 0);
    return 0;
}

static int serve_watch(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                       const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_task *task;

    if (bl_task_accept(&task, site, caller, bytes, length, UINT64_MAX, err))
        return -1;
    bl_watch(task, call, BL_WATCH_EVENTS, 0);
    return 0;
}

static int serve_attach(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                        const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_attach_request request;
    struct bl_task *task;

    if (bl_attach_request_decode(&request, bytes, length, err) ||
        bl_task_find(&task, site, caller, request.job.tenant, request.job.id, err))
        return -1;
    bl_watch(task, call, BL_WATCH_EVENTS, request.from_number);
    return 0;
}

static int find(struct bl_task **task, struct bl_site *site, const struct bl_caller *caller,
                const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_job_ref ref;

    if (bl_job_ref_decode(&ref, bytes, length, err))
        return -1;
    return bl_task_find(task, site, caller, ref.tenant, ref.id, err);
}

static int serve_result(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                        const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_task *task;

    if (find(&task, site, caller, bytes, length, err))
        return -1;
    bl_watch(task, call, BL_WATCH_RESULT, 0);
    return 0;
}

static int serve_cancel(struct bl_site *site, struct bl_call *call, const struct bl_caller *caller,
                        const uint8_t *bytes, size_t length, struct bl_err *err)
{
    struct bl_task *task;

    if (find(&task, site, caller, bytes, length, err))
        return -1;
    bl_task_stop(task);
    bl_watch(task, call, BL_WATCH_END, 0);
    return 0;
}

#define METHOD(name, serve_it)                                 \
    static void on_##name(void *service, struct bl_call *call) \
    {                                                          \
        bl_request_begin(service, call, serve_it);             \
    }
METHOD(run, serve_run)
METHOD(watch, serve_watch)
METHOD(attach, serve_attach)
METHOD(result, serve_result)
METHOD(cancel, serve_cancel)
METHOD(status, bl_serve_status)
METHOD(watch_status, bl_serve_watch_status)

static const struct bl_method methods[] = {
    {"/bailiff.v1.Executor/Run", BL_METHOD_ONE_REQUEST, on_run},
    {"/bailiff.v1.Executor/Watch", BL_METHOD_ONE_REQUEST, on_watch},
    {"/bailiff.v1.Executor/Attach", BL_METHOD_ONE_REQUEST, on_attach},
    {"/bailiff.v1.Executor/Result", BL_METHOD_ONE_REQUEST, on_result},
    {"/bailiff.v1.Executor/Cancel", BL_METHOD_ONE_REQUEST, on_cancel},
    {"/bailiff.v1.Executor/Status", BL_METHOD_ONE_REQUEST, on_status},
    {"/bailiff.v1.Executor/WatchStatus", BL_METHOD_ONE_REQUEST, on_watch_status},
    {NULL, BL_METHOD_ONE_REQUEST, NULL},
};

struct bl_service bl_site_executor(struct bl_site *site)
{
    return (struct bl_service){methods, site};
}
