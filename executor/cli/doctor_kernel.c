/* The kernel and the system calls that the sandbox is made with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/cli/doctor.h"

static void look_version(const struct bl_check *check, struct bl_finding *finding)
{
    struct utsname name;

    (void)check;
    if (uname(&name) < 0)
        bl_found(finding, true, "uname: %s", strerrordesc_np(errno));
    else
        bl_found(finding, !bl_doctor_version_at_least(name.release, 5, 15), "%s on %s",
                 name.release, name.machine);
}

static void look_root(const struct bl_check *check, struct bl_finding *finding)
{
    (void)check;
    bl_found(finding, geteuid() != 0, "user %u", (unsigned)geteuid());
}

/* Arguments that no call accepts: a kernel that has it says EINVAL, EBADF, EFAULT or E2BIG. One
 * that has not says ENOSYS; a container's seccomp filter says ENOSYS or EPERM. */
static void look_syscall(const struct bl_check *check, struct bl_finding *finding)
{
    long status = syscall(check->argument, -1, -1, -1, -1, -1);
    bool lack = status < 0 && (errno == ENOSYS || errno == EPERM);

    if (lack)
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, false, "present");
}

static void look_capability(const struct bl_check *check, struct bl_finding *finding)
{
    cap_value_t value = (cap_value_t)check->argument;
    cap_flag_value_t has = CAP_CLEAR;
    cap_t caps = cap_get_proc();

    if (!caps || cap_get_flag(caps, value, CAP_EFFECTIVE, &has) < 0)
        bl_found(finding, true, "%s", strerrordesc_np(errno));
    else
        bl_found(finding, has != CAP_SET, has == CAP_SET ? "present" : "absent");
    (void)cap_free(caps);
}

#define NO_SANDBOX "no sandbox can be made"
#define NEWER_KERNEL                                                                     \
    "Linux 5.15 or newer; in a container, a seccomp profile that allows it (docker run " \
    "--security-opt seccomp=unconfined)"
#define AS_ROOT "sudo bailiff doctor"
#define GIVE_CAPABILITY                                                                    \
    "run it as root; in a container, docker run --privileged; under systemd, leave it in " \
    "CapabilityBoundingSet="

#define SYSCALL(id, number)                                      \
    {                                                            \
        id, true, look_syscall, NO_SANDBOX, NEWER_KERNEL, number \
    }
#define CAPABILITY(id, number)                                         \
    {                                                                  \
        id, true, look_capability, NO_SANDBOX, GIVE_CAPABILITY, number \
    }

static const struct bl_check checks[] = {
    {"kernel", true, look_version, NO_SANDBOX, "Linux 5.15 or newer", 0},
    {"root", true, look_root, "sandboxes are made by root; what follows is seen without its rights",
     AS_ROOT, 0},
    SYSCALL("clone3", SYS_clone3),
    SYSCALL("pidfd_open", SYS_pidfd_open),
    SYSCALL("pidfd_send_signal", SYS_pidfd_send_signal),
    SYSCALL("close_range", SYS_close_range),
    SYSCALL("openat2", SYS_openat2),
    SYSCALL("fsopen", SYS_fsopen),
    SYSCALL("fsmount", SYS_fsmount),
    SYSCALL("open_tree", SYS_open_tree),
    SYSCALL("move_mount", SYS_move_mount),
    SYSCALL("mount_setattr", SYS_mount_setattr),
    CAPABILITY("CAP_SYS_ADMIN", CAP_SYS_ADMIN),
    CAPABILITY("CAP_SYS_CHROOT", CAP_SYS_CHROOT),
    CAPABILITY("CAP_SETUID", CAP_SETUID),
    CAPABILITY("CAP_SETGID", CAP_SETGID),
    CAPABILITY("CAP_SETPCAP", CAP_SETPCAP),
    CAPABILITY("CAP_KILL", CAP_KILL),
    {"CAP_SYS_RESOURCE", false, look_capability,
     "hard rlimits of Bailiff's own surroundings can't be raised: see ulimits", GIVE_CAPABILITY,
     CAP_SYS_RESOURCE},
};

const struct bl_check_group bl_doctor_kernel = {"Kernel and privilege", checks,
                                                BL_ARRAY_LEN(checks)};
