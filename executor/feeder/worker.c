#include "executor/feeder/worker.h"

#include <assert.h>
#include <bailiff/v1/executor.pb-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/log.h"
#include "executor/feeder/answer.h"
#include "executor/rpc/client.h"
#include "proto/message.h"

#define RETRY_LEAST_NS (100 * BL_NS_PER_MS)
#define RETRY_MOST_NS (2 * BL_NS_PER_S)

enum { STATUS_BYTES_MAX = 1 << 20, CANCEL_BYTES_MAX = 256 };

struct run {
    struct bl_worker *worker;
    uint64_t serial;
    struct bl_client_call *call;
    uint8_t *result; /* owned; NULL: none has come */
    size_t length;
    struct run *next, **back;
};

struct bl_worker {
    struct bl_loop *loop;
    struct bl_worker_handlers handlers;
    struct bl_address address;
    struct bl_connection_limits limits;
    struct bl_client *client; /* NULL: not connected */
    struct bl_client_call *status;
    struct bl_timer *retry;
    uint64_t retry_ns;
    struct run *runs;
};

/* ---- calls ------------------------------------------------------------------------------------
 */

static int start_call(struct bl_worker *worker, struct bl_client_call **out, const char *path,
                      const uint8_t *bytes, size_t length, uint64_t timeout_ns,
                      const struct bl_client_handlers *handlers, void *ctx, struct bl_err *err)
{
    const struct bl_client_request request = {.path = path,
                                              .authority = "localhost",
                                              .scheme = "http",
                                              .timeout_ns = timeout_ns,
                                              .max_message_bytes = BL_ANSWER_BYTES_MAX};
    struct bl_client_call *call;

    if (!worker->client)
        return bl_fail(err, BL_STEP_CONNECT, 0, "the worker");
    if (bl_client_call(&call, worker->client, &request, handlers, ctx, err) < 0)
        return -1;
    if (bl_client_call_send(call, bytes, length, err) < 0) {
        bl_client_call_cancel(call);
        return -1;
    }
    bl_client_call_half_close(call);
    *out = call;
    return 0;
}

/* ---- room -------------------------------------------------------------------------------------
 */

static void on_status(void *ctx, const uint8_t *bytes, size_t length)
{
    struct bl_worker *worker = ctx;
    const Bailiff__V1__WorkerStatus *status;
    struct bl_worker_room room = {.draining = false};
    struct bl_message message;
    struct bl_err err;

    if (bl_message_read(&message, &bailiff__v1__worker_status__descriptor, bytes, length,
                        STATUS_BYTES_MAX, BL_MESSAGE_OPEN, &err) < 0) {
        bl_log_error(BL_LOG_WARNING, "the worker's status is none", &err);
        return;
    }
    status = (const Bailiff__V1__WorkerStatus *)message.root;
    room.draining = status->draining;
    if (status->slots) {
        room.slots_used = status->slots->used;
        room.slots_total = status->slots->total;
    }
    if (status->queue) {
        room.queue_used = status->queue->used;
        room.queue_total = status->queue->total;
    }
    bl_message_release(&message);
    worker->retry_ns = RETRY_LEAST_NS;
    worker->handlers.on_room(worker->handlers.ctx, &room);
}

static void try_later(struct bl_worker *worker)
{
    bl_timer_arm(worker->retry, bl_now_ns() + worker->retry_ns);
    worker->retry_ns = 2 * worker->retry_ns < RETRY_MOST_NS ? 2 * worker->retry_ns : RETRY_MOST_NS;
}

/* A worker that drains ends its streams and finishes its jobs: the connection stays. */
static void on_status_end(void *ctx, enum bl_rpc_status status, const char *message,
                          const struct bl_headers *trailers)
{
    struct bl_worker *worker = ctx;

    (void)message, (void)status, (void)trailers;
    worker->status = NULL;
    worker->handlers.on_lost(worker->handlers.ctx);
    try_later(worker);
}

