/* child.c - the program's process until it is the program (process: the program's; system calls and
 * plain arithmetic only; see child.h). */
#include "executor/sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "bailiff/own.h"
#include "executor/sandbox/syscalls.h"

enum { ORDER_FD = BL_POLICY_LAUNCH_FD - 1 }; /* where the launch channel waits for the exec */

/* The exec order as it arrived, and the pointers into it. Static: only one order ever comes, and
 * the pages of a copy that is never touched cost nothing. */
static union {
    struct bl_launch header;
    char bytes[BL_LAUNCH_BYTES_MAX + 1];
} order;
static const char *workdir;
static char *argv[BL_ARGS_MAX + 2], *envp[BL_ARGS_MAX + 2];
static int stdio[3] = {-1, -1, -1};

/* First of all, so that whatever is used from here on is counted. */
static int join_group(struct bl_init *init)
{
    if (bl_cgroup_join_self(&init->join) < 0)
        return -1;
    bl_cgroup_join_release(&init->join);
    return 0;
}

static const struct bl_init_step join[] = {{BL_STEP_CGROUP_JOIN, join_group}};

/* ---- settle: nothing here depends on the job --------------------------------------------------
 */

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
 * keys(7). The program gets an empty one, of its own id. ENOSYS: the kernel has no keys; EPERM:
 * a container's filter refuses this call to all of us, the program included. */
static int join_keyring(struct bl_init *init)
{
    (void)init;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
        errno != EPERM)
        return -1;
    return 0;
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
    int status = bl_landlock_restrict(&init->plan->roots[init->profile->root], init->host_root);

    bl_close_fd(&init->host_root);
    return status;
}

struct limit {
    __rlimit_resource_t resource;
    rlim_t soft, hard;
};

static int set_each(struct bl_init *init, const struct limit *limits, size_t count)
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

/* Those that are the same for every program. Core: no file is as small as 1, and a core_pattern
 * that pipes to a program of the host heeds this value alone (fs/coredump.c). */
