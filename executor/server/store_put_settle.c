/* Who brings a file, when several want to, and who waits for whom. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/server/store_private.h"

static void enter_state(struct bl_put *put, enum bl_put_state state)
{
    if (put->state == state)
        return;
    put->state = state;
    bl_loop_defer(put->store->loop, &put->tell);
}

static int be_failed(struct bl_put *put, const struct bl_err *err)
{
    put->err = *err;
    enter_state(put, BL_PUT_FAILED);
    return -1;
}

/* What others do for the same digest. */
static bool is_awaited(const struct bl_put *put)
{
    for (const struct bl_put *other = put->store->first_put; other; other = other->next) {
        if (other != put && other->state == BL_PUT_OPEN && other->has_digest && !other->is_slow &&
            bl_digest_equal(&other->digest, &put->digest))
            return true;
    }
    return false;
}

/* Not put off by those who come to wait meanwhile. */
static void look_again(struct bl_store *store)
{
    if (store->is_pace_armed)
        return;
    store->is_pace_armed = true;
    bl_timer_arm(store->pace, bl_now_ns() + BL_PUT_PATIENCE_NS / 4);
}

static void be_waiting(struct bl_put *put)
{
    enter_state(put, BL_PUT_WAITING);
    look_again(put->store);
}

static void be_there(struct bl_put *put, struct bl_entry *entry)
{
    if (put->state == BL_PUT_OPEN)
        bl_put_close(put);
    put->there = entry;
    put->was_there = true;
    bl_index_pin(&put->store->index, entry);
    enter_state(put, BL_PUT_THERE);
}

static int be_open(struct bl_put *put, struct bl_err *err)
{
    struct bl_store *store = put->store;
    uint64_t known_bytes = put->size_bytes == BL_PUT_SIZE_UNKNOWN ? 0 : put->size_bytes;

    if (bl_store_promise(store, known_bytes, err) != 0 || bl_hash_new(&put->hash, err) != 0)
        return -1;
    if (bl_store_folder_temp(&store->folder, put->temp_name, &put->fd, err) != 0) {
        bl_hash_free(&put->hash);
        return -1;
    }
    put->promised_bytes = bl_footprint(known_bytes) - bl_footprint(0);
    put->looked_ns = bl_now_ns();
    store->bytes_promised += put->promised_bytes;
    store->bytes_coming += bl_footprint(0);
    store->puts_open++;
    enter_state(put, BL_PUT_OPEN);
    return 0;
}

void bl_put_close(struct bl_put *put)
{
    struct bl_store *store = put->store;
    struct bl_err ignored;

    assert(put->state == BL_PUT_OPEN);
    store->bytes_promised -= put->promised_bytes;
    store->bytes_coming -= bl_footprint(put->written_bytes);
    store->puts_open--;
    bl_hash_free(&put->hash);
    bl_close_fd(&put->fd); /* before the trash asks whether anybody has it open */
    if (put->temp_name[0])
        (void)bl_trash_throw(&store->trash, put->temp_name, put->written_bytes,
                             &ignored); /* what stays is removed by the next start */
}

int bl_put_settle(struct bl_put *put, struct bl_err *err)
{
    struct bl_store *store = put->store;
    struct bl_entry *entry = put->has_digest ? bl_index_find(&store->index, &put->digest) : NULL;

    if (entry && bl_store_is_believed(store, &entry)) {
        be_there(put, entry);
        return 0;
    }
    if (put->state == BL_PUT_OPEN)
        return 0; /* goes on, whatever the others do */
    if (entry) {
        if (bl_check_start(store, entry, err) != 0)
            return be_failed(put, err);
        be_waiting(put);
        return 0;
    }
    if (put->has_digest && is_awaited(put)) {
        be_waiting(put);
        return 0;
    }
    return be_open(put, err) == 0 ? 0 : be_failed(put, err);
}

void bl_puts_settle(struct bl_store *store, const struct bl_digest *digest,
                    const struct bl_err *err)
{
    struct bl_err problem;

    for (struct bl_put *put = store->first_put; put; put = put->next) {
        bool is_of_interest = put->state == BL_PUT_WAITING || put->state == BL_PUT_OPEN;

        if (!is_of_interest || !put->has_digest || !bl_digest_equal(&put->digest, digest))
            continue;
        if (err && put->state == BL_PUT_WAITING)
            (void)be_failed(put, err);
        else
            (void)bl_put_settle(put, &problem); /* kept in the put */
    }
}

static void settle_waiting(struct bl_store *store)
{
    struct bl_err problem;

    for (struct bl_put *put = store->first_put; put; put = put->next) {
        if (put->state == BL_PUT_WAITING)
            (void)bl_put_settle(put, &problem); /* kept in the put */
    }
}

void bl_puts_pace(void *ctx)
{
    struct bl_store *store = ctx;
    uint64_t now_ns = bl_now_ns();

    store->is_pace_armed = false;
    for (struct bl_put *put = store->first_put; put; put = put->next) {
        if (put->state != BL_PUT_OPEN || now_ns - put->looked_ns < BL_PUT_PATIENCE_NS)
            continue;
        put->is_slow |= put->written_bytes - put->looked_bytes < BL_PUT_PACE_BYTES;
        put->looked_bytes = put->written_bytes;
        put->looked_ns = now_ns;
    }
    settle_waiting(store);
}
