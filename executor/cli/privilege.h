/* privilege.h - what the commands that run programs give up once the warden has been started.
 *
 * They are started as root, because the warden must be. The warden is a process of its own by then,
 * so what reads options, packages and the output of programs keeps only what it takes to read and
 * write the files of whoever called: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER and
 * CAP_CHOWN. It stays uid 0: files of root are still its own. */
#ifndef BL_CLI_PRIVILEGE_H
#define BL_CLI_PRIVILEGE_H

#include "bailiff/err.h"

/* bl_privilege_check - is this root at all? Before anything is opened or created, so that who is
 * not learns that first. What else may be missing the warden tells (bl_warden_start).
 * Fails with PRIVILEGE: says what to do. */
int bl_privilege_check(struct bl_err *err);

/* bl_privilege_drop - for good: gone from the effective, permitted, inheritable, ambient and
 * bounding sets, and no_new_privs set. Fails with PRIVILEGE; the caller must not go on then. */
int bl_privilege_drop(struct bl_err *err);

#endif
