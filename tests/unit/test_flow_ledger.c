/* Whatever is lost, comes twice or dies: each job ends with one result, or among the dead, and is
 * never taken out of the queue before. A model of the queue keeps the ledger; feeders are flows
 * that are carried out badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/units.h"
#include "executor/feeder/flow.h"

enum { SEEDS = 300, JOBS = 24, FEEDERS = 3, HELD = 6, STEPS_MAX = 200000 };

static const struct bl_flow_rules rules = {
    .ack_wait_ns = 30 * BL_NS_PER_S, .retry_ns = 2 * BL_NS_PER_S, .tries = 5};

/* What the queue knows of a job. */
struct entry {
    bool gone; /* acknowledged or terminated */
    unsigned deliveries, results, burials, runs;
    uint64_t innocent, available_ns;
    bool poison, invalid, cancelled;
};

struct held {
    bool used;
    size_t job;
    struct bl_flow flow;
    uint64_t innocent_before; /* the history as it was read */
};

struct world {
    uint64_t seed, now_ns;
    struct entry jobs[JOBS];
    struct held held[FEEDERS][HELD];
    unsigned trouble; /* percent of what is lost */
};

static uint64_t up_to(struct world *world, uint64_t most)
{
    world->seed ^= world->seed << 13;
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return world->seed % (most + 1);
}

static bool is_lost(struct world *world)
{
    return up_to(world, 99) < world->trouble;
}

static void act(struct world *world, struct held *held, unsigned actions);

static void tell(struct world *world, struct held *held, struct bl_flow_event event)
{
    if (held->used)
        act(world, held, bl_flow_step(&held->flow, &rules, &event, world->now_ns));
}

/* A request reaches the queue, and its answer us, or not. */
static void reply(struct world *world, struct held *held, struct bl_flow_event event)
{
    if (!is_lost(world))
        tell(world, held, event);
}

static void remember(struct entry *job, struct held *held)
{
    if (held->flow.innocent && held->flow.state == BL_FLOW_RETURNING)
        job->innocent = held->innocent_before + 1;
}

static void leave_queue(struct entry *job)
{
    assert_int_equal(job->results + job->burials > 0, true);
    job->gone = true;
}

static void check_job(struct world *world, struct held *held, const struct entry *job)
{
    if (job->cancelled)
        tell(world, held, (struct bl_flow_event){.kind = BL_FLOW_CANCEL});
    tell(world, held,
         (struct bl_flow_event){
             .kind = BL_FLOW_CHECKED, .valid = !job->invalid, .deadline_ns = UINT64_MAX});
}

static void act(struct world *world, struct held *held, unsigned actions)
{
    struct entry *job = &world->jobs[held->job];

    if (actions & BL_DO_CHECK)
        check_job(world, held, job); /* ours alone: it can't be lost */
    if (actions & BL_DO_RUN)
        job->runs++;
    if (actions & BL_DO_FORGET)
        held->used = false;
    if ((actions & BL_DO_NAK) && !is_lost(world))
        job->available_ns = world->now_ns + held->flow.delay_ns;
    if (is_lost(world))
        return;
    if (actions & BL_DO_PROGRESS)
        job->available_ns = world->now_ns + rules.ack_wait_ns;
    if (actions & BL_DO_LOOK)
        reply(world, held,
              (struct bl_flow_event){.kind = job->results ? BL_FLOW_FOUND : BL_FLOW_NONE});
    if (actions & BL_DO_READ) {
        uint64_t before = held->flow.delivery - 1;

        held->innocent_before = job->innocent;
        reply(
            world, held,
            (struct bl_flow_event){.kind = BL_FLOW_HISTORY,
                                   .suspect = before > job->innocent ? before - job->innocent : 0});
    }
    if (actions & BL_DO_NOTE) {
        remember(job, held);
        reply(world, held, (struct bl_flow_event){.kind = BL_FLOW_NOTED});
    }
    if (actions & BL_DO_STORE) {
        job->results += job->results == 0; /* expected-last-subject-sequence 0 */
        reply(world, held, (struct bl_flow_event){.kind = BL_FLOW_STORED});
    }
    if (actions & BL_DO_BURY) {
        job->burials += job->burials == 0;
        reply(world, held, (struct bl_flow_event){.kind = BL_FLOW_BURIED});
    }
    if (actions & (BL_DO_ACK | BL_DO_TERM)) {
        leave_queue(job);
        reply(world, held, (struct bl_flow_event){.kind = BL_FLOW_ACKED});
    }
}

static struct held *find_held(struct world *world, size_t feeder, size_t job)
{
    for (size_t i = 0; i < HELD; i++)
        if (world->held[feeder][i].used && world->held[feeder][i].job == job)
            return &world->held[feeder][i];
    return NULL;
}

static void deliver(struct world *world, size_t feeder, size_t i)
{
    struct entry *job = &world->jobs[i];
    struct held *held = find_held(world, feeder, i);

    job->deliveries++;
    job->available_ns = world->now_ns + rules.ack_wait_ns;
    if (is_lost(world))
        return;
    if (held) {
        tell(world, held,
             (struct bl_flow_event){.kind = BL_FLOW_REDELIVERED, .delivery = job->deliveries});
        return;
    }
    for (size_t at = 0; at < HELD; at++) {
        held = &world->held[feeder][at];
        if (held->used)
            continue;
        *held = (struct held){.used = true, .job = i};
        act(world, held, bl_flow_begin(&held->flow, &rules, job->deliveries, false, world->now_ns));
        return;
    }
}

