#include "executor/rpc/service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/call_private.h"
#include "executor/rpc/timeout.h"

/* Why a request can't become a call. http: not 0 for what is not gRPC at all. */
struct refusal {
    const char *http;
    enum bl_rpc_status status;
    const char *message;
};

static bool is_grpc(const char *content_type)
{
    static const char grpc[] = "application/grpc";
    size_t length = sizeof(grpc) - 1;

    /* "+proto", "; charset"... but not "application/grpc-web" */
    return content_type && strncmp(content_type, grpc, length) == 0 &&
           strchr("+;", content_type[length]) != NULL; /* finds the end of the text as well */
}

static bool is(const char *value, const char *expected)
{
    return value && strcmp(value, expected) == 0;
}

/* refusal: untouched where the request is one. */
static bool is_request(const struct bl_headers *headers, struct refusal *refusal)
{
    const char *encoding = bl_headers_get(headers, "grpc-encoding");

    if (headers->overflown)
        *refusal = (struct refusal){NULL, BL_RPC_RESOURCE_EXHAUSTED, "too much metadata"};
    else if (!is(bl_headers_get(headers, ":method"), "POST"))
        *refusal = (struct refusal){.http = "405"};
    else if (!is_grpc(bl_headers_get(headers, "content-type")))
        *refusal = (struct refusal){.http = "415"};
    else if (!is(bl_headers_get(headers, "te"), "trailers"))
        *refusal = (struct refusal){NULL, BL_RPC_INTERNAL, "\"te: trailers\" is missing"};
    else if (encoding && !is(encoding, "identity"))
        *refusal = (struct refusal){NULL, BL_RPC_UNIMPLEMENTED, "compression is not supported"};
    else
        return true;
    return false;
}

static const struct bl_method *find_method(const struct bl_services *services, const char *path,
                                           void **ctx)
{
    for (size_t i = 0; i < services->count; i++) {
        for (const struct bl_method *method = services->list[i].methods; method->path; method++) {
            if (is(path, method->path)) {
                *ctx = services->list[i].ctx;
                return method;
            }
        }
    }
    return NULL;
}

static bool set_deadline(struct bl_call *call)
{
    const char *text = bl_call_metadata(call, "grpc-timeout");
    uint64_t timeout_ns, now_ns = bl_connection_now_ns(bl_stream_connection(call->stream));

    if (!text)
        return true;
    if (!bl_rpc_timeout_parse(text, &timeout_ns))
        return false;
    if (__builtin_add_overflow(now_ns, timeout_ns, &call->deadline_ns))
        call->deadline_ns = UINT64_MAX;
    return true;
}

static const char *who_is_refused(const struct bl_peer *peer)
{
    if (peer->has_ids)
        return "this user may not call";
    return peer->subject[0] ? "neither the certificate's subject nor a token may call"
                            : "no valid token";
}

/* What is said to a request that became a call but reaches no method. */
static void start(struct bl_call *call, const struct bl_services *services)
{
    const struct bl_method *method;
    void *ctx = NULL;

    if (services->may_call && !services->may_call(services->may_call_ctx, call->peer,
                                                  bl_call_metadata(call, "authorization"))) {
        bl_call_end(call, BL_RPC_UNAUTHENTICATED, who_is_refused(call->peer));
        return;
    }
    method = find_method(services, bl_call_metadata(call, ":path"), &ctx);
    if (!method) {
        bl_call_end(call, BL_RPC_UNIMPLEMENTED, "no such method");
        return;
    }
    if (!set_deadline(call)) {
        bl_call_end(call, BL_RPC_INVALID_ARGUMENT, "grpc-timeout can't be read");
        return;
    }
    call->kind = method->kind;
    method->on_call(ctx, call);
    assert(call->finished || call->handlers);
    bl_call_await_message(call);
}

void bl_call_begin(struct bl_stream *stream, const struct bl_services *services,
                   const struct bl_peer *peer)
{
    struct bl_quota *quota = bl_connection_quota(bl_stream_connection(stream));
    struct refusal refusal = {NULL, BL_RPC_OK, NULL};
    bool accepted = is_request(bl_stream_headers(stream), &refusal);
    struct bl_call *call;

    if (refusal.http) {
        bl_stream_answer(stream, &(struct bl_field){":status", refusal.http}, 1, true);
        return;
    }
    call = calloc(1, sizeof(*call));
    if (!call) {
        bl_stream_reset(stream, NGHTTP2_REFUSED_STREAM); /* the client may try again */
        return;
    }
    call->stream = stream;
    call->peer = peer;
    call->held.quota = quota;
    call->deadline_ns = call->since_ns = UINT64_MAX;
    bl_frame_reader_init(&call->reader, services->max_message_bytes, quota);
    bl_stream_listen(stream, &bl_call_events, call);
    if (accepted)
        start(call, services);
    else
        bl_call_end(call, refusal.status, refusal.message);
}
