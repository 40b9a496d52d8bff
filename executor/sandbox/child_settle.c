/* child_settle.c - what the program's process does before there is a job (process: the program's;
 * system calls and plain arithmetic only; see child.h). */
#include "executor/sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"

/* First of all, so that whatever is used from here on is counted. */
static int join_group(struct bl_init *init)
{
    if (bl_cgroup_join_self(&init->join) < 0)
        return -1;
    bl_cgroup_join_release(&init->join);
    return 0;
}

static const struct bl_init_step join[] = {{BL_STEP_CGROUP_JOIN, join_group}};

static int new_session(struct bl_init *init)
{
    (void)init;
    (void)umask(022);
    return setsid() < 0 ? -1 : 0;
}

/* From inside the program's group: that is then the root of all it can see. */
static int unshare_cgroup(struct bl_init *init)
{
    (void)init;
    return unshare(CLONE_NEWCGROUP);
}

/* When the whole machine runs out of memory, programs go before Bailiff, which must tell of it, and
 * before whatever else the machine does; and no program inherits the shelter that a service
 * manager gave the worker. */
static int set_oom_score(struct bl_init *init)
{
    bl_autoclose int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    (void)init;
    return file >= 0 && write(file, "1000", 4) == 4 ? 0 : -1;
}

/* The bounding set while setpcap is still there. */
static int drop_bounding(struct bl_init *init)
{
    (void)init;
    for (int cap = 0; cap <= 63; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL && cap > 0 ? 0 : -1; /* one past the kernel's last */
    return 0;
}

/* Securebits before the ids change: uid 0 means nothing any more, here and in all descendants. */
static int set_securebits(struct bl_init *init)
{
    (void)init;
    return prctl(PR_SET_SECUREBITS,
                 SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
                 0, 0, 0);
}

static int become_program(struct bl_init *init)
{
    const uid_t id = BL_INSIDE_PROGRAM_ID;

    (void)init;
    if (setgroups(0, NULL) < 0 || syscall(SYS_setresgid, id, id, id) < 0)
        return -1;
    return (int)syscall(SYS_setresuid, id, id, id);
}

/* The session keyring is inherited through every fork, from the login of whoever started Bailiff:
 * keys(7). The program gets an empty one. ENOSYS: the kernel has no keys; EPERM: a container's
 * filter refuses this call to all of us, the program included. */
static int join_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
                   errno != EPERM
               ? -1
               : 0;
}

/* Whom the kernel still takes for the host's root may have a million keys; others have 200, and
 * those of dead programs count until the kernel gets round to forgetting them: an earlier program
 * with these ids may have had all. */
static int join_roots_keyring(struct bl_init *init)
{
    init->has_keyring = join_keyring() == 0;
    return init->has_keyring || errno == EDQUOT ? 0 : -1;
}

/* A container's root is one of those others. */
static int join_own_keyring(struct bl_init *init)
{
    return init->has_keyring ? 0 : join_keyring();
}

/* Effective, permitted, inheritable; the bounding and ambient sets are empty already. */
static int clear_caps(struct bl_init *init)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}, {0}};

    (void)init;
    return (int)syscall(SYS_capset, &header, none);
}

static int no_new_privs(struct bl_init *init)
{
    (void)init;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int landlock(struct bl_init *init)
{
    return bl_landlock_restrict(&init->plan->roots[init->profile->root]);
}

int bl_child_set_limits(struct bl_init *init, const struct bl_child_limit *limits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rlimit limit = {limits[i].soft, limits[i].hard};
        init->index = (int)limits[i].resource;
        if (setrlimit(limits[i].resource, &limit) < 0)
            return -1;
    }
    init->index = -1;
    return 0;
}

/* Those that are the same for every program, or less where the caller's own hard limit is lower.
 * Core: no file is as small as 1, and a core_pattern that pipes to a program of the host heeds this
 * value alone (fs/coredump.c); the warden has seen to it that 1 can be had, if anybody could. */