static void watch_status(struct bl_worker *worker)
{
    static const struct bl_client_handlers handlers = {on_status, on_status_end};
    struct bl_err err;

    if (start_call(worker, &worker->status, "/bailiff.v1.Executor/WatchStatus", NULL, 0, 0,
                   &handlers, worker, &err) < 0)
        try_later(worker);
}

/* ---- the connection ---------------------------------------------------------------------------
 */

static void on_lost(void *ctx)
{
    struct bl_worker *worker = ctx;

    bl_client_free(&worker->client); /* calls have heard */
    worker->handlers.on_lost(worker->handlers.ctx);
    try_later(worker);
}

static void on_retry(void *ctx)
{
    struct bl_worker *worker = ctx;
    const struct bl_client_options options = {.loop = worker->loop,
                                              .address = worker->address,
                                              .limits = &worker->limits,
                                              .on_lost = on_lost,
                                              .ctx = worker};
    struct bl_err err;

    if (!worker->client && bl_client_new(&worker->client, &options, &err) < 0) {
        try_later(worker);
        return;
    }
    if (!worker->status)
        watch_status(worker);
}

/* A connection for as long as there is a worker; it holds many jobs at a time. */
static struct bl_connection_limits connection_limits(void)
{
    struct bl_connection_limits limits = bl_connection_limits_default;

    limits.max_buffered_bytes = (size_t)512 << 20;
    limits.idle_ns = 0;
    limits.keepalive_ns = 10 * BL_NS_PER_S; /* a worker that hangs is a lost one */
    limits.keepalive_wait_ns = 10 * BL_NS_PER_S;
    return limits;
}

int bl_worker_new(struct bl_worker **out, struct bl_loop *loop, const struct bl_address *address,
                  const struct bl_worker_handlers *handlers, struct bl_err *err)
{
    bl_autofree struct bl_worker *worker = calloc(1, sizeof(*worker));

    if (!worker)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "worker");
    worker->loop = loop;
    worker->handlers = *handlers;
    worker->address = *address;
    worker->limits = connection_limits();
    worker->retry_ns = RETRY_LEAST_NS;
    if (bl_timer_new(&worker->retry, loop, on_retry, worker, err) < 0)
        return -1;
    bl_timer_arm(worker->retry, bl_now_ns());
    *out = bl_take(&worker);
    return 0;
}

/* ---- jobs -------------------------------------------------------------------------------------
 */

static void end_run(struct run **run)
{
    if ((*run)->next)
        (*run)->next->back = (*run)->back;
    *(*run)->back = (*run)->next;
    free((*run)->result);
    free(*run);
    *run = NULL;
}

void bl_worker_free(struct bl_worker **out)
{
    struct bl_worker *worker = *out;

    if (!worker)
        return;
    while (worker->runs) {
        struct run *run = worker->runs;

        bl_client_call_cancel(run->call);
        end_run(&run);
    }
    if (worker->status)
        bl_client_call_cancel(worker->status);
    bl_client_free(&worker->client);
    bl_timer_free(&worker->retry);
    free(worker);
    *out = NULL;
}

static void on_result(void *ctx, const uint8_t *bytes, size_t length)
{
    struct run *run = ctx;

    free(run->result);
    run->length = length;
    run->result = malloc(length ? length : 1);
    if (run->result)
        memcpy(run->result, bytes, length);
}

