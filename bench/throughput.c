/* throughput.c - runs per second with 1, 2 and 4 at once: bare spawns, Bailiff with its pool, and
 * naked clones with every namespace, which are the kernel's own part of what Bailiff costs.
 *
 * A round gives each of the nine a slice of time, in an order shuffled anew; a slice begins when
 * the namespaces of the one before are gone, and Bailiff's ends when its pool holds what it held at
 * the start: nothing is taken on credit. The rate is all runs by all time. */
#include <string.h>

#include "bailiff/own.h"
#include "bench/drivers.h"
#include "bench/measure.h"
#include "bench/naked.h"
#include "bench/options.h"
#include "bench/settle.h"
#include "bench/stage.h"

enum { NAMESPACES_FEW = 16, RUNS_UNBOUNDED = 1 << 30 };

static const char *const program[] = {"/bin/true", NULL};

enum way { BARE, WARM, NAKED, WAYS };
static const char *const way_names[WAYS] = {"bare", "warm", "naked"};
static const unsigned at_once[] = {1, 2, 4};
enum { WIDTHS = BL_ARRAY_LEN(at_once), LANES = WAYS * WIDTHS };

/* One way with one number at once. */
struct lane {
    enum way way;
    unsigned at_once;
    uint64_t runs, warm, took_ns;
};

struct race {
    struct lane lanes[LANES];
    struct bl_stage stage;
    uint64_t slice_ns;
    uint64_t rounds;
    uint64_t unsettled; /* slices that began before the last one's namespaces were gone */
};

static int run_slice(struct race *race, struct lane *lane, struct bl_err *err)
{
    struct bl_stretch stretch = {0};
    int status = -1;

    switch (lane->way) {
    case WARM:
        status = bl_stage_stretch(&race->stage, program, lane->at_once, RUNS_UNBOUNDED,
                                  race->slice_ns, &stretch, err);
        break;
    case BARE:
    case NAKED:
    case WAYS:
        status =
            bl_drivers_run(lane->way == BARE ? bl_driver_bare : bl_naked_start, program,
                           lane->at_once, race->slice_ns, &stretch.runs, &stretch.took_ns, err);
        break;
    }
    lane->runs += stretch.runs;
    lane->warm += stretch.warm;
    lane->took_ns += stretch.took_ns;
    return status;
}

static int run_round(struct race *race, long namespaces, uint64_t *seed, struct bl_err *err)
{
    size_t order[LANES];

    bl_order_shuffle(order, LANES, seed);
    for (size_t i = 0; i < LANES; i++) {
        race->unsettled += !bl_settle(namespaces, NAMESPACES_FEW);
        if (run_slice(race, &race->lanes[order[i]], err) < 0)
            return -1;
    }
    return 0;
}

/* The pool learns how many are in use at once: with spares for the widest from the start. */
static int prepare(struct race *race, const struct bl_bench_options *options, struct bl_err *err)
{
    struct bl_stretch ignored;

    race->slice_ns = options->slice_ms * BL_NS_PER_MS;
    for (size_t i = 0; i < LANES; i++)
        race->lanes[i] =
            (struct lane){.way = (enum way)(i / WIDTHS), .at_once = at_once[i % WIDTHS]};
    if (bl_stage_open(&race->stage, options->programs, true, err) < 0 ||
        bl_stage_stretch(&race->stage, program, at_once[WIDTHS - 1], 50, 10 * BL_NS_PER_S, &ignored,
                         err) < 0)
        return -1;
    return bl_stage_restock(&race->stage, 1, err);
}

static int run_rounds(struct race *race, const struct bl_bench_options *options, struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    const long namespaces = bl_namespaces_alive();
    uint64_t seed = 20261122;

    while (race->rounds < options->rounds && (race->rounds < 1 || bl_now_ns() < until_ns)) {
        if (run_round(race, namespaces, &seed, err) < 0)
            return -1;
        race->rounds++;
    }
    return 0;
}

/* ---- the answer -------------------------------------------------------------------------------
 */

static double rate(const struct lane *lane)
{
    return (double)lane->runs * (double)BL_NS_PER_S / (double)lane->took_ns;
}

static int put(json_t *json, const char *name, unsigned width, double value)
{
    char key[48];

    (void)snprintf(key, sizeof(key), "%s_at_%u", name, width);
    return json_object_set_new(json, key, json_real(value));
}

/* {bare_at_2, warm_at_2, naked_at_2, ratio_at_2, ratio_naked_at_2, warm_runs_at_2, warm_share_at_2}
 * and so on. */
static json_t *answer(const struct race *race)
{
    json_t *json = json_object();
    int failed = 0;

    for (size_t w = 0; w < WIDTHS; w++) {
        const struct lane *bare = &race->lanes[BARE * WIDTHS + w];
        const struct lane *warm = &race->lanes[WARM * WIDTHS + w];
        const struct lane *naked = &race->lanes[NAKED * WIDTHS + w];
        for (size_t way = 0; way < WAYS; way++)
            failed |= put(json, way_names[way], at_once[w], rate(&race->lanes[way * WIDTHS + w]));
        failed |= put(json, "ratio", at_once[w], rate(warm) / rate(bare));
        failed |= put(json, "ratio_naked", at_once[w], rate(warm) / rate(naked));
        failed |= put(json, "warm_runs", at_once[w], (double)warm->runs);
        failed |= put(json, "warm_share", at_once[w], (double)warm->warm / (double)warm->runs);
    }
    if (failed)
        return json_decref(json), NULL;
    return json_pack("{s:I, s:I, s:o}", "rounds", (json_int_t)race->rounds, "unsettled",
                     (json_int_t)race->unsettled, "throughput", json);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 8, .seconds = 600, .slice_ms = 2000};
    static struct race race;
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = prepare(&race, &options, &err);
    if (status == 0)
        status = run_rounds(&race, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&race), &err);
    bl_stage_close(&race.stage);
    return bl_bench_exit("throughput", status, &err);
}
