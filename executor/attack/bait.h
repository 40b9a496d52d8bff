/* bait.h - secrets of the host for attacks to look for, where none of them may be found.
 *
 * One secret in a file that everybody may read, in Bailiff's environment, and behind a descriptor
 * that is not closed on exec; somebody who listens for it on the loopback and at an abstract
 * address; and a terminal, into which nobody may type. Of no value, and gone with the release. */
#ifndef BL_ATTACK_BAIT_H
#define BL_ATTACK_BAIT_H

#include <stdbool.h>

#include "bailiff/err.h"

struct bl_bait {
    char folder[48], path[64];
    char secret[40], nekot[40]; /* the latter backwards: programs get that as an argument */
    char abstract[40], port[8];
    int forgotten; /* without CLOEXEC, meant to be inherited */
    int abstract_listener, port_listener;
    int terminal_master, terminal;
};

/* bl_bait_plant - before the warden is started, which then inherits what it must not hand on.
 * Fails with SELFTEST, having planted nothing. */
int bl_bait_plant(struct bl_bait *bait, struct bl_err *err);

/* bl_bait_touched - did somebody connect, type, or change the terminal? Then how, in words. */
const char *bl_bait_touched(const struct bl_bait *bait);

void bl_bait_release(struct bl_bait *bait);

#endif
