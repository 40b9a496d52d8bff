#include "executor/server/store_trash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "bailiff/own.h"

struct bl_thrown {
    struct bl_work work; /* first: the work is what was thrown */
    struct bl_trash *trash;
    struct bl_thrown *next, *before;
    int fd;
    uint64_t size_bytes; /* left */
    char name[BL_TEMP_NAME_MAX];
};

static void remove_whole(struct bl_thrown *thrown)
{
    struct bl_trash *trash = thrown->trash;

    if (thrown->next)
        thrown->next->before = thrown->before;
    *(thrown->before ? &thrown->before->next : &trash->first) = thrown->next;
    bl_work_remove(trash->works, &thrown->work);
    bl_store_folder_discard(trash->folder, thrown->name);
    bl_close_fd(&thrown->fd);
    free(thrown);
}

static enum bl_work_turn on_slice(struct bl_work *work)
{
    struct bl_thrown *thrown = (struct bl_thrown *)work;

    if (thrown->size_bytes > BL_TRASH_SLICE_BYTES) {
        thrown->size_bytes -= BL_TRASH_SLICE_BYTES;
        if (ftruncate(thrown->fd, (off_t)thrown->size_bytes) == 0)
            return BL_WORK_MORE;
    }
    remove_whole(thrown);
    return BL_WORK_ENDED;
}

/* A write lease is given only where nobody else has the file open (fcntl(2)). It is given back at
 * once: there is nobody who could open it. */
static bool is_used_by_nobody(int fd)
{
    if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
        return false;
    (void)fcntl(fd, F_SETLEASE, F_UNLCK); /* ours: can't fail */
    return true;
}

/* Under a temporary name, for what is to be cut. False: remove it as it is, by the name that it has
 * then. */
static bool take(struct bl_thrown *thrown, const char *name)
{
    struct bl_store_folder *folder = thrown->trash->folder;

    if (bl_store_folder_rename(folder, name, thrown->name) != 0)
        return false;
    thrown->fd = bl_store_folder_reopen(folder, thrown->name);
    if (thrown->fd >= 0 && is_used_by_nobody(thrown->fd))
        return true;
    bl_close_fd(&thrown->fd);
    bl_store_folder_discard(folder, thrown->name);
    return false;
}

static bool throw_large(struct bl_trash *trash, const char *name, uint64_t size_bytes)
{
    struct bl_thrown *thrown = calloc(1, sizeof(*thrown));

    if (!thrown)
        return false;
    *thrown = (struct bl_thrown){
        .work.slice = on_slice, .trash = trash, .fd = -1, .size_bytes = size_bytes};
    if (!take(thrown, name)) {
        free(thrown);
        return false;
    }
    thrown->next = trash->first;
    if (thrown->next)
        thrown->next->before = thrown;
    trash->first = thrown;
    bl_work_add(trash->works, &thrown->work);
    return true;
}

int bl_trash_throw(struct bl_trash *trash, const char *name, uint64_t size_bytes,
                   struct bl_err *err)
{
    if (size_bytes > BL_TRASH_SLICE_BYTES && throw_large(trash, name, size_bytes))
        return 0;
    return bl_store_folder_remove(trash->folder, name, err);
}

bool bl_trash_empty(struct bl_trash *trash)
{
    bool was_empty = !trash->first;

    while (trash->first)
        remove_whole(trash->first);
    return !was_empty;
}
