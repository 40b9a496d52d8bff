/* init_setup.c - the steps that put a sandbox up (process: init; system calls only; see init.h). */
#include "executor/sandbox/init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "bailiff/own.h"
#include "executor/sandbox/child.h"
#include "executor/sandbox/syscalls.h"

int bl_init_walk(struct bl_init *init, const struct bl_init_step *steps, size_t count,
                 struct bl_setup_failure *failure)
{
    for (size_t i = 0; i < count; i++) {
        errno = EIO; /* what an injected failure says */
        if (steps[i].step != init->fail_step && steps[i].run(init) == 0)
            continue;
        *failure = (struct bl_setup_failure){(int32_t)steps[i].step, errno, init->index};
        return -1;
    }
    return 0;
}

static int set_hostname(struct bl_init *init)
{
    static const char name[] = "bailiff";

    (void)init;
    return sethostname(name, sizeof(name) - 1);
}

static int raise_loopback(struct bl_init *init)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (init->profile->network != BL_NETWORK_LOOPBACK)
        return 0;
    bl_autoclose int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return any < 0 ? -1 : ioctl(any, SIOCSIFFLAGS, &lo);
}

static char *put_decimal(char *at, uint64_t value)
{
    char digits[24];
    int count = 0;

    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *put_offset(char *at, const char *clock, uint64_t seconds)
{
    while (*clock)
        *at++ = *clock++;
    at = put_decimal(at, seconds);
    memcpy(at, " 0\n", 3);
    return at + 3;
}

/* A time namespace for the children: their monotonic and boot clocks begin near zero, so that
 * neither tells how long the host is up, and nothing of one job's times is seen by the next. */
static int set_time(struct bl_init *init)
{
    struct timespec monotonic, boot;
    char text[96], *end = text;

    if (unshare(CLONE_NEWTIME) < 0)
        return -1;
    (void)clock_gettime(CLOCK_MONOTONIC, &monotonic); /* these two can't fail */
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    end = put_offset(end, "monotonic -", (uint64_t)monotonic.tv_sec);
    end = put_offset(end, "boottime -", (uint64_t)boot.tv_sec);
    init->clock_offset_ns = (uint64_t)monotonic.tv_sec * BL_NS_PER_S;
    bl_autoclose int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    return write(file, text, (size_t)(end - text)) == end - text ? 0 : -1;
}

/* No process of this user namespace makes another one: a nested user namespace would give the
 * program every capability over network and mount namespaces of its own, which is where most holes
 * of the kernel have been. Holds without seccomp. The other kinds need a capability, which nobody
 * but init has; each of their limits would cost 4 us more. */
static int forbid_namespaces(struct bl_init *init)
{
    bl_autoclose int file = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);

    (void)init;
    return file >= 0 && write(file, "0", 1) == 1 ? 0 : -1;
}

/* Before init takes its own ids: to the cgroup file system it is still the warden's root, which
 * CLONE_INTO_CGROUP asks for. The child does nothing but join and wait. */
static int fork_program(struct bl_init *init)
{
    struct clone_args args = {.exit_signal = SIGCHLD};

    if (init->join.directory >= 0) {
        args.flags = CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)init->join.directory;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, init->inner) < 0)
        return -1;
    init->program = bl_clone3(&args);
    if (init->program == 0) {
        bl_close_fd(&init->control);
        bl_child_main(init);
    }
    bl_close_fd(&init->inner[1]);
    bl_close_fd(&init->launch);
    bl_cgroup_join_release(&init->join);
    return init->program < 0 ? -1 : 0;
}

static int become_init(struct bl_init *init)
{
    const uid_t id = BL_INSIDE_INIT_ID;

    (void)init;
    if (setgroups(0, NULL) < 0 || syscall(SYS_setresgid, id, id, id) < 0 ||
        syscall(SYS_setresuid, id, id, id) < 0)
        return -1;
    /* After the ids, which clear both. The warden's death is ours; and nobody looks into us. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* What is left to do needs these: attach inputs, read what the program made unreadable, kill. */
static int keep_few_caps(struct bl_init *init)
{
    const uint32_t few = 1U << CAP_SYS_ADMIN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH |
                         1U << CAP_CHOWN | 1U << CAP_KILL;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = few, .permitted = few}, {0}};

    (void)init;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_capset, &header, data);
}

/* EPIPE: it has failed and ended already. It said why, and that is told when it is reaped. */
static int tell_program(struct bl_init *init)
{
    return bl_wire_send(init->inner[0], "", 1, NULL, 0) < 0 && errno != EPIPE ? -1 : 0;
}

/* The order matters: /proc before the time namespace, whose offsets are set through it, and both
 * before the fork, after which the offsets are frozen; the last namespace before they are
 * forbidden, and that before /proc/sys becomes read-only; the fork before the ids; the ids before
 * the file systems, which are to belong to them; capabilities last. */
static const struct bl_init_step set_up[] = {
    {BL_STEP_MOUNT_PROC, bl_init_mount_proc},
    {BL_STEP_TIME_NS, set_time},
    {BL_STEP_NAMESPACE_MAX, forbid_namespaces},
    {BL_STEP_FORK, fork_program},
    {BL_STEP_INIT_IDS, become_init},
    {BL_STEP_HOSTNAME, set_hostname},
    {BL_STEP_LOOPBACK, raise_loopback},
    {BL_STEP_MOUNT_MASK, bl_init_mask_proc},
    {BL_STEP_MOUNT_TMPFS, bl_init_mount_tmpfs},
    {BL_STEP_INIT_CAPS, keep_few_caps},
    {BL_STEP_WAKE, tell_program},
};

int bl_init_set_up(struct bl_init *init, struct bl_setup_failure *failure)
{
    return bl_init_walk(init, set_up, BL_ARRAY_LEN(set_up), failure);
}
