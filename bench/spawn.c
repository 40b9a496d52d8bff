/* spawn.c - how long one program takes from the order to its result, by every way of starting it.
 *
 * One interleaved run: a round runs each contender once, in an order shuffled anew. So whatever the
 * machine does meanwhile it does to all, and ratios hold where figures drift. Bailiff's clock runs
 * from bl_run_start() to on_end, when the result with all of its usage is there and the sandbox is
 * gone; before a warm run nothing is timed until the pool has a spare, as before any job that does
 * not come in a burst. */
#include <stdio.h>
#include <string.h>

#include "bench/bare.h"
#include "bench/cost.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/peers.h"
#include "bench/spare.h"
#include "bench/stage.h"

enum { CONTENDERS_MAX = BL_PEERS_MAX + 8, WARM_UP_ROUNDS = 3 };

/* Where the time of a run goes (struct bl_turn). */
enum { TO_EXEC, PROGRAM, TO_RESULT, PARTS };
static const char *const part_names[PARTS] = {"order_to_exec_p50_us", "program_p50_us",
                                              "end_to_result_p50_us"};

/* One way to start one program: exactly one of stage, peer and neither (bare). */
struct contender {
    const char *name, *isolates;
    const char *against; /* whom its ratios are to */
    const char *argv[2];
    struct bl_stage *stage;
    const struct bl_peer *peer;
    struct bl_sample sample;
    struct bl_sample parts[PARTS]; /* of Bailiff's runs */
    uint64_t cpu_us; /* of all its runs: Bailiff's with the making of the next spare */
    uint64_t warm;
};

struct contest {
    struct contender all[CONTENDERS_MAX];
    size_t count;
    struct bl_stage warm, cold;
    struct bl_peers peers;
    uint64_t rounds;                 /* that were run */
    char quiet[4096], nothing[4096]; /* paths outside */
};

/* ---- who takes part ---------------------------------------------------------------------------
 */

static const char walls[] = "namespaces (user, pid, mount, net, ipc, uts, cgroup, time), own root, "
                            "ids, no capabilities, filter, cgroup, rlimits; usage and verdict";

static void enter(struct contest *contest, const char *name, const char *against,
                  const char *program, struct bl_stage *stage)
{
    contest->all[contest->count++] = (struct contender){.name = name,
                                                        .isolates = stage ? walls : "nothing",
                                                        .against = against,
                                                        .argv = {program},
                                                        .stage = stage};
}

static int prepare(struct contest *contest, const struct bl_bench_options *options,
                   struct bl_err *err)
{
    (void)snprintf(contest->quiet, sizeof(contest->quiet), "%s/quiet", options->programs);
    (void)snprintf(contest->nothing, sizeof(contest->nothing), "%s/nothing", options->programs);
    contest->warm.spares_max = 1; /* none is made while somebody else is timed */
    if (bl_stage_open(&contest->warm, options->programs, true, err) < 0 ||
        bl_stage_open(&contest->cold, options->programs, false, err) < 0 ||
        bl_peers_find(&contest->peers, err) < 0)
        return -1;
    enter(contest, "bare", "bare", "/bin/true", NULL);
    enter(contest, "bare_static", "bare_static", contest->quiet, NULL);
    enter(contest, "bare_nolibc", "bare_nolibc", contest->nothing, NULL);
    enter(contest, "warm", "bare", "/bin/true", &contest->warm);
    enter(contest, "warm_static", "bare_static", BL_STAGE_PROGRAMS "/quiet", &contest->warm);
    enter(contest, "warm_nolibc", "bare_nolibc", BL_STAGE_PROGRAMS "/nothing", &contest->warm);
    enter(contest, "cold", "bare", "/bin/true", &contest->cold);
    for (unsigned i = 0; i < contest->peers.count; i++) {
        const struct bl_peer *peer = &contest->peers.all[i];
        if (peer->why_not[0])
            continue;
        contest->all[contest->count++] = (struct contender){
            .name = peer->name, .isolates = peer->isolates, .against = "bare", .peer = peer};
    }
    return 0;
}

/* ---- rounds -----------------------------------------------------------------------------------
 */

/* The next spare is made before the next contender's clock starts, and is charged to this one. */
static int run_staged(struct contender *c, uint64_t *took_ns, struct bl_err *err)
{
    const uint64_t warden_us = bl_cost_of_us(c->stage->warden_pid);
    struct bl_turn turn;

    if (bl_stage_run(c->stage, c->argv, -1, &turn, err) < 0 ||
        (c->stage->pool && bl_stage_restock(c->stage, 1, err) < 0) ||
        bl_sample_add(&c->parts[TO_EXEC], turn.start_latency_ns, err) < 0 ||
        bl_sample_add(&c->parts[PROGRAM], turn.program_ns, err) < 0 ||
        bl_sample_add(&c->parts[TO_RESULT], turn.end_ns, err) < 0)
        return -1;
    *took_ns = turn.took_ns;
    c->warm += turn.warm;
    c->cpu_us += bl_cost_of_us(c->stage->warden_pid) - warden_us;
    return 0;
}

