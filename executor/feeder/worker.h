/* worker.h - the worker beside us, as its gRPC client sees it: how much room it has, and jobs run
 * there. Connects again by itself whenever the connection is lost. */
#ifndef BL_FEEDER_WORKER_H
#define BL_FEEDER_WORKER_H

#include "executor/base/loop.h"
#include "executor/feeder/flow.h"
#include "executor/rpc/address.h"

struct bl_worker;

struct bl_worker_room {
    bool draining;
    uint64_t slots_used, slots_total, queue_used, queue_total;
};

struct bl_worker_handlers {
    void (*on_room)(void *ctx, const struct bl_worker_room *room);
    void (*on_lost)(void *ctx); /* nothing is known of its room; on_room follows some time */
    /* What became of a job, once for each that was started. result: of RESULT, CANCELLED, BROKEN;
     * else NULL. text: in words, lent. */
    void (*on_answer)(void *ctx, uint64_t serial, enum bl_flow_answer answer, const uint8_t *result,
                      size_t length, uint64_t delay_ns, const char *text);
    void *ctx;
};

/* bl_worker_new - handlers: copied. Fails with LOOP, MEMORY; a worker that is not there is no
 * failure. */
int bl_worker_new(struct bl_worker **out, struct bl_loop *loop, const struct bl_address *address,
                  const struct bl_worker_handlers *handlers, struct bl_err *err);

/* bl_worker_free - jobs that run hear nothing any more; the worker ends them unless they are
 * detached. Not in a handler. */
void bl_worker_free(struct bl_worker **worker);

/* bl_worker_run - a job's bytes. timeout_ns: 0: none. Fails with CONNECT, HTTP2, MEMORY,
 * RPC_BUFFER: it was not handed over, and no answer comes. */
int bl_worker_run(struct bl_worker *worker, uint64_t serial, const uint8_t *bytes, size_t length,
                  uint64_t timeout_ns, struct bl_err *err);

/* bl_worker_cancel - asks for the job's end; its answer comes by on_answer, as always. */
void bl_worker_cancel(struct bl_worker *worker, const char *tenant, const char *id);

#endif
