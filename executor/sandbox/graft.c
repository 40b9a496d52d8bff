/* graft.c - inputs as detached mounts (process: warden). No path is walked: the worker shows what
 * it could open itself, by descriptor, and gets nothing more by it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bailiff/own.h"
#include "executor/sandbox/birth.h"
#include "executor/sandbox/syscalls.h"

static int write_one_map(const struct bl_home *home, pid_t pid, const char *file, uint32_t on_disk,
                         uint32_t shown)
{
    char path[64], map[64];
    int length = snprintf(map, sizeof(map), "%u %u 1\n", on_disk, shown);

    (void)snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
    bl_autoclose int fd = openat(home->proc, path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, map, (size_t)length) == length ? 0 : -1;
}

/* A user namespace in which the file's owner is the program: only ever used as a mount's mapping.
 * It needs a process to be born with; that one waits and is killed. */
static int open_mapping(const struct bl_home *home, const struct stat *file, uint32_t program_id)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    char path[64];
    int fd = -1, saved;
    const pid_t warden = getpid();
    pid_t pid = bl_clone_in(home, home->mount_namespace, &args);

    if (pid < 0)
        return -1;
    if (pid == 0) {
        /* The warden may be killed at any moment: then nobody is left to end us. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != warden)
            _exit(1);
        for (;;)
            (void)poll(NULL, 0, -1);
    }
    (void)snprintf(path, sizeof(path), "%d/ns/user", (int)pid);
    if (write_one_map(home, pid, "uid_map", file->st_uid, program_id) == 0 &&
        write_one_map(home, pid, "gid_map", file->st_gid, program_id) == 0)
        fd = openat(home->proc, path, O_RDONLY | O_CLOEXEC);
    saved = errno;
    (void)kill(pid, SIGKILL); /* our own child, not reaped yet: the pid is its */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = saved;
    return fd;
}

static bool others_can_read(const struct stat *file)
{
    mode_t needed = S_ISDIR(file->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;

    return (file->st_mode & needed) == needed;
}

/* Did the kernel let whoever ordered read it? O_PATH takes no right to the file itself, and passes
 * Landlock: by it a confined worker could have shown to a program what it may not read. */
static bool is_readable(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY;
}

static int graft_one(const struct bl_home *home, int *fd, uint32_t program_id, struct bl_err *err)
{
    struct mount_attr attributes = {.attr_set =
                                        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    bl_autoclose int mapping = -1;
    struct stat file;

    if (fstat(*fd, &file) < 0)
        return bl_fail(err, BL_STEP_GRAFT, errno, "fstat");
    if (!S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode))
        return bl_fail(err, BL_STEP_INPUT, 0, "neither a regular file nor a folder");
    if (!home->plan->may_remap && !is_readable(*fd))
        return bl_fail(err, BL_STEP_INPUT, 0, "not opened for reading");
    bl_autoclose int tree = open_tree(*fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return bl_fail(err, BL_STEP_GRAFT, errno, "open_tree");
    if (home->plan->may_remap && !others_can_read(&file)) {
        mapping = open_mapping(home, &file, program_id);
        if (mapping < 0)
            return bl_fail(err, BL_STEP_GRAFT, errno, "make an id mapping");
        attributes.attr_set |= MOUNT_ATTR_IDMAP;
        attributes.userns_fd = (unsigned)mapping;
    }
    if (mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0)
        return mapping >= 0 && (errno == EINVAL || errno == EPERM)
                   ? bl_fail(err, BL_STEP_INPUT, errno,
                             "others may not read it, and this file system has no idmapped mounts: "
                             "make it readable (chmod o+r; a folder: o+rx)")
                   : bl_fail(err, BL_STEP_GRAFT, errno, "mount_setattr");
    (void)close(*fd); /* replaced by its mount */
    *fd = bl_take_fd(&tree);
    return 0;
}

int bl_graft(const struct bl_home *home, int *fds, unsigned count, uint32_t program_id,
             struct bl_err *err)
{
    if (home->plan->fail_step == BL_STEP_GRAFT)
        return bl_fail(err, BL_STEP_GRAFT, EIO, "injected");
    for (unsigned i = 0; i < count; i++) {
        if (graft_one(home, &fds[i], program_id, err) == 0)
            continue;
        err->index = (int)i;
        return -1;
    }
    return 0;
}
