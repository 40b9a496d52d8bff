/* refill.c - what sandboxes in the making take from the programs that run meanwhile.
 *
 * Programs that compute for some 30 ms, without a break: alone; one on each CPU but the worker's,
 * as bailiffd has it (worker_cores: 1); and on all CPUs, the worker's too, with spares and without.
 * The ways take turns, a slice of time each, with a warden of its own. What is compared is the
 * programs' wall time, from the exec to the end. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/own.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/stage.h"

enum { RUNS_UNBOUNDED = 1 << 30, WAYS = 4 };

struct way {
    const char *name;
    bool one;      /* at a time; else one for each CPU that programs have */
    bool own_core; /* the first CPU is the worker's, the others are the programs' */
    bool has_pool;
};

static const struct way ways[WAYS] = {
    {"alone", true, true, false},
    {"own_core", false, true, true},
    {"shared", false, false, true},
    {"shared_cold", false, false, false},
};

struct tally {
    struct bl_sample programs;
    uint64_t runs, warm, took_ns;
};

/* The CPUs that we may use, the first of them, and the others as a cpuset. Where there is but one
 * it is the worker's and the programs'. */
struct cpus {
    cpu_set_t all, first;
    char others[BL_CPUSET_MAX];
    unsigned count;
};

static int read_cpus(struct cpus *cpus, struct bl_err *err)
{
    size_t length = 0;

    *cpus = (struct cpus){.count = 0};
    if (sched_getaffinity(0, sizeof(cpus->all), &cpus->all) < 0)
        return bl_fail(err, BL_STEP_MACHINE, errno, "sched_getaffinity");
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && length < sizeof(cpus->others) - 8; cpu++) {
        if (!CPU_ISSET(cpu, &cpus->all))
            continue;
        if (cpus->count++ == 0)
            CPU_SET(cpu, &cpus->first);
        else
            length += (size_t)snprintf(cpus->others + length, sizeof(cpus->others) - length, "%s%u",
                                       length ? "," : "", cpu);
    }
    return 0;
}

static int run_slice(const struct way *way, const struct cpus *cpus, struct bl_stage *stage,
                     const struct bl_bench_options *options, struct tally *tally,
                     struct bl_err *err)
{
    static const char *const labour[] = {BL_STAGE_PROGRAMS "/labour", "compute", NULL};
    const unsigned programs = cpus->count - (way->own_core && cpus->count > 1);
    const unsigned at_once = way->one ? 1 : programs;
    struct bl_stretch stretch;

    if (bl_stage_open(stage, options->programs, way->has_pool, err) < 0)
        return -1;
    stage->programs = &tally->programs;
    if (way->own_core && sched_setaffinity(0, sizeof(cpus->first), &cpus->first) < 0)
        return bl_fail(err, BL_STEP_MACHINE, errno, "sched_setaffinity");
    if (way->own_core)
        (void)strcpy(stage->spec.limits.cpuset, cpus->others);
    if (bl_stage_stretch(stage, labour, at_once, RUNS_UNBOUNDED, options->slice_ms * BL_NS_PER_MS,
                         &stretch, err) < 0)
        return -1;
    tally->runs += stretch.runs;
    tally->warm += stretch.warm;
    tally->took_ns += stretch.took_ns;
    return 0;
}

/* The warden and what it makes are free to go where they want, as in bailiffd. */
static int take_slice(const struct way *way, const struct cpus *cpus,
                      const struct bl_bench_options *options, struct tally *tally,
                      struct bl_err *err)
{
    struct bl_stage stage = {.cpus = cpus->count};

    const int status = run_slice(way, cpus, &stage, options, tally, err);
    bl_stage_close(&stage);
    (void)sched_setaffinity(0, sizeof(cpus->all), &cpus->all); /* where we were before */
    return status;
}

static int take_all(const struct bl_bench_options *options, struct tally tallies[WAYS],
                    struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    uint64_t seed = 20261122;
    struct cpus cpus;

    if (read_cpus(&cpus, err) < 0)
        return -1;
    for (uint64_t round = 0; round < options->rounds; round++) {
        size_t order[WAYS];
        bl_order_shuffle(order, WAYS, &seed);
        for (size_t i = 0; i < WAYS; i++)
            if (take_slice(&ways[order[i]], &cpus, options, &tallies[order[i]], err) < 0)
                return -1;
        if (bl_now_ns() > until_ns)
            break;
    }
    return 0;
}

static json_t *way_json(struct tally *tally, const struct tally *alone)
{
    json_t *json = bl_sample_json(&tally->programs, &alone->programs);

    if (!json)
        return NULL;
    (void)json_object_set_new(json, "runs_per_second",
                              json_real((double)tally->runs * 1e9 / (double)tally->took_ns));
    (void)json_object_set_new(json, "warm_share",
                              json_real((double)tally->warm / (double)tally->runs));
    return json;
}

static json_t *answer(const struct bl_bench_options *options, struct tally tallies[WAYS])
{
    json_t *json = json_object();

    for (size_t i = 0; i < WAYS; i++)
        bl_sample_sort(&tallies[i].programs);
    for (size_t i = 0; i < WAYS; i++)
        if (json_object_set_new(json, ways[i].name, way_json(&tallies[i], &tallies[0])) < 0) {
            json_decref(json);
            return NULL;
        }
    return json_pack("{s:o, s:I}", "refill", json, "rounds", (json_int_t)options->rounds);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 6, .seconds = 60, .slice_ms = 1000};
    struct tally tallies[WAYS] = {{.runs = 0}};
    struct bl_err err;

    int status = bl_bench_options_read(&options, argc, argv, &err);
    if (status == 0)
        status = take_all(&options, tallies, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&options, tallies), &err);
    for (size_t i = 0; i < WAYS; i++)
        bl_sample_release(&tallies[i].programs);
    return bl_bench_exit("refill", status, &err);
}
