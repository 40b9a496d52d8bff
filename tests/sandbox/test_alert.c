/* test_alert.c - the program's process of a spare lets go of what it does not need before its job
 * comes: while nobody runs, or when its job takes it. What it has let go of shows in its maps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/sandbox/pool_private.h"
#include "tests/support/kin.h"
#include "tests/support/rig.h"

#define PATIENCE_NS (60 * BL_NS_PER_S)

struct scene {
    struct bl_rig *rig;
    struct bl_pool *pool;
    pid_t warden;
    pid_t spare; /* the process of one, where a test looks at it */
    void *own;   /* a rig of the test's own: its warden is our youngest child */
};

static void leave_it(struct bl_plan *plan, const void *ctx)
{
    (void)plan;
    (void)ctx;
}

static void begin_without_pool(struct scene *scene, void **state,
                               void (*change)(struct bl_plan *plan, const void *ctx))
{
    *scene = (struct scene){0};
    (void)bl_rig_of_root(state);
    assert_int_equal(bl_rig_setup_with(&scene->own, change, NULL), 0);
    scene->rig = scene->own;
    scene->warden = bl_kin_youngest(getpid());
}

/* Of one spare. */
static void begin_pool(struct scene *scene)
{
    struct bl_pool_options options = bl_pool_default_options();
    struct bl_err err;

    options.spares_max = 1;
    options.idle_ns = 60 * BL_NS_PER_S;
    options.cpus = 2; /* one beside a program */
    assert_int_equal(bl_pool_new(&scene->pool, scene->rig->warden, &options, &err), 0);
}

static void begin(struct scene *scene, void **state)
{
    begin_without_pool(scene, state, leave_it);
    begin_pool(scene);
}

static void end(struct scene *scene)
{
    bl_pool_free(&scene->pool);
    assert_int_equal(bl_rig_teardown(&scene->own), 0);
}

/* ---- serving the loop until something is so ---------------------------------------------------
 */

struct wait {
    const struct scene *scene;
    bool (*is_so)(const struct scene *scene);
    bool came;
    uint64_t give_up_ns;
    struct bl_timer *timer;
};

static void look(void *ctx)
{
    struct wait *wait = ctx;

    wait->came = wait->is_so(wait->scene);
    if (wait->came || bl_now_ns() > wait->give_up_ns)
        bl_loop_stop(wait->scene->rig->loop);
    else
        bl_timer_arm(wait->timer, bl_now_ns() + BL_NS_PER_MS);
}

static void serve_until(const struct scene *scene, bool (*is_so)(const struct scene *scene))
{
    struct wait wait = {.scene = scene, .is_so = is_so, .give_up_ns = bl_now_ns() + PATIENCE_NS};
    struct bl_err err;

    assert_int_equal(bl_timer_new(&wait.timer, scene->rig->loop, look, &wait, &err), 0);
    bl_timer_arm(wait.timer, bl_now_ns());
    assert_int_equal(bl_loop_run(scene->rig->loop, &err), 0);
    bl_timer_free(&wait.timer);
    assert_true(wait.came);
}

static bool has_spare(const struct scene *scene)
{
    return bl_pool_stats(scene->pool).ready == 1;
}

/* ---- what is seen of its process --------------------------------------------------------------
 */

static bool maps_plan(pid_t process)
{
    bool found = false;
    char path[64], line[512];

    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)process);
    FILE *maps = fopen(path, "re");
    while (maps && fgets(line, sizeof(line), maps))
        found |= strstr(line, "bailiff-plan") != NULL;
    if (maps)
        (void)fclose(maps); /* read only */
    return found;
}

/* Of the sandboxes' first processes, those that have the plan: a program has not. */
static unsigned count_plans(const struct scene *scene)
{
    unsigned count = 0;
    char path[64];
    int init;

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)scene->warden,
                   (int)scene->warden);
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    while (fscanf(children, "%d", &init) == 1)
        count += maps_plan(bl_kin_oldest(init));
    (void)fclose(children); /* read only */
    return count;
}

static bool spare_has_let_go(const struct scene *scene)
{
    return !maps_plan(scene->spare);
}

static bool no_plan_is_left(const struct scene *scene)
{
    return count_plans(scene) == 0;
}

static void run(const struct scene *scene, unsigned profile, bool warm)
{
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, scene->rig, "hello", "there", NULL);
    trial.spec.profile = profile;
    bl_rig_run(scene->rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_int_equal(outcome.result.warm, warm);
    bl_outcome_release(&outcome);
}

/* ---- promises -----------------------------------------------------------------------------------
 */