static void pull(struct world *world, size_t feeder)
{
    size_t i = up_to(world, JOBS - 1);

    if (!world->jobs[i].gone && world->jobs[i].available_ns <= world->now_ns)
        deliver(world, feeder, i);
}

/* The worker of a poison job dies with all that runs beside it. */
static void end_run(struct world *world, size_t feeder, struct held *held)
{
    static const enum bl_flow_answer others[] = {BL_ANSWER_BUSY, BL_ANSWER_DOWN,
                                                 BL_ANSWER_CANCELLED};
    struct bl_flow_event event = {.kind = BL_FLOW_ANSWER, .answer = BL_ANSWER_RESULT};

    if (world->jobs[held->job].poison) {
        event.answer = BL_ANSWER_GONE;
        for (size_t i = 0; i < HELD; i++)
            if (world->held[feeder][i].flow.state == BL_FLOW_RUNNING)
                tell(world, &world->held[feeder][i], event);
        return;
    }
    if (up_to(world, 99) < world->trouble)
        event.answer = others[up_to(world, 2)];
    tell(world, held, event);
}

static bool suspect_runs(const struct world *world, size_t feeder)
{
    for (size_t i = 0; i < HELD; i++) {
        const struct held *held = &world->held[feeder][i];

        if (held->used && held->flow.state == BL_FLOW_RUNNING && bl_flow_is_suspect(&held->flow))
            return true;
    }
    return false;
}

static void work(struct world *world, size_t feeder, struct held *held)
{
    if (!held->used)
        return;
    if (bl_flow_due_ns(&held->flow) <= world->now_ns)
        tell(world, held, (struct bl_flow_event){.kind = BL_FLOW_TICK});
    else if (held->flow.state == BL_FLOW_WAITING && !suspect_runs(world, feeder))
        tell(world, held, (struct bl_flow_event){.kind = BL_FLOW_TURN});
    else if (held->flow.state == BL_FLOW_RUNNING || held->flow.state == BL_FLOW_STOPPING)
        end_run(world, feeder, held);
}

static void crash(struct world *world, size_t feeder)
{
    memset(world->held[feeder], 0, sizeof(world->held[feeder]));
}

static void go_on(struct world *world)
{
    size_t feeder = up_to(world, FEEDERS - 1);

    world->now_ns += up_to(world, BL_NS_PER_S);
    pull(world, feeder);
    work(world, feeder, &world->held[feeder][up_to(world, HELD - 1)]);
    if (up_to(world, 4000) < world->trouble)
        crash(world, feeder);
    if (up_to(world, 4000) < world->trouble)
        for (size_t i = 0; i < HELD; i++)
            tell(world, &world->held[feeder][i], (struct bl_flow_event){.kind = BL_FLOW_AWAY});
    if (up_to(world, 4000) < world->trouble)
        for (size_t i = 0; i < HELD; i++)
            tell(world, &world->held[feeder][i], (struct bl_flow_event){.kind = BL_FLOW_DRAIN});
    if (up_to(world, 4000) < world->trouble)
        for (size_t i = 0; i < HELD; i++)
            tell(world, &world->held[feeder][i], (struct bl_flow_event){.kind = BL_FLOW_GIVE_UP});
}

static bool is_over(const struct world *world)
{
    for (size_t i = 0; i < JOBS; i++)
        if (!world->jobs[i].gone)
            return false;
    return true;
}

static void run_world(struct world *world)
{
    unsigned steps = 0;

    for (size_t i = 0; i < JOBS; i++)
        world->jobs[i] =
            (struct entry){.poison = i % 8 == 0, .invalid = i % 8 == 1, .cancelled = i % 8 == 2};
    while (!is_over(world)) {
        go_on(world);
        assert_in_range(++steps, 0, STEPS_MAX); /* nothing is retried for ever */
    }
}

static void ledger__has_every_job_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world world = {.seed = seed * 0x9e3779b97f4a7c15ULL,
                              .trouble = (unsigned)(seed % 20)};

        run_world(&world);
        for (size_t i = 0; i < JOBS; i++) {
            assert_in_range(world.jobs[i].results, 0, 1);
            assert_in_range(world.jobs[i].burials, 0, 1);
            assert_true(world.jobs[i].results + world.jobs[i].burials > 0);
            if (world.jobs[i].poison)
                assert_int_equal(world.jobs[i].results, 0);
        }
    }
}

/* Nothing is lost here but what poison jobs take with them: only they end among the dead. */
static void ledger__buries_the_guilty_only(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world world = {.seed = seed * 0x9e3779b97f4a7c15ULL, .trouble = 0};

        run_world(&world);
        for (size_t i = 0; i < JOBS; i++) {
            assert_int_equal(world.jobs[i].burials, world.jobs[i].poison);
            assert_int_equal(world.jobs[i].results, !world.jobs[i].poison);
            if (world.jobs[i].poison)
                assert_in_range(world.jobs[i].runs, 1, rules.tries);
            if (world.jobs[i].invalid || world.jobs[i].cancelled)
                assert_int_equal(world.jobs[i].runs, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger__has_every_job_once),
        cmocka_unit_test(ledger__buries_the_guilty_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
