#include "bench/caller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "bailiff/units.h"

enum { MESSAGE_MAX = 17 << 20, STREAMS_MAX = 1000 };
#define TIMEOUT_NS (600 * BL_NS_PER_S)

struct bl_caller {
    struct bl_client *client;
};

int bl_request_pack(struct bl_request *request, const Bailiff__V1__Job *job, struct bl_err *err)
{
    size_t length = bailiff__v1__job__get_packed_size(job);

    request->bytes = malloc(length);
    if (!request->bytes)
        return bl_fail(err, BL_STEP_MEMORY, errno, "a job");
    request->length = bailiff__v1__job__pack(job, request->bytes);
    return 0;
}

void bl_request_release(struct bl_request *request)
{
    bl_free_ptr(&request->bytes);
}

int bl_caller_new(struct bl_caller **out, struct bl_loop *loop, const struct bl_address *address,
                  struct bl_err *err)
{
    struct bl_connection_limits limits = bl_connection_limits_default;
    const struct bl_client_options options = {.loop = loop, .address = *address, .limits = &limits};
    bl_autofree struct bl_caller *caller = calloc(1, sizeof(*caller));

    limits.max_streams = STREAMS_MAX;
    if (!caller)
        return bl_fail(err, BL_STEP_MEMORY, errno, "a caller");
    if (bl_client_new(&caller->client, &options, err) < 0)
        return -1;
    *out = bl_take(&caller);
    return 0;
}

void bl_caller_free(struct bl_caller **caller)
{
    if (!*caller)
        return;
    bl_client_free(&(*caller)->client);
    free(*caller);
    *caller = NULL;
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    const struct bl_caller_calls *calls = ctx;

    calls->on_message(calls->ctx, bytes, length, bl_now_ns());
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers)
{
    const struct bl_caller_calls *calls = ctx;

    (void)trailers;
    calls->on_end(calls->ctx, status, message);
}

int bl_caller_call(struct bl_caller *caller, const char *method, const struct bl_request *request,
                   const struct bl_caller_calls *calls, struct bl_err *err)
{
    static const struct bl_client_handlers handlers = {on_message, on_end};
    char path[64];
    const struct bl_client_request call_request = {.path = path,
                                                   .authority = "localhost",
                                                   .scheme = "http",
                                                   .timeout_ns = TIMEOUT_NS,
                                                   .max_message_bytes = MESSAGE_MAX};
    struct bl_client_call *call;

    (void)snprintf(path, sizeof(path), "/bailiff.v1.Executor/%s", method);
    if (bl_client_call(&call, caller->client, &call_request, &handlers, (void *)calls, err) < 0 ||
        bl_client_call_send(call, request->bytes, request->length, err) < 0)
        return -1;
    bl_client_call_half_close(call);
    return 0;
}
