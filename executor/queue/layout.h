/* layout.h - the streams and consumers that the queue is made of, as JetStream's own API has them.
 * Pure: it makes and compares JSON.
 *
 *   JOBS     jobs.<tenant>.<class>   a work queue: a job is in it until it is acknowledged
 *   RESULTS  results.<key>           one for each job, ever (the first one stands)
 *   DEAD     dead.<key>              jobs that were tried too often, with their history
 *   TRIES    tries.<key>             the history of jobs that were delivered more than once
 *   CANCELS  cancel.<key>            jobs that nobody wants any more
 *
 * JOBS refuses new jobs when it is full, so that submitters hear it; RESULTS, DEAD and the others
 * forget what is older than they keep. */
#ifndef BL_QUEUE_LAYOUT_H
#define BL_QUEUE_LAYOUT_H

#include <jansson.h>
#include <stdint.h>

#include "bailiff/err.h"
#include "executor/queue/names.h"

#define BL_QUEUE_STREAMS(X) X(JOBS) X(RESULTS) X(DEAD) X(TRIES) X(CANCELS)

enum bl_queue_stream {
#define X(name) BL_QUEUE_##name,
    BL_QUEUE_STREAMS(X)
#undef X
        BL_QUEUE_STREAM_COUNT
};

const char *bl_queue_stream_name(enum bl_queue_stream stream);

struct bl_queue_layout {
    uint64_t replicas;        /* 1, 3 or 5 */
    uint64_t jobs, job_bytes; /* at most so many wait */
    uint64_t result_bytes;    /* of all results that are kept */
    uint64_t keep_results_ns, keep_dead_ns;
    uint64_t duplicate_ns; /* for so long the same id is not queued twice */
};

extern const struct bl_queue_layout bl_queue_layout_default;

/* bl_queue_stream_config - for STREAM.CREATE and UPDATE; owned. NULL: no memory. */
json_t *bl_queue_stream_config(enum bl_queue_stream stream, const struct bl_queue_layout *layout);

/* bl_queue_stream_differs - the first of our settings that the server's configuration does not have
 * so; NULL: it has all of them. */
const char *bl_queue_stream_differs(const json_t *wanted, const json_t *present);

/* bl_queue_consumer_config - the request for CONSUMER.DURABLE.CREATE; owned. NULL: no memory. */
json_t *bl_queue_consumer_config(const struct bl_queue_lane *lane, uint64_t ack_wait_ns);

#endif
