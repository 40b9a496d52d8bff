/* The event loop's timers and signals: never early, once, and never after they were called off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <signal.h>

#include "bailiff/units.h"
#include "tests/unit/loop_scene.h"

static void count(void *ctx)
{
    ((struct scene *)ctx)->calls++;
}

static void timer__never_fires_before_its_instant(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, scene_stop);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t at_ns = bl_now_ns() + 100 * BL_NS_PER_US + i;

        bl_timer_arm(scene->timer, at_ns);
        scene_run(scene);
        assert_true(scene->called_ns >= at_ns);
        assert_int_equal(scene->calls, i + 1);
    }
}

static void timer__fires_at_once_for_the_past(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, scene_stop);
    bl_timer_arm(scene->timer, 0);
    scene_run(scene);
    bl_timer_arm(scene->timer, 1);
    scene_run(scene);
    bl_timer_arm(scene->timer, bl_now_ns() - 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 3);
}

/* Were either to fire, calls would be more than the one of the timer that ends the test. */
static void timer__that_is_far_away_or_disarmed_does_not_fire(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, count);
    scene_timer(scene, &scene->other_timer, scene_stop);
    bl_timer_arm(scene->timer, UINT64_MAX);
    bl_timer_arm(scene->other_timer, bl_now_ns() + BL_NS_PER_MS);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
    bl_timer_arm(scene->timer, bl_now_ns() + BL_NS_PER_MS);
    bl_timer_disarm(scene->timer);
    bl_timer_arm(scene->other_timer, bl_now_ns() + 2 * BL_NS_PER_MS);
    scene_run(scene);
    assert_int_equal(scene->calls, 2);
}

static void timer__fires_once(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, count);
    scene_timer(scene, &scene->other_timer, scene_stop);
    bl_timer_arm(scene->timer, 1);
    bl_timer_arm(scene->other_timer, bl_now_ns() + 3 * BL_NS_PER_MS);
    scene_run(scene);
    assert_int_equal(scene->calls, 2);
}

/* Both are due when the round begins; the first to be called disarms both. */
static void disarm_both(void *ctx)
{
    struct scene *scene = ctx;

    scene->calls++;
    bl_timer_disarm(scene->timer);
    bl_timer_disarm(scene->other_timer);
    bl_loop_stop(scene->loop);
}

static void timer__does_not_fire_after_disarm_in_the_same_round(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, disarm_both);
    scene_timer(scene, &scene->other_timer, disarm_both);
    bl_timer_arm(scene->timer, 1);
    bl_timer_arm(scene->other_timer, 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
}

/* Many on one loop: each in its turn, whatever the order of arming, of those that are still armed.
 */
enum { MANY = 100 };

struct crowd {
    struct bl_loop *loop;
    struct bl_timer *timers[MANY];
    uint64_t at_ns[MANY];
    uint64_t last_ns;
    unsigned left;
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

static void on_member(void *ctx)
{
    const struct member *member = ctx;
    struct crowd *crowd = member->crowd;

    assert_true(crowd->at_ns[member->number] >= crowd->last_ns);
    assert_true(bl_now_ns() >= crowd->at_ns[member->number]);
    assert_int_not_equal(member->number % 3, 0); /* those were called off */
    crowd->last_ns = crowd->at_ns[member->number];
    if (--crowd->left == 0)
        bl_loop_stop(crowd->loop);
}

static void timer__many_fire_in_the_order_of_their_instants(void **state)
{
    struct scene *scene = *state;
    struct crowd crowd = {.loop = scene->loop};
    struct member members[MANY];
    const uint64_t from_ns = bl_now_ns();
    struct bl_err err;

    for (unsigned i = 0; i < MANY; i++) {
        members[i] = (struct member){&crowd, i};
        assert_int_equal(bl_timer_new(&crowd.timers[i], scene->loop, on_member, &members[i], &err),
                         0);
        bl_timer_arm(crowd.timers[i], i % 2 ? UINT64_MAX : 1); /* armed anew below */
        crowd.at_ns[i] = from_ns + (i * 7919 % MANY + 1) * BL_NS_PER_MS / 10;
        bl_timer_arm(crowd.timers[i], crowd.at_ns[i]);
    }
    for (unsigned i = 0; i < MANY; i++)
        if (i % 3 == 0)
            bl_timer_disarm(crowd.timers[i]);
        else
            crowd.left++;
    scene_run(scene);
    assert_int_equal(crowd.left, 0);
    for (unsigned i = 0; i < MANY; i++)
        bl_timer_free(&crowd.timers[i]);
}

static void arm_again(void *ctx)
{
    struct scene *scene = ctx;

    scene->calls++;
    bl_timer_arm(scene->timer, 1);
}

static void timer__that_is_always_late_leaves_the_others_their_turn(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, arm_again);
    scene_timer(scene, &scene->other_timer, scene_stop);
    bl_timer_arm(scene->timer, 1);
    bl_timer_arm(scene->other_timer, bl_now_ns() + BL_NS_PER_MS);
    scene_run(scene);
    assert_true(scene->calls > 0);
}

