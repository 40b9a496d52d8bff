#include "tests/support/rpc/echo_methods.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"

struct echo {
    struct echo_methods *methods;
    struct bl_call *call;
    bool answers_each, waits;
    unsigned long left, size, sent; /* Count */
    size_t sum;
};

static void end(struct echo *echo, enum bl_rpc_status status, const char *text)
{
    bl_call_finish(echo->call, status, text, NULL, 0);
    free(echo);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    struct echo *echo = ctx;

    (void)why;
    echo->methods->cancels++;
    echo->methods->waiting -= echo->waits;
    free(echo);
}

static void begin(struct echo_methods *methods, struct bl_call *call,
                  const struct bl_call_handlers *handlers, struct echo setting)
{
    struct echo *echo = malloc(sizeof(*echo));

    if (!echo) {
        bl_call_finish(call, BL_RPC_UNAVAILABLE, "memory", NULL, 0);
        return;
    }
    *echo = setting;
    echo->methods = methods;
    echo->call = call;
    methods->waiting += echo->waits;
    bl_call_accept(call, handlers, echo);
}

/* One, Many: a client that does not read its answers is not read either. */
static void on_echo_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct echo *echo = ctx;
    struct bl_err err;

    if (bl_call_send(echo->call, bytes, length, &err) != 0) {
        bl_call_fail(echo->call, &err);
        free(echo);
    } else if (!echo->answers_each) {
        end(echo, BL_RPC_OK, NULL);
    } else if (!bl_call_is_writable(echo->call)) {
        bl_call_pause(echo->call);
    }
}

static void on_echo_writable(void *ctx)
{
    bl_call_resume(((struct echo *)ctx)->call);
}

static void on_echo_half_close(void *ctx)
{
    end(ctx, BL_RPC_OK, NULL);
}

static const struct bl_call_handlers echo_handlers = {
    .on_message = on_echo_message,
    .on_half_close = on_echo_half_close,
    .on_writable = on_echo_writable,
    .on_cancel = on_cancel,
};

static void on_one(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &echo_handlers, (struct echo){.answers_each = false});
}

static void on_many(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &echo_handlers, (struct echo){.answers_each = true});
}

static void on_count_writable(void *ctx)
{
    struct echo *echo = ctx;
    bl_autofree uint8_t *message = calloc(1, echo->size + 24);
    struct bl_err err;

    while (message && echo->left > 0 && bl_call_is_writable(echo->call)) {
        (void)snprintf((char *)message, 24, "%lu ", echo->sent++);
        echo->left--;
        if (bl_call_send(echo->call, message, echo->size, &err) != 0)
            echo->left = 0;
    }
    if (!message || echo->left == 0)
        end(echo, message ? BL_RPC_OK : BL_RPC_UNAVAILABLE, NULL);
}

static void on_count_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct echo *echo = ctx;
    char text[64] = "";

    memcpy(text, bytes, length < sizeof(text) ? length : sizeof(text) - 1);
    if (sscanf(text, "%lu %lu", &echo->left, &echo->size) != 2)
        end(echo, BL_RPC_INVALID_ARGUMENT, "want N SIZE");
    else
        on_count_writable(echo);
}

static const struct bl_call_handlers count_handlers = {
    .on_message = on_count_message, .on_writable = on_count_writable, .on_cancel = on_cancel};

static void on_count(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &count_handlers, (struct echo){.left = 0});
}

static void on_sum_message(void *ctx, const uint8_t *bytes, size_t length)
{
    (void)bytes;
    ((struct echo *)ctx)->sum += length;
}

static void on_sum_half_close(void *ctx)
{
    struct echo *echo = ctx;
    struct bl_err err;
    char text[24];
    int length = snprintf(text, sizeof(text), "%zu", echo->sum);

    (void)bl_call_send(echo->call, (const uint8_t *)text, (size_t)length, &err); /* tiny */
    end(echo, BL_RPC_OK, NULL);
}

static const struct bl_call_handlers sum_handlers = {
    .on_message = on_sum_message, .on_half_close = on_sum_half_close, .on_cancel = on_cancel};

static void on_sum(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &sum_handlers, (struct echo){.sum = 0});
}

static const struct bl_call_handlers wait_handlers = {.on_message = on_sum_message,
                                                      .on_cancel = on_cancel};

static void on_wait(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &wait_handlers, (struct echo){.waits = true});
}

static void on_fail_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct echo *echo = ctx;
    const char *status = bl_call_metadata(echo->call, "x-status");
    const char *value = bl_call_metadata(echo->call, "x-echo");
    const struct bl_field trailer = {"x-echo", value ? value : ""};
    char text[256] = "";

    memcpy(text, bytes, length < sizeof(text) ? length : sizeof(text) - 1);
    bl_call_finish(echo->call, bl_rpc_status_parse(status ? status : ""), text, &trailer, 1);
    free(echo);
}

static const struct bl_call_handlers fail_handlers = {.on_message = on_fail_message,
                                                      .on_cancel = on_cancel};

static void on_fail(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &fail_handlers, (struct echo){.sum = 0});
}

static unsigned long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return pages * 4096;
}

static void on_state_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct echo *echo = ctx;
    const struct bl_peer *peer = bl_call_peer(echo->call);
    char text[1024];
    struct bl_err err;
    int size =
        snprintf(text, sizeof(text),
                 "cancels=%u\nwaiting=%u\nbuffered=%zu\nresident=%lu\nconnections=%u\n"
                 "uid=%d\nsubject=%s\ndeadline=%d\n",
                 echo->methods->cancels, echo->methods->waiting,
                 bl_server_buffered_bytes(echo->methods->server), resident_bytes(),
                 bl_server_connections(echo->methods->server), peer->has_ids ? (int)peer->uid : -1,
                 peer->subject, bl_call_deadline_ns(echo->call) != UINT64_MAX);

    (void)bytes, (void)length;
    (void)bl_call_send(echo->call, (const uint8_t *)text, (size_t)size, &err); /* small */
    end(echo, BL_RPC_OK, NULL);
}

static const struct bl_call_handlers state_handlers = {.on_message = on_state_message,
                                                       .on_cancel = on_cancel};

static void on_state(void *ctx, struct bl_call *call)
{
    begin(ctx, call, &state_handlers, (struct echo){.sum = 0});
}

const struct bl_method echo_methods[] = {
    {"/test.Echo/One", BL_METHOD_ONE_REQUEST, on_one},
    {"/test.Echo/Many", BL_METHOD_MANY_REQUESTS, on_many},
    {"/test.Echo/Count", BL_METHOD_ONE_REQUEST, on_count},
    {"/test.Echo/Sum", BL_METHOD_MANY_REQUESTS, on_sum},
    {"/test.Echo/Wait", BL_METHOD_ONE_REQUEST, on_wait},
    {"/test.Echo/Fail", BL_METHOD_ONE_REQUEST, on_fail},
    {"/test.Echo/State", BL_METHOD_ONE_REQUEST, on_state},
    {NULL, BL_METHOD_ONE_REQUEST, NULL},
};
