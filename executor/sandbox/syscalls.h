/* syscalls.h - the system calls that this C library (glibc 2.36) has no wrapper for. errno and -1
 * as usual; each is one instruction more than the call, fit for use between clone and exec. */
#ifndef BL_SANDBOX_SYSCALLS_H
#define BL_SANDBOX_SYSCALLS_H

#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A fork with flags: the child goes on with a copy of the caller's memory. Only in a process with
 * one thread, and the child keeps to system calls: the C library doesn't know of it. */
static inline pid_t bl_clone3(struct clone_args *args)
{
    return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

static inline int bl_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags, .resolve = resolve};

    return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

static inline int bl_pidfd_send_signal(int pidfd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int bl_pidfd_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int bl_seccomp(unsigned operation, unsigned flags, void *args)
{
    return (int)syscall(SYS_seccomp, operation, flags, args);
}

static inline int bl_landlock_create_ruleset(const void *attributes, size_t size, uint32_t flags)
{
    return (int)syscall(SYS_landlock_create_ruleset, attributes, size, flags);
}

static inline int bl_landlock_add_path(int ruleset, const struct landlock_path_beneath_attr *rule)
{
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0);
}

static inline int bl_landlock_restrict_self(int ruleset)
{
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

#endif
