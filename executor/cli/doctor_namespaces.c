/* The namespaces and the mounts in them, each really tried in a child. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"

/* As the warden does, and as a user namespace needs. Where this fails, that fails as well. */
static void leave_chroot(void)
{
    bl_autoclose int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

    if (own >= 0)
        (void)setns(own, CLONE_NEWNS);
}

static int try_unshare(void *facts, struct bl_err *err)
{
    int flag = (int)*(const long *)facts;

    leave_chroot();
    return unshare(flag) < 0 ? bl_fail(err, BL_STEP_CLONE_INIT, errno, "%s", "") : 0;
}

static void look_namespace(const struct bl_check *check, struct bl_finding *finding)
{
    long flag = check->argument;
    struct bl_err err;

    bl_doctor_tell(finding, bl_doctor_try(try_unshare, &flag, sizeof(flag), &err), &err,
                   "can be unshared");
}

/* On a tmpfs of its own, over a folder that every system has. */
static int try_pivot(void *facts, struct bl_err *err)
{
    (void)facts;
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return bl_fail(err, BL_STEP_ROOT_TMPFS, errno, "unshare the mounts");
    if (mount("bailiff-doctor", "/proc", "tmpfs", 0, "size=4k") < 0 || chdir("/proc") < 0)
        return bl_fail(err, BL_STEP_ROOT_TMPFS, errno, "mount a tmpfs");
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return bl_fail(err, BL_STEP_ROOT_PIVOT, errno, "pivot_root");
    return 0;
}

static void look_pivot(const struct bl_check *check, struct bl_finding *finding)
{
    struct bl_err err;

    (void)check;
    bl_doctor_tell(finding, bl_doctor_try(try_pivot, NULL, 0, &err), &err,
                   "works on a fresh tmpfs");
}

static int write_map(pid_t pid, const char *file)
{
    static const char map[] = "0 1000 1\n";
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    bl_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, map, sizeof(map) - 1) == sizeof(map) - 1 ? 0 : -1;
}

/* A user namespace in which id 0 on disk is shown as 1000. It lives as long as the child that was
 * born in it and the descriptor. */
static int open_mapping(struct bl_err *err)
{
    int ready[2], fd = -1;
    char byte, path[64];
    pid_t pid;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return bl_fail(err, BL_STEP_PIPE, errno, "%s", "");
    bl_autoclose int from = ready[0], to = ready[1];
    pid = fork();
    if (pid == 0) {
        leave_chroot();
        if (unshare(CLONE_NEWUSER) == 0 && write(to, "", 1) == 1)
            (void)pause();
        _exit(1);
    }
    bl_close_fd(&to);
    if (pid > 0 && read(from, &byte, 1) == 1 && write_map(pid, "uid_map") == 0 &&
        write_map(pid, "gid_map") == 0) {
        (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        (void)bl_fail(err, BL_STEP_ID_MAP, errno, "a user namespace with a map");
    if (pid > 0) {
        (void)kill(pid, SIGKILL); /* our own child, not reaped yet */
        (void)waitpid(pid, NULL, 0);
    }
    return fd;
}

static int try_idmap(void *facts, struct bl_err *err)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP};
    bl_autoclose int mapping = open_mapping(err);
    bl_autoclose int tree = -1;

    (void)facts;
    if (mapping < 0)
        return -1;
    tree = open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    attributes.userns_fd = (unsigned)mapping;
    if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0)
        return bl_fail(err, BL_STEP_GRAFT, errno, "idmapped mount of /usr");
    return 0;
}

static void look_idmap(const struct bl_check *check, struct bl_finding *finding)
{
    struct bl_err err;

    (void)check;
    bl_doctor_tell(finding, bl_doctor_try(try_idmap, NULL, 0, &err), &err,
                   "work on the file system of /usr");
}

/* Each namespace's count is limited for each user; 0 turns it off. */
static void look_counts(const struct bl_check *check, struct bl_finding *finding)
{
    static const char *const kinds[] = {"user", "pid", "mnt",    "net",
                                        "ipc",  "uts", "cgroup", "time"};
    long long least = -1;
    const char *which = "";

    (void)check;
    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        char path[80];
        long long count;

        (void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
        if (bl_doctor_read_number(path, &count) && (least < 0 || count < least)) {
            least = count;
            which = kinds[i];
        }
    }
    if (least < 0)
        bl_found(finding, false, "no such limit");
    else
        bl_found(finding, least < 16, "user.max_%s_namespaces is %lld, the least of them", which,
                 least);
    if (least >= 0)
        (void)snprintf(finding->fix, sizeof(finding->fix), "sysctl -w user.max_%s_namespaces=65536",
                       which);
}

/* The two rules of distributions that keep user namespaces from those who are not root. */
static void look_unprivileged(const struct bl_check *check, struct bl_finding *finding)
{
    long long clone = 1, apparmor = 0;
    bool has_clone = bl_doctor_read_number("/proc/sys/kernel/unprivileged_userns_clone", &clone);
    bool has_apparmor =
        bl_doctor_read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", &apparmor);

    (void)check;
    if ((has_clone && clone == 0) || (has_apparmor && apparmor != 0))
        bl_found(finding, false, "kept from unprivileged users (%s): root is not concerned",
                 has_clone && clone == 0 ? "kernel.unprivileged_userns_clone=0"
                                         : "kernel.apparmor_restrict_unprivileged_userns=1");
    else
        bl_found(finding, false, "not restricted");
}

#define NO_SANDBOX "no sandbox can be made"
#define ALLOW_NAMESPACES                                                                     \
    "a kernel with this namespace, and root; in a container, docker run --privileged (or a " \
    "seccomp profile that allows unshare and clone)"

#define NAMESPACE(id, flag)                                          \
    {                                                                \
        id, true, look_namespace, NO_SANDBOX, ALLOW_NAMESPACES, flag \
    }

static const struct bl_check checks[] = {
    NAMESPACE("user-namespace", CLONE_NEWUSER),
    NAMESPACE("pid-namespace", CLONE_NEWPID),
    NAMESPACE("mount-namespace", CLONE_NEWNS),
    NAMESPACE("network-namespace", CLONE_NEWNET),
    NAMESPACE("ipc-namespace", CLONE_NEWIPC),
    NAMESPACE("uts-namespace", CLONE_NEWUTS),
    NAMESPACE("cgroup-namespace", CLONE_NEWCGROUP),
    NAMESPACE("time-namespace", CLONE_NEWTIME),
    {"namespace-counts", true, look_counts, NO_SANDBOX, "sysctl -w user.max_user_namespaces=65536",
     0},
    {"unprivileged-namespaces", false, look_unprivileged, "nothing", "none needed", 0},
    {"pivot_root", true, look_pivot, NO_SANDBOX,
     "a root file system other than the initramfs (rootfs can't be pivoted away from), and root",
     0},
    {"idmapped-mounts", false, look_idmap,
     "input files and folders that others may not read are refused",
     "keep inputs on ext4, xfs, btrfs or (Linux 6.3) tmpfs, or make them readable: chmod -R o+rX",
     0},
};

const struct bl_check_group bl_doctor_namespaces = {"Namespaces and mounts", checks,
                                                    BL_ARRAY_LEN(checks)};
