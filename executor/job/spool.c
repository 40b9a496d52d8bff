#include "executor/job/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/job/spool_remove.h"

#define PLACE "/run/bailiff"

struct bl_spool {
    int root; /* the tmpfs */
    bool mounted;
    uint64_t folders; /* made so far: the next one's name */
};

/* Mounts of the host still come to us (a disk that is plugged in), ours go to nobody. */
static int own_mounts(struct bl_err *err)
{
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
        return 0;
    return bl_fail(err, errno == EPERM ? BL_STEP_PRIVILEGE : BL_STEP_SPOOL, errno,
                   "a mount namespace");
}

/* Executable: what one run compiled is the next one's input. */
static int mount_tmpfs(struct bl_spool *spool, uint64_t size_bytes, struct bl_err *err)
{
    char options[64];

    (void)snprintf(options, sizeof(options), "mode=0711,size=%" PRIu64, size_bytes);
    if (mkdir(PLACE, 0755) != 0 && errno != EEXIST)
        return bl_fail(err, BL_STEP_SPOOL, errno, "%s", PLACE);
    if (mount("bailiff-spool", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "a tmpfs over %s", PLACE);
    spool->mounted = true;
    spool->root = open(PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return spool->root >= 0 ? 0 : bl_fail(err, BL_STEP_SPOOL, errno, "%s", PLACE);
}

int bl_spool_new(struct bl_spool **out, uint64_t size_bytes, struct bl_err *err)
{
    struct bl_spool *spool = calloc(1, sizeof(*spool));

    if (!spool)
        return bl_fail(err, BL_STEP_SPOOL, ENOMEM, "its handle");
    spool->root = -1;
    if (own_mounts(err) != 0 || mount_tmpfs(spool, size_bytes, err) != 0) {
        bl_spool_free(&spool);
        return -1;
    }
    *out = spool;
    return 0;
}

void bl_spool_free(struct bl_spool **spool)
{
    if (!*spool)
        return;
    bl_close_fd(&(*spool)->root);
    if ((*spool)->mounted)
        (void)umount2(PLACE, MNT_DETACH | UMOUNT_NOFOLLOW); /* else it goes with the namespace */
    free(*spool);
    *spool = NULL;
}

int bl_spool_give(struct bl_spool *spool, uid_t uid, gid_t gid, struct bl_err *err)
{
    if (fchown(spool->root, uid, gid) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "give it to user %u", (unsigned)uid);
    spool->mounted = false; /* who is not root can't unmount: it goes with the namespace */
    return 0;
}

int bl_spool_file(struct bl_spool *spool, int *fd, struct bl_err *err)
{
    *fd = openat(spool->root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0 && fchmod(*fd, 0644) == 0) /* as asked for, whatever the umask */
        return 0;
    bl_close_fd(fd);
    return bl_fail(err, BL_STEP_SPOOL, errno, "an unnamed file");
}

int bl_spool_reopen(int file, int *fd, struct bl_err *err)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file); /* 32 hold any int */
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? 0 : bl_fail(err, BL_STEP_SPOOL, errno, "opening a file again");
}

static int copy_whole(int from, int to, struct bl_err *err)
{
    off_t at = 0;
    ssize_t sent = 1;

    while (sent > 0 || (sent < 0 && errno == EINTR))
        sent = sendfile(to, from, &at, (size_t)1 << 30);
    return sent == 0 ? 0 : bl_fail(err, BL_STEP_SPOOL, errno, "copying an input");
}

int bl_spool_stdin(struct bl_spool *spool, int file, uint64_t copied_max, int *fd,
                   struct bl_err *err)
{
    bl_autoclose int copy = -1;
    struct stat st;

    if (fstat(file, &st) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "an input");
    if ((uint64_t)st.st_size > copied_max)
        return bl_spool_reopen(file, fd, err);
    if (bl_spool_file(spool, &copy, err) != 0 || copy_whole(file, copy, err) != 0)
        return -1;
    return bl_spool_reopen(copy, fd, err);
}

int bl_spool_folder(struct bl_spool *spool, int *fd, char name[BL_SPOOL_NAME_MAX],
                    struct bl_err *err)
{
    (void)snprintf(name, BL_SPOOL_NAME_MAX, "f%" PRIu64, spool->folders++);
    if (mkdirat(spool->root, name, 0700) != 0)
        return bl_fail(err, BL_STEP_SPOOL, errno, "a folder");
    *fd = openat(spool->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd >= 0 && fchmod(*fd, 0755) == 0)
        return 0;
    (void)bl_fail(err, BL_STEP_SPOOL, errno, "a folder");
    bl_close_fd(fd);
    bl_spool_remove(spool, name);
    return -1;
}

void bl_spool_remove(struct bl_spool *spool, const char *name)
{
    bl_spool_remove_tree(spool->root, name);
}
