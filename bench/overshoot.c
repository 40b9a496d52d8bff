/* overshoot [RUNS] [LIMIT_MS] - how far programs that do all they can get past their time limits,
 * and how exact the reported CPU time and memory are. Needs root; the machine should be idle.
 *
 * Overshoot: what the group's own counter (CPU) or init's clock (wall) says at the end, less the
 * limit. Accuracy: what is reported, less what the program saw on its own clocks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/support/rig.h"

enum { RUNS_MAX = 10000 };

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static void print_row(const char *name, double *values, unsigned count, const char *unit)
{
    qsort(values, count, sizeof(*values), by_size);
    (void)printf("%-28s n %-5u p50 %9.3f  p90 %9.3f  p99 %9.3f  max %9.3f %s\n", name, count,
                 values[count / 2], values[count * 9 / 10], values[count * 99 / 100],
                 values[count - 1], unit);
    (void)fflush(stdout);
}

struct series;

/* What one run tells; false: it did not end as expected. */
typedef bool figure_of(const struct series *series, const struct bl_outcome *outcome,
                       double *value);

struct series {
    const char *name, *unit;
    figure_of *figure;
    const char *argv[4]; /* of tests/programs; NULL where there are fewer */
};

static bool past_cpu_limit(const struct series *series, const struct bl_outcome *outcome,
                           double *value)
{
    (void)series;
    *value = (double)outcome->result.overshoot_ns / 1e6;
    return outcome->result.verdict == BL_VERDICT_TIME_LIMIT;
}

static bool past_wall_limit(const struct series *series, const struct bl_outcome *outcome,
                            double *value)
{
    (void)series;
    *value = (double)outcome->result.overshoot_ns / 1e6;
    return outcome->result.verdict == BL_VERDICT_WALL_TIME_LIMIT;
}

/* Less what the program printed: what its own clocks said. */
static bool cpu_time_off(const struct series *series, const struct bl_outcome *outcome,
                         double *value)
{
    long long own_ns = 0;
    bool is_told = sscanf(outcome->out, "%lld ns", &own_ns) == 1;

    (void)series;
    *value = ((double)outcome->result.usage.cpu_time_ns - (double)own_ns) / 1e6;
    return is_told && outcome->result.verdict == BL_VERDICT_OK;
}

/* What a program is made of besides what it eats (its own pages, page tables) is in the figure. */
static bool memory_off(const struct series *series, const struct bl_outcome *outcome, double *value)
{
    *value =
        (double)outcome->result.usage.memory_peak_bytes / (double)BL_MIB - atof(series->argv[2]);
    return outcome->result.usage.has_memory_peak && outcome->result.verdict == BL_VERDICT_OK;
}

static const struct series all[] = {
    {"cpu, alone x 1", "ms", past_cpu_limit, {"burn", "alone", "1", "0"}},
    {"cpu, system x 1", "ms", past_cpu_limit, {"burn", "system", "1", "0"}},
    {"cpu, bursts x 1", "ms", past_cpu_limit, {"burn", "bursts", "1", "0"}},
    {"cpu, threads x 8", "ms", past_cpu_limit, {"burn", "threads", "8", "0"}},
    {"cpu, processes x 8", "ms", past_cpu_limit, {"burn", "processes", "8", "0"}},
    {"cpu, daemons x 8", "ms", past_cpu_limit, {"burn", "daemons", "8", "0"}},
    {"wall, sleep", "ms", past_wall_limit, {"linger", "sleep"}},
    {"wall, stopped", "ms", past_wall_limit, {"linger", "stopped"}},
    {"reported, alone x 1, 100 ms", "ms off", cpu_time_off, {"burn", "alone", "1", "100"}},
    {"reported, threads x 4, 25 ms", "ms off", cpu_time_off, {"burn", "threads", "4", "25"}},
    {"reported, processes x 4, 25 ms", "ms off", cpu_time_off, {"burn", "processes", "4", "25"}},
    {"reported, pages, 64 MiB", "MiB off", memory_off, {"eat", "pages", "64"}},
    {"reported, tmp, 64 MiB", "MiB off", memory_off, {"eat", "tmp", "64"}},
};

/* Every limit is wide but the one that is to be broken. */
static void set_limits(struct bl_limits *limits, const struct series *series, uint64_t limit_ns)
{
    limits->cpus_milli = 64000;
    limits->memory_bytes = BL_GIB;
    limits->tmp_bytes = BL_GIB;
    limits->file_size_bytes = BL_GIB;
    if (series->figure == past_cpu_limit)
        limits->cpu_time_ns = limit_ns;
    if (series->figure == past_wall_limit)
        limits->wall_time_ns = limit_ns;
}

static void measure(struct bl_rig *rig, const struct series *series, unsigned runs,
                    uint64_t limit_ns)
{
    static double values[RUNS_MAX];
    const char *const *argv = series->argv;
    unsigned counted = 0;

    for (unsigned i = 0; i < runs; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, argv[0], argv[1], argv[2], argv[3], NULL);
        set_limits(&trial.spec.limits, series, limit_ns);
        bl_rig_run(rig, &trial, &outcome);
        if (series->figure(series, &outcome, &values[counted]))
            counted++;
        else
            (void)fprintf(stderr, "%s: verdict %d, step %d: not counted\n", series->name,
                          (int)outcome.result.verdict, (int)outcome.result.error.step);
        bl_outcome_release(&outcome);
    }
    if (counted > 0)
        print_row(series->name, values, counted, series->unit);
}

int main(int argc, char **argv)
{
    unsigned runs = argc > 1 ? (unsigned)atoi(argv[1]) : 100;
    uint64_t limit_ns = strtoull(argc > 2 ? argv[2] : "200", NULL, 10) * BL_NS_PER_MS;
    void *state = NULL;
    struct bl_rig *rig;

    if (runs < 1 || runs > RUNS_MAX || limit_ns == 0 || bl_rig_setup(&state) != 0)
        return 2;
    rig = state;
    if (rig->why_not[0]) {
        (void)fprintf(stderr, "%s\n", rig->why_not);
        return 2;
    }
    for (size_t i = 0; i < BL_ARRAY_LEN(all); i++)
        measure(rig, &all[i], runs, limit_ns);
    return bl_rig_teardown(&state);
}
