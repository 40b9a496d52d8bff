/* overhead.c - what the walls cost a program once it runs: bench/programs/labour.c measures itself,
 * bare, under a filter that allows everything (bench/programs/filtered.c) and inside a sandbox, by
 * turns; told is the ratio of the medians to bare's.
 *
 * CPU time, so that what else the machine does falls out; wall time stands beside it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bailiff/own.h"
#include "bench/bare.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/stage.h"

static const char *const kinds[] = {"compute", "syscalls", "faults", "forks"};
enum { KINDS = BL_ARRAY_LEN(kinds) };
enum { BARE, FILTERED, INSIDE, PLACES };

struct trial {
    struct bl_stage stage;
    char labour[4096], filtered[4096]; /* outside */
    int out;                           /* what the program prints */
    struct bl_sample cpu[KINDS][PLACES], wall[KINDS][PLACES];
    uint64_t rounds;
};

static int prepare(struct trial *trial, const struct bl_bench_options *options, struct bl_err *err)
{
    (void)snprintf(trial->labour, sizeof(trial->labour), "%s/labour", options->programs);
    (void)snprintf(trial->filtered, sizeof(trial->filtered), "%s/filtered", options->programs);
    trial->out = memfd_create("labour", MFD_CLOEXEC);
    if (trial->out < 0)
        return bl_fail(err, BL_STEP_MEMORY, errno, "memfd_create");
    return bl_stage_open(&trial->stage, options->programs, true, err);
}

static int read_figures(const struct trial *trial, uint64_t *cpu_ns, uint64_t *wall_ns,
                        struct bl_err *err)
{
    unsigned long long cpu, wall;
    char text[64];
    ssize_t length = pread(trial->out, text, sizeof(text) - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text, "%llu %llu", &cpu, &wall) != 2)
        return bl_fail(err, BL_STEP_EXEC, 0, "labour printed \"%s\"", text);
    *cpu_ns = cpu;
    *wall_ns = wall;
    return 0;
}

static int run_one(struct trial *trial, size_t kind, int place, struct bl_err *err)
{
    const char *const outside[] = {trial->filtered, trial->labour, kinds[kind], NULL};
    const char *const inside[] = {BL_STAGE_PROGRAMS "/labour", kinds[kind], NULL};
    uint64_t cpu_ns, wall_ns;
    struct bl_turn turn;

    if (ftruncate(trial->out, 0) < 0 || lseek(trial->out, 0, SEEK_SET) < 0)
        return bl_fail(err, BL_STEP_FILE_WRITE, errno, "memfd");
    int status = place == INSIDE ? bl_stage_run(&trial->stage, inside, trial->out, &turn, err)
                                 : bl_bare_run(outside + (place == BARE), trial->out, NULL, err);
    if (status == 0 && place == INSIDE)
        status = bl_stage_restock(&trial->stage, 1, err);
    if (status < 0 || read_figures(trial, &cpu_ns, &wall_ns, err) < 0 ||
        bl_sample_add(&trial->cpu[kind][place], cpu_ns, err) < 0)
        return -1;
    return bl_sample_add(&trial->wall[kind][place], wall_ns, err);
}

static int run_round(struct trial *trial, uint64_t *seed, struct bl_err *err)
{
    size_t order[KINDS * PLACES];

    bl_order_shuffle(order, BL_ARRAY_LEN(order), seed);
    for (size_t i = 0; i < BL_ARRAY_LEN(order); i++)
        if (run_one(trial, order[i] / PLACES, (int)(order[i] % PLACES), err) < 0)
            return -1;
    return 0;
}

static int run_rounds(struct trial *trial, const struct bl_bench_options *options,
                      struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    uint64_t seed = 20261122;

    while (trial->rounds < options->rounds && (trial->rounds < 1 || bl_now_ns() < until_ns)) {
        if (run_round(trial, &seed, err) < 0)
            return -1;
        trial->rounds++;
    }
    return 0;
}

/* Of sorted samples. */
static json_t *ratio(const struct bl_sample samples[PLACES], int place)
{
    return json_real((double)bl_sample_at(&samples[place], 50) /
                     (double)bl_sample_at(&samples[BARE], 50));
}

static json_t *answer(struct trial *trial)
{
    json_t *inside = json_object(), *wall = json_object(), *filter = json_object(),
           *bare_ms = json_object();
    int failed = 0;

    for (size_t k = 0; k < KINDS; k++) {
        for (int place = 0; place < PLACES; place++) {
            bl_sample_sort(&trial->cpu[k][place]);
            bl_sample_sort(&trial->wall[k][place]);
        }
        failed |= json_object_set_new(inside, kinds[k], ratio(trial->cpu[k], INSIDE));
        failed |= json_object_set_new(filter, kinds[k], ratio(trial->cpu[k], FILTERED));
        failed |= json_object_set_new(wall, kinds[k], ratio(trial->wall[k], INSIDE));
        failed |= json_object_set_new(
            bare_ms, kinds[k],
            json_real((double)bl_sample_at(&trial->cpu[k][BARE], 50) / (double)BL_NS_PER_MS));
    }
    json_t *json = json_pack("{s:I, s:o, s:o, s:o, s:o}", "rounds", (json_int_t)trial->rounds,
                             "overhead", inside, "overhead_filter_only", filter, "overhead_wall",
                             wall, "overhead_bare_ms", bare_ms);
    if (failed && json)
        return json_decref(json), NULL;
    return json;
}

static void release(struct trial *trial)
{
    for (size_t i = 0; i < KINDS; i++)
        for (size_t place = 0; place < PLACES; place++) {
            bl_sample_release(&trial->cpu[i][place]);
            bl_sample_release(&trial->wall[i][place]);
        }
    bl_stage_close(&trial->stage);
    bl_close_fd(&trial->out);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 60, .seconds = 600};
    static struct trial trial = {.out = -1};
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = prepare(&trial, &options, &err);
    if (status == 0)
        status = run_rounds(&trial, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&trial), &err);
    release(&trial);
    return bl_bench_exit("overhead", status, &err);
}
