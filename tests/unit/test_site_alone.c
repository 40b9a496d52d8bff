/* A job whose case is run again alone, and what it means to the others: no deadlock, nobody
 * dropped, nobody held for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>

#include "executor/server/site_private.h"
#include "tests/unit/site_scene.h"

static void wish(struct site_scene *scene, struct scene_work *work)
{
    work->order.on_wish(work->order.ctx);
    site_scene_settle(scene);
}

static void end_wish(struct site_scene *scene, struct scene_work *work)
{
    work->order.on_wish_end(work->order.ctx);
    site_scene_settle(scene);
}

static void still(struct site_scene *scene, struct scene_work *work)
{
    work->order.on_still(work->order.ctx);
    site_scene_settle(scene);
}

/* Jobs of one case each. */
static void open_with(struct site_scene *scene, unsigned jobs)
{
    site_scene_open(scene);
    for (unsigned i = 0; i < jobs; i++)
        (void)site_scene_job(scene, "Executor/Watch", "", 1, false);
    assert_int_equal(scene->work_count, jobs);
}

static void alone__others_begin_nothing_until_it_is_over(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *works = scene->works;

    open_with(scene, 2);
    wish(scene, &works[0]);
    assert_true(works[1].is_held);
    (void)site_scene_job(scene, "Executor/Watch", "", 1, false);
    assert_int_equal(scene->work_count, 2); /* slots are free, and it waits */
    assert_int_equal(works[0].alones, 0);
    still(scene, &works[1]);
    assert_int_equal(works[0].alones, 1);
    end_wish(scene, &works[0]);
    assert_false(works[0].is_held || works[1].is_held);
    assert_int_equal(scene->work_count, 3);
    for (unsigned i = 0; i < 3; i++)
        site_scene_done(scene, &works[i], BL_JOB_COMPLETED);
    assert_int_equal(bl_admission_stats(scene->site->admission).running, 0);
}

static void alone__two_at_once_come_one_after_another(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *works = scene->works;

    open_with(scene, 2);
    wish(scene, &works[1]);
    wish(scene, &works[0]);
    assert_int_equal(works[1].alones, 1);
    assert_int_equal(works[0].alones, 0);
    site_scene_done(scene, &works[1], BL_JOB_COMPLETED); /* with its case */
    assert_int_equal(works[0].alones, 1);
    end_wish(scene, &works[0]);
    assert_false(works[0].is_held);
    site_scene_done(scene, &works[0], BL_JOB_COMPLETED);
}

static void alone__patience_ends(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *works = scene->works;

    scene->options.settings.alone_ns = 0;
    open_with(scene, 2);
    wish(scene, &works[0]);
    assert_int_equal(works[0].besides, 1);
    assert_false(works[0].is_held || works[1].is_held);
    end_wish(scene, &works[0]);
    site_scene_done(scene, &works[0], BL_JOB_COMPLETED);
    site_scene_done(scene, &works[1], BL_JOB_COMPLETED);
}

static void alone__is_given_up_with_its_client(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *works = scene->works;

    open_with(scene, 2);
    wish(scene, &works[0]);
    site_scene_cancel(scene, &scene->calls[0]);
    assert_true(works[0].is_stopped);
    site_scene_done(scene, &works[0], BL_JOB_CANCELLED);
    assert_false(works[1].is_held);
    site_scene_done(scene, &works[1], BL_JOB_COMPLETED);
}

static void count_drain(void *ctx)
{
    (*(unsigned *)ctx)++;
}

static void alone__does_not_hold_up_a_drain(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *works = scene->works;
    unsigned drains = 0;

    open_with(scene, 2);
    wish(scene, &works[0]);
    (void)site_scene_job(scene, "Executor/Watch", "", 1, false);
    bl_site_drain(scene->site, 3600 * BL_NS_PER_S, count_drain, &drains);
    site_scene_settle(scene);
    assert_int_equal(scene->calls[2].status, BL_RPC_UNAVAILABLE); /* it waited */
    still(scene, &works[1]);
    assert_int_equal(works[0].alones, 1);
    site_scene_done(scene, &works[0], BL_JOB_COMPLETED);
    assert_false(works[1].is_held);
    site_scene_done(scene, &works[1], BL_JOB_COMPLETED);
    assert_int_equal(drains, 1);
}

static void alone__is_freed_at_any_time(void **state)
{
    struct site_scene *scene = *state;

    for (unsigned phase = 0; phase < 3; phase++) {
        open_with(scene, 3);
        if (phase > 0)
            wish(scene, &scene->works[1]);
        if (phase > 1) {
            still(scene, &scene->works[0]);
            still(scene, &scene->works[2]);
            assert_int_equal(scene->works[1].alones, 1);
        }
        site_scene_close(scene); /* which sees that nothing is left */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(alone__others_begin_nothing_until_it_is_over),
        site_test(alone__two_at_once_come_one_after_another),
        site_test(alone__patience_ends),
        site_test(alone__is_given_up_with_its_client),
        site_test(alone__does_not_hold_up_a_drain),
        site_test(alone__is_freed_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
