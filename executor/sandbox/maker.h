/* maker.h - making a sandbox at idle priority (process: warden).
 *
 * The maker is a fork of the warden in the kernel's idle class: it runs when no other process of
 * its scheduling group wants its CPU (and for 3 in 1000 of the time where one always does).
 * Programs are in groups of their own, against which its group counts like any other: sched(7) has
 * the autogroup and the cgroups (docs/performance.md has what that comes to). It makes one sandbox
 * (birth.h), whose init becomes the warden's own child and is in that class, too, as is the
 * program's process after it; hands it over and ends. So the warden itself never waits for a CPU
 * that a program has. Only the warden can bring them back (CAP_SYS_NICE): bl_maker_raise() for the
 * maker, bl_raise_init() for the others.
 *
 * Somebody else may kill it at any moment (the OOM killer, an administrator), or stop it for good.
 * What it had made is nobody's then: its descriptors have gone with it, and of its init, which is
 * the warden's child, the kernel has noted the number in a page that both share (birth.h). */
#ifndef BL_SANDBOX_MAKER_H
#define BL_SANDBOX_MAKER_H

#include "bailiff/err.h"
#include "executor/sandbox/birth.h"

struct bl_maker {
    pid_t pid;         /* -1: none, or reaped */
    int socket;        /* owned; -1: it makes nothing */
    uint64_t id;       /* of the sandbox that it makes */
    uint64_t since_ms; /* it is at it; the caller's clock */
};

void bl_maker_init(struct bl_maker *maker);

/* bl_maker_can - is there a way back from idle priority? */
bool bl_maker_can(const struct bl_home *home);

/* bl_maker_begin - one sandbox at a time; the template of its root must stand. Fails with
 * CLONE_INIT. */
int bl_maker_begin(struct bl_maker *maker, struct bl_home *home, const struct bl_order *order,
                   unsigned slot, struct bl_err *err);

/* bl_maker_finish - when its socket is readable: what it made, as bl_birth(); it is free for the
 * next, and is ended. Fails as that does, and with CLONE_INIT where it ended before. */
int bl_maker_finish(struct bl_maker *maker, struct bl_newborn *out, struct bl_err *err);

/* bl_maker_orphan - after bl_maker_finish() has failed: the init that it had cloned, a child that
 * is not reaped; -1: there is none. Every init has that page, and may have written to it: it must
 * not be one that is known. */
pid_t bl_maker_orphan(const struct bl_home *home);

/* bl_maker_kill - it takes too long, or nobody wants it any more: bl_maker_finish() fails then. */
void bl_maker_kill(const struct bl_maker *maker);

/* bl_maker_raise - the rest of the making at the usual priority. */
void bl_maker_raise(const struct bl_maker *maker);

/* bl_raise_init - a sandbox's init and its child: as if they had never been low. Where the child is
 * not forked yet it will be so of itself, and init is favoured (birth.h) by the next call, when it
 * is. Fails with CLONE_INIT. */
int bl_raise_init(const struct bl_home *home, pid_t init, struct bl_err *err);

#endif
