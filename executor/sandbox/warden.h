/* warden.h - the worker's handle on the warden process (process: worker).
 *
 * The warden is a small static program, bailiff-warden, that alone holds privilege: it makes and
 * removes sandboxes and nothing else (docs/architecture.md). It is started once, before the worker
 * reads a byte from outside. When the worker ends, however it ends, the warden kills and removes
 * whatever sandboxes there are and ends too. */
#ifndef BL_SANDBOX_WARDEN_H
#define BL_SANDBOX_WARDEN_H

#include "bailiff/err.h"
#include "executor/base/loop.h"
#include "executor/base/machine.h"
#include "executor/sandbox/plan.h"

struct bl_warden;

/* bl_warden_start - starts bailiff-warden with the plan and waits until it can serve (its cgroup
 * tree stands). Found beside the running program, or in ../libexec/bailiff.
 * Fails with WARDEN_START, PRIVILEGE (says what is missing), CGROUP_FIND and what else the warden
 * answers. */
int bl_warden_start(struct bl_warden **out, struct bl_loop *loop, const struct bl_plan *plan,
                    struct bl_err *err);

/* bl_warden_on_end - who is told, once, from the end of a round, that the warden has ended: by
 * itself it never does. Before the loop runs. What sandboxes there were tell their own ends, but
 * after it: who serves others can part with them first, so that they don't take our end for their
 * jobs'. */
void bl_warden_on_end(struct bl_warden *warden, void (*on_end)(void *ctx), void *ctx);

/* bl_warden_free - closes the channel and waits until the warden has removed everything and has
 * ended. Every sandbox must be freed before. NULL inside is fine. */
void bl_warden_free(struct bl_warden **warden);

/* The cgroup version in use, 1 or 2, and the instance's index (limits/cgroup_tree.h). */
unsigned bl_warden_cgroup_version(const struct bl_warden *warden);
unsigned bl_warden_index(const struct bl_warden *warden);

/* The machine that it serves on; lent. */
struct bl_machine *bl_warden_machine(struct bl_warden *warden);

/* What its programs' output goes through, made ahead; lent. NULL: without a pool none is. */
struct bl_pipes *bl_warden_pipes(struct bl_warden *warden);

#endif