/* What a worker's own word means; executor.proto says when it comes. */
static enum bl_flow_answer answer_of_status(enum bl_rpc_status status, bool has_pushback)
{
    switch (status) {
    case BL_RPC_INVALID_ARGUMENT:
    case BL_RPC_ALREADY_EXISTS:
        return BL_ANSWER_REFUSED;
    case BL_RPC_RESOURCE_EXHAUSTED:
        return has_pushback ? BL_ANSWER_BUSY : BL_ANSWER_REFUSED;
    case BL_RPC_DEADLINE_EXCEEDED:
        return BL_ANSWER_EXPIRED;
    case BL_RPC_UNAVAILABLE:
    case BL_RPC_CANCELLED:
        return BL_ANSWER_DOWN;
    case BL_RPC_NOT_FOUND:
    case BL_RPC_PERMISSION_DENIED:
    case BL_RPC_UNAUTHENTICATED:
    case BL_RPC_FAILED_PRECONDITION:
    case BL_RPC_UNIMPLEMENTED:
        return BL_ANSWER_LACKING;
    case BL_RPC_OK:
    case BL_RPC_UNKNOWN:
    case BL_RPC_ABORTED:
    case BL_RPC_OUT_OF_RANGE:
    case BL_RPC_INTERNAL:
    case BL_RPC_DATA_LOSS:
        break;
    }
    return BL_ANSWER_BROKEN;
}

static uint64_t pushback_ns(const char *text)
{
    uint64_t ms;

    if (!text || bl_parse_count(text, &ms) != BL_UNITS_OK)
        return 0;
    return (ms < 60000 ? ms : 60000) * BL_NS_PER_MS;
}

static void on_run_end(void *ctx, enum bl_rpc_status status, const char *message,
                       const struct bl_headers *trailers)
{
    struct run *run = ctx;
    const struct bl_worker_handlers *handlers = &run->worker->handlers;
    const char *pushback = bl_headers_get(trailers, "grpc-retry-pushback-ms");
    bool spoken = bl_headers_get(trailers, "grpc-status") != NULL;
    enum bl_flow_answer answer = answer_of_status(status, pushback != NULL);
    uint64_t serial = run->serial, length = run->length;
    bl_autofree uint8_t *result = bl_take(&run->result);

    if (status == BL_RPC_OK && result)
        answer = bl_answer_of_result(result, length);
    else if (!spoken && status != BL_RPC_DEADLINE_EXCEEDED)
        answer = BL_ANSWER_GONE;
    end_run(&run);
    handlers->on_answer(handlers->ctx, serial, answer, status == BL_RPC_OK ? result : NULL, length,
                        pushback_ns(pushback), message);
}

int bl_worker_run(struct bl_worker *worker, uint64_t serial, const uint8_t *bytes, size_t length,
                  uint64_t timeout_ns, struct bl_err *err)
{
    static const struct bl_client_handlers handlers = {on_result, on_run_end};
    bl_autofree struct run *run = calloc(1, sizeof(*run));

    if (!run)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "job");
    run->worker = worker;
    run->serial = serial;
    if (start_call(worker, &run->call, "/bailiff.v1.Executor/Run", bytes, length, timeout_ns,
                   &handlers, run, err) < 0)
        return -1;
    run->next = worker->runs;
    run->back = &worker->runs;
    if (run->next)
        run->next->back = &run->next;
    worker->runs = run;
    (void)bl_take(&run); /* on_run_end's */
    return 0;
}

static void on_nothing(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)ctx, (void)bytes, (void)length;
}

static void on_cancel_end(void *ctx, enum bl_rpc_status status, const char *message,
                          const struct bl_headers *trailers)
{
    (void)ctx, (void)status, (void)message, (void)trailers; /* asked again until the job ends */
}

void bl_worker_cancel(struct bl_worker *worker, const char *tenant, const char *id)
{
    static const struct bl_client_handlers handlers = {on_nothing, on_cancel_end};
    Bailiff__V1__JobRef message = BAILIFF__V1__JOB_REF__INIT;
    uint8_t bytes[CANCEL_BYTES_MAX];
    struct bl_client_call *call;
    struct bl_err err;

    message.tenant = (char *)tenant; /* protobuf-c's structs lack the const */
    message.id = (char *)id;
    assert(bailiff__v1__job_ref__get_packed_size(&message) <= sizeof(bytes));
    (void)start_call(worker, &call, "/bailiff.v1.Executor/Cancel", bytes,
                     bailiff__v1__job_ref__pack(&message, bytes), 30 * BL_NS_PER_S, &handlers, NULL,
                     &err); /* a worker that is lost runs nothing */
}
