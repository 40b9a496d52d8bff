/* metrics.h - the worker's figures, in Prometheus' text format 0.0.4. Pure.
 *
 * One table says everything there is to count: the id, what kind it is, its unit and label, its
 * name and what it means. docs/metrics.md holds the same table, and a test compares the two. All
 * memory is in one struct; counting is an addition. Times are kept in nanoseconds, told in seconds.
 *
 *     bl_metrics_add(&metrics, BL_METRIC_RUNS, result->verdict, 1);
 *     bl_metrics_observe(&metrics, BL_METRIC_QUEUE_WAIT, event.waited_ns);
 *
 * A row's presence: ALWAYS is told from the start, as 0. TOLD only once it was set: what this
 * kernel does not say is absent, never 0. Who fills them from results, admission and kernel:
 * metrics_sources.h, metrics_process.h. */
#ifndef BL_SERVER_METRICS_H
#define BL_SERVER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/job_event.h"
#include "bailiff/result.h"

/* clang-format off */

/* id, the label's key, the texts of its values (metrics.c) */
#define BL_METRIC_LABELS(X)                                                                        \
    X(NONE,     "",          no_values)                                                            \
    X(VERDICT,  "verdict",   of_verdict)      /* enum bl_verdict */                                \
    X(OUTCOME,  "outcome",   of_outcome)      /* enum bl_case_outcome */                           \
    X(END,      "end",       of_end)          /* enum bl_metric_end */                             \
    X(REASON,   "reason",    of_reason)       /* enum bl_metric_refusal */                         \
    X(NOISE,    "noise",     of_noise)        /* enum bl_noise */                                  \
    X(RERUN,    "rerun",     of_rerun)        /* enum bl_metric_rerun */                           \
    X(START,    "start",     of_start)        /* enum bl_metric_start */                           \
    X(SPARE,    "state",     of_spare)        /* enum bl_metric_spare */                           \
    X(LOOKUP,   "result",    of_lookup)       /* enum bl_metric_lookup */                          \
    X(RESOURCE, "resource",  of_resource)     /* enum bl_metric_resource */                        \
    X(VERSION,  "version",   no_values)       /* a text: bl_metrics_version() */

