/* site.h - what single steps of the kernel are tried with, and the four ways to time one.
 *
 * bench/steps.c has the table of steps; each names one of these ways and what it needs. */
#ifndef BL_BENCH_SITE_H
#define BL_BENCH_SITE_H

#include <stdint.h>

#include "limits/cgroup_tree.h"
#include "limits/policy.h"

/* What a child that tried something leaves, in memory shared with it. */
struct bl_site_page {
    uint64_t took_ns;
    int failed; /* errno */
};

/* Initialise with {.echo = -1}. */
struct bl_site {
    struct bl_policy *policy; /* "default" */
    struct bl_cgroup_tree *tree;
    uint64_t serial; /* of the last group made */
    int echo;        /* a process at its other end sends each message back */
    struct bl_site_page *page;
};

/* bl_site_prepare - fails with MEMORY, PIPE, FORK, and as bl_cgroup_tree_open() does. */
int bl_site_prepare(struct bl_site *site, struct bl_err *err);

/* bl_site_release - fine after a failed prepare; waits until the echo has ended. */
void bl_site_release(struct bl_site *site);

enum bl_group_phase {
    BL_GROUP_CREATE,
    BL_GROUP_LIMIT,
    BL_GROUP_READ,
    BL_GROUP_REMOVE,
    BL_GROUP_PHASES
};

struct bl_bench_step;

/* One of the four below. Sets *took_ns. */
typedef int bl_step_fn(struct bl_site *site, const struct bl_bench_step *step, uint64_t *took_ns,
                       struct bl_err *err);

struct bl_bench_step {
    const char *name;
    bl_step_fn *run;
    uint64_t flags;                       /* bl_step_clone: of clone3 */
    int (*prepare)(struct bl_site *site); /* bl_step_in_child: not timed; NULL: nothing */
    int (*work)(struct bl_site *site);    /* bl_step_in_child: timed; -1 with errno */
    enum bl_group_phase phase;            /* bl_step_group */
};

/* bl_step_clone - from a clone with these flags until the child, which ends at once, is reaped.
 * bl_step_in_child - one piece of work in a child that then ends.
 * bl_step_group - one phase of a cgroup's life, no process in it.
 * bl_step_round_trip - a message to another process and back: two are woken.
 * Each fails with FORK, EXEC, PIPE, or as the cgroup calls do. */
bl_step_fn bl_step_clone, bl_step_in_child, bl_step_group, bl_step_round_trip;

#endif
