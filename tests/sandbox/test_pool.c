/* test_pool.c - sandboxes made ahead serve once, carry nothing over, and are bounded. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/sandbox/pool_private.h"
#include "tests/support/kin.h"
#include "tests/support/lines.h"

enum { RUNS = 12 };

struct wait {
    struct bl_loop *loop;
    struct bl_pool *pool;
    unsigned ready;
    uint64_t until_ns;
    struct bl_timer *timer;
};

static void look_again(void *ctx)
{
    struct wait *wait = ctx;

    if (bl_pool_stats(wait->pool).ready == wait->ready || bl_now_ns() > wait->until_ns)
        bl_loop_stop(wait->loop);
    else
        bl_timer_arm(wait->timer, bl_now_ns() + BL_NS_PER_MS);
}

/* Serves the loop until the pool has that many spares ready. */
static void await_ready(struct bl_rig *rig, struct bl_pool *pool, unsigned ready)
{
    struct wait wait = {.loop = rig->loop,
                        .pool = pool,
                        .ready = ready,
                        .until_ns = bl_now_ns() + 10 * BL_NS_PER_S};
    struct bl_err err;

    assert_int_equal(bl_timer_new(&wait.timer, rig->loop, look_again, &wait, &err), 0);
    bl_timer_arm(wait.timer, bl_now_ns());
    assert_int_equal(bl_loop_run(rig->loop, &err), 0);
    bl_timer_free(&wait.timer);
    assert_int_equal(bl_pool_stats(pool).ready, ready);
}

/* What is there without a pool; each test ends with no more than that. */
static struct bl_footprint before;

static struct bl_pool *new_pool_with(struct bl_rig *rig, const struct bl_pool_options *options)
{
    struct bl_pool *pool = NULL;
    struct bl_err err;

    bl_footprint_take(rig, &before);
    assert_int_equal(bl_pool_new(&pool, rig->warden, options, &err), 0);
    return pool;
}

static struct bl_pool *new_pool(struct bl_rig *rig, unsigned spares_max, uint64_t idle_ns)
{
    struct bl_pool_options options = bl_pool_default_options();

    options.spares_max = spares_max;
    options.idle_ns = idle_ns;
    return new_pool_with(rig, &options);
}

static void end_pool(struct bl_rig *rig, struct bl_pool **pool)
{
    bl_pool_free(pool);
    bl_footprint_expect(rig, &before);
}

static void run(struct bl_rig *rig, unsigned profile, const char *argument,
                struct bl_outcome *outcome)
{
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "residue", argument, NULL);
    trial.spec.profile = profile;
    bl_rig_run(rig, &trial, outcome);
    bl_outcome_expect(outcome, BL_VERDICT_OK);
}

static void pool__second_run_of_a_kind_is_warm(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    run(rig, rig->standard, "cookie", &outcome);
    assert_false(outcome.result.warm);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    run(rig, rig->standard, "cookie", &outcome);
    assert_true(outcome.result.warm);
    bl_outcome_release(&outcome);
    assert_int_equal(bl_pool_stats(pool).hits, 1);
    assert_int_equal(bl_pool_stats(pool).misses, 1);
    end_pool(rig, &pool);
}

/* It takes a CPU for most of a millisecond, which is to be nobody's who runs a program then. */
static void pool__a_spare_is_ready_when_its_process_has_settled(void **state)
{
    struct bl_outcome outcome;
    void *own = NULL;

    (void)bl_rig_of_root(state);
    assert_int_equal(bl_rig_setup(&own), 0);
    struct bl_rig *rig = own;
    const unsigned profiles[] = {rig->standard, rig->strict, rig->open};
    const pid_t warden = bl_kin_youngest(getpid());
    for (size_t i = 0; i < BL_ARRAY_LEN(profiles); i++) {
        struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
        run(rig, profiles[i], "nothing", &outcome);
        bl_outcome_release(&outcome);
        await_ready(rig, pool, 1);
        assert_true(bl_kin_has_settled(bl_kin_youngest(bl_kin_youngest(warden))));
        run(rig, profiles[i], "nothing", &outcome);
        assert_true(outcome.result.warm);
        bl_outcome_release(&outcome);
        end_pool(rig, &pool);
    }
    assert_int_equal(bl_rig_teardown(&own), 0);
}

static void pool__another_kind_is_not_served_from_stock(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    struct bl_outcome outcome;
    struct bl_trial trial;

    run(rig, rig->standard, "cookie", &outcome);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    run(rig, rig->strict, "nothing", &outcome);
    assert_false(outcome.result.warm);
    bl_outcome_release(&outcome);
    bl_trial_init(&trial, rig, "residue", "cookie", NULL);
    trial.spec.limits.box_bytes *= 2;
    bl_rig_run(rig, &trial, &outcome);
    assert_false(outcome.result.warm);
    bl_outcome_release(&outcome);
    end_pool(rig, &pool);
}