/* id, kind, unit, label, presence, name, help */
#define BL_METRICS(X)                                                                              \
    X(JOBS, COUNTER, COUNT, END, ALWAYS, "bailiff_jobs_total",                                     \
      "Jobs that were accepted and are over, by how they ended.")                                  \
    X(JOBS_REFUSED, COUNTER, COUNT, REASON, ALWAYS, "bailiff_jobs_refused_total",                  \
      "Jobs that were turned away, by reason.")                                                    \
    X(CASES, COUNTER, COUNT, OUTCOME, ALWAYS, "bailiff_cases_total",                               \
      "Cases of jobs, by outcome.")                                                                \
    X(RUNS, COUNTER, COUNT, VERDICT, ALWAYS, "bailiff_runs_total",                                 \
      "Programs that were run, by verdict.")                                                       \
    X(NOISY_RUNS, COUNTER, COUNT, NOISE, ALWAYS, "bailiff_noisy_runs_total",                       \
      "Programs whose time is not to be trusted, by what disturbed it.")                           \
    X(RERUNS, COUNTER, COUNT, RERUN, ALWAYS, "bailiff_reruns_total",                               \
      "Cases that were run again because of noise: alone, or beside other jobs' programs.")        \
    X(QUEUE_JOBS, GAUGE, COUNT, NONE, ALWAYS, "bailiff_queue_jobs",                                \
      "Jobs that wait.")                                                                           \
    X(QUEUE_BYTES, GAUGE, BYTES, NONE, ALWAYS, "bailiff_queue_bytes",                              \
      "Memory that jobs hold while they wait.")                                                    \
    X(QUEUE_OLDEST, GAUGE, SECONDS, NONE, ALWAYS, "bailiff_queue_oldest_seconds",                  \
      "How long the job has waited that waits the longest.")                                       \
    X(QUEUE_TENANTS, GAUGE, COUNT, NONE, ALWAYS, "bailiff_queue_tenants",                          \
      "Tenants with jobs here, or whose use is still remembered.")                                 \
    X(QUEUE_WAIT, HISTOGRAM, LONG, NONE, ALWAYS, "bailiff_queue_wait_seconds",                     \
      "From a job's acceptance to its start.")                                                     \
    X(JOBS_RUNNING, GAUGE, COUNT, NONE, ALWAYS, "bailiff_jobs_running",                            \
      "Jobs that hold slots.")                                                                     \
    X(SLOTS, GAUGE, COUNT, NONE, ALWAYS, "bailiff_slots",                                          \
      "Cores for programs.")                                                                       \
    X(SLOTS_USED, GAUGE, COUNT, NONE, ALWAYS, "bailiff_slots_used",                                \
      "Cores that jobs hold now.")                                                                 \
    X(MEMORY, GAUGE, BYTES, NONE, ALWAYS, "bailiff_memory_bytes",                                  \
      "Memory for programs.")                                                                      \
    X(MEMORY_USED, GAUGE, BYTES, NONE, ALWAYS, "bailiff_memory_admitted_bytes",                    \
      "Memory that running jobs may use, by their limits.")                                        \
    X(SANDBOXES, COUNTER, COUNT, START, ALWAYS, "bailiff_sandboxes_total",                         \
      "Sandboxes that served a program: warm ones were ready before it came.")                     \
    X(SPARES, GAUGE, COUNT, SPARE, TOLD, "bailiff_spare_sandboxes",                                \
      "Sandboxes made ahead.")                                                                     \
    X(SPARE_FAILURES, COUNTER, COUNT, NONE, TOLD, "bailiff_spare_failures_total",                  \
      "Sandboxes that could not be made ahead.")                                                   \
    X(START_LATENCY, HISTOGRAM, SHORT, NONE, ALWAYS, "bailiff_start_latency_seconds",              \
      "From the order to run a program to its exec.")                                              \
    X(CPU_OVERSHOOT, HISTOGRAM, SHORT, NONE, ALWAYS, "bailiff_cpu_overshoot_seconds",              \
      "CPU time beyond the limit of programs that were ended for it.")                             \
    X(WALL_OVERSHOOT, HISTOGRAM, SHORT, NONE, ALWAYS, "bailiff_wall_overshoot_seconds",            \
      "Wall time beyond the limit of programs that were ended for it.")                            \
    X(RUN_WALL, HISTOGRAM, LONG, NONE, ALWAYS, "bailiff_run_wall_seconds",                         \
      "Wall time of programs.")                                                                    \
    X(RUN_CPU, COUNTER, SECONDS, NONE, ALWAYS, "bailiff_run_cpu_seconds_total",                    \
      "CPU time of programs.")                                                                     \
    X(STORE_BYTES, GAUGE, BYTES, NONE, TOLD, "bailiff_store_bytes",                                \
      "What the store holds.")                                                                     \
    X(STORE_BYTES_MAX, GAUGE, BYTES, NONE, TOLD, "bailiff_store_max_bytes",                        \
      "What the store may hold.")                                                                  \
    X(STORE_FILES, GAUGE, COUNT, NONE, TOLD, "bailiff_store_files",                                \
      "Files in the store.")                                                                       \
    X(STORE_LOOKUPS, COUNTER, COUNT, LOOKUP, TOLD, "bailiff_store_lookups_total",                  \
      "Files that were asked for in the store, by whether they were there.")                       \
    X(STORE_EVICTIONS, COUNTER, COUNT, NONE, TOLD, "bailiff_store_evictions_total",                \
      "Files that were removed from the store to make room.")                                      \
    X(RPC_CONNECTIONS, GAUGE, COUNT, NONE, TOLD, "bailiff_rpc_connections",                        \
      "Open connections of clients.")                                                              \
    X(RPC_TURNED_AWAY, COUNTER, COUNT, NONE, TOLD, "bailiff_rpc_turned_away_total",                \
      "New connections closed at once, because their peer opens too many.")                        \
    X(RPC_BYTES, GAUGE, BYTES, NONE, TOLD, "bailiff_rpc_buffered_bytes",                           \
      "Bytes held for clients: read and not yet used, or not yet taken by them.")                  \
    X(SERVING, GAUGE, COUNT, NONE, TOLD, "bailiff_serving",                                        \
      "1 where jobs are taken; as /healthz.")                                                      \
    X(PRESSURE, COUNTER, SECONDS, RESOURCE, TOLD, "bailiff_kernel_pressure_seconds_total",         \
      "Time in which some task of the machine waited for it (PSI, some).")                         \
    X(STEAL, COUNTER, SECONDS, NONE, TOLD, "bailiff_kernel_steal_seconds_total",                   \
      "CPU time that the hypervisor gave to others.")                                              \
    X(PROCESS_CPU, COUNTER, SECONDS, NONE, TOLD, "process_cpu_seconds_total",                      \
      "CPU time of the worker.")                                                                   \
    X(PROCESS_RSS, GAUGE, BYTES, NONE, TOLD, "process_resident_memory_bytes",                      \
      "Resident memory of the worker.")                                                            \
    X(PROCESS_VSIZE, GAUGE, BYTES, NONE, TOLD, "process_virtual_memory_bytes",                     \
      "Virtual memory of the worker.")                                                             \
    X(PROCESS_FDS, GAUGE, COUNT, NONE, TOLD, "process_open_fds",                                   \
      "Open file descriptors of the worker.")                                                      \
    X(PROCESS_FDS_MAX, GAUGE, COUNT, NONE, TOLD, "process_max_fds",                                \
      "File descriptors that the worker may open.")                                                \
    X(PROCESS_START, GAUGE, SECONDS, NONE, TOLD, "process_start_time_seconds",                     \
      "When the worker started, since 1970.")                                                      \
    X(BUILD_INFO, GAUGE, COUNT, VERSION, ALWAYS, "bailiff_build_info",                             \
      "Always 1.")

