/* template.c - see template.h. The builder is a child of the warden with mount and pid namespaces
 * of its own and the warden's privilege; it ends before the first program is born. It reads no byte
 * that a program could write: all paths come from the plan. */
#include "executor/sandbox/template.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"
#include "executor/sandbox/wire.h"

struct builder {
    const struct bl_root *root;
    int root_fd;
    int index; /* of the entry at work */
    char parent[BL_PLAN_TARGET_MAX];
};

static int make_tmpfs(struct builder *b)
{
    bl_autoclose int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

    if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
        fsconfig(fs, FSCONFIG_SET_STRING, "size", "4M", 0) < 0 ||
        fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    b->root_fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    return b->root_fd < 0 ? -1 : 0;
}

/* Opens the directory that is to hold the entry, made where it is missing; *name is the entry's
 * last component. The tree is ours alone, but for links that an image brought at its top: those are
 * never walked. */
static int open_parent(struct builder *b, const char *target, const char **name)
{
    char *slash;

    strcpy(b->parent, target + 1); /* as long as target: both BL_PLAN_TARGET_MAX, see plan.c */
    slash = strrchr(b->parent, '/');
    *name = strrchr(target, '/') + 1;
    if (!slash)
        return dup(b->root_fd);
    *slash = '\0';
    for (char *at = b->parent; (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (mkdirat(b->root_fd, b->parent, 0755) < 0 && errno != EEXIST)
            return -1;
        *at = '/';
    }
    if (mkdirat(b->root_fd, b->parent, 0755) < 0 && errno != EEXIST)
        return -1;
    return bl_openat2(b->root_fd, b->parent, O_PATH | O_DIRECTORY | O_CLOEXEC,
                      RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

static int write_file(int parent, const char *name, const char *content)
{
    bl_autoclose int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

    if (fd < 0)
        return -1;
    for (size_t left = strlen(content); left > 0;) {
        const ssize_t written = write(fd, content, left);

        if (written < 0)
            return -1;
        content += written;
        left -= (size_t)written;
    }
    return 0;
}

/* Attaches a clone of a host path; its own mount point is made to fit. */
static int bind_entry(int parent, const char *name, const struct bl_entry *entry)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
    bl_autoclose int from =
        open_tree(AT_FDCWD, entry->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    struct stat is;

    if (from < 0 || fstat(from, &is) < 0)
        return -1;
    if (entry->kind != BL_ENTRY_DEVICE)
        attributes.attr_set |= MOUNT_ATTR_NODEV;
    if (!entry->writable) /* a device can be written to all the same, but not touched or changed */
        attributes.attr_set |= MOUNT_ATTR_RDONLY;
    if (entry->kind == BL_ENTRY_DEVICE && !S_ISCHR(is.st_mode)) {
        errno = ENODEV;
        return -1;
    }
    if (mount_setattr(from, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) < 0)
        return -1;
    if (S_ISDIR(is.st_mode) ? mkdirat(parent, name, 0755) < 0 && errno != EEXIST
                            : write_file(parent, name, "") < 0)
        return -1;
    return move_mount(from, "", parent, name, MOVE_MOUNT_F_EMPTY_PATH);
}

static int place(struct builder *b, const struct bl_entry *entry)
{
    const char *name;
    bl_autoclose int parent = open_parent(b, entry->target, &name);

    if (parent < 0)
        return -1;
    switch ((enum bl_entry_kind)entry->kind) {
    case BL_ENTRY_DIR:
        return mkdirat(parent, name, 0755) < 0 && errno != EEXIST ? -1 : 0;
    case BL_ENTRY_SYMLINK:
        return symlinkat(entry->source, parent, name);
    case BL_ENTRY_FILE:
        return write_file(parent, name, entry->source);
    case BL_ENTRY_BIND:
    case BL_ENTRY_DEVICE:
        return bind_entry(parent, name, entry);
    }
    errno = EINVAL;
    return -1;
}

static int place_entries(struct builder *b)
{
    for (uint32_t i = 0; i < b->root->entry_count; i++) {
        const struct bl_entry *entry = &b->root->entries[i];
        b->index = (int)i;
        if (place(b, entry) < 0 && !(entry->optional && errno == ENOENT))
            return -1;
    }
    b->index = -1;
    return 0;
}

/* The proc that makes init's own one permissible; see template.h. */
static int place_proc(struct builder *b)
{
    bl_autoclose int fs = fsopen("proc", FSOPEN_CLOEXEC);

    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    bl_autoclose int proc =
        fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    return proc < 0 ? -1 : move_mount(proc, "", b->root_fd, "proc", MOVE_MOUNT_F_EMPTY_PATH);
}

/* Before anything is mounted: nothing of it may propagate to the host. */
static int make_private(struct builder *b)
{
    (void)b; /* a row of the table */
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* The detached tmpfs must be attached somewhere before it can become the root: on /proc, which
 * every host has, and which is left a moment later. Entries come after it: a mount can only be
 * moved into an attached tree. */
static int attach(struct builder *b)
{
    return move_mount(b->root_fd, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH);
}

/* Whoever enters a mount namespace begins at its own root. In a chroot that lies above ours, so a
 * sandbox would see all that the chroot hides: it is the namespace's root that must be replaced. */
static int leave_chroot(void)
{
    bl_autoclose int self = bl_pidfd_open(getpid());

    return self < 0 ? -1 : setns(self, CLONE_NEWNS);
}

static int pivot(struct builder *b)
{
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mount_setattr(b->root_fd, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) < 0 ||
        leave_chroot() < 0 || fchdir(b->root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0)
        return -1;
    return chdir("/");
}

/* In this order because: private before the first mount; the tree attached before mounts go into
 * it; read-only last. */
static const struct {
    enum bl_step step;
    int (*run)(struct builder *b);
} steps[] = {
    {BL_STEP_TEMPLATE, make_private}, {BL_STEP_ROOT_TMPFS, make_tmpfs},
    {BL_STEP_ROOT_ATTACH, attach},    {BL_STEP_ROOT_ENTRY, place_entries},
    {BL_STEP_ROOT_PROC, place_proc},  {BL_STEP_ROOT_PIVOT, pivot},
};

static void build(struct builder *b, uint32_t fail_step, struct bl_setup_failure *failure)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++) {
        errno = EIO;
        if (steps[i].step != fail_step && steps[i].run(b) == 0)
            continue;
        *failure = (struct bl_setup_failure){(int32_t)steps[i].step, errno, b->index};
        return;
    }
}

/* The builder's whole life: builds, tells, waits until the warden has its namespace. */
__attribute__((noreturn)) static void run_builder(const struct bl_root *root, uint32_t fail_step,
                                                  int channel)
{
    struct builder b = {.root = root, .root_fd = -1, .index = -1};
    struct bl_setup_failure failure = {0};
    char byte;

    build(&b, fail_step, &failure);
    if (bl_wire_send(channel, &failure, sizeof(failure), NULL, 0) == 0)
        (void)bl_wire_recv(channel, &byte, 1, NULL, 0, NULL); /* its end: the warden has it, or
                                                                 gave up */
    _exit(0);
}

static int open_namespace(pid_t builder)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)builder);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int word_failure(const struct bl_root *root, const struct bl_setup_failure *failure,
                        struct bl_err *err)
{
    const char *object = "";

