/* test_kill_anything.c - kill -9 of the worker, of the warden, or of what the warden has made,
 * at any moment: no process is left, no group that the next start does not remove,
 * and whoever still lives goes on.
 *
 * The worker is this program again, with the place of its groups as argument. The test is the
 * reaper of all of them, so whatever outlives its parent is seen here. */
#include <poll.h>
#include <spawn.h>

#include "cgroup_fixture.h"
#include "executor/sandbox/pool.h"
#include "tests/support/kin.h"
#include "tests/support/rig.h"

enum { TIMES = 100 };

/* Who is killed, and whether the worker is one as bailiffd has it (executor/daemon/confine.h). */
struct mode {
    const char *name;
    bool warden_is_killed, confined, makes_spares;
};

enum mode_index { SWEEP, WORKER, WARDEN, INIT, SPARE, CONFINED_WORKER, CONFINED_WARDEN };

static const struct mode modes[] = {
    [SWEEP] = {.name = "sweep"},
    [WORKER] = {.name = "is-killed"},
    [WARDEN] = {.name = "warden-is-killed", .warden_is_killed = true},
    [INIT] = {.name = "init-is-killed"},
    [SPARE] = {.name = "spare-is-killed", .makes_spares = true},
    [CONFINED_WORKER] = {.name = "confined-is-killed", .confined = true},
    [CONFINED_WARDEN] = {.name = "confined-warden-is-killed",
                         .warden_is_killed = true,
                         .confined = true},
};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(modes); i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    fail_msg("%s", name);
    return NULL;
}

/* ---- the worker -------------------------------------------------------------------------------
 */

static void nest(struct bl_plan *plan, const void *place)
{
    (void)snprintf(plan->cgroup_place, sizeof(plan->cgroup_place), "%s", (const char *)place);
}

/* Many processes inside refused calls, and a parent that exits with 7, unless somebody is killed:
 * then it is our failure, never the program's. */
static void run_one(struct bl_rig *rig)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "crime_refused", "processes", "8", NULL);
    bl_rig_run(rig, &trial, &outcome);
    if (!outcome.refused && outcome.result.exit_code != 7)
        bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    bl_outcome_release(&outcome);
}

static bool is_wanted(void)
{
    struct pollfd leash = {.fd = 0, .events = POLLIN};

    return poll(&leash, 1, 0) == 0; /* until standard input is at its end */
}

/* While the program sleeps a spare is made. Where a spare is killed the next program has another
 * one made; only its own is its end. */
static void run_beside_spares(struct bl_rig *rig)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "linger", "sleep", NULL);
    trial.spec.limits.wall_time_ns = 30 * BL_NS_PER_MS;
    bl_rig_run(rig, &trial, &outcome);
    if (!outcome.refused && outcome.result.verdict != BL_VERDICT_WALL_TIME_LIMIT)
        bl_outcome_expect(&outcome, BL_VERDICT_SANDBOX_ERROR);
    bl_outcome_release(&outcome);
}

static void work_beside_spares(struct bl_rig *rig)
{
    const struct bl_pool_options options = {
        .spares_max = 1, .idle_ns = 60 * BL_NS_PER_S, .cpus = 2};
    struct bl_footprint before;
    struct bl_pool *pool = NULL;
    struct bl_err err;

    run_beside_spares(rig); /* what the first one makes for all is there */
    (void)close(1);         /* says that all stands */
    bl_footprint_take(rig, &before);
    assert_int_equal(bl_pool_new(&pool, rig->warden, &options, &err), 0);
    do
        run_beside_spares(rig);
    while (is_wanted());
    bl_pool_free(&pool);
    bl_footprint_expect(rig, &before);
}

static void work(struct bl_rig *rig, const struct mode *mode)
{
    struct bl_footprint before;

    if (mode->confined)
        bl_rig_confine(rig);
    (void)close(1); /* says that all stands */
    if (!mode->warden_is_killed)
        bl_footprint_take(rig, &before);
    do
        run_one(rig);
    while (is_wanted());
    if (!mode->warden_is_killed)
        bl_footprint_expect(rig, &before);
}

/* A failed assertion outside of a test ends the program, with another status than 0. */
static int work_main(const char *place, const char *what)
{
    const struct mode *mode = find_mode(what);
    void *state = NULL;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    assert_int_equal(bl_rig_setup_with(&state, nest, place), 0);
    struct bl_rig *rig = state;
    if (rig->why_not[0] && !mode->warden_is_killed) {
        (void)fprintf(stderr, "worker: %s\n", rig->why_not);
        return 3;
    }
    if (!rig->why_not[0] && mode->makes_spares)
        work_beside_spares(rig);
    else if (!rig->why_not[0]) /* else it was killed before it could serve, which was told */
        work(rig, mode);
    return bl_rig_teardown(&state);
}

/* ---- the killer -------------------------------------------------------------------------------
 */

/* What a worker is held by: closing `leash` tells it to end; `stands` is at its end when it has
 * started. Both owned. */
struct hold {
    int leash, stands;
};

