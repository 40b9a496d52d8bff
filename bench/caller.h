/* caller.h - jobs sent to a worker over gRPC, as a client does it: one connection, calls one after
 * another or many at once. */
#ifndef BL_BENCH_CALLER_H
#define BL_BENCH_CALLER_H

#include <bailiff/v1/job.pb-c.h>
#include <bailiff/v1/result.pb-c.h>

#include "executor/base/loop.h"
#include "executor/rpc/client.h"

/* A packed job. */
struct bl_request {
    uint8_t *bytes;
    size_t length;
};

/* bl_request_pack - fails with MEMORY. */
int bl_request_pack(struct bl_request *request, const Bailiff__V1__Job *job, struct bl_err *err);
void bl_request_release(struct bl_request *request);

struct bl_caller;

struct bl_caller_calls {
    /* One message of the answer, lent; told_ns: when it came. */
    void (*on_message)(void *ctx, const uint8_t *bytes, size_t length, uint64_t told_ns);
    void (*on_end)(void *ctx, enum bl_rpc_status status, const char *message);
    void *ctx;
};

/* bl_caller_new - fails with what bl_client_new() does. */
int bl_caller_new(struct bl_caller **out, struct bl_loop *loop, const struct bl_address *address,
                  struct bl_err *err);
void bl_caller_free(struct bl_caller **caller);

/* bl_caller_call - method: "Run" or "Watch". calls: borrowed until on_end. */
int bl_caller_call(struct bl_caller *caller, const char *method, const struct bl_request *request,
                   const struct bl_caller_calls *calls, struct bl_err *err);

#endif
