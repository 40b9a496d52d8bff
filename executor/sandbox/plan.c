/* plan.c - filling and sealing a plan (process: worker, at start), mapping it (process: warden). */
#include "executor/sandbox/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "bailiff/own.h"

enum { PLAN_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

enum { SEAL_TRIES = 20 };

int bl_plan_new(struct bl_plan **out, struct bl_err *err)
{
    struct bl_plan *plan = calloc(1, sizeof(*plan));

    if (!plan)
        return bl_fail(err, BL_STEP_MEMORY, errno, "the plan");
    plan->first_id = BL_PLAN_FIRST_ID;
    *out = plan;
    return 0;
}

void bl_plan_free(struct bl_plan **plan)
{
    free(*plan);
    *plan = NULL;
}

/* Copies text with its NUL into a field of `size` bytes. */
static int set_text(char *field, size_t size, const char *what, const char *text,
                    struct bl_err *err)
{
    size_t length = strlen(text);

    if (length >= size)
        return bl_fail(err, BL_STEP_FIELD, 0, "%s: %zu bytes, at most %zu", what, length, size - 1);
    memcpy(field, text, length + 1);
    return 0;
}

int bl_plan_add_entry(struct bl_plan *plan, unsigned root, enum bl_entry_kind kind,
                      const char *source, const char *target, bool optional, bool writable,
                      struct bl_err *err)
{
    struct bl_root *to = &plan->roots[root];
    struct bl_entry *entry = &to->entries[to->entry_count];

    if (to->entry_count == BL_PLAN_ENTRIES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "%s: a root has at most %d entries", target,
                       BL_PLAN_ENTRIES_MAX);
    if (set_text(entry->source, sizeof(entry->source), "source of a mount", source, err) < 0 ||
        set_text(entry->target, sizeof(entry->target), "target of a mount", target, err) < 0)
        return -1;
    entry->kind = kind;
    entry->optional = optional;
    entry->writable = writable;
    to->entry_count++;
    return 0;
}

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#error "Bailiff knows x86-64 and arm64"
#endif

/* The calls of child.c from the filter to the exec, with the arguments that a policy may look at.
 */
static bool allows_launch(const struct bl_policy *policy)
{
    static const struct {
        int nr;
        uint64_t first, second;
    } calls[] = {
        {SYS_recvmsg, BL_POLICY_LAUNCH_FD, 0},
        {SYS_sendmsg, BL_POLICY_LAUNCH_FD, 0},
        {SYS_dup3, 64, 0},
        {SYS_munmap, 0, 0},
        {SYS_chdir, 0, 0},
        {SYS_prlimit64, 0, RLIMIT_CPU},
        {SYS_prlimit64, 0, RLIMIT_FSIZE},
        {SYS_prlimit64, 0, RLIMIT_STACK},
        {SYS_prlimit64, 0, RLIMIT_NOFILE},
        {SYS_clock_gettime, CLOCK_MONOTONIC, 0},
        {SYS_execve, 0, 0},
        {SYS_exit_group, 125, 0},
        {SYS_close_range, 3, 0},
#ifdef SYS_dup2
        {SYS_dup2, 64, 0},
#endif
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(calls); i++) {
        const uint64_t args[6] = {calls[i].first, calls[i].second};
        if (bl_policy_decide(policy, OWN_ARCH, calls[i].nr, args) != SECCOMP_RET_ALLOW)
            return false;
    }
    return true;
}

int bl_plan_add_policy(struct bl_plan *plan, const struct bl_policy *policy, unsigned *number,
                       struct bl_err *err)
{
    if (plan->policy_count == BL_PLAN_POLICIES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "seccomp policies: at most %d in one plan",
                       BL_PLAN_POLICIES_MAX);
    *number = plan->policy_count++;
    plan->policies[*number] = *policy;
    plan->allows_launch[*number] = allows_launch(policy);
    return 0;
}

int bl_plan_add_profile(struct bl_plan *plan, const char *name, unsigned root, unsigned policy,
                        enum bl_network network, unsigned *profile, struct bl_err *err)
{
    struct bl_profile *added = &plan->profiles[plan->profile_count];

    if (plan->profile_count == BL_PLAN_PROFILES_MAX)
        return bl_fail(err, BL_STEP_FIELD, 0, "profiles: at most %d in one plan",
                       BL_PLAN_PROFILES_MAX);
    if (root >= plan->root_count || policy >= plan->policy_count)
        return bl_fail(err, BL_STEP_FIELD, 0, "profile %s: no such root or policy", name);
    if (set_text(added->name, sizeof(added->name), "name of a profile", name, err) < 0)
        return -1;
    added->root = root;
    added->policy = policy;
    added->network = network;
    *profile = plan->profile_count++;
    return 0;
}

/* Refused with EBUSY where the kernel itself, moving pages about, holds one of the file's; it waits
 * for some tenths of a second before it says so. */
static int seal(int file)
{
    int status;

    for (int tries = 0; tries < SEAL_TRIES; tries++) {
        status = fcntl(file, F_ADD_SEALS, PLAN_SEALS);
        if (status == 0 || errno != EBUSY)
            break;
    }
    return status;
}

int bl_plan_seal(const struct bl_plan *plan, int *fd, struct bl_err *err)
{
    bl_autoclose int file = memfd_create("bailiff-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const char *at = (const char *)plan;
    size_t left = sizeof(*plan);

    if (file < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "memfd_create");
    while (left > 0) {
        ssize_t written = write(file, at, left);
        if (written < 0)
            return bl_fail(err, BL_STEP_WARDEN_START, errno, "write the plan");
        at += written;
        left -= (size_t)written;
    }
    if (seal(file) < 0)
        return bl_fail(err, BL_STEP_WARDEN_START, errno, "seal the plan");
    *fd = bl_take_fd(&file);
    return 0;
}

const struct bl_plan *bl_plan_map(int fd)
{
    /* A wish, from which nothing else is within a page table's reach: see let_go() of child.c. */
    void *const far_away = (void *)((uintptr_t)1 << 45);
    struct stat is;
    void *at;

    if (fstat(fd, &is) < 0)
        return NULL;
    if (is.st_size != sizeof(struct bl_plan) || fcntl(fd, F_GET_SEALS) != PLAN_SEALS) {
        errno = EINVAL;
        return NULL;
    }
    at = mmap(far_away, sizeof(struct bl_plan), PROT_READ, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}
