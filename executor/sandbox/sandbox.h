/* sandbox.h - one sandbox, seen from the worker (process: worker).
 *
 * A sandbox serves one program and is gone. Its life, each state entered once:
 *
 *   OPENING ──READY──▶ ready ──launch()──▶ LAUNCHING ──STARTED──▶ running ──ENDED──▶ ended
 *                                                                      └ collect() ─▶ COLLECTED
 *   any ──FAILED──▶ failed (our failure or the request's; nothing runs any more)
 *
 * Events come through one callback on the loop's thread, never from inside a call made here.
 * bl_sandbox_free() may be called in any state and from the callback: it kills what runs. The
 * warden then proves the group empty and removes it; bl_sandbox_close() says when. */
#ifndef BL_SANDBOX_SANDBOX_H
#define BL_SANDBOX_SANDBOX_H

#include "bailiff/err.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"
#include "executor/sandbox/warden.h"
#include "limits/cgroup.h"

struct bl_sandbox;

enum bl_sandbox_event_kind {
    BL_SANDBOX_READY,     /* its group, namespaces and mounts stand; limits may be set */
    BL_SANDBOX_STARTED,   /* where it is awaited: the exec worked, or its process ended before it:
                             then FAILED or ENDED with started_ns 0 follows. A short program's ENDED
                             can come first: then this never comes */
    BL_SANDBOX_ENDED,     /* every process of the program is dead and reaped */
    BL_SANDBOX_FILE,      /* one collected file */
    BL_SANDBOX_COLLECTED, /* all files were told */
    BL_SANDBOX_FAILED,    /* error says why */
    BL_SANDBOX_CLOSED,    /* after bl_sandbox_close(): group removed, ids free again */
};

/* What init saw of the program's end; checked on arrival as outside input. */
struct bl_ending {
    uint64_t started_ns; /* CLOCK_MONOTONIC of the host, just before exec; 0: never executed */
    uint64_t ended_ns;   /* when the first process was gone */
    uint64_t emptied_ns; /* when the last one was reaped */
    int wait_status;     /* of the first process */
    enum bl_kill_reason killed_for; /* by init itself: SYSCALL (the policy said kill), CPU_TIME,
                                       WALL_TIME; else NONE */
    /* Sums over all reaped processes (getrusage(2)), max_rss_bytes the greatest. */
    uint64_t voluntary_switches, involuntary_switches, minor_faults, major_faults, max_rss_bytes;
    uint64_t read_bytes, write_bytes; /* block I/O */
    struct bl_refusal refusals[BL_REFUSALS_MAX];
    unsigned refusal_count;
    uint64_t refusals_total;
};

struct bl_sandbox_event {
    enum bl_sandbox_event_kind kind;
    const struct bl_ending *ending; /* ENDED; lent for the call */
    struct bl_collected file;       /* FILE: the callback takes name and fd */
    const struct bl_err *error;     /* FAILED, COLLECTED (step NONE where all went well); lent */
};

typedef void (*bl_on_sandbox)(void *ctx, const struct bl_sandbox_event *event);

/* What must be known before the job itself is. */
struct bl_sandbox_order {
    unsigned profile;
    uint64_t box_bytes, box_files, tmp_bytes, tmp_files; /* within BL_LIMITS */
};

/* bl_sandbox_open - takes one from the pool (pool.h) or has the warden make one, which waits while
 * too many are dying (BL_DYING_MAX of wards.h; ten seconds at most). READY or FAILED follows.
 * Fails with FIELD (no such profile), SLOTS, WARDEN_GONE, WARDEN_TALK, MEMORY. */
int bl_sandbox_open(struct bl_sandbox **out, struct bl_warden *warden,
                    const struct bl_sandbox_order *order, bl_on_sandbox on_event, void *ctx,
                    struct bl_err *err);

/* Was it ready before it was asked for? */
bool bl_sandbox_was_warm(const struct bl_sandbox *sandbox);

/* The program's group; valid from READY until close or free; lent. */
struct bl_cgroup *bl_sandbox_cgroup(const struct bl_sandbox *sandbox);

/* bl_sandbox_launch - places the inputs and sends the exec order; in READY only. Limits of the
 * group are set already; rlimits travel with the order. spec: checked, borrowed for the call.
 * stdio: three descriptors for 0, 1 and 2, borrowed for the call (duplicated by sending); -1 as the
 * first: a /dev/null that was opened ahead.
 * ENDED or FAILED follows (EXEC, WORKDIR, INPUT: the request's fault).
 * Fails with ORDER_SIZE, INIT_GONE, INIT_TALK, WARDEN_GONE, WARDEN_TALK. */
int bl_sandbox_launch(struct bl_sandbox *sandbox, const struct bl_spec *spec, const int stdio[3],
                      struct bl_err *err);

/* bl_sandbox_await_start - after launch(): has STARTED told, and at once where the program runs
 * already. Without it the worker is spared a wake-up beside the program's first moments; a short
 * one has ended before anybody need know that it had begun. Fails with LOOP, MEMORY. */
int bl_sandbox_await_start(struct bl_sandbox *sandbox, struct bl_err *err);

/* bl_sandbox_kill - SIGKILL to every process of the program; ENDED follows. Idempotent, any state.
 * First by the group itself where the kernel can (v2), and through init. */
void bl_sandbox_kill(struct bl_sandbox *sandbox);

/* What init is to end the program for, beside the worker's own watch. */
struct bl_guard_limits {
    uint64_t cpu_ns;    /* of the group's counter, > 0 */
    uint64_t close_ns;  /* the same counter: from here on it is read exactly */
    uint64_t wall_ns;   /* from the exec on; 0: not now */
    uint32_t cpus;      /* that the program can keep busy, > 0 */
    uint32_t round_max; /* of limits/cgroup_clock.h */
};

/* bl_sandbox_guard - from now on init, too, ends the program at these limits, and does so at the
 * moment: near the end of the CPU time it goes round the program's CPUs
 * (limits/cgroup_clock.h), ahead of all others where the kernel lets it (birth.c). In any state
 * from LAUNCHING on; ENDED tells. A host without cpuset: up to a tick for each CPU late.
 * Fails with CGROUP_READ, INIT_GONE, INIT_TALK. */
int bl_sandbox_guard(struct bl_sandbox *sandbox, const struct bl_guard_limits *limits,
                     struct bl_err *err);

/* bl_sandbox_collect - after ENDED: FILE for each match of the spec's outputs, then COLLECTED,
 * whose error is step OUTPUT where one is missing, not a regular file or beyond the byte limit. */
int bl_sandbox_collect(struct bl_sandbox *sandbox, const struct bl_spec *spec, struct bl_err *err);

/* bl_sandbox_close - kills what runs and has everything removed; CLOSED follows, and is the last
 * event. The group's counters can't be read any more. Where nothing runs (ENDED) the removal begins
 * at the end of the round, when whoever waits for the result has been told. */
void bl_sandbox_close(struct bl_sandbox *sandbox);

/* bl_sandbox_free - forgets it; closes it first where that was not done. No event follows. */
void bl_sandbox_free(struct bl_sandbox **sandbox);

#endif