static pid_t start_worker(struct fixture *fixture, enum mode_index what, struct hold *hold)
{
    char name[] = "worker", mode[32];
    char *const argv[] = {name, fixture->place, mode, NULL};
    posix_spawn_file_actions_t actions;
    int in[2], out[2];
    pid_t pid;

    (void)snprintf(mode, sizeof(mode), "%s", modes[what].name);
    assert_return_code(pipe2(in, O_CLOEXEC), errno);
    assert_return_code(pipe2(out, O_CLOEXEC), errno);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, in[0], 0), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out[1], 1), 0);
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions); /* can't fail in glibc */
    bl_close_fd(&in[0]);
    bl_close_fd(&out[1]);
    *hold = (struct hold){in[1], out[0]};
    return pid;
}

static void await_standing(const struct hold *hold)
{
    struct pollfd on = {.fd = hold->stands, .events = POLLIN};
    char byte;

    assert_int_equal(poll(&on, 1, FIXTURE_DEADLINE_S * 1000), 1);
    assert_int_equal(read(hold->stands, &byte, 1), 0);
}

static void let_go(struct hold *hold)
{
    bl_close_fd(&hold->leash);
    bl_close_fd(&hold->stands);
}

/* The moment of the crime: a part of range_us that is never the same twice. */
static void let_pass(int turn, unsigned range_us)
{
    const unsigned spread = (unsigned)turn * 2654435761U; /* Knuth's multiplicative hash */
    const struct timespec moment = {0, (long)(spread % range_us) * 1000L};

    (void)nanosleep(&moment, NULL);
}

/* Everything that was started is gone; the worker's own end is as told. */
static void reap_all(pid_t worker, bool was_killed)
{
    time_t deadline = deadline_from_now();
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) >= 0) {
        if (pid == 0)
            pause_before(deadline);
        else if (pid == worker && was_killed)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        else if (pid == worker)
            assert_exited(status, 0);
    }
    assert_int_equal(errno, ECHILD);
}

static struct fixture *fixture_of(void **state)
{
    if (geteuid() != 0)
        cannot_isolate("killing sandboxes needs root");
    return *state;
}

/* One start and end without a crime removes what the last one left; tear_down() sees that. */
static void sweep(struct fixture *fixture)
{
    struct hold hold;
    pid_t worker = start_worker(fixture, SWEEP, &hold);

    let_go(&hold);
    reap_all(worker, false);
}

static void kill_workers(void **state, enum mode_index mode, int times)
{
    struct fixture *fixture = fixture_of(state);

    for (int i = 0; i < times; i++) {
        struct hold hold;
        pid_t worker = start_worker(fixture, mode, &hold);

        let_pass(i, 120000);
        assert_return_code(kill(worker, SIGKILL),
                           errno); /* not reaped yet: the number is its own */
        let_go(&hold);
        reap_all(worker, true);
    }
    sweep(fixture);
}

static void kill__worker_takes_all_with_it(void **state)
{
    kill_workers(state, WORKER, TIMES);
}

static void kill__confined_worker_takes_all_with_it(void **state)
{
    kill_workers(state, CONFINED_WORKER, TIMES / 3);
}

static void kill_wardens(void **state, enum mode_index mode, int times)
{
    struct fixture *fixture = fixture_of(state);

    for (int i = 0; i < times; i++) {
        struct hold hold;
        pid_t worker = start_worker(fixture, mode, &hold);
        pid_t warden = bl_kin_await(worker);

        let_pass(i, 90000);
        assert_true(bl_kin_signal(worker, warden, SIGKILL));
        let_go(&hold);
        reap_all(worker, false);
    }
    sweep(fixture);
}

static void kill__warden_takes_its_sandboxes_with_it(void **state)
{
    kill_wardens(state, WARDEN, TIMES);
}

static void kill__warden_of_a_confined_worker_does_too(void **state)
{
    kill_wardens(state, CONFINED_WARDEN, TIMES / 3);
}

/* Init, or whatever else the warden has for a child at that moment. */
static void kill__init_is_one_programs_end_only(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct hold hold;
    int killed = 0;
    pid_t worker = start_worker(fixture, INIT, &hold);
    pid_t warden = bl_kin_await(worker);

    await_standing(&hold);
    for (int i = 0; killed < TIMES; i++) {
        time_t deadline = deadline_from_now();
        pid_t child = bl_kin_await(warden);

        let_pass(i, 5000);
        killed += bl_kin_signal(warden, child, SIGKILL);
        pause_before(deadline);
    }
    let_go(&hold);
    reap_all(worker, false);
}

/* The youngest init is a spare's, unless that has just been taken. */
static void kill__spares_init_is_that_spares_end_only(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct hold hold;
    int killed = 0;
    pid_t worker = start_worker(fixture, SPARE, &hold);
    pid_t warden = bl_kin_await(worker);

    await_standing(&hold);
    for (int i = 0; killed < TIMES / 4; i++) {
        time_t deadline = deadline_from_now();

        let_pass(i, 200000);
        killed += bl_kin_signal(warden, bl_kin_youngest(warden), SIGKILL);
        pause_before(deadline);
    }
    let_go(&hold);
    reap_all(worker, false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kill__worker_takes_all_with_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kill__warden_takes_its_sandboxes_with_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(kill__confined_worker_takes_all_with_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kill__warden_of_a_confined_worker_does_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(kill__init_is_one_programs_end_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kill__spares_init_is_that_spares_end_only, set_up,
                                        tear_down),
    };

    if (argc == 3)
        return work_main(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
