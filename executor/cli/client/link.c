#include "executor/cli/client/link.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/rpc/client.h"
#include "executor/rpc/stream.h"
#include "proto/encode.h"

struct bl_link {
    struct bl_loop *loop; /* borrowed */
    struct bl_tls *tls;   /* NULL: plain */
    struct bl_client *client;
    struct bl_link_target target;
    struct bl_link_call *calls; /* those that are not over */
    bool heard;                 /* a call was answered: the worker was there */
};

/* Whom the socket's mode lets in: known where its folder lets us look. */
static void who_may(char *text, size_t size, const char *path)
{
    const struct group *group = NULL;
    struct stat is;

    if (stat(path, &is) == 0 && is.st_mode & S_IWGRP)
        group = getgrgid(is.st_gid);
    if (group)
        (void)snprintf(text, size, "only members of group %s may, see usermod(8) -aG",
                       group->gr_name);
    else
        (void)snprintf(text, size,
                       "join its group, usually bailiff, or ask for unix.group in "
                       "bailiffd.yaml");
}

/* Makes of a failed connect what to do next. sys_errno: 0: not known. */
static int fail_connect(const struct bl_link_target *target, int sys_errno, struct bl_err *err)
{
    bool local = target->address.any.sa_family == AF_UNIX;
    char hint[160];

    (void)snprintf(hint, sizeof(hint), "is bailiffd running there?");
    if (local && (sys_errno == ENOENT || sys_errno == ECONNREFUSED))
        (void)snprintf(hint, sizeof(hint),
                       "is bailiffd running? See `systemctl status bailiffd`, or name another "
                       "with --server");
    else if (local && (sys_errno == EACCES || sys_errno == EPERM))
        who_may(hint, sizeof(hint), target->address.local.sun_path);
    return bl_fail(err, BL_STEP_CONNECT, sys_errno, "%.100s (%s)", target->name, hint);
}

/* The same of a connection that ended before anything was answered. Somebody was there, where there
 * are words for it. */
static int fail_lost(const struct bl_link_target *target, const struct bl_err *why,
                     struct bl_err *err)
{
    bool may_want_tls = !target->tls && target->address.any.sa_family != AF_UNIX;

    if (!why->detail[0])
        return fail_connect(target, why->sys_errno, err);
    return bl_fail(err, BL_STEP_CONNECT, 0, "%.100s: %s%s%s", target->name,
                   why->step == BL_STEP_TLS ? "TLS: " : "", why->detail,
                   may_want_tls ? " (does it want TLS? See --tls-ca)" : "");
}

static int connect_to(struct bl_link *link, const struct bl_link_options *options,
                      struct bl_err *err)
{
    const struct bl_tls_files files = {options->certificate, options->key, options->authority};
    struct bl_err why;

    if (link->target.tls && bl_tls_new(&link->tls, true, &files, err) != 0)
        return -1;
    if (bl_client_new(&link->client,
                      &(const struct bl_client_options){
                          .loop = link->loop,
                          .address = link->target.address,
                          .limits = &bl_connection_limits_default,
                          .tls = link->tls,
                          .server_name = link->target.tls ? link->target.host : NULL,
                      },
                      &why) == 0)
        return 0;
    if (why.step == BL_STEP_CONNECT)
        return fail_connect(&link->target, why.sys_errno, err);
    *err = why;
    return -1;
}

int bl_link_open(struct bl_link **out, struct bl_loop *loop, const struct bl_link_options *options,
                 struct bl_err *err)
{
    struct bl_link *link = calloc(1, sizeof(*link));

    if (!link)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "link");
    link->loop = loop;
    if (bl_link_resolve(&link->target, options, err) < 0 || connect_to(link, options, err) < 0) {
        bl_link_free(&link);
        return -1;
    }
    *out = link;
    return 0;
}

void bl_link_free(struct bl_link **link)
{
    if (!*link)
        return;
    while ((*link)->calls)
        bl_link_drop((*link)->calls);
    bl_client_free(&(*link)->client);
    bl_tls_free(&(*link)->tls);
    explicit_bzero((*link)->target.authorization, sizeof((*link)->target.authorization));
    free(*link);
    *link = NULL;
}

/* A field out of its bounds is the worker's mistake here, not one in the request. */
static void blame_worker(struct bl_err *err)
{
    const struct bl_err why = *err;

    if (why.step == BL_STEP_FIELD)
        bl_err_fill(err, BL_STEP_CALL, 0, "the worker's answer: %s", why.detail);
}

/* Whoever waits looks again. */
static void end(struct bl_link_call *call)
{
    struct bl_link_call **at = &call->link->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    call->call = NULL;
    bl_loop_stop(call->link->loop);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct bl_link_call *call = ctx;

    call->link->heard = true;
    if (call->on_message && call->on_message(call->ctx, bytes, length, &call->err) < 0) {
        blame_worker(&call->err);
        call->status = BL_RPC_UNKNOWN;
        bl_client_call_cancel(call->call);
        end(call);
    }
}

