/* refill.c - what making spares takes from the programs that run meanwhile: as many at once as
 * there are CPUs, each computing for some 30 ms, without a break. To compare, other wardens are
 * named by BAILIFF_WARDEN. Prints the quantiles of the programs' wall times, and how many found a
 * spare. */
#include <sched.h>
#include <stdio.h>

#include "bailiff/own.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/stage.h"

enum { RUNS_UNBOUNDED = 1 << 30 };

static json_t *answer(struct bl_sample *times, const struct bl_stretch *stretch,
                      const struct bl_pool_stats *pool)
{
    bl_sample_sort(times);
    return json_pack("{s:f, s:f, s:f, s:I, s:f, s:f, s:I}", "program_p50_us",
                     (double)bl_sample_at(times, 50) / 1e3, "program_p90_us",
                     (double)bl_sample_at(times, 90) / 1e3, "program_p99_us",
                     (double)bl_sample_at(times, 99) / 1e3, "runs", (json_int_t)stretch->runs,
                     "runs_per_second", (double)stretch->runs * 1e9 / (double)stretch->took_ns,
                     "found_warm", (double)stretch->warm / (double)stretch->runs, "made_low",
                     (json_int_t)pool->low);
}

int main(int argc, char **argv)
{
    static const char *const labour[] = {BL_STAGE_PROGRAMS "/labour", "compute", NULL};
    struct bl_bench_options options = {.rounds = RUNS_UNBOUNDED, .seconds = 10};
    struct bl_stage stage = {0};
    struct bl_stretch stretch = {0};
    struct bl_sample times = {0};
    struct bl_err err;
    cpu_set_t cpus;

    if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
        return 2;
    int status = bl_bench_options_read(&options, argc, argv, &err);
    if (status == 0)
        status = bl_stage_open(&stage, options.programs, true, &err);
    stage.programs = &times;
    if (status == 0)
        status = bl_stage_stretch(&stage, labour, (unsigned)CPU_COUNT(&cpus), options.rounds,
                                  options.seconds * BL_NS_PER_S, &stretch, &err);
    const struct bl_pool_stats pool =
        stage.pool ? bl_pool_stats(stage.pool) : (struct bl_pool_stats){0};
    if (status == 0)
        status = bl_bench_answer(&options, answer(&times, &stretch, &pool), &err);
    bl_sample_release(&times);
    bl_stage_close(&stage);
    return bl_bench_exit("refill", status, &err);
}