/* One namespace stands for all: they are made by one clone, and die with one init. */
static void pool__no_sandbox_serves_twice(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    char seen[RUNS][32];

    for (int i = 0; i < RUNS; i++) {
        struct bl_outcome outcome;
        run(rig, rig->standard, "cookie", &outcome);
        bl_lines_value(outcome.out, "cookie", seen[i], sizeof(seen[i]));
        assert_string_not_equal(seen[i], "0");
        for (int other = 0; other < i; other++)
            assert_string_not_equal(seen[i], seen[other]);
        assert_int_equal(outcome.result.warm, i > 0);
        bl_outcome_release(&outcome);
        await_ready(rig, pool, 1);
    }
    end_pool(rig, &pool);
}

/* Of the group's counters; kernels that lack one tell nothing by it. */
static void expect_counted(const struct bl_usage *usage, uint64_t least, uint64_t most,
                           unsigned pids)
{
    if (usage->has_memory_peak)
        assert_in_range(usage->memory_peak_bytes, least, most);
    if (usage->has_pids_peak)
        assert_int_equal(usage->pids_peak, pids);
    assert_int_equal(usage->pids_refused, 0);
}

static void pool__nothing_is_carried_to_the_next_program(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    static const struct bl_line clean[] = {
        {"sysv shm", "nothing"},    {"sysv msg", "nothing"},        {"sysv sem", "nothing"},
        {"posix mq", "nothing"},    {"files", "nothing"},           {"user key", "nothing"},
        {"session key", "nothing"}, {"hostname", "nothing"},        {"clock", "nothing"},
        {"sysctl", "nothing"},      {"abstract socket", "nothing"},
    };
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);

    for (int i = 0; i < RUNS; i++) {
        struct bl_outcome outcome;
        run(rig, rig->open, "leave", &outcome);
        expect_counted(&outcome.result.usage, 16 * BL_MIB, UINT64_MAX, 2);
        bl_outcome_release(&outcome);
        await_ready(rig, pool, 1);
        run(rig, rig->open, "look", &outcome);
        expect_counted(&outcome.result.usage, 0, 4 * BL_MIB, 1);
        assert_true(outcome.result.warm);
        bl_lines_expect(outcome.out, clean, BL_ARRAY_LEN(clean));
        assert_int_equal(outcome.result.usage.oom_kills, 0);
        bl_outcome_release(&outcome);
    }
    end_pool(rig, &pool);
}

/* The counters of a spare's group start with the program: neither its wait nor its making counts.
 */
static void pool__warm_usage_is_the_programs_own(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    struct bl_outcome outcome;
    struct bl_trial trial;

    run(rig, rig->standard, "cookie", &outcome);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    bl_trial_init(&trial, rig, "residue", "cookie", NULL);
    trial.spec.limits.cpu_time_ns = 500 * BL_NS_PER_MS;
    trial.spec.limits.memory_bytes = 8 * BL_MIB;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_true(outcome.result.warm);
    assert_in_range(outcome.result.usage.memory_peak_bytes, 0, 2 * BL_MIB);
    assert_int_equal(outcome.result.usage.pids_peak, 1);
    bl_outcome_release(&outcome);
    end_pool(rig, &pool);
}

static void pool__idle_kind_is_given_up(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;

    struct bl_pool *pool = new_pool(rig, 1, 200 * BL_NS_PER_MS);
    run(rig, rig->standard, "cookie", &outcome);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    await_ready(rig, pool, 0);
    end_pool(rig, &pool);
}

/* ---- as many programs as CPUs -----------------------------------------------------------------
 */

/* What there was of spares while a program ran. */
struct watch {
    struct bl_rig *rig;
    struct bl_pool *pool;
    struct bl_timer *timer;
    unsigned looks, most;
};

static void look(void *ctx)
{
    const struct bl_pool_stats stats = bl_pool_stats(((struct watch *)ctx)->pool);
    struct watch *watch = ctx;

    if (*bl_warden_running(watch->rig->warden) > 0) {
        watch->looks++;
        watch->most =
            stats.ready + stats.making > watch->most ? stats.ready + stats.making : watch->most;
    }
    bl_timer_arm(watch->timer, bl_now_ns() + BL_NS_PER_MS);
}

/* Runs a program that sleeps. */
static unsigned most_beside_a_program(struct bl_rig *rig, struct bl_pool *pool)
{
    struct watch watch = {.rig = rig, .pool = pool};
    struct bl_outcome outcome;
    struct bl_trial trial;
    struct bl_err err;

    assert_int_equal(bl_timer_new(&watch.timer, rig->loop, look, &watch, &err), 0);
    bl_timer_arm(watch.timer, bl_now_ns());
    bl_trial_init(&trial, rig, "linger", "sleep", NULL);
    trial.spec.limits.wall_time_ns = 100 * BL_NS_PER_MS;
    bl_rig_run(rig, &trial, &outcome);
    bl_timer_free(&watch.timer);
    bl_outcome_expect(&outcome, BL_VERDICT_WALL_TIME_LIMIT);
    bl_outcome_release(&outcome);
    assert_true(watch.looks > 0);
    return watch.most;
}

