/* run.h - one program, run once: from its spec to its result (process: worker).
 *
 * A run warms its input files (prefetch.h) while the sandbox is made, sets the limits, launches,
 * moves the streams, watches the clocks and the group, ends the program when a limit is reached,
 * reads the counters, collects files and judges. It is over when nothing is left to wait for, in
 * any order: group proven empty and removed · both output streams delivered. Then on_end is called,
 * once, from the loop.
 *
 * The process must ignore SIGPIPE (readers of output may go away). One run holds up to 40
 * descriptors, and two for each input while it is launched. */
#ifndef BL_JOB_RUN_H
#define BL_JOB_RUN_H

#include "bailiff/err.h"
#include "bailiff/result.h"
#include "bailiff/spec.h"
#include "executor/base/loop.h"
#include "executor/sandbox/warden.h"

struct bl_run;

enum bl_stream_kind {
    BL_STREAM_NULL,  /* stdin: empty; stdout, stderr: counted, held to the limit and thrown away */
    BL_STREAM_RELAY, /* through a pipe whose other end the run moves to or from `fd`: counted, and
                        held to the limit. A slow reader holds the program back, nobody else */
    BL_STREAM_HAND,  /* the program gets `fd` itself: a regular file for stdin, or one end of a pipe
                        between two runs. Not counted, no limit. The run keeps no copy. A regular
                        file for stdin that others may write, or that is open for writing, is
                        relayed instead: a program must not change what another may read. Never a
                        folder (INPUT): by it the program would be outside of its root */
};

struct bl_stream {
    enum bl_stream_kind kind;
    int fd; /* RELAY: borrowed until on_end. HAND: borrowed for bl_run_start's call */
};

/* on_end - result: owned by the run until bl_run_free(); files and names in it may be taken. */
typedef void (*bl_on_run_end)(void *ctx, struct bl_run *run, struct bl_result *result);

struct bl_run_order {
    const struct bl_spec *spec; /* checked here (bl_spec_check); borrowed until on_end */
    struct bl_stream streams[3];
    /* Of a RELAY of 1 or 2: only the first so many bytes reach its fd, the rest is counted and held
     * to the limit as ever; 0: all. */
    uint64_t kept_bytes[3];
    bl_on_run_end on_end;
    void *ctx;
};

/* bl_run_start - fails only with CLIENT faults in the spec, or where nothing could be begun
 * (MEMORY, SLOTS, WARDEN_GONE...); whatever happens later is told by on_end, a failed set-up as
 * EXEC_FAILED, FILE_ERROR (the request's fault) or SANDBOX_ERROR (ours). */
int bl_run_start(struct bl_run **out, struct bl_loop *loop, struct bl_warden *warden,
                 const struct bl_run_order *order, struct bl_err *err);

/* bl_run_cancel - ends the program; on_end follows with CANCELLED unless it was over already.
 * Output that its destination does not take at once is then dropped. */
void bl_run_cancel(struct bl_run *run);

/* bl_run_free - from on_end or later; releases the result with what is left in it. Before on_end:
 * kills the program and forgets the run, no on_end follows. */
void bl_run_free(struct bl_run **run);

#endif
