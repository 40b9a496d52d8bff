/* mute_birth.h - what the warden's orders come down to (birth.c, graft.c, departed.c, the removal
 * of a group), for a fuzzer that plays the worker: nothing is made; that it may be asked for is
 * checked, and it fails where the fuzzer says so. */
#ifndef BL_FUZZ_MUTE_BIRTH_H
#define BL_FUZZ_MUTE_BIRTH_H

#include "executor/sandbox/wards.h"

/* In bl_home's place for one. */
struct bl_cgroup_tree {
    const struct bl_wards *wards;
    uint64_t
        born[BL_PLAN_SANDBOXES_MAX]; /* whose init lives with the ids of this place; 0: nobody's */
    uint32_t present;                /* of the next newborn's files */
    bool birth_fails, graft_fails, removal_fails, group_stays;
};

/* fuzz_birth_end - the init of this place, if there is one, has ended and is reaped. */
void fuzz_birth_end(struct bl_wards *wards, unsigned place);

#endif
