/* template.h - a root built once, from which every sandbox of it is copied (process: warden).
 *
 * A mount namespace that holds only the root: a read-only tmpfs with the entries of the plan. The
 * warden keeps a descriptor of it, enters it to clone a sandbox, and leaves it again: the clone
 * copies some twenty mounts where the host may have hundreds, and needs no pivot_root. The copies
 * belong to a new user namespace and are locked: not even init can take one away or make it
 * writable (mount_namespaces(7)).
 *
 * Below /proc lies the proc of a pid namespace that is dead: the kernel lets a user namespace mount
 * its own proc only where one is fully visible already (mount_too_revealing() in fs/namespace.c).
 */
#ifndef BL_SANDBOX_TEMPLATE_H
#define BL_SANDBOX_TEMPLATE_H

#include "bailiff/err.h"
#include "executor/sandbox/plan.h"

/* bl_template_build - a descriptor of the namespace, owned by the caller. Waits for the child that
 * builds it. fail_step: as in struct bl_plan.
 * Fails with TEMPLATE, ROOT_TMPFS, ROOT_ATTACH, ROOT_ENTRY (names it), ROOT_PROC, ROOT_PIVOT. */
int bl_template_build(const struct bl_root *root, uint32_t fail_step, int *namespace_fd,
                      struct bl_err *err);

#endif
