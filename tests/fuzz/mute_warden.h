/* mute_warden.h - the worker's handle of a warden (warden.c) for a fuzzer that plays the warden
 * itself: one guest, orders that are only checked, a removal that is never refused. */
#ifndef BL_FUZZ_MUTE_WARDEN_H
#define BL_FUZZ_MUTE_WARDEN_H

#include "executor/sandbox/warden_private.h"

struct bl_warden {
    struct bl_loop *loop;
    struct bl_warden_guest *guest, *dead;
    struct bl_deferred burial;
    unsigned running, placing;
    bool gone;
};

/* fuzz_warden_init - ready for one sandbox; warden->loop is set by the caller before. */
void fuzz_warden_init(struct bl_warden *warden);

/* fuzz_warden_bury - what bl_warden_free() does to a removal that is still to come. */
void fuzz_warden_bury(struct bl_warden *warden);

#endif
