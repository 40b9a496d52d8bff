#include "executor/server/store_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/server/store.h"

enum { FILE_MODE = 0555 };

bool bl_store_is_short(int sys_errno)
{
    return sys_errno == ENOSPC || sys_errno == EDQUOT || sys_errno == EMFILE ||
           sys_errno == ENFILE || sys_errno == ENOMEM;
}

int bl_store_failed(struct bl_err *err, int sys_errno, const char *what)
{
    return bl_fail(err, bl_store_is_short(sys_errno) ? BL_STEP_STORE_SHORT : BL_STEP_STORE,
                   sys_errno, "%s", what);
}

static void make_temp_name(struct bl_store_folder *folder, char name[BL_TEMP_NAME_MAX])
{
    (void)snprintf(name, BL_TEMP_NAME_MAX, BL_TEMP_START "%" PRIu64, folder->temps++);
}

int bl_store_folder_temp(struct bl_store_folder *folder, char name[BL_TEMP_NAME_MAX], int *fd,
                         struct bl_err *err)
{
    make_temp_name(folder, name);
    *fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return *fd >= 0 ? 0 : bl_store_failed(err, errno, "a temporary file");
}

void bl_store_folder_discard(const struct bl_store_folder *folder, const char *temp_name)
{
    (void)unlinkat(folder->fd, temp_name, 0); /* what stays is removed by the next start */
}

static int64_t in_ns(const struct timespec *time)
{
    return time->tv_sec * (int64_t)BL_NS_PER_S + time->tv_nsec;
}

static int read_stamp(const struct stat *is, struct bl_stamp *stamp)
{
    if (!S_ISREG(is->st_mode) || (is->st_mode & 07777) != FILE_MODE || is->st_nlink != 1 ||
        is->st_uid != geteuid()) {
        errno = EUCLEAN;
        return -1;
    }
    *stamp = (struct bl_stamp){.inode = is->st_ino,
                               .size_bytes = (uint64_t)is->st_size,
                               .mtime_ns = in_ns(&is->st_mtim),
                               .ctime_ns = in_ns(&is->st_ctim),
                               .used_s = is->st_atim.tv_sec};
    return 0;
}

int bl_store_folder_place(struct bl_store_folder *folder, const char *temp_name, int *fd,
                          const struct bl_digest *digest, struct bl_stamp *stamp,
                          struct bl_err *err)
{
    char name[BL_DIGEST_TEXT_MAX];
    bl_autoclose int file = bl_take_fd(fd);

    if (fchmod(file, FILE_MODE) != 0)
        return bl_store_failed(err, errno, "the mode of a temporary file");
    if (close(bl_take_fd(&file)) != 0) /* some file systems tell a full disk only here */
        return bl_store_failed(err, errno, "the end of a temporary file");
    (void)bl_digest_format(digest, name);
    if (renameat(folder->fd, temp_name, folder->fd, name) != 0)
        return bl_store_failed(err, errno, name);
    if (bl_store_folder_look(folder, digest, stamp) != 0)
        return bl_store_failed(err, errno, name);
    return 0;
}

int bl_store_folder_look(const struct bl_store_folder *folder, const struct bl_digest *digest,
                         struct bl_stamp *stamp)
{
    char name[BL_DIGEST_TEXT_MAX];
    struct stat is;

    if (fstatat(folder->fd, bl_digest_format(digest, name), &is, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    return read_stamp(&is, stamp);
}

/* O_NONBLOCK: where something else has got that name, a fifo for one, opening it must not wait. For
 * a regular file it means nothing. */
int bl_store_folder_read(const struct bl_store_folder *folder, const struct bl_digest *digest,
                         int flags, int *fd, struct bl_stamp *stamp)
{
    char name[BL_DIGEST_TEXT_MAX];
    struct stat is;
    bl_autoclose int file = openat(folder->fd, bl_digest_format(digest, name),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags);

    if (file < 0 || fstat(file, &is) != 0 || read_stamp(&is, stamp) != 0)
        return -1;
    /* There is nothing to wait for beyond its end; but the call tells if writing back has failed
     * for any page. Where it is not supported nothing is written back either. */
    if (sync_file_range(file, (off64_t)bl_footprint(stamp->size_bytes), 1,
                        SYNC_FILE_RANGE_WAIT_BEFORE) != 0 &&
        errno == EIO)
        return -1;
    *fd = bl_take_fd(&file);
    return 0;
}

int bl_store_folder_touch(const struct bl_store_folder *folder, const struct bl_digest *digest,
                          struct bl_stamp *stamp)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
    char name[BL_DIGEST_TEXT_MAX];

    if (utimensat(folder->fd, bl_digest_format(digest, name), times, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    return bl_store_folder_look(folder, digest, stamp);
}

int bl_store_folder_remove(const struct bl_store_folder *folder, const char *name,
                           struct bl_err *err)
{
    if (unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno == EISDIR && unlinkat(folder->fd, name, AT_REMOVEDIR) == 0)
        return 0; /* somebody's; an empty one is no loss */
    return bl_fail(err, BL_STEP_STORE, errno, "%s", name);
}

int bl_store_folder_rename(struct bl_store_folder *folder, const char *name,
                           char temp_name[BL_TEMP_NAME_MAX])
{
    if (strncmp(name, BL_TEMP_START, strlen(BL_TEMP_START)) == 0 &&
        strlen(name) < BL_TEMP_NAME_MAX) {
        memcpy(temp_name, name, strlen(name) + 1);
        return 0;
    }
    make_temp_name(folder, temp_name);
    return renameat(folder->fd, name, folder->fd, temp_name);
}

int bl_store_folder_reopen(const struct bl_store_folder *folder, const char *temp_name)
{
    if (fchmodat(folder->fd, temp_name, 0600, 0) != 0)
        return -1;
    return openat(folder->fd, temp_name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}
