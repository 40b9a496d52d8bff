/* streams.h - the three standard streams of one run, whatever each is joined to (process: worker).
 *
 * Plain data of its owner. A stream is a descriptor handed over, a capture (capture.h), a feed
 * (feed.h), or /dev/null for stdin. */
#ifndef BL_JOB_STREAMS_H
#define BL_JOB_STREAMS_H

#include <stdbool.h>

#include "executor/job/capture.h"
#include "executor/job/feed.h"
#include "executor/job/run.h"

struct bl_streams {
    int handed[3];                 /* owned until begin; -1: none */
    int source;                    /* the feed's, owned, where it was to be handed; else -1 */
    struct bl_feed *feed;          /* NULL: none */
    struct bl_capture *capture[3]; /* of 1 and 2; NULL: none */
};

/* bl_streams_open - streams: as in bl_run_order; what is handed is duplicated. pipes, on_event,
 * ctx: of the captures. On failure nothing is left. Fails with PIPE, MEMORY. */
int bl_streams_open(struct bl_streams *streams, struct bl_loop *loop, struct bl_pipes *pipes,
                    const struct bl_stream of[3], const struct bl_limits *limits,
                    bl_on_capture on_event, void *ctx, struct bl_err *err);

/* bl_streams_ends - what the program gets as 0, 1 and 2, as bl_sandbox_launch() takes it; lent,
 * valid until begin. */
void bl_streams_ends(const struct bl_streams *streams, int stdio[3]);

/* bl_streams_begin - the program has what was handed: closes that, starts moving. Fails with LOOP.
 */
int bl_streams_begin(struct bl_streams *streams, struct bl_err *err);

/* bl_streams_drain - the program is gone: nothing more is fed, what was written is delivered.
 * patient false: only as far as the destinations take it at once. */
void bl_streams_drain(struct bl_streams *streams, bool patient);

bool bl_streams_done(const struct bl_streams *streams, int number); /* true where not captured */

/* Every field empty: what bl_streams_release() may be called on. */
#define BL_STREAMS_NONE                      \
    {                                        \
        .handed = {-1, -1, -1}, .source = -1 \
    }

void bl_streams_release(struct bl_streams *streams);

#endif
