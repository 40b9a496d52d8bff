/* endurance.c - very many runs in a row, and what is left of them: memory, descriptors, cgroups,
 * mounts, namespaces, processes.
 *
 * Two at once, warm. Counted before (after some hundred runs, so that templates stand and buffers
 * have their size) and after, with the same stock in the pool. Fails where a count differs or
 * memory has grown: a leak of 30 bytes a run is seen in 10,000. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/inventory.h"
#include "bench/options.h"
#include "bench/settle.h"
#include "bench/stage.h"

enum { AT_ONCE = 2, LEGS = 10, LOOK_AGAIN_MS = 20, NAMESPACES_FEW = 16, GROWTH_MAX_KIB = 256 };
#define PATIENCE_NS (10 * BL_NS_PER_S)
#define NO_END_NS (86400 * BL_NS_PER_S)

static const char *const program[] = {"/bin/true", NULL};

struct trek {
    struct bl_stage stage;
    struct bl_inventory before, after;
    size_t legs;
    unsigned long memory_kib[LEGS][2]; /* worker's and warden's anonymous pages after each leg */
    uint64_t runs, warm, took_ns;
};

/* Runs, and then the stock that is there whenever nothing is asked for. */
static int run_leg(struct trek *trek, uint64_t runs, struct bl_err *err)
{
    struct bl_stretch stretch;

    if (bl_stage_stretch(&trek->stage, program, AT_ONCE, runs, NO_END_NS, &stretch, err) < 0)
        return -1;
    trek->runs += stretch.runs;
    trek->warm += stretch.warm;
    trek->took_ns += stretch.took_ns;
    return bl_stage_restock(&trek->stage, AT_ONCE, err);
}

static bool is_at_rest(const struct trek *trek, const struct bl_inventory *now)
{
    const unsigned spares = bl_pool_stats(trek->stage.pool).ready;

    return spares > 0 && now->warden_children == spares && now->groups % spares == 0 &&
           bl_inventory_same(&trek->before, now);
}

/* The last sandbox is removed a moment after its result: nothing of it is to be in `before`. */
static void await_rest(struct trek *trek)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;
    struct bl_inventory now;

    bl_inventory_take(&trek->stage, &now);
    do {
        trek->before = now;
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
        bl_inventory_take(&trek->stage, &now);
    } while (!is_at_rest(trek, &now) && bl_now_ns() < give_up_ns);
}

static int prepare(struct trek *trek, const struct bl_bench_options *options, long namespaces,
                   struct bl_err *err)
{
    const uint64_t first = options->rounds < 300 ? options->rounds : 300;

    trek->stage.spares_max = AT_ONCE; /* the same stock before and after */
    if (bl_stage_open(&trek->stage, options->programs, true, err) < 0 ||
        run_leg(trek, first, err) < 0)
        return -1;
    (void)bl_settle(namespaces, NAMESPACES_FEW); /* else told as it is */
    await_rest(trek);
    trek->runs = trek->warm = trek->took_ns = 0;
    return 0;
}

static int run_legs(struct trek *trek, const struct bl_bench_options *options, struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;

    for (uint64_t leg = 0; leg < LEGS && (leg == 0 || bl_now_ns() < until_ns); leg++) {
        uint64_t runs = options->rounds * (leg + 1) / LEGS - trek->runs;
        if (runs > 0 && run_leg(trek, runs, err) < 0)
            return -1;
        bl_inventory_take(&trek->stage, &trek->after);
        trek->memory_kib[leg][0] = trek->after.worker_anonymous_kib;
        trek->memory_kib[leg][1] = trek->after.warden_anonymous_kib;
        trek->legs++;
    }
    return 0;
}

static void await_same(struct trek *trek)
{
    const uint64_t give_up_ns = bl_now_ns() + PATIENCE_NS;

    (void)bl_settle(trek->before.namespaces, NAMESPACES_FEW); /* else told as it is */
    for (;;) {
        bl_inventory_take(&trek->stage, &trek->after);
        if (bl_inventory_same(&trek->before, &trek->after) || bl_now_ns() > give_up_ns)
            return;
        (void)poll(NULL, 0, LOOK_AGAIN_MS); /* then look again */
    }
}

static bool is_flat(const struct trek *trek)
{
    const struct bl_inventory *before = &trek->before, *after = &trek->after;

    return bl_inventory_same(before, after) &&
           after->worker_anonymous_kib < before->worker_anonymous_kib + GROWTH_MAX_KIB &&
           after->warden_anonymous_kib < before->warden_anonymous_kib + GROWTH_MAX_KIB;
}

static json_t *answer(const struct trek *trek)
{
    json_t *legs = json_array();

    for (size_t i = 0; i < trek->legs; i++)
        if (json_array_append_new(legs, json_pack("[I, I]", (json_int_t)trek->memory_kib[i][0],
                                                  (json_int_t)trek->memory_kib[i][1])) < 0)
            return json_decref(legs), NULL;
    return json_pack("{s:{s:I, s:f, s:f, s:b, s:o, s:o, s:o}}", "endurance", "runs",
                     (json_int_t)trek->runs, "per_second",
                     (double)trek->runs * (double)BL_NS_PER_S / (double)trek->took_ns, "warm_share",
                     (double)trek->warm / (double)trek->runs, "nothing_left", is_flat(trek),
                     "before", bl_inventory_json(&trek->before), "after",
                     bl_inventory_json(&trek->after), "anonymous_kib_worker_warden", legs);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 10000, .seconds = 86400};
    static struct trek trek;
    const long namespaces = bl_namespaces_alive();
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = prepare(&trek, &options, namespaces, &err);
    if (status == 0)
        status = run_legs(&trek, &options, &err);
    if (status == 0) {
        await_same(&trek);
        status = bl_bench_answer(&options, answer(&trek), &err);
    }
    const bool flat = is_flat(&trek);
    bl_stage_close(&trek.stage);
    if (status == 0 && !flat) {
        (void)fprintf(stderr, "endurance: something is left: compare \"before\" with \"after\"\n");
        return EXIT_FAILURE;
    }
    return bl_bench_exit("endurance", status, &err);
}
