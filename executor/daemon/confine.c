#include "executor/daemon/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bailiff/own.h"
#include "executor/daemon/confine_private.h"
#include "executor/sandbox/syscalls.h"
#include "limits/policy.h"

enum { FETCHER_TASKS = 128 }; /* one that resolves a name for each file under way, and a bit */

/* Prepared before anything is given up. */
struct walls {
    const struct bl_confinement *confinement;
    int ruleset; /* owned; -1 */
    struct bl_policy policy;
};

/* Whoever started us may have put keys into the session's keyring: a possessor may use them
 * whatever its uid (keys(7)). ENOSYS: the kernel has no keys; EPERM: a container refuses this call
 * to all. */
static int leave_keyring(const struct walls *walls)
{
    (void)walls;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
        errno != EPERM)
        return -1;
    return 0;
}

static int empty_bounding(const struct walls *walls)
{
    int capability = 0;

    (void)walls;
    while (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0)
        if (prctl(PR_CAPBSET_DROP, capability++, 0, 0, 0) < 0)
            return -1;
    if (errno != EINVAL) /* which says that this kernel has no more of them */
        return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int lock_securebits(const struct walls *walls)
{
    (void)walls;
    return prctl(PR_SET_SECUREBITS,
                 SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                     SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
                 0, 0, 0);
}

static int become_user(const struct walls *walls)
{
    const uid_t uid = walls->confinement->uid;
    const gid_t gid = walls->confinement->gid;

    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0)
        return -1;
    return setresuid(uid, uid, uid);
}

static int clear_capabilities(const struct walls *walls)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}, {0}};

    (void)walls;
    return (int)syscall(SYS_capset, &header, none);
}

/* Trust in one's own calls is no wall: the kernel is asked what is left. */
static int see_that_nothing_is_left(const struct walls *walls)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct left[2];
    uid_t real, effective, saved;

    if (getresuid(&real, &effective, &saved) < 0 || syscall(SYS_capget, &header, left) < 0)
        return -1;
    errno = EPERM;
    if (real != walls->confinement->uid || effective != real || saved != real)
        return -1;
    for (size_t i = 0; i < BL_ARRAY_LEN(left); i++)
        if (left[i].effective || left[i].permitted || left[i].inheritable)
            return -1;
    return getgroups(0, NULL) == 0 && setuid(0) < 0 ? 0 : -1;
}

static int forbid_new_privileges(const struct walls *walls)
{
    (void)walls;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A change of ids sets it to what fs.suid_dumpable says, which may be 2. */
static int hide_memory(const struct walls *walls)
{
    (void)walls;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int set_rlimits(const struct walls *walls)
{
    static const struct rlimit none = {0, 0}, few = {FETCHER_TASKS, FETCHER_TASKS};

    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return -1;
    return setrlimit(RLIMIT_NPROC, walls->confinement->is_fetcher ? &few : &none);
}

static int enforce_landlock(const struct walls *walls)
{
    return walls->ruleset < 0 ? 0 : bl_landlock_restrict_self(walls->ruleset);
}

static int load_filter(const struct walls *walls)
{
    struct sock_fprog program = {
        .len = (unsigned short)walls->policy.instruction_count,
        .filter = (struct sock_filter *)(uintptr_t)walls->policy.instructions,
    };

    return bl_seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &program);
}

/* The order matters: the bounding set and securebits need capabilities, which the change of ids
 * takes; the keyring is left while the old one can be; dumpable is set by a change of ids, so after
 * it; Landlock and the filter need no_new_privs; the filter last, for it refuses most of the rest.
 */
static const struct {
    const char *what;
    int (*run)(const struct walls *walls);
} steps[] = {
    {"leave the session's keyring", leave_keyring},
    {"empty the bounding set", empty_bounding},
    {"lock the securebits", lock_securebits},
    {"become its own user", become_user},
    {"drop its capabilities", clear_capabilities},
    {"be sure that nothing is left", see_that_nothing_is_left},
    {"set no_new_privs", forbid_new_privileges},
    {"hide its memory", hide_memory},
    {"set rlimits", set_rlimits},
    {"enforce Landlock", enforce_landlock},
    {"load its seccomp filter", load_filter},
};

static int give_up(const struct walls *walls, struct bl_err *err)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(steps); i++)
        if (steps[i].run(walls) < 0)
            return bl_fail(err, BL_STEP_CONFINE, errno, "%s", steps[i].what);
    return 0;
}

static int read_policy(struct walls *walls, struct bl_err *err)
{
    if (walls->confinement->is_fetcher)
        return bl_policy_parse_own(&walls->policy, "fetcher", bl_fetcher_policy,
                                   bl_fetcher_policy_length, err);
    return bl_policy_parse_own(&walls->policy, "worker", bl_worker_policy, bl_worker_policy_length,
                               err);
}

int bl_confine(const struct bl_confinement *confinement, int *landlock_abi, struct bl_err *err)
{
    bl_autofree struct walls *walls = calloc(1, sizeof(*walls));

    if (!walls)
        return bl_fail(err, BL_STEP_MEMORY, ENOMEM, "the worker's filter");
    if (confinement->uid == 0 || confinement->gid == 0)
        return bl_fail(err, BL_STEP_CONFINE, 0, "be anybody but root: uid %u, gid %u",
                       (unsigned)confinement->uid, (unsigned)confinement->gid);
    walls->confinement = confinement;
    if (read_policy(walls, err) < 0 ||
        bl_confine_ruleset(confinement, &walls->ruleset, landlock_abi, err) < 0)
        return -1;
    int status = give_up(walls, err);
    bl_close_fd(&walls->ruleset);
    return status;
}

#ifdef __SANITIZE_ADDRESS__
int __lsan_is_turned_off(void);

/* Sanitized builds: at its end the process would be copied by clone(2) and traced by that copy,
 * which these walls are there to prevent; they stand, and leaks are looked for in programs without
 * them. */
int __lsan_is_turned_off(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1;
}
#endif
