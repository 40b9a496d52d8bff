/* birth.h - making one sandbox (process: warden).
 *
 * Its group, its channels, the clone into fresh namespaces from the template, the id maps. What the
 * worker gets of it are descriptors; what the warden keeps is a pidfd. */
#ifndef BL_SANDBOX_BIRTH_H
#define BL_SANDBOX_BIRTH_H

#include "bailiff/err.h"
#include "executor/sandbox/wire.h"
#include "limits/cgroup_tree.h"

/* The warden's own places, opened once. */
struct bl_home {
    const struct bl_plan *plan;
    struct bl_cgroup_tree *tree;
    int mount_namespace;              /* the host's */
    int root;                         /* its root directory, which may be a chroot's */
    int proc;                         /* /proc */
    int templates[BL_PLAN_ROOTS_MAX]; /* built at first use; -1 */
};

/* bl_home_open - fails with WARDEN_START, CGROUP_FIND, CGROUP_CREATE. */
int bl_home_open(struct bl_home *home, const struct bl_plan *plan, struct bl_err *err);

/* A new sandbox as the worker will hold it. */
struct bl_newborn {
    pid_t pid;
    int pidfd, control, launch; /* owned */
    struct bl_cgroup_files files;
};

enum { BL_NEWBORN_FDS_MAX = 3 + BL_CGROUP_ROLE_COUNT };

/* bl_newborn_fds - its descriptors in the order in which they travel; lent. Returns how many. */
unsigned bl_newborn_fds(const struct bl_newborn *born, int fds[BL_NEWBORN_FDS_MAX]);

/* bl_birth - slot: 0 to BL_PLAN_SANDBOXES_MAX - 1, free; gives the ids. On failure nothing is left
 * but, perhaps, a group that is still dying: bl_cgroup_remove() of order->id is the caller's. Fails
 * with what its steps are called. */
int bl_birth(struct bl_home *home, const struct bl_order *order, unsigned slot,
             struct bl_newborn *out, struct bl_err *err);

/* bl_clone_in - clone3 from inside a mount namespace: a template's, so that this is what is copied,
 * or home's own, which is how a user namespace can be made where the warden sits in a chroot. The
 * caller is back home afterwards; the child stays. */
struct clone_args;
pid_t bl_clone_in(const struct bl_home *home, int mount_namespace, struct clone_args *args);

/* Host ids of a slot: init's, and the program's is one more. */
uint32_t bl_birth_first_id(const struct bl_home *home, unsigned slot);

/* bl_graft - replaces each of count descriptors by a detached clone of its mount: read-only,
 * nosuid, nodev, without what is mounted below it. program_id: where the plan allows it, a file
 * that others can't read is shown as the program's own (idmapped mount, mount_setattr(2)). Fails
 * with GRAFT, or INPUT for what only an idmapped mount could show and the file system can't, and
 * for a descriptor that does not read where the plan has none remapped. */
int bl_graft(const struct bl_home *home, int *fds, unsigned count, uint32_t program_id,
             struct bl_err *err);

#endif
