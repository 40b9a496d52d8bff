#include "executor/server/store_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/server/store_private.h"

struct bl_copy {
    struct bl_work work; /* first: the work is the copy */
    struct bl_store *store;
    struct bl_put *put;
    struct bl_slow_file file; /* fd -1: memory, `at` says how far */
    const uint8_t *bytes;
    uint64_t size_bytes;
    bool is_at_work;
    bl_on_copied *on_copied;
    void *ctx;
};

static void stop(struct bl_copy *copy)
{
    if (copy->is_at_work)
        bl_work_remove(&copy->store->works, &copy->work);
    copy->is_at_work = false;
    bl_put_free(&copy->put);
    bl_close_fd(&copy->file.fd);
}

/* The copy is not touched afterwards: it may be freed in there. */
static void end(struct bl_copy *copy, struct bl_pin *pin, const struct bl_err *err)
{
    stop(copy);
    copy->on_copied(copy->ctx, pin, err);
}

static int changed(struct bl_err *err)
{
    return bl_fail(err, BL_STEP_INPUT, 0, "its size changed while it was stored");
}

/* The next piece into the works' buffer, or where it lies in memory. 0: all has been read; -1 with
 * sys_errno EAGAIN: not yet. */
static ssize_t next_piece(struct bl_copy *copy, const void **piece, struct bl_err *err)
{
    uint64_t left = copy->size_bytes - copy->file.at;
    size_t length = left < BL_SLICE_BYTES ? (size_t)left : BL_SLICE_BYTES;
    ssize_t got;

    if (copy->file.fd < 0) {
        *piece = copy->bytes + copy->file.at;
        copy->file.at += length;
        return (ssize_t)length;
    }
    *piece = copy->store->works.buffer;
    if (length == 0)
        return 0;
    got = bl_slow_read(&copy->file, copy->store->works.buffer, length);
    if (got < 0)
        return bl_fail(err, BL_STEP_INPUT, errno, "read it");
    return got > 0 ? got : changed(err);
}

static int finish(struct bl_copy *copy, struct bl_pin **pin, struct bl_err *err)
{
    struct stat is;

    if (copy->file.fd >= 0 &&
        (fstat(copy->file.fd, &is) != 0 || (uint64_t)is.st_size != copy->size_bytes))
        return changed(err);
    return bl_put_finish(copy->put, pin, err);
}

static enum bl_work_turn on_slice(struct bl_work *work)
{
    struct bl_copy *copy = (struct bl_copy *)work;
    struct bl_pin *pin = NULL;
    const void *piece;
    struct bl_err err;
    ssize_t length = next_piece(copy, &piece, &err);

    if (length < 0 && err.sys_errno == EAGAIN)
        return BL_WORK_COLD;
    if (length > 0 && bl_put_write(copy->put, piece, (size_t)length, &err) == 0)
        return BL_WORK_MORE;
    if (length == 0 && finish(copy, &pin, &err) == 0)
        end(copy, pin, NULL);
    else
        end(copy, NULL, &err);
    return BL_WORK_ENDED;
}

static int open_source(struct bl_copy *copy, const struct bl_copy_source *source,
                       struct bl_err *err)
{
    struct stat is;

    if (source->fd < 0) {
        copy->bytes = source->bytes;
        copy->size_bytes = source->length;
        return 0;
    }
    if (fstat(source->fd, &is) != 0 || !S_ISREG(is.st_mode))
        return bl_fail(err, BL_STEP_INPUT, 0, "not a regular file");
    copy->size_bytes = (uint64_t)is.st_size;
    copy->file.fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 0);
    return copy->file.fd >= 0 ? 0 : bl_store_failed(err, errno, "a descriptor");
}

int bl_copy_new(struct bl_copy **out, struct bl_store *store, const struct bl_copy_source *source,
                bl_on_copied *on_copied, void *ctx, struct bl_err *err)
{
    struct bl_copy *copy = calloc(1, sizeof(*copy));
    struct bl_put_order order = {0};

    if (!copy)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "a copy into the store");
    copy->work.slice = on_slice;
    copy->store = store;
    copy->file.fd = -1;
    copy->on_copied = on_copied;
    copy->ctx = ctx;
    if (open_source(copy, source, err) != 0) {
        bl_copy_free(&copy);
        return -1;
    }
    order.size_bytes = copy->size_bytes;
    if (bl_put_new(&copy->put, store, &order, err) != 0) {
        bl_copy_free(&copy);
        return -1;
    }
    copy->is_at_work = true;
    bl_work_add(&store->works, &copy->work);
    *out = copy;
    return 0;
}

void bl_copy_free(struct bl_copy **copy)
{
    if (!*copy)
        return;
    stop(*copy);
    free(*copy);
    *copy = NULL;
}
