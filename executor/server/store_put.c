#include "executor/server/store_put.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/server/store_private.h"

static void on_tell(void *ctx)
{
    struct bl_put *put = ctx;

    if (put->on_change)
        put->on_change(put->ctx);
}

static void link_put(struct bl_put *put)
{
    struct bl_store *store = put->store;

    put->next = store->first_put;
    if (put->next)
        put->next->before = put;
    store->first_put = put;
    store->puts++;
}

static void unlink_put(struct bl_put *put)
{
    if (put->next)
        put->next->before = put->before;
    *(put->before ? &put->before->next : &put->store->first_put) = put->next;
    put->store->puts--;
}

int bl_put_new(struct bl_put **out, struct bl_store *store, const struct bl_put_order *order,
               struct bl_err *err)
{
    struct bl_put *put;

    if (store->puts >= store->limits.puts_max)
        return bl_fail(err, BL_STEP_STORE_FULL, 0, "its bound is %u puts at once",
                       store->limits.puts_max);
    put = calloc(1, sizeof(*put));
    if (!put)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a put");
    put->store = store;
    put->state = BL_PUT_WAITING;
    put->fd = -1;
    put->has_digest = order->digest != NULL;
    if (order->digest)
        put->digest = *order->digest;
    put->size_bytes = order->size_bytes;
    put->on_change = order->on_change;
    put->ctx = order->ctx;
    put->tell = (struct bl_deferred){.work = on_tell, .ctx = put};
    link_put(put);
    if (bl_put_settle(put, err) != 0) {
        bl_put_free(&put);
        return -1;
    }
    bl_loop_undefer(store->loop, &put->tell); /* the caller looks himself */
    *out = put;
    return 0;
}

enum bl_put_state bl_put_state(const struct bl_put *put)
{
    return put->state;
}

/* An open put comes to its end; others may want to bring the file now. */
static void leave_open(struct bl_put *put, enum bl_put_state state)
{
    bl_put_close(put);
    put->state = state;
    if (put->has_digest)
        bl_puts_settle(put->store, &put->digest, NULL);
}

static int fail(struct bl_put *put, const struct bl_err *err)
{
    put->err = *err;
    leave_open(put, BL_PUT_FAILED);
    return -1;
}

/* What was thrown away may be all that is missing. */
static bool can_get_space(struct bl_put *put)
{
    return (errno == ENOSPC || errno == EDQUOT) && bl_trash_empty(&put->store->trash);
}