static void alert__comes_while_nobody_runs(void **state)
{
    struct scene scene;

    begin(&scene, state);
    run(&scene, scene.rig->standard, false);
    serve_until(&scene, has_spare);
    serve_until(&scene, no_plan_is_left);
    run(&scene, scene.rig->standard, true);
    end(&scene);
}

static void load_late(struct bl_plan *plan, const void *ctx)
{
    (void)ctx;
    for (uint32_t i = 0; i < plan->policy_count; i++)
        plan->allows_launch[i] = 0;
}

/* The policy is in the plan. */
static void alert__leaves_the_plan_to_who_loads_its_policy_late(void **state)
{
    struct scene scene;

    begin_without_pool(&scene, state, load_late);
    begin_pool(&scene);
    for (int i = 0; i < 2; i++) {
        run(&scene, scene.rig->standard, i > 0);
        serve_until(&scene, has_spare);
        assert_int_equal(count_plans(&scene), 1);
    }
    end(&scene);
}

/* A job that has its CPU for as long as it likes. The pool has not heard of its kind. */
struct neighbour {
    struct scene *scene;
    struct bl_trial trial;
    struct bl_run *run;
    bool is_over;
};

static void on_end(void *ctx, struct bl_run *run, struct bl_result *result)
{
    struct neighbour *neighbour = ctx;

    (void)result;
    neighbour->is_over = true;
    bl_run_free(&run);
}

static void start_neighbour(struct neighbour *neighbour, struct scene *scene)
{
    struct bl_run_order order = {.on_end = on_end, .ctx = neighbour};
    struct bl_err err;

    *neighbour = (struct neighbour){.scene = scene};
    bl_trial_init(&neighbour->trial, scene->rig, "linger", "sleep", NULL);
    order.spec = &neighbour->trial.spec;
    memcpy(order.streams, neighbour->trial.streams, sizeof(order.streams));
    assert_int_equal(
        bl_run_start(&neighbour->run, scene->rig->loop, scene->rig->warden, &order, &err), 0);
}

static bool a_program_runs(const struct scene *scene)
{
    return *bl_warden_running(scene->rig->warden) == 1;
}

static bool none_runs(const struct scene *scene)
{
    return *bl_warden_running(scene->rig->warden) == 0;
}

static void on_taken(void *ctx, const struct bl_sandbox_event *event)
{
    unsigned *events = ctx;

    assert_int_equal(event->kind, BL_SANDBOX_READY);
    ++*events;
}

/* Looked at where the job has only begun: its sandbox is taken, and has no order yet. */
static void alert__comes_with_the_job_where_a_program_runs(void **state)
{
    struct bl_sandbox *taken = NULL;
    struct neighbour neighbour;
    struct scene scene;
    struct bl_err err;
    unsigned events = 0;

    begin_without_pool(&scene, state, leave_it);
    start_neighbour(&neighbour, &scene);
    serve_until(&scene, a_program_runs);
    serve_until(&scene, no_plan_is_left); /* its own is gone with its exec */
    begin_pool(&scene);
    run(&scene, scene.rig->standard, false);
    serve_until(&scene, has_spare);
    for (int i = 0; i < 20; i++) { /* it has had the time */
        (void)usleep(1000);
        assert_int_equal(count_plans(&scene), 1);
    }
    scene.spare = bl_kin_oldest(bl_kin_youngest(scene.warden));
    assert_true(maps_plan(scene.spare));
    const struct bl_limits *limits = &neighbour.trial.spec.limits;
    const struct bl_sandbox_order order = {.profile = scene.rig->standard,
                                           .box_bytes = limits->box_bytes,
                                           .box_files = limits->box_files,
                                           .tmp_bytes = limits->tmp_bytes,
                                           .tmp_files = limits->tmp_files};
    assert_int_equal(bl_sandbox_open(&taken, scene.rig->warden, &order, on_taken, &events, &err),
                     0);
    assert_true(bl_sandbox_was_warm(taken));
    serve_until(&scene, spare_has_let_go);
    assert_true(bl_kin_has_settled(scene.spare)); /* and lives */
    assert_int_equal(events, 1);
    bl_sandbox_free(&taken);
    bl_run_cancel(neighbour.run);
    serve_until(&scene, none_runs);
    assert_true(neighbour.is_over);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alert__comes_while_nobody_runs),
        cmocka_unit_test(alert__leaves_the_plan_to_who_loads_its_policy_late),
        cmocka_unit_test(alert__comes_with_the_job_where_a_program_runs),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
