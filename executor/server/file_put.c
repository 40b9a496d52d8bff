/* file_put.c - Files.Put: a file into the store, as fast as the store takes it.
 *
 * While the put waits (somebody else is bringing the same file) the call is paused, and at most the
 * one message that had come is held. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/answer.h"
#include "executor/server/service_private.h"
#include "executor/server/store_put.h"
#include "proto/requests.h"

struct put {
    struct bl_site *site;
    struct bl_call *call;
    struct bl_put *put;          /* NULL: no message has come */
    struct bl_put_chunk waiting; /* what came while the put waits */
    bool has_waiting, has_ended; /* all messages have come */
};

static void put_free(struct put *put)
{
    bl_put_free(&put->put);
    if (put->has_waiting) {
        bl_quota_give(&put->site->events, put->waiting.length);
        bl_put_chunk_release(&put->waiting);
    }
    free(put);
}

static void fail(struct put *put, const struct bl_err *err)
{
    bl_answer_error(put->call, put->site, NULL, err);
    put_free(put);
}

/* All has come, or nothing more is needed. */
static void finish(struct put *put)
{
    bool was_there = bl_put_state(put->put) == BL_PUT_THERE;
    struct bl_bytes answer;
    struct bl_pin *pin;
    struct bl_err err;
    int result;

    if (bl_put_finish(put->put, &pin, &err)) {
        fail(put, &err);
        return;
    }
    result = bl_file_info_encode(&answer, bl_pin_digest(pin)->bytes, bl_pin_size_bytes(pin),
                                 was_there, &err);
    bl_pin_free(&pin);
    if (result) {
        fail(put, &err);
        return;
    }
    bl_answer(put->call, put->site, &answer);
    put_free(put);
}

static int write_all(struct put *put, const struct bl_put_chunk *chunk, struct bl_err *err)
{
    for (size_t at = 0; at < chunk->length;) {
        size_t length = chunk->length - at;

        if (length > BL_PUT_WRITE_MAX)
            length = BL_PUT_WRITE_MAX;
        if (bl_put_write(put->put, chunk->data + at, length, err))
            return -1;
        at += length;
    }
    return 0;
}

static int hold(struct put *put, struct bl_put_chunk *chunk, struct bl_err *err)
{
    if (!bl_quota_take(&put->site->events, chunk->length))
        return bl_fail(err, BL_STEP_EVENTS_FULL, 0, "a piece of a file that waits");
    put->waiting = *chunk;
    put->has_waiting = true;
    *chunk = (struct bl_put_chunk){.data = NULL};
    bl_call_pause(put->call);
    return 0;
}

/* What the put's state means for the call. Takes chunk's content where it holds it. -1: failed. */
static int go_on(struct put *put, struct bl_put_chunk *chunk, struct bl_err *err)
{
    struct bl_pin *none;

    switch (bl_put_state(put->put)) {
    case BL_PUT_WAITING:
        return hold(put, chunk, err);
    case BL_PUT_OPEN:
        return write_all(put, chunk, err);
    case BL_PUT_THERE:
        return 0;
    case BL_PUT_FAILED:
        break;
    }
    return bl_put_finish(put->put, &none, err); /* tells why */
}

static void on_change(void *ctx)
{
    struct put *put = ctx;
    struct bl_put_chunk chunk = {.data = NULL};
    struct bl_err err;
    int result;

    if (put->has_waiting) {
        chunk = put->waiting;
        put->has_waiting = false;
        bl_quota_give(&put->site->events, chunk.length);
    }
    result = go_on(put, &chunk, &err);
    bl_put_chunk_release(&chunk);
    if (result) {
        fail(put, &err);
        return;
    }
    if (put->has_waiting)
        return;
    bl_call_resume(put->call);
    if (put->has_ended || bl_put_state(put->put) == BL_PUT_THERE)
        finish(put);
}

static int begin(struct put *put, const struct bl_put_chunk *first, struct bl_err *err)
{
    struct bl_digest digest;
    struct bl_put_order order = {
        .size_bytes = first->size_bytes ? first->size_bytes : BL_PUT_SIZE_UNKNOWN,
        .on_change = on_change,
        .ctx = put,
    };

    if (first->sha256) {
        memcpy(digest.bytes, first->sha256, sizeof(digest.bytes));
        order.digest = &digest;
    }
    return bl_put_new(&put->put, put->site->options.store, &order, err);
}

static int take(struct put *put, struct bl_put_chunk *chunk, struct bl_err *err)
{
    struct bl_caller caller;

    if (!put->put)
        return bl_site_identify(put->site, put->call, &caller, err) || begin(put, chunk, err) ||
                       go_on(put, chunk, err)
                   ? -1
                   : 0;
    if (chunk->sha256 || chunk->size_bytes)
        return bl_fail(err, BL_STEP_FIELD, 0, "%s: belongs to the first message only",
                       chunk->sha256 ? "sha256" : "size_bytes");
    return go_on(put, chunk, err);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct put *put = ctx;
    struct bl_put_chunk chunk;
    struct bl_err err;
    int result;

    if (bl_put_chunk_decode(&chunk, bytes, length, &err)) {
        fail(put, &err);
        return;
    }
    result = take(put, &chunk, &err);
    bl_put_chunk_release(&chunk);
    if (result)
        fail(put, &err);
    else if (bl_put_state(put->put) == BL_PUT_THERE)
        finish(put);
}

static void on_half_close(void *ctx)
{
    struct put *put = ctx;
    struct bl_put_chunk empty = {.data = NULL};
    struct bl_err err;

    put->has_ended = true;
    if (!put->put && take(put, &empty, &err))
        fail(put, &err);
    else if (!put->has_waiting)
        finish(put);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    put_free(ctx);
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message, .on_half_close = on_half_close, .on_cancel = on_cancel};

void bl_file_put(struct bl_site *site, struct bl_call *call)
{
    struct put *put = calloc(1, sizeof(*put));
    struct bl_err err;

    if (!put) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "a call");
        bl_answer_error(call, site, NULL, &err);
        return;
    }
    *put = (struct put){.site = site, .call = call};
    bl_call_accept(call, &handlers, put);
}
