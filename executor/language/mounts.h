/* mounts.h - what a language needs of the host besides /usr, put into a plan's root. */
#ifndef BL_LANGUAGE_MOUNTS_H
#define BL_LANGUAGE_MOUNTS_H

#include "executor/language/language.h"
#include "executor/sandbox/plan.h"

/* bl_language_mount - every path that the language's patterns match on this host; none is fine.
 * Twice for a root: without effect. Fails with LANGUAGE, and as bl_plan_add_entry() does. */
int bl_language_mount(const struct bl_language *language, struct bl_plan *plan, unsigned root,
                      struct bl_err *err);

#endif