static void free_timers(void *ctx)
{
    struct scene *scene = ctx;

    bl_timer_free(&scene->timer);
    bl_timer_free(&scene->other_timer);
    scene_stop(ctx);
}

static void timer__may_be_freed_in_its_own_callback(void **state)
{
    struct scene *scene = *state;

    scene_timer(scene, &scene->timer, free_timers);
    scene_timer(scene, &scene->other_timer, free_timers);
    bl_timer_arm(scene->timer, 1);
    bl_timer_arm(scene->other_timer, 1);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
}

static void free_signal(void *ctx, int signo)
{
    struct scene *scene = ctx;

    assert_int_equal(signo, SIGUSR1);
    bl_signal_free(&scene->signal);
    scene_stop(ctx);
}

static bool is_blocked(int signo)
{
    sigset_t set;

    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &set), 0);
    return sigismember(&set, signo) == 1;
}

static void signal__calls_back_and_leaves_the_mask_as_it_was(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;

    assert_false(is_blocked(SIGUSR1));
    assert_int_equal(bl_signal_new(&scene->signal, scene->loop, SIGUSR1, free_signal, scene, &err),
                     0);
    assert_true(is_blocked(SIGUSR1));
    assert_int_equal(raise(SIGUSR1), 0);
    scene_run(scene);
    assert_int_equal(scene->calls, 1);
    assert_false(is_blocked(SIGUSR1));
}

static void signal__that_was_blocked_stays_so(void **state)
{
    struct scene *scene = *state;
    struct bl_err err;
    sigset_t set;

    assert_int_equal(sigemptyset(&set) + sigaddset(&set, SIGUSR1), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    assert_int_equal(bl_signal_new(&scene->signal, scene->loop, SIGUSR1, free_signal, scene, &err),
                     0);
    bl_signal_free(&scene->signal);
    assert_true(is_blocked(SIGUSR1));
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static void signal__refuses_a_number_that_is_none(void **state)
{
    struct scene *scene = *state;
    struct bl_err err = {0};

    assert_int_equal(bl_signal_new(&scene->signal, scene->loop, 0, free_signal, scene, &err), -1);
    assert_int_equal(err.step, BL_STEP_LOOP);
    assert_int_equal(bl_signal_new(&scene->signal, scene->loop, 999, free_signal, scene, &err), -1);
    assert_null(scene->signal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(timer__never_fires_before_its_instant),
        scene_test(timer__fires_at_once_for_the_past),
        scene_test(timer__that_is_far_away_or_disarmed_does_not_fire),
        scene_test(timer__fires_once),
        scene_test(timer__does_not_fire_after_disarm_in_the_same_round),
        scene_test(timer__many_fire_in_the_order_of_their_instants),
        scene_test(timer__that_is_always_late_leaves_the_others_their_turn),
        scene_test(timer__may_be_freed_in_its_own_callback),
        scene_test(signal__calls_back_and_leaves_the_mask_as_it_was),
        scene_test(signal__that_was_blocked_stays_so),
        scene_test(signal__refuses_a_number_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