static int run_one(struct contender *c, uint64_t *took_ns, struct bl_err *err)
{
    const uint64_t own_us = bl_cost_own_us();
    int status;

    if (c->stage)
        status = run_staged(c, took_ns, err);
    else if (c->peer)
        status = bl_peer_run(c->peer, took_ns, err);
    else
        status = bl_bare_run(c->argv, -1, took_ns, err);
    c->cpu_us += bl_cost_own_us() - own_us;
    return status;
}

static int run_round(struct contest *contest, uint64_t *seed, struct bl_err *err)
{
    size_t order[CONTENDERS_MAX];

    bl_order_shuffle(order, contest->count, seed);
    for (size_t i = 0; i < contest->count; i++) {
        struct contender *c = &contest->all[order[i]];
        uint64_t took_ns;
        if (run_one(c, &took_ns, err) < 0 || bl_sample_add(&c->sample, took_ns, err) < 0)
            return -1;
        if (c->stage && !bl_spares_settle(c->stage->warden_pid, 0))
            return bl_fail(err, BL_STEP_SLOTS, 0, "a spare does not settle");
    }
    return 0;
}

/* The first runs build templates and fill caches. */
static void forget_all(struct contest *contest)
{
    for (size_t i = 0; i < contest->count; i++) {
        contest->all[i].sample.count = 0;
        contest->all[i].cpu_us = contest->all[i].warm = 0;
        for (int part = 0; part < PARTS; part++)
            contest->all[i].parts[part].count = 0;
    }
}

static int run_rounds(struct contest *contest, const struct bl_bench_options *options,
                      struct bl_err *err)
{
    const uint64_t until_ns = bl_now_ns() + options->seconds * BL_NS_PER_S;
    uint64_t seed = 20261122;

    for (int i = 0; i < WARM_UP_ROUNDS; i++)
        if (run_round(contest, &seed, err) < 0)
            return -1;
    forget_all(contest);
    while (contest->rounds < options->rounds && (contest->rounds < 1 || bl_now_ns() < until_ns)) {
        if (run_round(contest, &seed, err) < 0)
            return -1;
        contest->rounds++;
    }
    return 0;
}

/* ---- the answer -------------------------------------------------------------------------------
 */

static const struct contender *find(const struct contest *contest, const char *name)
{
    const struct contender *c = contest->all;

    while (strcmp(c->name, name) != 0)
        c++; /* `against` names one that always takes part */
    return c;
}

static void put_parts(json_t *json, struct contender *c)
{
    for (int part = 0; part < PARTS; part++) {
        bl_sample_sort(&c->parts[part]);
        (void)json_object_set_new(
            json, part_names[part],
            json_real((double)bl_sample_at(&c->parts[part], 50) / (double)BL_NS_PER_US));
    }
}

static json_t *contender_json(const struct contest *contest, struct contender *c)
{
    const double runs = (double)c->sample.count;
    json_t *json = bl_sample_json(&c->sample, &find(contest, c->against)->sample);

    if (!json)
        return NULL;
    (void)json_object_set_new(json, "cpu_us", json_real((double)c->cpu_us / runs));
    (void)json_object_set_new(json, "isolates", json_string(c->isolates));
    (void)json_object_set_new(json, "against", json_string(c->against));
    if (c->stage)
        put_parts(json, c);
    if (c->stage)
        (void)json_object_set_new(json, "warm_share", json_real((double)c->warm / runs));
    return json;
}

static json_t *answer(struct contest *contest)
{
    json_t *spawn = json_object();

    for (size_t i = 0; i < contest->count; i++)
        bl_sample_sort(&contest->all[i].sample);
    for (size_t i = 0; i < contest->count; i++)
        if (json_object_set_new(spawn, contest->all[i].name,
                                contender_json(contest, &contest->all[i])) < 0)
            return json_decref(spawn), NULL;
    return json_pack("{s:I, s:o, s:o}", "rounds", (json_int_t)contest->rounds, "spawn", spawn,
                     "peers", bl_peers_json(&contest->peers));
}

static void release(struct contest *contest)
{
    for (size_t i = 0; i < contest->count; i++) {
        bl_sample_release(&contest->all[i].sample);
        for (int part = 0; part < PARTS; part++)
            bl_sample_release(&contest->all[i].parts[part]);
    }
    bl_stage_close(&contest->warm);
    bl_stage_close(&contest->cold);
    bl_peers_release(&contest->peers);
}

int main(int argc, char **argv)
{
    struct bl_bench_options options = {.rounds = 500, .seconds = 600};
    static struct contest contest;
    struct bl_err err;
    int status = bl_bench_options_read(&options, argc, argv, &err);

    if (status == 0)
        status = prepare(&contest, &options, &err);
    if (status == 0)
        status = run_rounds(&contest, &options, &err);
    if (status == 0)
        status = bl_bench_answer(&options, answer(&contest), &err);
    release(&contest);
    return bl_bench_exit("spawn", status, &err);
}
