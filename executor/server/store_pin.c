#include "executor/server/store_pin.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/server/store_private.h"

struct bl_pin {
    struct bl_store *store;
    struct bl_entry *entry;       /* pinned; NULL until attached */
    struct bl_pin *next, *before; /* among those that wait for the entry's check */
    bool is_ready, is_waiting, has_failed;
    struct bl_err err;
    bl_on_pin_ready *on_ready;
    void *ctx;
    struct bl_deferred tell;
};

static void wait_for_check(struct bl_pin *pin)
{
    pin->is_waiting = true;
    pin->next = pin->entry->waiting;
    pin->before = NULL;
    if (pin->next)
        pin->next->before = pin;
    pin->entry->waiting = pin;
}

static void wait_no_more(struct bl_pin *pin)
{
    if (!pin->is_waiting)
        return;
    if (pin->next)
        pin->next->before = pin->before;
    *(pin->before ? &pin->before->next : &pin->entry->waiting) = pin->next;
    pin->is_waiting = false;
}

/* The pin is not touched afterwards: it may be freed in there. */
static void on_tell(void *ctx)
{
    struct bl_pin *pin = ctx;

    pin->on_ready(pin->ctx, pin->has_failed ? &pin->err : NULL);
}

void bl_pins_tell(struct bl_entry *entry, const struct bl_err *err)
{
    while (entry->waiting) {
        struct bl_pin *pin = entry->waiting;

        wait_no_more(pin);
        pin->is_ready = !err;
        pin->has_failed = err != NULL;
        if (err)
            pin->err = *err;
        bl_loop_defer(pin->store->loop, &pin->tell);
    }
}

int bl_pin_make(struct bl_pin **out, struct bl_store *store, struct bl_err *err)
{
    struct bl_pin *pin = calloc(1, sizeof(*pin));

    if (!pin)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the pin of a stored file");
    pin->store = store;
    pin->tell = (struct bl_deferred){.work = on_tell, .ctx = pin};
    *out = pin;
    return 0;
}

void bl_pin_attach(struct bl_pin *pin, struct bl_entry *entry)
{
    pin->entry = entry;
    pin->is_ready = true;
    bl_index_pin(&pin->store->index, entry);
}

static int missing(const struct bl_digest *digest, struct bl_err *err)
{
    char name[BL_DIGEST_TEXT_MAX];

    return bl_fail(err, BL_STEP_STORE_MISSING, 0, "%s", bl_digest_format(digest, name));
}

int bl_pin_new(struct bl_pin **out, struct bl_store *store, const struct bl_digest *digest,
               bl_on_pin_ready *on_ready, void *ctx, struct bl_err *err)
{
    struct bl_entry *entry = bl_index_find(&store->index, digest);
    bool is_believed = entry && bl_store_is_believed(store, &entry);
    struct bl_pin *pin;

    if (!entry)
        return missing(digest, err);
    if (!is_believed && bl_check_start(store, entry, err) != 0)
        return -1;
    if (bl_pin_make(&pin, store, err) != 0)
        return -1; /* the check goes on: somebody will want it */
    pin->on_ready = on_ready;
    pin->ctx = ctx;
    bl_pin_attach(pin, entry);
    if (!is_believed) {
        pin->is_ready = false;
        wait_for_check(pin);
    }
    *out = pin;
    return 0;
}

bool bl_pin_is_ready(const struct bl_pin *pin)
{
    return pin->is_ready;
}

int bl_pin_open(const struct bl_pin *pin, int *fd, struct bl_err *err)
{
    struct bl_entry *entry = pin->entry;
    bl_autoclose int file = -1;
    struct bl_stamp stamp;

    assert(pin->is_ready);
    if (entry->is_gone)
        return missing(&entry->digest, err);
    if (bl_store_folder_read(&pin->store->folder, &entry->digest, 0, &file, &stamp) != 0) {
        (void)bl_store_failed(err, errno, "a stored file");
        if (bl_store_is_short(err->sys_errno))
            return -1;
        bl_store_remove(pin->store, entry, strerrorname_np(err->sys_errno));
        return missing(&entry->digest, err);
    }
    if (!bl_stamp_equal(&stamp, &entry->stamp)) {
        bl_store_remove(pin->store, entry, "it was changed");
        return missing(&entry->digest, err);
    }
    *fd = bl_take_fd(&file);
    return 0;
}

const struct bl_digest *bl_pin_digest(const struct bl_pin *pin)
{
    return &pin->entry->digest;
}

uint64_t bl_pin_size_bytes(const struct bl_pin *pin)
{
    return pin->entry->stamp.size_bytes;
}

void bl_pin_free(struct bl_pin **pin)
{
    if (!*pin)
        return;
    bl_loop_undefer((*pin)->store->loop, &(*pin)->tell);
    wait_no_more(*pin);
    if ((*pin)->entry)
        bl_index_unpin(&(*pin)->store->index, (*pin)->entry);
    free(*pin);
    *pin = NULL;
}