static int set_fixed_rlimits(struct bl_init *init)
{
    struct bl_child_limit limits[] = {
        {RLIMIT_CORE, 1, 1},
        {RLIMIT_MEMLOCK, 64 * 1024, 64 * 1024},
        {RLIMIT_RTPRIO, 0, 0},
        {RLIMIT_NICE, 0, 0},
        {RLIMIT_MSGQUEUE, 64 * 1024, 64 * 1024},
        {RLIMIT_SIGPENDING, 1024, 1024},
        /* Their work is done by the group; what the caller's shell had would be blamed on us. */
        {RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY},
        {RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY},
        {RLIMIT_NPROC, 32768, 32768}, /* the most that --pids takes */
        {RLIMIT_RTTIME, RLIM_INFINITY, RLIM_INFINITY},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(limits); i++) {
        struct rlimit now;
        if (getrlimit(limits[i].resource, &now) < 0)
            return -1;
        if (limits[i].hard > now.rlim_max)
            limits[i].soft = limits[i].hard = now.rlim_max;
    }
    return bl_child_set_limits(init, limits, BL_ARRAY_LEN(limits));
}

/* What init blocked for itself is not the program's. */
static int unblock_signals(struct bl_init *init)
{
    sigset_t none;

    (void)init;
    (void)sigemptyset(&none); /* can't fail */
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* From here on the policy holds for us too, but for the sendmsg that takes the listener to init
 * (limits/policy.h). */
int bl_child_load_seccomp(struct bl_init *init)
{
    struct sock_fprog program = {
        .len = (unsigned short)init->policy->instruction_count,
        .filter = (struct sock_filter *)(uintptr_t)init->policy->instructions,
    };
    int listener = bl_seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

    if (listener < 0)
        return -1;
    return bl_wire_send(BL_POLICY_LAUNCH_FD, "", 1, &listener, 1);
}

/* At the end of settling where the policy lets the launch through; this is most of its cost. Either
 * way init learns that all is settled: by the listener, or by a byte. */
static int load_seccomp_early(struct bl_init *init)
{
    return init->loads_late ? bl_wire_send(BL_POLICY_LAUNCH_FD, "", 1, NULL, 0)
                            : bl_child_load_seccomp(init);
}

/* The number that the policy lets through, and nothing open that an exec would keep. The launch
 * channel out of the way, too: its end, which tells of the exec, is to be the exec's own doing. */
static int place_channel(struct bl_init *init)
{
    if (dup3(init->inner[1], BL_POLICY_LAUNCH_FD, O_CLOEXEC) < 0 ||
        dup3(init->launch, BL_CHILD_ORDER_FD, O_CLOEXEC) < 0)
        return -1;
    init->launch = BL_CHILD_ORDER_FD; /* the old number goes with the others */
    return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int enter_box(struct bl_init *init)
{
    (void)init;
    return chdir(BL_BOX);
}

/* The order matters: the cgroup namespace and the bounding set need capabilities, which the change
 * of ids takes, and with them the right to write to our own /proc files; securebits need setpcap;
 * the keyring costs none of the program's id where it can; Landlock and seccomp need no_new_privs;
 * seccomp last, for a policy may keep the program, and then us, from changing limits. */
static const struct bl_init_step settle[] = {
    {BL_STEP_CHILD_SESSION, new_session},
    {BL_STEP_CHILD_CGROUP_NS, unshare_cgroup},
    {BL_STEP_CHILD_OOM_SCORE, set_oom_score},
    {BL_STEP_CHILD_BOUNDING, drop_bounding},
    {BL_STEP_CHILD_SECUREBITS, set_securebits},
    {BL_STEP_CHILD_KEYRING, join_roots_keyring},
    {BL_STEP_CHILD_IDS, become_program},
    {BL_STEP_CHILD_KEYRING, join_own_keyring},
    {BL_STEP_CHILD_CAPS, clear_caps},
    {BL_STEP_CHILD_NO_NEW_PRIVS, no_new_privs},
    {BL_STEP_CHILD_LANDLOCK, landlock},
    {BL_STEP_CHILD_CHANNEL, place_channel},
    {BL_STEP_CHILD_SIGNALS, unblock_signals},
    {BL_STEP_CHILD_FIXED_RLIMIT, set_fixed_rlimits},
    {BL_STEP_CHILD_BOX, enter_box},
    {BL_STEP_CHILD_SECCOMP, load_seccomp_early},
};

int bl_child_join(struct bl_init *init, struct bl_setup_failure *failure)
{
    return bl_init_walk(init, join, BL_ARRAY_LEN(join), failure);
}

int bl_child_settle(struct bl_init *init, struct bl_setup_failure *failure)
{
    return bl_init_walk(init, settle, BL_ARRAY_LEN(settle), failure);
}