static int set_fixed_rlimits(struct bl_init *init)
{
    static const struct limit limits[] = {
        {RLIMIT_CORE, 1, 1},
        {RLIMIT_MEMLOCK, 64 * 1024, 64 * 1024},
        {RLIMIT_RTPRIO, 0, 0},
        {RLIMIT_NICE, 0, 0},
        {RLIMIT_MSGQUEUE, 64 * 1024, 64 * 1024},
        {RLIMIT_SIGPENDING, 1024, 1024},
    };

    return set_each(init, limits, BL_ARRAY_LEN(limits));
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
static int load_seccomp(struct bl_init *init)
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

/* At the end of settling where the policy lets the launch through; this is most of its cost. */
static int load_seccomp_early(struct bl_init *init)
{
    return init->plan->allows_launch[init->profile->policy] ? load_seccomp(init) : 0;
}

static int load_seccomp_late(struct bl_init *init)
{
    return init->plan->allows_launch[init->profile->policy] ? 0 : load_seccomp(init);
}

/* The number that the policy lets through, and nothing open that an exec would keep. The launch
 * channel out of the way, too: its end, which tells of the exec, is to be the exec's own doing. */
static int place_channel(struct bl_init *init)
{
    if (dup3(init->inner[1], BL_POLICY_LAUNCH_FD, O_CLOEXEC) < 0 ||
        dup3(init->launch, ORDER_FD, O_CLOEXEC) < 0)
        return -1;
    init->launch = ORDER_FD; /* the old number goes with the others */
    return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int enter_box(struct bl_init *init)
{
    (void)init;
    return chdir(BL_BOX);
}

/* The order matters: the cgroup namespace and the bounding set need capabilities, which the change
 * of ids takes, and with them the right to write to our own /proc files; securebits need setpcap;
 * the keyring is to be the program's own; Landlock and seccomp need no_new_privs; seccomp last,
 * for a policy may keep the program, and then us, from changing limits. */
static const struct bl_init_step settle[] = {
    {BL_STEP_CHILD_SESSION, new_session},        {BL_STEP_CHILD_CGROUP_NS, unshare_cgroup},
    {BL_STEP_CHILD_OOM_SCORE, set_oom_score},    {BL_STEP_CHILD_CAPS, drop_bounding},
    {BL_STEP_CHILD_CAPS, set_securebits},        {BL_STEP_CHILD_IDS, become_program},
    {BL_STEP_CHILD_KEYRING, join_keyring},       {BL_STEP_CHILD_CAPS, clear_caps},
    {BL_STEP_CHILD_NO_NEW_PRIVS, no_new_privs},  {BL_STEP_CHILD_LANDLOCK, landlock},
    {BL_STEP_CHILD_FDS, place_channel},          {BL_STEP_CHILD_FDS, unblock_signals},
    {BL_STEP_CHILD_RLIMIT, set_fixed_rlimits},   {BL_STEP_WORKDIR, enter_box},
    {BL_STEP_CHILD_SECCOMP, load_seccomp_early},
};

/* ---- launch: after the order ------------------------------------------------------------------
 */

/* Moves the received descriptors to 0, 1, 2 and closes every other but the channels. 0 to 2 have
 * been the warden's /dev/null all along, so what arrived lies above. Closed, not only marked: the
 * listener of a filter that is still to come needs a number below the limit of open files. */
static int place_stdio(struct bl_init *init)
{
    for (int i = 0; i < 3; i++) {
        init->index = i;
        if (dup2(stdio[i], i) < 0)
            return -1;
    }
    init->index = -1;
    if (close_range(3, ORDER_FD - 1, 0) < 0)
        return -1;
    return close_range(BL_POLICY_LAUNCH_FD + 1, ~0U, 0);
}

static int enter_workdir(struct bl_init *init)
{
    (void)init;
    return chdir(workdir);
}

static int set_rlimits(struct bl_init *init)
{
    const struct bl_launch *l = &order.header;
    const struct limit limits[] = {
        {RLIMIT_CPU, l->cpu_seconds, l->cpu_seconds + 1},
        {RLIMIT_FSIZE, l->file_size_bytes, l->file_size_bytes},
        {RLIMIT_STACK, l->stack_bytes, l->stack_bytes},
        {RLIMIT_NOFILE, l->open_files, l->open_files},
    };

    return set_each(init, limits, BL_ARRAY_LEN(limits));
}

static const struct bl_init_step launch[] = {
    {BL_STEP_CHILD_FDS, place_stdio},
    {BL_STEP_WORKDIR, enter_workdir},
    {BL_STEP_CHILD_RLIMIT, set_rlimits},
    {BL_STEP_CHILD_SECCOMP, load_seccomp_late},
};

/* ---- the order itself -------------------------------------------------------------------------
 */

/* Splits `count` strings off at *at into pointers. */
static int split(char **at, const char *end, char **pointers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char *nul = memchr(*at, '\0', (size_t)(end - *at));
        if (!nul)
            return -1;
        pointers[i] = *at;
        *at = nul + 1;
    }
    pointers[count] = NULL;
    return 0;
}

/* Checked though it comes from the worker: the worker is who reads what strangers send. */
static int read_order(size_t length)
{
    char *at = order.bytes + sizeof(order.header), *end = order.bytes + length;
    char *first[2];

    if (length < sizeof(order.header) || order.header.argc < 1 || order.header.argc > BL_ARGS_MAX ||
        order.header.envc > BL_ARGS_MAX - order.header.argc || split(&at, end, first, 1) < 0 ||
        split(&at, end, argv, order.header.argc) < 0 ||
        split(&at, end, envp, order.header.envc) < 0 || at != end) {
        errno = EPROTO;
        return -1;
    }
    workdir = first[0];
    return 0;
}

__attribute__((noreturn)) static void fail(struct bl_init *init,
                                           const struct bl_setup_failure *failure)
{
    /* Init tells the worker. The copy first: it works on both sides of the filter. */
    if (bl_wire_send(BL_POLICY_LAUNCH_FD, failure, sizeof(*failure), NULL, 0) < 0)
        (void)bl_wire_send(init->inner[1], failure, sizeof(*failure), NULL, 0);
    _exit(125);
}

__attribute__((noreturn)) static void fail_at(struct bl_init *init, enum bl_step step)
{
    const struct bl_setup_failure failure = {(int32_t)step, errno, -1};

    fail(init, &failure);
}

static void stamp(struct bl_init *init)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
    init->page->started_ns = (uint64_t)now.tv_sec * BL_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Tries every folder of PATH, as execvp(3) does; without its fall-back to a shell. errno of the
 * first that is there but can't be executed, else ENOENT. */
static void exec_in_path(const char *path)
{
    static char candidate[PATH_MAX];
    const char *name = argv[0];
    size_t name_length = strlen(name);
    int denied = 0;

    for (const char *at = path, *end; *at; at = *end ? end + 1 : end) {
        end = strchr(at, ':');
        if (!end)
            end = at + strlen(at);
        size_t length = (size_t)(end - at);
        if (length == 0 || length + 1 + name_length >= sizeof(candidate))
            continue; /* an empty one would mean the working directory: the program's own */
        memcpy(candidate, at, length);
        candidate[length] = '/';
        memcpy(candidate + length + 1, name, name_length + 1);
        (void)execve(candidate, argv, envp); /* returns only where it failed */
        if (errno != ENOENT && errno != ENOTDIR && !denied)
            denied = errno;
    }
    errno = denied ? denied : ENOENT;
}

static void exec_program(void)
{
    const char *path = "";

    if (strchr(argv[0], '/')) {
        (void)execve(argv[0], argv, envp); /* returns only where it failed */
        return;
    }
    for (char **e = envp; *e; e++)
        if (strncmp(*e, "PATH=", 5) == 0)
            path = *e + 5;
    exec_in_path(path);
}

void bl_child_main(struct bl_init *init)
{
    struct bl_setup_failure failure;
    unsigned fds = 0;
    char go;

    bl_close_fd(&init->inner[0]);
    if (bl_init_walk(init, join, BL_ARRAY_LEN(join), &failure) < 0)
        fail(init, &failure);
    /* Init's mounts stand when it says so; end of file: it failed, and has told. */
    if (bl_wire_recv(init->inner[1], &go, 1, NULL, 0, NULL) != 1)
        _exit(125);
    if (bl_init_walk(init, settle, BL_ARRAY_LEN(settle), &failure) < 0)
        fail(init, &failure);
    ssize_t length = bl_wire_recv(init->launch, &order, BL_LAUNCH_BYTES_MAX, stdio, 3, &fds);
    if (length == 0)
        _exit(125); /* the worker gave the sandbox up */
    if (length < 0 || fds != 3 || read_order((size_t)length) < 0)
        fail_at(init, BL_STEP_ORDER_SIZE);
    if (bl_init_walk(init, launch, BL_ARRAY_LEN(launch), &failure) < 0)
        fail(init, &failure);
    stamp(init);
    exec_program();
    init->page->started_ns = 0;
    fail_at(init, BL_STEP_EXEC);
}
