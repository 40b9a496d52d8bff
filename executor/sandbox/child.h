/* child.h - the program's own process before its exec (process: the program's, still our code).
 *
 * Forked by init; in the program's cgroup before it does anything. Two tables of steps: `settle`
 * runs at once (session, ids, capabilities, Landlock: everything that does not depend on the job),
 * then it waits for the exec order, then `launch` (streams, rlimits, seccomp) and execve. So a warm
 * sandbox has only the second half ahead of it. System calls and plain arithmetic only. */
#ifndef BL_SANDBOX_CHILD_H
#define BL_SANDBOX_CHILD_H

#include <sys/resource.h>

#include "executor/sandbox/init.h"

__attribute__((noreturn)) void bl_child_main(struct bl_init *init);

/* bl_landlock_restrict - from here on this process and its descendants may write below /box, /tmp,
 * /dev/shm and the writable binds, to the devices, and nowhere else; and reach no abstract socket
 * and signal no process outside. 0 where the kernel has no Landlock. -1 with errno. */
int bl_landlock_restrict(const struct bl_root *root);

/* ---- between child.c and child_settle.c ---- */

enum { BL_CHILD_ORDER_FD = BL_POLICY_LAUNCH_FD - 1 }; /* where the launch channel waits for exec */

/* The steps before init's mounts stand, and those after; 0, or -1 with *failure. */
int bl_child_join(struct bl_init *init, struct bl_setup_failure *failure);
int bl_child_settle(struct bl_init *init, struct bl_setup_failure *failure);

/* Loads the policy and hands its listener to init; -1 with errno. */
int bl_child_load_seccomp(struct bl_init *init);

struct bl_child_limit {
    __rlimit_resource_t resource;
    rlim_t soft, hard;
};

/* -1 with errno, and init->index the resource. */
int bl_child_set_limits(struct bl_init *init, const struct bl_child_limit *limits, size_t count);

#endif