/* And whoever gets the one that is made then has nothing of its init's priority. */
static void pool__no_spare_is_made_while_all_cpus_have_programs(void **state)
{
    const struct bl_pool_options options = {
        .spares_max = 1, .idle_ns = 60 * BL_NS_PER_S, .cpus = 1};
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_pool *pool = new_pool_with(rig, &options);
    struct bl_outcome outcome;
    struct bl_trial trial;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(most_beside_a_program(rig, pool), 0);
        await_ready(rig, pool, 1);
    }
    bl_trial_init(&trial, rig, "residue", "scheduler", NULL);
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_true(outcome.result.warm);
    assert_string_equal(outcome.out, "scheduler: 0\n");
    bl_outcome_release(&outcome);
    end_pool(rig, &pool);
}

static void pool__spares_are_made_while_a_cpu_has_no_program(void **state)
{
    const struct bl_pool_options options = {
        .spares_max = 1, .idle_ns = 60 * BL_NS_PER_S, .cpus = 2};
    const uint64_t deadline_ns = bl_now_ns() + 60 * BL_NS_PER_S;
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_pool *pool = new_pool_with(rig, &options);

    while (most_beside_a_program(rig, pool) == 0) /* a busy machine may be too slow */
        assert_true(bl_now_ns() < deadline_ns);
    end_pool(rig, &pool);
}

static void pool__bounds_are_held(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    static const struct bl_pool_options bad[] = {
        {.spares_max = 0, .idle_ns = 1, .cpus = 1},
        {.spares_max = BL_POOL_SPARES_MAX + 1, .idle_ns = 1, .cpus = 1},
        {.spares_max = 1, .idle_ns = 0, .cpus = 1},
        {.spares_max = 1, .idle_ns = 1, .cpus = 0},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(bad); i++) {
        struct bl_pool *pool = NULL;
        struct bl_err err;
        assert_int_equal(bl_pool_new(&pool, rig->warden, &bad[i], &err), -1);
        assert_int_equal(err.step, BL_STEP_FIELD);
        assert_null(pool);
    }
}

/* It dies when nobody looks: the run that takes it gets another one. */
static void pool__a_spare_that_fails_is_replaced(void **state)
{
    const uint64_t deadline_ns = bl_now_ns() + 60 * BL_NS_PER_S;
    struct bl_outcome outcome;
    void *own = NULL;

    (void)bl_rig_of_root(state);
    assert_int_equal(bl_rig_setup(&own), 0);
    struct bl_rig *rig = own;
    pid_t warden = bl_kin_youngest(getpid()), init;
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    run(rig, rig->standard, "cookie", &outcome);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    init = bl_kin_youngest(warden);
    assert_int_equal(kill(init, SIGKILL), 0);
    while (bl_kin_youngest(warden) == init)
        assert_true(bl_now_ns() < deadline_ns);
    run(rig, rig->standard, "cookie", &outcome); /* which is OK */
    assert_false(outcome.result.warm);
    bl_outcome_release(&outcome);
    assert_int_equal(bl_pool_stats(pool).hits, 1);
    assert_int_equal(bl_pool_stats(pool).misses, 2);
    bl_pool_free(&pool);
    assert_int_equal(bl_rig_teardown(&own), 0);
}

/* A warden that ends takes the spares along; the job that comes then is told so. */
static void pool__survives_the_wardens_end(void **state)
{
    void *own = NULL;
    struct bl_outcome outcome;
    struct bl_trial trial;

    (void)bl_rig_of_root(state);
    assert_int_equal(bl_rig_setup(&own), 0);
    struct bl_rig *rig = own;
    struct bl_pool *pool = new_pool(rig, 1, BL_NS_PER_S * 60);
    run(rig, rig->standard, "cookie", &outcome);
    bl_outcome_release(&outcome);
    await_ready(rig, pool, 1);
    assert_int_equal(kill(bl_kin_youngest(getpid()), SIGKILL), 0);
    await_ready(rig, pool, 0);
    bl_trial_init(&trial, rig, "residue", "cookie", NULL);
    bl_rig_run(rig, &trial, &outcome);
    if (!outcome.refused)
        bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    assert_int_equal((outcome.refused ? outcome.refusal : outcome.result.error).step,
                     BL_STEP_WARDEN_GONE);
    bl_outcome_release(&outcome);
    bl_pool_free(&pool);
    assert_int_equal(bl_rig_teardown(&own), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool__second_run_of_a_kind_is_warm),
        cmocka_unit_test(pool__a_spare_is_ready_when_its_process_has_settled),
        cmocka_unit_test(pool__another_kind_is_not_served_from_stock),
        cmocka_unit_test(pool__no_sandbox_serves_twice),
        cmocka_unit_test(pool__nothing_is_carried_to_the_next_program),
        cmocka_unit_test(pool__warm_usage_is_the_programs_own),
        cmocka_unit_test(pool__idle_kind_is_given_up),
        cmocka_unit_test(pool__no_spare_is_made_while_all_cpus_have_programs),
        cmocka_unit_test(pool__spares_are_made_while_a_cpu_has_no_program),
        cmocka_unit_test(pool__bounds_are_held),
        cmocka_unit_test(pool__a_spare_that_fails_is_replaced),
        cmocka_unit_test(pool__survives_the_wardens_end),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
