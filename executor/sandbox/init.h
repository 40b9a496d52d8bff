/* init.h - pid 1 of a sandbox, from its clone to its end (process: init).
 *
 * A copy of the warden's image in fresh user, pid, mount, network, ipc and uts namespaces, root
 * only of its own user namespace, which maps two ids: its own and the program's. It mounts what is
 * private, forks the program's process (child.h), places inputs, reaps, answers refused system
 * calls, and collects outputs when everything is dead. It is not in the program's cgroup, so the
 * program's limits can't starve it and the OOM killer can't choose it. It ends when the worker
 * closes the control channel or the warden dies.
 *
 * What it reads: orders of the worker, and names in a file system that the program wrote. It
 * allocates nothing and only makes system calls. */
#ifndef BL_SANDBOX_INIT_H
#define BL_SANDBOX_INIT_H

#include <sched.h>
#include <time.h>

#include "executor/sandbox/plan.h"
#include "executor/sandbox/wire.h"
#include "limits/budget.h"
#include "limits/cgroup_clock.h"
#include "limits/cgroup_tree.h"

/* What a new init is given; all descriptors are its own copies. */
struct bl_init_args {
    const struct bl_plan *plan;
    const struct bl_order *order;
    int control; /* its end; the first byte on it says that the ids are mapped */
    int launch;  /* the end of the program's process */
    struct bl_cgroup_join join;
};

/* What init and the program's process share in memory while both run our code. */
struct bl_birth_page {
    uint64_t started_ns; /* CLOCK_MONOTONIC as the program sees it, stored just before exec */
};

/* Init's state; child.c is given it too, in its copy. */
struct bl_init {
    const struct bl_plan *plan;
    const struct bl_profile *profile;
    const struct bl_policy *policy;
    const struct bl_order *order;
    int control, launch;
    struct bl_cgroup_join join;
    int inner[2]; /* init's and the child's end */
    volatile struct bl_birth_page *page;
    pid_t program;
    bool has_keyring;         /* the program's process has joined one that is empty */
    uint32_t fail_step;       /* of the plan */
    bool loads_late;          /* the policy, behind the order: the launch needs what it refuses */
    int index;                /* which item of a step is at work; -1 */
    uint64_t clock_offset_ns; /* what the program's monotonic clock is behind ours */
};

__attribute__((noreturn)) void bl_init_main(const struct bl_init_args *args);

/* A row of a set-up: run returns 0, or -1 with errno and, where it walks a list, init->index. */
struct bl_init_step {
    enum bl_step step;
    int (*run)(struct bl_init *init);
};

/* bl_init_walk - runs the rows in order; the first that fails is told in *failure. The plan's
 * fail_step makes a row fail before it is run. Returns 0 or -1. */
int bl_init_walk(struct bl_init *init, const struct bl_init_step *steps, size_t count,
                 struct bl_setup_failure *failure);

/* bl_init_set_up - all the rows of init's own set-up. */
int bl_init_set_up(struct bl_init *init, struct bl_setup_failure *failure);

/* The mounts of init's set-up (init_mounts.c), each a row's run. */
int bl_init_mount_proc(struct bl_init *init);
int bl_init_mask_proc(struct bl_init *init);
int bl_init_mount_tmpfs(struct bl_init *init);

/* bl_init_place - attaches a detached mount at a job's name. Returns NONE, or with errno INPUT, or
 * MOUNT_BIND where there can't be one mount more (fs.mount-max): ENOSPC of the box is the job's. */
enum bl_step bl_init_place(const char *name, int mount_fd);

/* One collection (init_collect.c): patterns come one by one, files leave on init->control. */
struct bl_collection {
    bool has_begun; /* then bytes_left is set */
    uint64_t bytes_left;
    struct bl_setup_failure failure; /* the first one */
    char path[BL_WIRE_NAME_MAX];     /* where it was; "": nothing matched */
};
void bl_init_collect(struct bl_init *init, struct bl_collection *collection,
                     const struct bl_init_order *order);

/* The refused system calls (init_notify.c). */
struct bl_notify {
    int listener; /* owned; -1 */
    struct bl_refusal refusals[BL_REFUSALS_MAX];
    unsigned count;
    uint64_t total;
    bool killed;
};
/* bl_notify_answer - takes one notification and answers it by the policy. *kill: the policy wants
 * the program dead. */
void bl_notify_answer(struct bl_notify *notify, const struct bl_policy *policy, bool *kill);

/* The limits of time, when they are near (init_guard.c). */
struct bl_guard {
    struct bl_cgroup_clock clock; /* descriptors owned; counter -1: nothing is guarded */
    struct bl_budget budget;
    uint64_t close_ns;
    uint64_t wall_end_ns; /* UINT64_MAX: none */
    uint64_t due_ns, seen_ns, moved_at_ns;
    uint32_t at; /* of clock.cpus: where we are, once we go round */
    bool is_close, is_away;
    cpu_set_t home; /* where init was before it went round; while is_away */
    enum bl_kill_reason killed_for;
};

/* bl_guard_begin - takes both descriptors; with an order that can't be it stays off. */
void bl_guard_begin(struct bl_guard *guard, const struct bl_guard_order *order, uint64_t started_ns,
                    int counter, int cpuset);

/* bl_guard_wait - how long poll may sleep; NULL: for ever. */
const struct timespec *bl_guard_wait(const struct bl_guard *guard, struct timespec *room);

/* bl_guard_look - kills where a limit is reached. */
void bl_guard_look(struct bl_guard *guard);

void bl_guard_end(struct bl_guard *guard);

/* bl_guard_go_home - from the program's CPUs back to where init was; the others may have them now.
 */
void bl_guard_go_home(struct bl_guard *guard);

#endif
