/* What the loop expects: it is awake for that, gives way, and learns from having been so in vain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>
/* after the four above: */
#include <cmocka.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/loop_scene.h"

static unsigned yields;
static uint64_t somebody_else_ns; /* how long others have the CPU at each */
static int after_third = -1;      /* a timerfd: readable 2 ms after the third */

int __wrap_sched_yield(void); /* the linker has the loop call it */
int __wrap_sched_yield(void)
{
    const struct itimerspec soon = {.it_value.tv_nsec = 2 * BL_NS_PER_MS};
    uint64_t end_ns = bl_now_ns() + somebody_else_ns;

    while (bl_now_ns() < end_ns)
        ;
    if (++yields == 3 && after_third >= 0)
        assert_int_equal(timerfd_settime(after_third, 0, &soon, NULL), 0);
    return 0;
}

/* Serves until a timer strikes; returns how often the loop looked instead of sleeping. Of no test
 * here an outcome hangs on how long that takes: what is expected comes in an hour at most. */
static unsigned serve(struct scene *scene)
{
    yields = 0;
    bl_timer_arm(scene->timer, bl_now_ns() + 2 * BL_NS_PER_MS);
    scene_run(scene);
    return yields;
}

static unsigned expect_and_serve(struct scene *scene)
{
    bl_loop_expect(scene->loop, 3600 * BL_NS_PER_S);
    unsigned looks = serve(scene);
    bl_loop_expect_no_more(scene->loop, false);
    return looks;
}

/* Others want the CPU: it is given up after the third look. */
static void expect_in_vain(struct scene *scene)
{
    uint64_t struck;

    scene_watch(scene, &scene->watch, 0, scene_see_and_stop, EV_READ);
    somebody_else_ns = BL_NS_PER_MS;
    after_third = scene->pair[0];
    yields = 0;
    bl_loop_expect(scene->loop, 3600 * BL_NS_PER_S);
    scene_run(scene);
    assert_int_equal(yields, 3);
    assert_int_equal(read(scene->pair[0], &struck, sizeof(struck)), sizeof(struck));
    bl_loop_expect_no_more(scene->loop, false);
    bl_watch_free(&scene->watch);
    after_third = -1;
    somebody_else_ns = 0;
}

static void begin(struct scene *scene)
{
    somebody_else_ns = 0;
    scene_timer(scene, &scene->timer, scene_stop);
    bl_close_fd(&scene->pair[0]);
    scene->pair[0] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    assert_true(scene->pair[0] >= 0);
    bl_loop_may_expect(scene->loop);
}

static void expect__has_no_effect_where_it_is_not_allowed(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, scene_stop);
    assert_int_equal(expect_and_serve(scene), 0);
}

static void expect__keeps_the_loop_awake(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    assert_true(expect_and_serve(scene) > 0);
}

static void expect__ends_with_its_time(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    bl_loop_expect(scene->loop, 0);
    assert_int_equal(serve(scene), 0);
    assert_int_equal(expect_and_serve(scene), 0); /* the first was in vain */
    assert_true(expect_and_serve(scene) > 0);
}

static void expect__ends_where_it_is_called_off(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    bl_loop_expect(scene->loop, 3600 * BL_NS_PER_S);
    bl_loop_expect_no_more(scene->loop, false);
    assert_int_equal(serve(scene), 0);
    assert_true(expect_and_serve(scene) > 0); /* that was not in vain */
}

static void expect__rests_longer_each_time_that_it_was_in_vain(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    for (unsigned rests = 1; rests <= 15; rests = 2 * rests + 1) {
        expect_in_vain(scene);
        for (unsigned i = 0; i < rests; i++)
            assert_int_equal(expect_and_serve(scene), 0);
    }
}

static void expect__rests_no_longer_once_something_came(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    expect_in_vain(scene);
    assert_int_equal(expect_and_serve(scene), 0);
    bl_loop_expect(scene->loop, 3600 * BL_NS_PER_S);
    bl_loop_expect_no_more(scene->loop, true);
    expect_in_vain(scene);
    assert_int_equal(expect_and_serve(scene), 0);
    assert_true(expect_and_serve(scene) > 0);
}

/* ---- behind a round's results -----------------------------------------------------------------
 */

struct late {
    struct bl_deferred deferred;
    unsigned yields; /* before it */
};

static void note_yields(void *ctx)
{
    struct late *late = ctx;

    late->yields = yields;
}

/* Two that are late, and one that is not. */
static void serve_late(struct scene *scene, struct late late[3])
{
    for (int i = 0; i < 3; i++)
        late[i].deferred = (struct bl_deferred){.work = note_yields, .ctx = &late[i]};
    bl_loop_defer_late(scene->loop, &late[1].deferred);
    bl_loop_defer_late(scene->loop, &late[2].deferred);
    bl_loop_defer(scene->loop, &late[0].deferred);
    (void)serve(scene);
}

static void late_work__lets_others_have_the_cpu_first(void **state)
{
    struct scene *scene = *state;
    struct late late[3];

    begin(scene);
    serve_late(scene, late);
    assert_int_equal(late[0].yields, 0);
    assert_int_equal(late[1].yields, 1);
    assert_int_equal(late[2].yields, 1);
    assert_int_equal(serve(scene), 0); /* there is none */
}

static void late_work__keeps_the_cpu_where_that_is_not_allowed(void **state)
{
    struct scene *scene = *state;
    struct late late[3];

    scene_timer(scene, &scene->timer, scene_stop);
    serve_late(scene, late);
    for (int i = 0; i < 3; i++)
        assert_int_equal(late[i].yields, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(late_work__lets_others_have_the_cpu_first),
        scene_test(late_work__keeps_the_cpu_where_that_is_not_allowed),
        scene_test(expect__has_no_effect_where_it_is_not_allowed),
        scene_test(expect__keeps_the_loop_awake),
        scene_test(expect__ends_with_its_time),
        scene_test(expect__ends_where_it_is_called_off),
        scene_test(expect__rests_longer_each_time_that_it_was_in_vain),
        scene_test(expect__rests_no_longer_once_something_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
