/* file_put.c - Files.Put: a file into the store, as fast as the store takes it.
 *
 * A piece of up to 4 MiB is written and hashed slice by slice, between the loop's other work. While
 * that goes on, or while the put waits (somebody else is bringing the same file), the call is
 * paused, and at most the one message that had come is held. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/answer.h"
#include "executor/server/service_private.h"
#include "executor/server/store_put.h"
#include "executor/server/store_work.h"
#include "proto/requests.h"

struct put {
    struct bl_work work; /* the next slice's; first: on_slice() */
    struct bl_site *site;
    struct bl_call *call;
    struct bl_put *put;        /* NULL: no message has come */
    struct bl_put_chunk chunk; /* of the last message, as long as it is not dealt with */
    size_t at;                 /* of its bytes, these are written */
    bool works, holds, has_ended /* all messages have come */;
};

static void stop_work(struct put *put)
{
    if (put->works)
        bl_work_remove(bl_store_works(put->site->options.store), &put->work);
    put->works = false;
}

/* What came is dealt with, or is not needed. */
static void drop_chunk(struct put *put)
{
    stop_work(put);
    if (put->holds)
        bl_quota_give(&put->site->events, put->chunk.length);
    bl_put_chunk_release(&put->chunk);
    put->chunk = (struct bl_put_chunk){.data = NULL};
    put->holds = false;
    put->at = 0;
}

static void put_free(struct put *put)
{
    drop_chunk(put);
    bl_put_free(&put->put);
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
    struct bl_bytes answer;
    struct bl_pin *pin;
    struct bl_err err;
    int result;

    if (bl_put_finish(put->put, &pin, &err)) {
        fail(put, &err);
        return;
    }
    result = bl_file_info_encode(&answer, bl_pin_digest(pin)->bytes, bl_pin_size_bytes(pin),
                                 bl_put_was_there(put->put), &err);
    bl_pin_free(&pin);
    if (result) {
        fail(put, &err);
        return;
    }
    bl_answer(put->call, put->site, &answer);
    put_free(put);
}

/* The call pauses until the chunk is dealt with. */
static int hold(struct put *put, struct bl_err *err)
{
    if (put->holds)
        return 0;
    if (!bl_quota_take(&put->site->events, put->chunk.length))
        return bl_fail(err, BL_STEP_EVENTS_FULL, 0, "a piece of a file that waits");
    put->holds = true;
    bl_call_pause(put->call);
    return 0;
}

/* Held are pieces of files only as long as jobs have half of the room for what they tell. */
static bool can_hold(const struct put *put)
{
    const struct bl_quota *events = &put->site->events;

    return put->holds || events->used_bytes + put->chunk.length <= events->max_bytes / 2;
}

static int write_slice(struct put *put, struct bl_err *err)
{
    do {
        size_t length = put->chunk.length - put->at;

        if (length > BL_SLICE_BYTES)
            length = BL_SLICE_BYTES;
        if (bl_put_write(put->put, put->chunk.data + put->at, length, err))
            return -1;
        put->at += length;
    } while (put->at < put->chunk.length && !can_hold(put));
    if (put->at == put->chunk.length) {
        drop_chunk(put);
        return 0;
    }
    if (hold(put, err))
        return -1;
    put->works = true;
    bl_work_add(bl_store_works(put->site->options.store), &put->work);
    return 0;
}

/* What the put's state means for the chunk that is there. -1: failed. */
static int go_on(struct put *put, struct bl_err *err)
{
    struct bl_pin *none;

    switch (bl_put_state(put->put)) {
    case BL_PUT_WAITING:
        return hold(put, err);
    case BL_PUT_OPEN:
        return write_slice(put, err);
    case BL_PUT_THERE:
        drop_chunk(put);
        return 0;
    case BL_PUT_FAILED:
        break;
    }
    return bl_put_finish(put->put, &none, err); /* tells why */
}

/* With what is held: after a slice, or when the state is another one. */
static void go_on_held(struct put *put)
{
    struct bl_err err;

    if (go_on(put, &err)) {
        fail(put, &err);
        return;
    }
    if (put->holds)
        return;
    bl_call_resume(put->call);
    if (put->has_ended || bl_put_state(put->put) == BL_PUT_THERE)
        finish(put);
}

static enum bl_work_turn on_slice(struct bl_work *work)
{
    struct put *put = (struct put *)work;

    stop_work(put);
    go_on_held(put);
    return BL_WORK_ENDED; /* or added again, behind the others */
}

static void on_change(void *ctx)
{
    stop_work(ctx);
    go_on_held(ctx);
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

static int take(struct put *put, struct bl_err *err)
{
    const struct bl_put_chunk *chunk = &put->chunk;
    struct bl_caller caller;

    if (!put->put)
        return bl_site_identify(put->site, put->call, &caller, err) || begin(put, chunk, err) ||
                       go_on(put, err)
                   ? -1
                   : 0;
    if (chunk->sha256 || chunk->size_bytes)
        return bl_fail(err, BL_STEP_FIELD, 0, "%s: belongs to the first message only",
                       chunk->sha256 ? "sha256" : "size_bytes");
    return go_on(put, err);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct put *put = ctx;
    struct bl_err err;

    if (bl_put_chunk_decode(&put->chunk, bytes, length, &err) || take(put, &err))
        fail(put, &err);
    else if (bl_put_state(put->put) == BL_PUT_THERE)
        finish(put);
}

static void on_half_close(void *ctx)
{
    struct put *put = ctx;
    struct bl_err err;

    put->has_ended = true;
    if (!put->put && take(put, &err))
        fail(put, &err);
    else if (!put->holds)
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
    *put = (struct put){.site = site, .call = call, .work = {.slice = on_slice}};
    bl_call_accept(call, &handlers, put);
}
