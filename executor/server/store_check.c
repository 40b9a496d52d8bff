/* Whether what lies under a digest's name is what the name says: by hashing it once, by its stamp
 * ever after. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "bailiff/own.h"
#include "executor/base/log.h"
#include "executor/server/store_private.h"

enum { TOUCH_AFTER_S = 600 }; /* how exactly the order of use survives a restart */

struct bl_check {
    struct bl_work work; /* first: the work is the check */
    struct bl_store *store;
    struct bl_entry *entry; /* pinned */
    struct bl_slow_file file;
    struct bl_hash *hash;
    struct bl_stamp stamp;
};

/* Frees the check; the entry stays pinned, for who called. */
static void free_check(struct bl_check *check)
{
    check->entry->check = NULL;
    bl_work_remove(&check->store->works, &check->work);
    bl_hash_free(&check->hash);
    bl_close_fd(&check->file.fd);
    free(check);
}

/* The file is what its name says. */
static void believe(struct bl_check *check)
{
    struct bl_store *store = check->store;
    struct bl_entry *entry = check->entry;

    bl_index_resize(&store->index, entry, check->stamp.size_bytes);
    entry->stamp = check->stamp;
    entry->is_believed = true;
    free_check(check);
    bl_pins_tell(entry, NULL);
    bl_puts_settle(store, &entry->digest, NULL);
    bl_index_unpin(&store->index, entry);
}

static void refuse(struct bl_check *check, const char *why)
{
    struct bl_store *store = check->store;
    struct bl_entry *entry = check->entry;
    struct bl_err err;

    free_check(check);
    if (!entry->is_gone)
        bl_store_remove(store, entry, why);
    (void)bl_fail(&err, BL_STEP_STORE_MISSING, 0, "its content was damaged: store it again");
    bl_pins_tell(entry, &err);
    bl_puts_settle(store, &entry->digest, NULL);
    bl_index_unpin(&store->index, entry);
}

/* It could not be found out now: who waits is told, who comes later tries again. */
static void give_up(struct bl_check *check, const struct bl_err *err)
{
    struct bl_store *store = check->store;
    struct bl_entry *entry = check->entry;

    free_check(check);
    bl_pins_tell(entry, err);
    bl_puts_settle(store, &entry->digest, err);
    bl_index_unpin(&store->index, entry);
}

/* A failed system call about the entry's file. Of what the host is short, it has again later; else
 * the file is gone, is another, or the disk can't read it. */
static void fail(struct bl_check *check, int sys_errno)
{
    struct bl_err err;

    (void)bl_store_failed(&err, sys_errno, "the content of a stored file");
    if (bl_store_is_short(sys_errno))
        give_up(check, &err);
    else
        refuse(check, strerrorname_np(sys_errno));
}

static void compare(struct bl_check *check)
{
    struct bl_digest digest;
    struct bl_stamp after;
    struct bl_err err;

    if (check->entry->is_gone)
        refuse(check, "");
    else if (bl_hash_end(check->hash, &digest, &err) != 0)
        give_up(check, &err);
    else if (bl_store_folder_look(&check->store->folder, &check->entry->digest, &after) != 0)
        fail(check, errno);
    else if (!bl_stamp_equal(&after, &check->stamp))
        refuse(check, "it changed while it was read");
    else if (!bl_digest_equal(&digest, &check->entry->digest))
        refuse(check, "its content is not the digest's");
    else
        believe(check);
}

static int begin(struct bl_check *check)
{
    struct bl_err err;

    if (bl_store_folder_read(&check->store->folder, &check->entry->digest, O_NOATIME,
                             &check->file.fd, &check->stamp) != 0) {
        fail(check, errno);
        return -1;
    }
    if (bl_hash_new(&check->hash, &err) != 0) {
        give_up(check, &err);
        return -1;
    }
    return 0;
}

static enum bl_work_turn on_slice(struct bl_work *work)
{
    struct bl_check *check = (struct bl_check *)work;
    struct bl_err err;
    ssize_t got;

    if (check->file.fd < 0 && begin(check) != 0)
        return BL_WORK_ENDED;
    got = bl_slow_read(&check->file, check->store->works.buffer, BL_SLICE_BYTES);
    if (got < 0 && errno == EAGAIN)
        return BL_WORK_COLD;
    if (got > 0) {
        if (bl_hash_add(check->hash, check->store->works.buffer, (size_t)got, &err) == 0)
            return BL_WORK_MORE;
        give_up(check, &err);
    } else if (got < 0) {
        fail(check, errno);
    } else {
        compare(check);
    }
    return BL_WORK_ENDED;
}

int bl_check_start(struct bl_store *store, struct bl_entry *entry, struct bl_err *err)
{
    struct bl_check *check;

    if (entry->check)
        return 0;
    check = calloc(1, sizeof(*check));
    if (!check)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the check of a stored file");
    check->work.slice = on_slice;
    check->store = store;
    check->entry = entry;
    check->file.fd = -1;
    entry->check = check;
    bl_index_pin(&store->index, entry);
    bl_work_add(&store->works, &check->work);
    return 0;
}

void bl_check_forget(struct bl_entry *entry)
{
    struct bl_store *store;

    if (!entry->check)
        return;
    store = entry->check->store;
    free_check(entry->check);
    bl_index_unpin(&store->index, entry);
}

void bl_checks_forget(struct bl_store *store)
{
    while (store->works.first)
        bl_check_forget(((struct bl_check *)store->works.first)->entry);
}

/* Its atime, for the order after a restart. Where that fails the file is hashed once more. */
static void note_use(struct bl_store *store, struct bl_entry *entry)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail: the clock and the address are ours */
    if (now.tv_sec - entry->stamp.used_s >= TOUCH_AFTER_S || now.tv_sec < entry->stamp.used_s)
        (void)bl_store_folder_touch(&store->folder, &entry->digest, &entry->stamp);
}

bool bl_store_is_believed(struct bl_store *store, struct bl_entry **entry)
{
    struct bl_stamp now;

    if (!(*entry)->is_believed)
        return false;
    if (bl_store_folder_look(&store->folder, &(*entry)->digest, &now) != 0) {
        (*entry)->is_believed = false;
        if (bl_store_is_short(errno))
            return false; /* the check will tell */
        bl_store_remove(store, *entry, strerrorname_np(errno));
        *entry = NULL;
        return false;
    }
    if (!bl_stamp_equal(&now, &(*entry)->stamp)) {
        (*entry)->is_believed = false;
        return false;
    }
    note_use(store, *entry);
    return true;
}
