/* overshoot [RUNS] [LIMIT_MS] - how far programs that do all they can get past their time limits,
 * and how exact the reported CPU time and memory are. Needs root; the machine should be idle.
 *
 * Overshoot: what the group's own counter (CPU) or init's clock (wall) says at the end, less the
 * limit. Accuracy: what is reported, less what the program saw on its own clocks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void unexpected(const char *name, const struct bl_outcome *outcome)
{
    (void)fprintf(stderr, "%s: verdict %d, step %d: not counted\n", name,
                  (int)outcome->result.verdict, (int)outcome->result.error.step);
}

static void measure_cpu(struct bl_rig *rig, const char *how, const char *count, unsigned runs,
                        uint64_t limit_ns)
{
    static double overshoots[RUNS_MAX];
    unsigned counted = 0;
    char name[64];

    for (unsigned i = 0; i < runs; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "burn", how, count, "0", NULL);
        trial.spec.limits.cpu_time_ns = limit_ns;
        trial.spec.limits.cpus_milli = 64000;
        bl_rig_run(rig, &trial, &outcome);
        if (outcome.result.verdict == BL_VERDICT_TIME_LIMIT)
            overshoots[counted++] = (double)outcome.result.overshoot_ns / 1e6;
        else
            unexpected(how, &outcome);
        bl_outcome_release(&outcome);
    }
    (void)snprintf(name, sizeof(name), "cpu, %s x %s", how, count);
    if (counted > 0)
        print_row(name, overshoots, counted, "ms");
}

static void measure_wall(struct bl_rig *rig, const char *how, unsigned runs, uint64_t limit_ns)
{
    static double overshoots[RUNS_MAX];
    unsigned counted = 0;
    char name[64];

    for (unsigned i = 0; i < runs; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "linger", how, NULL);
        trial.spec.limits.wall_time_ns = limit_ns;
        bl_rig_run(rig, &trial, &outcome);
        if (outcome.result.verdict == BL_VERDICT_WALL_TIME_LIMIT)
            overshoots[counted++] = (double)outcome.result.overshoot_ns / 1e6;
        else
            unexpected(how, &outcome);
        bl_outcome_release(&outcome);
    }
    (void)snprintf(name, sizeof(name), "wall, %s", how);
    if (counted > 0)
        print_row(name, overshoots, counted, "ms");
}

static void measure_accuracy(struct bl_rig *rig, const char *how, const char *count,
                             const char *each_ms, unsigned runs)
{
    static double differences[RUNS_MAX];
    unsigned counted = 0;
    char name[64];

    for (unsigned i = 0; i < runs; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;
        long long own_ns;

        bl_trial_init(&trial, rig, "burn", how, count, each_ms, NULL);
        trial.spec.limits.cpus_milli = 64000;
        bl_rig_run(rig, &trial, &outcome);
        if (outcome.result.verdict == BL_VERDICT_OK && sscanf(outcome.out, "%lld ns", &own_ns) == 1)
            differences[counted++] =
                ((double)outcome.result.usage.cpu_time_ns - (double)own_ns) / 1e6;
        else
            unexpected(how, &outcome);
        bl_outcome_release(&outcome);
    }
    (void)snprintf(name, sizeof(name), "reported, %s x %s, %s ms", how, count, each_ms);
    if (counted > 0)
        print_row(name, differences, counted, "ms off");
}

/* What a program is made of besides what it eats (its own pages, page tables) is in the figure. */
static void measure_memory(struct bl_rig *rig, const char *what, const char *mib, unsigned runs)
{
    static double differences[RUNS_MAX];
    unsigned counted = 0;
    char name[64];

    for (unsigned i = 0; i < runs; i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;

        bl_trial_init(&trial, rig, "eat", what, mib, NULL);
        trial.spec.limits.memory_bytes = BL_GIB;
        trial.spec.limits.tmp_bytes = BL_GIB;
        trial.spec.limits.file_size_bytes = BL_GIB;
        bl_rig_run(rig, &trial, &outcome);
        if (outcome.result.verdict == BL_VERDICT_OK && outcome.result.usage.has_memory_peak)
            differences[counted++] =
                (double)outcome.result.usage.memory_peak_bytes / (double)BL_MIB - atof(mib);
        else
            unexpected(what, &outcome);
        bl_outcome_release(&outcome);
    }
    (void)snprintf(name, sizeof(name), "reported, %s, %s MiB", what, mib);
    if (counted > 0)
        print_row(name, differences, counted, "MiB off");
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
    measure_cpu(rig, "alone", "1", runs, limit_ns);
    measure_cpu(rig, "system", "1", runs, limit_ns);
    measure_cpu(rig, "bursts", "1", runs, limit_ns);
    measure_cpu(rig, "threads", "8", runs, limit_ns);
    measure_cpu(rig, "processes", "8", runs, limit_ns);
    measure_cpu(rig, "daemons", "8", runs, limit_ns);
    measure_wall(rig, "sleep", runs, limit_ns);
    measure_wall(rig, "stopped", runs, limit_ns);
    measure_accuracy(rig, "alone", "1", "100", runs);
    measure_accuracy(rig, "threads", "4", "25", runs);
    measure_accuracy(rig, "processes", "4", "25", runs);
    measure_memory(rig, "pages", "64", runs);
    measure_memory(rig, "tmp", "64", runs);
    return bl_rig_teardown(&state);
}