    if (failure->index >= 0 && (uint32_t)failure->index < root->entry_count)
        object = root->entries[failure->index].target;
    (void)bl_fail(err, (enum bl_step)failure->step, failure->sys_errno, "%s", object);
    err->index = failure->index;
    return -1;
}

int bl_template_build(const struct bl_root *root, uint32_t fail_step, int *namespace_fd,
                      struct bl_err *err)
{
    struct clone_args args = {.flags = CLONE_NEWNS | CLONE_NEWPID, .exit_signal = SIGCHLD};
    struct bl_setup_failure failure = {0};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return bl_fail(err, BL_STEP_TEMPLATE, errno, "socketpair");
    bl_autoclose int ours = ends[0];
    bl_autoclose int theirs = ends[1];
    pid_t builder = bl_clone3(&args);
    if (builder < 0)
        return bl_fail(err, BL_STEP_TEMPLATE, errno, "clone3");
    if (builder == 0) {
        bl_close_fd(&ours);
        run_builder(root, fail_step, theirs);
    }
    bl_close_fd(&theirs);
    bool told =
        bl_wire_recv(ours, &failure, sizeof(failure), NULL, 0, NULL) == (ssize_t)sizeof(failure);
    bl_autoclose int fd = told && failure.step == 0 ? open_namespace(builder) : -1;
    int saved = errno;
    bl_close_fd(&ours);
    while (waitpid(builder, NULL, 0) < 0 && errno == EINTR)
        ; /* it has nothing more to say */
    if (!told)
        return bl_fail(err, BL_STEP_TEMPLATE, 0, "the builder ended early");
    if (failure.step != 0)
        return word_failure(root, &failure, err);
    if (fd < 0)
        return bl_fail(err, BL_STEP_TEMPLATE, saved, "open the namespace");
    *namespace_fd = bl_take_fd(&fd);
    return 0;
}