/* What the worker said, and when to ask again where it says that. */
static void word_status(struct bl_link_call *call, const char *message,
                        const struct bl_headers *trailers)
{
    const char *pushback = bl_headers_get(trailers, "grpc-retry-pushback-ms");
    char again[64] = "";

    if (pushback && strspn(pushback, "0123456789") == strlen(pushback) && strlen(pushback) < 12)
        (void)snprintf(again, sizeof(again), "; try again in %.1f s", atof(pushback) / 1000);
    else if (call->status == BL_RPC_UNAUTHENTICATED)
        (void)snprintf(again, sizeof(again), "; see --token-file, --cert and --key");
    bl_err_fill(&call->err, BL_STEP_CALL, 0, "%s%s%.*s%s", bl_rpc_status_name(call->status),
                message[0] ? ": " : "", (int)(sizeof(call->err.detail) - 100), message, again);
}

static void on_end(void *ctx, enum bl_rpc_status status, const char *message,
                   const struct bl_headers *trailers)
{
    struct bl_link_call *call = ctx;
    const struct bl_err *why = bl_client_why(call->link->client);

    call->status = status;
    if (status == BL_RPC_UNAVAILABLE && !bl_headers_get(trailers, "grpc-status")) {
        if (call->link->heard)
            bl_err_fill(&call->err, BL_STEP_CONNECT, why->sys_errno,
                        "%.100s: the connection was lost", call->link->target.name);
        else
            (void)fail_lost(&call->link->target, why, &call->err);
    } else if (status != BL_RPC_OK) {
        call->link->heard = true;
        word_status(call, message, trailers);
    }
    end(call);
}

static void on_writable(void *ctx)
{
    const struct bl_link_call *call = ctx;

    call->on_writable(call->ctx);
}

int bl_link_start(struct bl_link *link, struct bl_link_call *call, const struct bl_bytes *request,
                  struct bl_err *err)
{
    static const struct bl_client_handlers handlers = {on_message, on_end};
    const struct bl_field token = {"authorization", link->target.authorization};
    char path[64];

    (void)snprintf(path, sizeof(path), "/bailiff.v1.%s", call->method); /* of ours: fits */
    call->err = (struct bl_err){.step = BL_STEP_NONE};
    call->status = BL_RPC_OK;
    if (bl_client_call(&call->call, link->client,
                       &(const struct bl_client_request){
                           .path = path,
                           .authority = link->target.host,
                           .scheme = link->target.tls ? "https" : "http",
                           .metadata = &token,
                           .metadata_count = token.value[0] ? 1 : 0,
                           .max_message_bytes = BL_EVENT_BYTES_MAX + 64 * 1024,
                       },
                       &handlers, call, err) != 0)
        return -1;
    if (call->on_writable)
        bl_client_call_on_writable(call->call, on_writable);
    call->link = link;
    call->next = link->calls;
    link->calls = call;
    if (bl_link_send(call, request, err) != 0) {
        bl_link_drop(call);
        return -1;
    }
    if (!call->streams)
        bl_link_half_close(call);
    return 0;
}

int bl_link_send(struct bl_link_call *call, const struct bl_bytes *message, struct bl_err *err)
{
    return bl_client_call_send(call->call, message->bytes, message->length, err);
}

void bl_link_half_close(struct bl_link_call *call)
{
    bl_client_call_half_close(call->call);
}

bool bl_link_is_full(const struct bl_link_call *call)
{
    return bl_client_call_queued(call->call) > BL_STREAM_QUEUE_HIGH;
}

void bl_link_drop(struct bl_link_call *call)
{
    if (!call->call)
        return;
    bl_client_call_cancel(call->call);
    end(call);
}

bool bl_link_is_over(const struct bl_link_call *call)
{
    return !call->call;
}

int bl_link_finish(struct bl_link_call *call, struct bl_err *err)
{
    while (call->call) {
        if (bl_loop_run(call->link->loop, err) < 0)
            return -1;
    }
    if (call->err.step == BL_STEP_NONE)
        return 0;
    *err = call->err;
    return -1;
}

int bl_link_call(struct bl_link *link, struct bl_link_call *call, const struct bl_bytes *request,
                 struct bl_err *err)
{
    return bl_link_start(link, call, request, err) < 0 ? -1 : bl_link_finish(call, err);
}

int bl_link_pack(struct bl_bytes *out, const ProtobufCMessage *message, struct bl_err *err)
{
    size_t length = protobuf_c_message_get_packed_size(message);

    out->bytes = malloc(length ? length : 1);
    if (!out->bytes)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "request");
    out->length = protobuf_c_message_pack(message, out->bytes);
    return 0;
}