static int write_all(struct bl_put *put, const char *bytes, size_t length, struct bl_err *err)
{
    while (length > 0) {
        ssize_t written = write(put->fd, bytes, length);

        if (written < 0 && (errno == EINTR || can_get_space(put)))
            continue;
        if (written < 0)
            return bl_store_failed(err, errno, "a temporary file");
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* How much more room the put takes with these bytes. */
static uint64_t growth(const struct bl_put *put, size_t length)
{
    return bl_footprint(put->written_bytes + length) - bl_footprint(put->written_bytes);
}

static int check_length(const struct bl_put *put, size_t length, struct bl_err *err)
{
    bool is_known = put->size_bytes != BL_PUT_SIZE_UNKNOWN;
    uint64_t most = is_known ? put->size_bytes : put->store->limits.bytes_max;

    if (length > BL_PUT_WRITE_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "a piece of %zu bytes: at most %llu", length,
                       BL_PUT_WRITE_MAX);
    if (length > most - put->written_bytes)
        return bl_fail(err, BL_STEP_STORE_CONTENT, 0, "%s is %llu bytes, and more came",
                       is_known ? "its announced size" : "the store's bound",
                       (unsigned long long)most);
    return 0;
}

static int take_bytes(struct bl_put *put, const void *bytes, size_t length, struct bl_err *err)
{
    struct bl_store *store = put->store;
    uint64_t more;

    if (check_length(put, length, err) != 0)
        return -1;
    if (length == 0)
        return 0;
    more = growth(put, length);
    if (bl_store_make_room(store, more, 0, err) != 0 || write_all(put, bytes, length, err) != 0)
        return -1;
    put->written_bytes += length;
    store->bytes_coming += more;
    more = more < put->promised_bytes ? more : put->promised_bytes;
    put->promised_bytes -= more;
    store->bytes_promised -= more;
    return bl_hash_add(put->hash, bytes, length, err);
}

int bl_put_write(struct bl_put *put, const void *bytes, size_t length, struct bl_err *err)
{
    assert(put->state != BL_PUT_WAITING);
    if (put->state == BL_PUT_THERE)
        return 0;
    if (put->state == BL_PUT_FAILED) {
        *err = put->err;
        return -1;
    }
    return take_bytes(put, bytes, length, err) == 0 ? 0 : fail(put, err);
}

static int check_content(struct bl_put *put, struct bl_err *err)
{
    struct bl_digest real;
    char text[BL_DIGEST_TEXT_MAX];

    if (put->size_bytes != BL_PUT_SIZE_UNKNOWN && put->written_bytes != put->size_bytes)
        return bl_fail(err, BL_STEP_STORE_CONTENT, 0, "its announced size is %llu bytes, %llu came",
                       (unsigned long long)put->size_bytes, (unsigned long long)put->written_bytes);
    if (bl_hash_end(put->hash, &real, err) != 0)
        return -1;
    if (put->has_digest && !bl_digest_equal(&put->digest, &real))
        return bl_fail(err, BL_STEP_STORE_CONTENT, 0, "the SHA-256 of what came is %s",
                       bl_digest_format(&real, text));
    put->digest = real;
    put->has_digest = true;
    return 0;
}

/* From a temporary file to one that has its name. What an earlier process left under that name,
 * and nobody has looked at yet, is replaced. */
static int place(struct bl_put *put, struct bl_entry **out, struct bl_err *err)
{
    struct bl_store *store = put->store;
    struct bl_entry *entry = bl_index_find(&store->index, &put->digest);
    bool is_new = !entry;
    struct bl_stamp stamp;

    if (is_new)
        entry = bl_index_add(&store->index, &put->digest, 0);
    if (!entry)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the index entry of a stored file");
    if (bl_store_folder_place(&store->folder, put->temp_name, &put->fd, &put->digest, &stamp,
                              err) != 0) {
        if (is_new)
            bl_index_drop(&store->index, entry);
        return -1;
    }
    put->temp_name[0] = '\0'; /* it is no more */
    bl_index_resize(&store->index, entry, stamp.size_bytes);
    entry->stamp = stamp;
    entry->is_believed = true;
    store->stored++;
    *out = entry;
    return 0;
}

static int finish_open(struct bl_put *put, struct bl_pin *pin, struct bl_err *err)
{
    struct bl_entry *entry;

    if (check_content(put, err) != 0)
        return fail(put, err);
    entry = bl_index_find(&put->store->index, &put->digest);
    put->was_there = entry && bl_store_is_believed(put->store, &entry);
    if (!put->was_there && place(put, &entry, err) != 0)
        return fail(put, err);
    bl_pin_attach(pin, entry); /* before anything else could evict it */
    bl_check_forget(entry);
    bl_pins_tell(entry, NULL);
    put->there = entry;
    bl_index_pin(&put->store->index, entry);
    leave_open(put, BL_PUT_THERE);
    return 0;
}

int bl_put_finish(struct bl_put *put, struct bl_pin **pin, struct bl_err *err)
{
    struct bl_pin *made;

    assert(put->state != BL_PUT_WAITING);
    if (put->state == BL_PUT_FAILED) {
        *err = put->err;
        return -1;
    }
    if (bl_pin_make(&made, put->store, err) != 0)
        return put->state == BL_PUT_OPEN ? fail(put, err) : -1;
    if (put->state == BL_PUT_THERE) {
        bl_pin_attach(made, put->there);
    } else if (finish_open(put, made, err) != 0) {
        bl_pin_free(&made);
        return -1;
    }
    *pin = made;
    return 0;
}

bool bl_put_was_there(const struct bl_put *put)
{
    return put->was_there;
}

void bl_put_free(struct bl_put **put)
{
    struct bl_put *old = *put;

    if (!old)
        return;
    *put = NULL;
    bl_loop_undefer(old->store->loop, &old->tell);
    if (old->state == BL_PUT_OPEN)
        leave_open(old, BL_PUT_FAILED);
    if (old->there)
        bl_index_unpin(&old->store->index, old->there);
    unlink_put(old);
    free(old);
}
