/* crime_mounts - tries to change what is mounted, to leave the root, and to make devices. */
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "crime.h"

enum { OLD_REMOUNT = 32, OLD_BIND = 4096, OLD_MOVE = 8192, OLD_DETACH = 2 }; /* linux/mount.h */

static long try_mount_tmpfs(long argument)
{
    (void)argument;
    return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
}

static long try_mount_proc(long argument)
{
    (void)argument;
    return syscall(SYS_mount, "none", "/tmp", "proc", 0, NULL);
}

static long try_mount_cgroup(long argument)
{
    (void)argument;
    return syscall(SYS_mount, "none", "/tmp", "cgroup2", 0, NULL);
}

static long try_bind(long argument)
{
    (void)argument;
    return syscall(SYS_mount, "/usr", "/tmp", NULL, OLD_BIND, NULL);
}

static long try_remount_root(long argument)
{
    (void)argument;
    return syscall(SYS_mount, NULL, "/", NULL, OLD_REMOUNT | OLD_BIND, NULL);
}

static long try_remount_usr(long argument)
{
    (void)argument;
    return syscall(SYS_mount, NULL, "/usr", NULL, OLD_REMOUNT | OLD_BIND, NULL);
}

static long try_move(long argument)
{
    (void)argument;
    return syscall(SYS_mount, "/box", "/tmp", NULL, OLD_MOVE, NULL);
}

static long try_umount(long path)
{
    return syscall(SYS_umount2, (const char *)path, OLD_DETACH);
}

static long try_pivot(long argument)
{
    (void)argument;
    return syscall(SYS_pivot_root, "/tmp", "/tmp");
}

static long try_chroot(long argument)
{
    (void)argument;
    return syscall(SYS_chroot, "/tmp");
}

static long try_fsopen(long name)
{
    return syscall(SYS_fsopen, (const char *)name, 0);
}

static long try_fspick(long argument)
{
    (void)argument;
    return syscall(SYS_fspick, AT_FDCWD, "/tmp", 0);
}

static long try_open_tree(long argument)
{
    (void)argument;
    return syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE);
}

static long try_move_mount(long argument)
{
    (void)argument;
    return syscall(SYS_move_mount, AT_FDCWD, "/box", AT_FDCWD, "/tmp", 0);
}

static long try_mount_setattr(long argument)
{
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};

    (void)argument;
    return syscall(SYS_mount_setattr, AT_FDCWD, "/usr", 0, &writable, sizeof(writable));
}

static long try_mknod(long kind)
{
    dev_t device = kind == S_IFBLK ? makedev(254, 0) : makedev(1, 1); /* a disk; /dev/mem */

    return syscall(SYS_mknodat, AT_FDCWD, "/box/device", kind | 0666, device);
}

/* A handle of the root directory, opened beneath /usr's mount: how containers were once left. */
static long try_handle(long argument)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } at = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
    int mount_id, usr = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)argument;
    if (usr < 0)
        return -1;
    if (syscall(SYS_name_to_handle_at, usr, "", &at, &mount_id, AT_EMPTY_PATH) < 0) {
        if (errno != EOPNOTSUPP)
            return -1;
        at.handle.handle_type = 1; /* a file system without handles: try one all the same */
    }
    return syscall(SYS_open_by_handle_at, usr, &at, O_RDONLY);
}

int main(int argc, char **argv)
{
    static const struct crime crimes[] = {
        {"mount tmpfs", try_mount_tmpfs, 0},
        {"mount proc", try_mount_proc, 0},
        {"mount cgroup2", try_mount_cgroup, 0},
        {"mount bind", try_bind, 0},
        {"remount / writable", try_remount_root, 0},
        {"remount /usr writable", try_remount_usr, 0},
        {"mount move", try_move, 0},
        {"umount /tmp", try_umount, (long)"/tmp"},
        {"umount /proc/keys", try_umount, (long)"/proc/keys"},
        {"umount /", try_umount, (long)"/"},
        {"pivot_root", try_pivot, 0},
        {"chroot", try_chroot, 0},
        {"fsopen tmpfs", try_fsopen, (long)"tmpfs"},
        {"fsopen ext4", try_fsopen, (long)"ext4"},
        {"fspick", try_fspick, 0},
        {"open_tree clone", try_open_tree, 0},
        {"move_mount", try_move_mount, 0},
        {"mount_setattr", try_mount_setattr, 0},
        {"mknod character", try_mknod, S_IFCHR},
        {"mknod block", try_mknod, S_IFBLK},
        {"open_by_handle_at", try_handle, 0},
    };

    (void)argc;
    (void)argv;
    return crime_try_all(crimes, CRIME_COUNT(crimes));
}
