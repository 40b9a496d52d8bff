/* metrics_sources.h - where the worker's figures come from (process: worker).
 *
 * Called with each result, or before /metrics is answered; none can fail: what can't be had is not
 * told. */
#ifndef BL_SERVER_METRICS_SOURCES_H
#define BL_SERVER_METRICS_SOURCES_H

#include "bailiff/result.h"
#include "executor/base/machine.h"
#include "executor/sandbox/pool.h"
#include "executor/server/admission.h"
#include "executor/server/metrics.h"

/* bl_metrics_count_run - one program: its verdict, times, start and overshoot. */
void bl_metrics_count_run(struct bl_metrics *metrics, const struct bl_result *result);

/* bl_metrics_count_refusal - a job that was turned away with this error. */
void bl_metrics_count_refusal(struct bl_metrics *metrics, const struct bl_err *err);

/* Gauges of the queue, of slots and memory; spares made ahead. */
void bl_metrics_see_admission(struct bl_metrics *metrics, const struct bl_admission *admission,
                              uint64_t now_ns);
void bl_metrics_see_pool(struct bl_metrics *metrics, const struct bl_pool *pool);

/* bl_metrics_see_machine - pressure and steal, where the kernel tells. Some 10 us. */
void bl_metrics_see_machine(struct bl_metrics *metrics, const struct bl_machine *machine);

#endif