enum bl_metric_end {
    BL_METRIC_END_COMPLETED, BL_METRIC_END_CANCELLED, BL_METRIC_END_EXPIRED, BL_METRIC_END_BROKEN,
    BL_METRIC_END_DRAINED,
};
/* clang-format on */

enum bl_metric_refusal {
    BL_METRIC_REFUSAL_INVALID, /* the request itself */
    BL_METRIC_REFUSAL_CAPACITY,
    BL_METRIC_REFUSAL_QUEUE_FULL,
    BL_METRIC_REFUSAL_DRAINING,
    BL_METRIC_REFUSAL_UNAUTHORIZED,
    BL_METRIC_REFUSAL_HOST, /* our own failure */
};

enum bl_metric_rerun { BL_METRIC_RERUN_ALONE, BL_METRIC_RERUN_BESIDE };
enum bl_metric_start { BL_METRIC_START_WARM, BL_METRIC_START_COLD };
enum bl_metric_spare { BL_METRIC_SPARE_READY, BL_METRIC_SPARE_MAKING };
enum bl_metric_lookup { BL_METRIC_LOOKUP_HIT, BL_METRIC_LOOKUP_MISS };
enum bl_metric_resource {
    BL_METRIC_RESOURCE_CPU,
    BL_METRIC_RESOURCE_MEMORY,
    BL_METRIC_RESOURCE_IO,
};

enum bl_metric {
#define X(id, kind, unit, label, presence, name, help) BL_METRIC_##id,
    BL_METRICS(X)
#undef X
        BL_METRIC_COUNT
};

enum bl_metric_kind { BL_METRIC_COUNTER, BL_METRIC_GAUGE, BL_METRIC_HISTOGRAM };

enum bl_metric_label {
#define X(id, key, values) BL_METRIC_LABEL_##id,
    BL_METRIC_LABELS(X)
#undef X
        BL_METRIC_LABEL_COUNT
};

enum {
    BL_METRIC_CELLS_MAX = 20, /* values of a label; buckets of a histogram, the last one included */
    BL_METRIC_VERSION_MAX = 64,
    BL_METRICS_TEXT_MAX = 64 * 1024, /* always enough, whatever the values */
};

struct bl_metrics {
    struct {
        uint64_t cells[BL_METRIC_CELLS_MAX]; /* by label's value, or by bucket, not cumulated */
        uint64_t sum_ns;                     /* of a histogram */
        uint32_t told;                       /* bit n: cell n was set; for rows that are TOLD */
    } rows[BL_METRIC_COUNT];
    char version[BL_METRIC_VERSION_MAX];
};

/* bl_metrics_init - all 0, BUILD_INFO with BAILIFF_VERSION. */
void bl_metrics_init(struct bl_metrics *metrics);

/* bl_metrics_version - another text; cut where it is too long. Any bytes. */
void bl_metrics_version(struct bl_metrics *metrics, const char *version);

/* Counters and gauges; `value` is that of the label, 0 with NONE. Times in nanoseconds.
 * bl_metrics_set: a gauge, or a counter that is kept somewhere else. */
void bl_metrics_add(struct bl_metrics *metrics, enum bl_metric metric, unsigned value,
                    uint64_t amount);
void bl_metrics_set(struct bl_metrics *metrics, enum bl_metric metric, unsigned value,
                    uint64_t amount);

/* bl_metrics_observe - one more in a histogram. */
void bl_metrics_observe(struct bl_metrics *metrics, enum bl_metric metric, uint64_t ns);

uint64_t bl_metrics_get(const struct bl_metrics *metrics, enum bl_metric metric, unsigned value);

/* bl_metrics_format - the exposition, without a NUL behind it; returns its length. text: of
 * BL_METRICS_TEXT_MAX bytes. */
size_t bl_metrics_format(const struct bl_metrics *metrics, char text[BL_METRICS_TEXT_MAX]);

/* What the table says of a row. */
struct bl_metric_row {
    enum bl_metric_kind kind;
    enum bl_metric_label label;
    const char *name, *help;
    const char *label_key;
    const char *const *values; /* of the label; one, "", with NONE and VERSION */
    unsigned value_count;
    const uint64_t *bounds_ns; /* of a histogram's buckets but the last, which is +Inf */
    unsigned bound_count;
    bool seconds; /* cells are nanoseconds, told as seconds */
    bool always;
};
struct bl_metric_row bl_metric_row(enum bl_metric metric);

#endif
