/* init_mounts.c - what is private to one sandbox: its /proc and its tmpfs (process: init; system
 * calls only). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/init.h"
#include "executor/sandbox/syscalls.h"

/* What a container engine masks: host-wide facts and keys. Those that the kernel lacks are passed
 * over. Writing anywhere in /proc is refused by ids already: nothing there belongs to the program
 * but its own processes. */
static const char *const masked_files[] = {
    "/proc/kcore",      "/proc/keys",        "/proc/key-users",   "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/interrupts",
    "/proc/kallsyms",   "/proc/modules",     "/proc/diskstats",   "/proc/sysrq-trigger",
    "/proc/config.gz",  "/proc/cmdline",     "/proc/swaps",       "/proc/locks",
};
static const char *const masked_folders[] = {"/proc/acpi",   "/proc/asound",  "/proc/scsi",
                                             "/proc/bus",    "/proc/irq",     "/proc/fs",
                                             "/proc/driver", "/proc/pressure"};

/* mount(2) where it can say all there is to say: one call, where the new interface takes eleven for
 * a tmpfs and four for a bind. In a sandbox's making that was a tenth of init's time.
 *
 * hidepid: the program sees its own processes, not init. */
int bl_init_mount_proc(struct bl_init *init)
{
    (void)init;
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=invisible");
}

/* Binds `mask` over each of the paths; a missing one is no loss. */
static int mask_all(struct bl_init *init, const char *mask, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        init->index = (int)i;
        if (mount(mask, paths[i], NULL, MS_BIND, NULL) == 0)
            continue;
        if (errno != ENOENT)
            return -1;
        if (faccessat(AT_FDCWD, paths[i], F_OK, 0) == 0) { /* it was the mask that is missing */
            errno = ENOENT;
            return -1;
        }
        if (errno != ENOENT)
            return -1;
    }
    init->index = -1;
    return 0;
}

/* Folders are covered by the root's own empty, read-only /run; before /box and /tmp are mounted or
 * after makes no difference. /proc/sys stays readable, and becomes read-only. */
int bl_init_mask_proc(struct bl_init *init)
{
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mask_all(init, "/dev/null", masked_files, BL_ARRAY_LEN(masked_files)) < 0 ||
        mask_all(init, "/run", masked_folders, BL_ARRAY_LEN(masked_folders)) < 0)
        return -1;
    bl_autoclose int sys = open_tree(AT_FDCWD, "/proc/sys", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (sys < 0 || mount_setattr(sys, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0)
        return -1;
    return move_mount(sys, "", AT_FDCWD, "/proc/sys", MOVE_MOUNT_F_EMPTY_PATH);
}

/* A number as decimal text; digits: at least 21 bytes. Not snprintf: see child.h. */
static const char *decimal(uint64_t value, char digits[24])
{
    char *at = digits + 23;

    *at = '\0';
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    return at;
}

static char *put(char *at, const char *text)
{
    size_t length = strlen(text);

    memcpy(at, text, length + 1);
    return at + length;
}

struct private_tmpfs {
    const char *path, *mode;
    uint64_t bytes, files;
};

static int mount_one(const struct private_tmpfs *tmpfs)
{
    char options[160], digits[24], *at = options;
    const char *owner = decimal(BL_INSIDE_PROGRAM_ID, digits);

    at = put(put(at, "mode="), tmpfs->mode);
    at = put(put(at, ",uid="), owner);
    at = put(put(at, ",gid="), owner);
    at = put(put(at, ",size="), decimal(tmpfs->bytes, digits));
    (void)put(put(at, ",nr_inodes="), decimal(tmpfs->files, digits));
    return mount("tmpfs", tmpfs->path, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

int bl_init_mount_tmpfs(struct bl_init *init)
{
    const struct bl_order *order = init->order;
    const struct private_tmpfs all[] = {
        {"/box", "0755", order->box_bytes, order->box_files},
        {"/tmp", "1777", order->tmp_bytes, order->tmp_files},
        {"/dev/shm", "1777", order->tmp_bytes, order->tmp_files},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(all); i++) {
        init->index = (int)i;
        if (mount_one(&all[i]) < 0)
            return -1;
    }
    init->index = -1;
    return 0;
}

/* Makes the directories of a relative path below the box, the program's own, and opens the last
 * one. No program has run yet, and still no link is walked. */
static int open_box_parent(const char *path, const char **name)
{
    char walked[BL_PLAN_TARGET_MAX];
    int box = open("/box", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    *name = path;
    for (const char *slash; box >= 0 && (slash = strchr(*name, '/')); *name = slash + 1) {
        size_t length = (size_t)(slash - *name);
        bl_autoclose int above = box;
        memcpy(walked, *name, length);
        walked[length] = '\0';
        if (mkdirat(above, walked, 0755) < 0 && errno != EEXIST)
            return -1;
        box = bl_openat2(above, walked, O_PATH | O_DIRECTORY | O_CLOEXEC,
                         RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        if (box >= 0 &&
            fchownat(box, "", BL_INSIDE_PROGRAM_ID, BL_INSIDE_PROGRAM_ID, AT_EMPTY_PATH) < 0) {
            bl_close_fd(&box);
            return -1;
        }
    }
    return box;
}

static enum bl_step attach(int mount_fd, int parent, const char *name)
{
    if (move_mount(mount_fd, "", parent, name, MOVE_MOUNT_F_EMPTY_PATH) == 0)
        return BL_STEP_NONE;
    return errno == ENOSPC ? BL_STEP_MOUNT_BIND : BL_STEP_INPUT;
}

enum bl_step bl_init_place(const char *name, int mount_fd)
{
    struct stat is;
    const char *last;

    if (name[0] == '/') /* a place that the root has, such as /app */
        return attach(mount_fd, AT_FDCWD, name);
    if (fstat(mount_fd, &is) < 0)
        return BL_STEP_INPUT;
    bl_autoclose int parent = open_box_parent(name, &last);
    if (parent < 0)
        return BL_STEP_INPUT;
    if (S_ISDIR(is.st_mode)) {
        if (mkdirat(parent, last, 0755) < 0)
            return BL_STEP_INPUT;
    } else {
        bl_autoclose int point =
            openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
        if (point < 0)
            return BL_STEP_INPUT;
    }
    return attach(mount_fd, parent, last);
}
