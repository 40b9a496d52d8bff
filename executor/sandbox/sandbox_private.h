/* sandbox_private.h - one sandbox's state, shared by the files that move it (process: worker):
 * sandbox.c, the worker's calls and the state itself; sandbox_reports.c, what init reports;
 * sandbox_replies.c, what the warden replies. */
#ifndef BL_SANDBOX_SANDBOX_PRIVATE_H
#define BL_SANDBOX_SANDBOX_PRIVATE_H

#include "executor/sandbox/sandbox.h"
#include "executor/sandbox/warden_private.h"

enum bl_sandbox_state {
    BL_SANDBOX_IS_OPENING,    /* ordered from the warden */
    BL_SANDBOX_IS_SETTING_UP, /* init lives and mounts */
    BL_SANDBOX_IS_READY,
    BL_SANDBOX_IS_PLACING,   /* inputs are with the warden or with init */
    BL_SANDBOX_IS_LAUNCHING, /* the exec order is sent */
    BL_SANDBOX_IS_RUNNING,
    BL_SANDBOX_IS_ENDED,
    BL_SANDBOX_IS_COLLECTING,
    BL_SANDBOX_IS_FAILED,
    BL_SANDBOX_IS_CLOSING,
    BL_SANDBOX_IS_CLOSED,
};

/* What launch() leaves for later where inputs must be placed first; all owned. */
struct bl_pending_launch {
    char *order;
    size_t length;
    int stdio[3];
    struct bl_init_order *places;
    unsigned count;
};

struct bl_sandbox {
    struct bl_warden_guest guest; /* first: bl_sandbox_on_reply() casts back */
    struct bl_warden *warden;
    struct bl_sandbox_order order;
    enum bl_sandbox_state state;
    bool kill_wanted; /* before init could be told */
    bool warm;        /* was ready when it was taken from the pool */
    bool in_use;      /* taken by a job, and not ended */
    bool awaits_start;
    bool alerted;  /* its program's process */
    int nothing;   /* /dev/null, for a program without input; an open file of its own */
    bool unburied; /* closed, and still to be removed (bl_warden_bury) */
    bool freed;    /* meanwhile: nobody holds it any more */
    struct bl_deferred ready_again;
    bl_on_sandbox on_event;
    void *ctx;
    int control, launch, pidfd;
    struct bl_cgroup *group;
    struct bl_watch *control_watch, *launch_watch;
    struct bl_pending_launch pending;
    char program[64]; /* for messages: argv[0] and workdir, cut */
    char workdir[64];
};

/* bl_sandbox_enter - the one setter of the state: keeps count of the programs that run, and tells
 * the pool of the end of a use. */
void bl_sandbox_enter(struct bl_sandbox *s, enum bl_sandbox_state state);

/* bl_sandbox_emit - last in whoever calls it: the callback may free the sandbox. */
void bl_sandbox_emit(struct bl_sandbox *s, const struct bl_sandbox_event *event);

void bl_sandbox_drop_pending(struct bl_pending_launch *pending);

/* bl_sandbox_shut - nothing runs after this, or will: init's channels are closed, which ends it. */
void bl_sandbox_shut(struct bl_sandbox *s);

/* Both shut it and tell FAILED; without effect where it has failed or is being closed. */
void bl_sandbox_fail(struct bl_sandbox *s, const struct bl_err *err);
void bl_sandbox_fail_with(struct bl_sandbox *s, enum bl_step step, int error, const char *detail);

/* bl_sandbox_tell_init - one order, with fd where it is not NULL. Fails with INIT_GONE, INIT_TALK.
 */
int bl_sandbox_tell_init(struct bl_sandbox *s, const struct bl_init_order *order, const int *fds,
                         unsigned fd_count, struct bl_err *err);

/* bl_sandbox_send_launch - the exec order; its state is LAUNCHING then. Fails with INIT_TALK, and
 * as bl_sandbox_await_start(). */
int bl_sandbox_send_launch(struct bl_sandbox *s, const char *order, size_t length,
                           const int stdio[3], struct bl_err *err);

/* bl_sandbox_watch_start - of a sandbox in LAUNCHING. */
int bl_sandbox_watch_start(struct bl_sandbox *s, struct bl_err *err);

/* The callbacks of the control channel, and of the warden's handle. */
void bl_sandbox_on_control(void *ctx, short what);
void bl_sandbox_on_reply(struct bl_warden_guest *guest, const struct bl_reply *reply, int *fds,
                         unsigned count);
void bl_sandbox_on_gone(struct bl_warden_guest *guest);

#endif
