/* metrics_sources.c - figures from results, admission, pool, machine; see metrics_sources.h. */
#include "executor/server/metrics_sources.h"

#include "executor/job/meter.h"

void bl_metrics_count_run(struct bl_metrics *metrics, const struct bl_result *result)
{
    bl_metrics_add(metrics, BL_METRIC_RUNS, result->verdict, 1);
    if (result->started_ns == 0)
        return;
    bl_metrics_add(metrics, BL_METRIC_SANDBOXES,
                   result->warm ? BL_METRIC_START_WARM : BL_METRIC_START_COLD, 1);
    bl_metrics_observe(metrics, BL_METRIC_START_LATENCY, result->start_latency_ns);
    bl_metrics_observe(metrics, BL_METRIC_RUN_WALL, result->usage.wall_time_ns);
    bl_metrics_add(metrics, BL_METRIC_RUN_CPU, 0, result->usage.cpu_time_ns);
    if (result->verdict == BL_VERDICT_TIME_LIMIT)
        bl_metrics_observe(metrics, BL_METRIC_CPU_OVERSHOOT, result->overshoot_ns);
    if (result->verdict == BL_VERDICT_WALL_TIME_LIMIT)
        bl_metrics_observe(metrics, BL_METRIC_WALL_OVERSHOOT, result->overshoot_ns);
}

static enum bl_metric_refusal reason(const struct bl_err *err)
{
    if (err->step == BL_STEP_ACCESS)
        return BL_METRIC_REFUSAL_UNAUTHORIZED;
    if (err->step == BL_STEP_CAPACITY)
        return BL_METRIC_REFUSAL_CAPACITY;
    if (err->step == BL_STEP_DRAINING)
        return BL_METRIC_REFUSAL_DRAINING;
    switch (bl_step_fault(err->step)) {
    case BL_FAULT_CLIENT:
        return BL_METRIC_REFUSAL_INVALID;
    case BL_FAULT_BUSY:
        return BL_METRIC_REFUSAL_QUEUE_FULL;
    case BL_FAULT_HOST:
        break;
    }
    return BL_METRIC_REFUSAL_HOST;
}

void bl_metrics_count_refusal(struct bl_metrics *metrics, const struct bl_err *err)
{
    bl_metrics_add(metrics, BL_METRIC_JOBS_REFUSED, reason(err), 1);
}

void bl_metrics_see_admission(struct bl_metrics *metrics, const struct bl_admission *admission,
                              uint64_t now_ns)
{
    struct bl_admission_stats stats = bl_admission_stats(admission);
    uint64_t oldest_ns = stats.queued && now_ns > stats.oldest_ns ? now_ns - stats.oldest_ns : 0;

    bl_metrics_set(metrics, BL_METRIC_QUEUE_JOBS, 0, stats.queued);
    bl_metrics_set(metrics, BL_METRIC_QUEUE_BYTES, 0, stats.queued_bytes);
    bl_metrics_set(metrics, BL_METRIC_QUEUE_OLDEST, 0, oldest_ns);
    bl_metrics_set(metrics, BL_METRIC_QUEUE_TENANTS, 0, stats.tenants);
    bl_metrics_set(metrics, BL_METRIC_JOBS_RUNNING, 0, stats.running);
    bl_metrics_set(metrics, BL_METRIC_SLOTS, 0, stats.slots);
    bl_metrics_set(metrics, BL_METRIC_SLOTS_USED, 0, stats.slots_used);
    bl_metrics_set(metrics, BL_METRIC_MEMORY, 0, stats.memory_bytes);
    bl_metrics_set(metrics, BL_METRIC_MEMORY_USED, 0, stats.memory_used_bytes);
}

void bl_metrics_see_pool(struct bl_metrics *metrics, const struct bl_pool *pool)
{
    struct bl_pool_stats stats = bl_pool_stats(pool);

    bl_metrics_set(metrics, BL_METRIC_SPARES, BL_METRIC_SPARE_READY, stats.ready);
    bl_metrics_set(metrics, BL_METRIC_SPARES, BL_METRIC_SPARE_MAKING, stats.making);
    bl_metrics_set(metrics, BL_METRIC_SPARE_FAILURES, 0, stats.failures);
}

void bl_metrics_see_machine(struct bl_metrics *metrics, const struct bl_machine *machine)
{
    struct bl_meter meter;

    bl_meter_read(machine, &meter);
    if (meter.has_steal)
        bl_metrics_set(metrics, BL_METRIC_STEAL, 0, meter.steal_ns);
    if (!meter.has_pressure)
        return;
    bl_metrics_set(metrics, BL_METRIC_PRESSURE, BL_METRIC_RESOURCE_CPU, meter.cpu_ns);
    bl_metrics_set(metrics, BL_METRIC_PRESSURE, BL_METRIC_RESOURCE_MEMORY, meter.memory_ns);
    bl_metrics_set(metrics, BL_METRIC_PRESSURE, BL_METRIC_RESOURCE_IO, meter.io_ns);
}
