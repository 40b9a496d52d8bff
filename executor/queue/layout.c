#include "executor/queue/layout.h"

#include "bailiff/units.h"

/* A lane that nobody pulls from is forgotten after this; its jobs are not. */
#define LANE_IDLE_NS (24 * 3600 * BL_NS_PER_S)

const struct bl_queue_layout bl_queue_layout_default = {
    .replicas = 1,
    .jobs = 1000000,
    .job_bytes = 8 * BL_GIB,
    .result_bytes = 32 * BL_GIB,
    .keep_results_ns = 7 * 86400 * BL_NS_PER_S,
    .keep_dead_ns = 30 * 86400 * BL_NS_PER_S,
    .duplicate_ns = 120 * BL_NS_PER_S,
};

static const struct {
    const char *name, *subject, *retention, *discard;
    bool one_each; /* a new message of a subject replaces the old one */
} streams[] = {
    [BL_QUEUE_JOBS] = {"JOBS", "jobs.*.*", "workqueue", "new", false},
    [BL_QUEUE_RESULTS] = {"RESULTS", "results.*.*", "limits", "old", false},
    [BL_QUEUE_DEAD] = {"DEAD", "dead.*.*", "limits", "old", false},
    [BL_QUEUE_TRIES] = {"TRIES", "tries.*.*", "limits", "old", true},
    [BL_QUEUE_CANCELS] = {"CANCELS", "cancel.*.*", "limits", "old", true},
};

const char *bl_queue_stream_name(enum bl_queue_stream stream)
{
    return streams[stream].name;
}

json_t *bl_queue_stream_config(enum bl_queue_stream stream, const struct bl_queue_layout *layout)
{
    /* Servers reserve what a stream may hold: where jobs have little room these have, too. */
    const uint64_t small = layout->job_bytes < BL_GIB ? layout->job_bytes : BL_GIB;
    const struct {
        uint64_t messages, bytes, age_ns;
    } bounds[] = {
        [BL_QUEUE_JOBS] = {layout->jobs, layout->job_bytes, 0},
        [BL_QUEUE_RESULTS] = {0, layout->result_bytes, layout->keep_results_ns},
        [BL_QUEUE_DEAD] = {0, layout->job_bytes, layout->keep_dead_ns},
        [BL_QUEUE_TRIES] = {layout->jobs, small, layout->keep_results_ns},
        [BL_QUEUE_CANCELS] = {layout->jobs, small, layout->keep_results_ns},
    };

    return json_pack(
        "{ss,s[s],ss,ss,ss,sI,sI,sI,sI,sI,sI,sb}", "name", streams[stream].name, "subjects",
        streams[stream].subject, "retention", streams[stream].retention, "discard",
        streams[stream].discard, "storage", "file", "num_replicas", (json_int_t)layout->replicas,
        "max_msgs", bounds[stream].messages ? (json_int_t)bounds[stream].messages : (json_int_t)-1,
        "max_bytes", (json_int_t)bounds[stream].bytes, "max_age", (json_int_t)bounds[stream].age_ns,
        "max_msgs_per_subject", streams[stream].one_each ? (json_int_t)1 : (json_int_t)-1,
        "duplicate_window", (json_int_t)layout->duplicate_ns, "allow_direct", 1);
}

const char *bl_queue_stream_differs(const json_t *wanted, const json_t *present)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)wanted, key, value)
    {
        if (!json_equal(value, json_object_get(present, key)))
            return key;
    }
    return NULL;
}

json_t *bl_queue_consumer_config(const struct bl_queue_lane *lane, uint64_t ack_wait_ns)
{
    char subject[BL_QUEUE_SUBJECT_MAX], name[BL_QUEUE_LANE_TEXT_MAX];

    (void)bl_queue_lane_consumer(lane, name);
    return json_pack("{ss,s{ss,ss,ss,ss,sI,sI,sI,sI}}", "stream_name", streams[BL_QUEUE_JOBS].name,
                     "config", "durable_name", name, "filter_subject",
                     bl_queue_lane_subject(lane, subject), "ack_policy", "explicit",
                     "deliver_policy", "all", "ack_wait", (json_int_t)ack_wait_ns,
                     "max_ack_pending", (json_int_t)-1, "max_waiting", (json_int_t)20000,
                     "inactive_threshold", (json_int_t)LANE_IDLE_NS);
}
