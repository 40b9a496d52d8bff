/* Jobs whose course the test decides: who hears what, who keeps what, and what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "executor/server/site_private.h"
#include "executor/server/task.h"
#include "tests/unit/site_scene.h"

static void site__tells_each_event_to_each_watcher(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *first, *second;

    site_scene_open(scene);
    first = site_scene_job(scene, "Executor/Watch", "a", 2, false);
    second = site_scene_job(scene, "Executor/Watch", "a", 2, false); /* the same job */
    assert_int_equal(scene->work_count, 1);
    assert_int_equal(first->messages, 2); /* queued, started */
    assert_int_equal(second->messages, 2);
    site_scene_case(scene, &scene->works[0], 1);
    assert_int_equal(first->messages, 3);
    site_scene_cancel(scene, first);
    assert_false(scene->works[0].is_stopped); /* somebody watches still */
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    assert_int_equal(second->messages, 4);
    assert_true(second->is_over);
    assert_int_equal(second->status, BL_RPC_OK);
    assert_false(scene->works[0].is_live);
}

static void site__kills_what_nobody_watches(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *call, *again;

    site_scene_open(scene);
    call = site_scene_job(scene, "Executor/Run", "a", 1, false);
    site_scene_cancel(scene, call);
    assert_true(scene->works[0].is_stopped);
    /* Its id is free while it still dies. */
    again = site_scene_job(scene, "Executor/Run", "a", 1, false);
    assert_int_equal(scene->work_count, 2);
    site_scene_done(scene, &scene->works[0], BL_JOB_CANCELLED);
    assert_false(again->is_over);
    site_scene_done(scene, &scene->works[1], BL_JOB_COMPLETED);
    assert_int_equal(again->status, BL_RPC_OK);
    assert_int_equal(scene->site->registry.count, 1); /* the second one's result */
}

static void site__keeps_nothing_that_nobody_can_ask_for(void **state)
{
    struct site_scene *scene = *state;

    site_scene_open(scene);
    (void)site_scene_job(scene, "Executor/Run", "", 1, false);
    assert_int_equal(scene->site->registry.count, 1);
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    assert_true(scene->calls[0].is_over);
    assert_int_equal(scene->site->registry.count, 0);
    assert_int_equal(scene->site->events.used_bytes, 0);
}

static void site__a_start_that_fails_is_told(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *call;

    site_scene_open(scene);
    scene->start_fails = true;
    call = site_scene_job(scene, "Executor/Watch", "", 3, false);
    assert_true(call->is_over);
    assert_int_equal(call->status, BL_RPC_OK); /* END_BROKEN, in the events */
    assert_int_equal(call->messages, 2 + 3 + 1 + 1);
    assert_int_equal(bl_admission_stats(scene->site->admission).running, 0);
    assert_int_equal(bl_metrics_get(&scene->site->metrics, BL_METRIC_JOBS, BL_METRIC_END_BROKEN),
                     1);
}

static void site__gives_cases_more_places_until_somebody_waits(void **state)
{
    struct site_scene *scene = *state;
    struct scene_work *work = &scene->works[0];

    scene->options.admission.memory_bytes = 3 * 256 * BL_MIB; /* of three cases */
    site_scene_open(scene);
    (void)site_scene_job(scene, "Executor/Watch", "", 100, false);
    assert_int_equal(work->places, 2);
    assert_string_equal(work->cpus, "0");
    (void)site_scene_job(scene, "Executor/Watch", "", 1, false);
    assert_int_equal(scene->work_count, 1);
    assert_int_equal(work->recalled, 1u << 1 | 1u << 2);
    work->order.on_idle(work->order.ctx, 2);
    site_scene_settle(scene);
    assert_int_equal(scene->work_count, 2); /* at once, in the place of the one */
    site_scene_done(scene, &scene->works[1], BL_JOB_COMPLETED);
    assert_int_equal(work->places, 3); /* nobody waits any more */
    site_scene_done(scene, work, BL_JOB_COMPLETED);
    assert_int_equal(bl_admission_stats(scene->site->admission).running, 0);
}

/* A case whose events do not fit ends the job, and its watcher hears why. */
static void site__events_that_can_not_be_kept_end_the_job(void **state)
{
    struct site_scene *scene = *state;
    struct bl_quota *events;
    struct scene_call *call;

    site_scene_open(scene);
    call = site_scene_job(scene, "Executor/Watch", "a", 2, false);
    events = &scene->site->events;
    bl_event_log_settle(&scene->site->tasks->log, 0);
    events->max_bytes = events->used_bytes; /* others have taken it all */
    site_scene_case(scene, &scene->works[0], 0);
    assert_true(scene->works[0].is_stopped);
    assert_false(call->is_over); /* not before nothing is left of it */
    site_scene_done(scene, &scene->works[0], BL_JOB_CANCELLED);
    assert_true(call->is_over);
    assert_int_equal(call->status, BL_RPC_RESOURCE_EXHAUSTED);
    assert_true(call->has_hint);
    assert_int_equal(scene->site->registry.count, 0);
    assert_int_equal(bl_metrics_get(&scene->site->metrics, BL_METRIC_JOBS, BL_METRIC_END_BROKEN),
                     1);
}

static void site__forgets_the_oldest_for_a_new_one(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *call;

    scene->options.jobs_max = 2;
    site_scene_open(scene);
    (void)site_scene_job(scene, "Executor/Run", "a", 1, true);
    (void)site_scene_job(scene, "Executor/Run", "b", 1, true);
    call = site_scene_job(scene, "Executor/Run", "c", 1, true);
    assert_int_equal(call->status, BL_RPC_RESOURCE_EXHAUSTED);
    site_scene_done(scene, &scene->works[1], BL_JOB_COMPLETED);
    (void)site_scene_job(scene, "Executor/Run", "c", 1, true);
    assert_int_equal(scene->work_count, 3);
    call = site_scene_ref(scene, "Executor/Result", "b");
    assert_int_equal(call->status, BL_RPC_NOT_FOUND);
}

static void on_drained(void *ctx)
{
    ((struct site_scene *)ctx)->drains++;
}

static void site__drains_when_the_last_job_is_over(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *running, *waiting, *late;

    scene->options.admission.memory_bytes = 256 * BL_MIB; /* of one case */
    site_scene_open(scene);
    running = site_scene_job(scene, "Executor/Run", "", 1, false);
    waiting = site_scene_job(scene, "Executor/Run", "", 1, true);
    bl_site_drain(scene->site, 3600 * BL_NS_PER_S, on_drained, scene);
    site_scene_settle(scene);
    assert_int_equal(waiting->status, BL_RPC_UNAVAILABLE);
    assert_true(waiting->is_over);
    late = site_scene_job(scene, "Executor/Run", "", 1, false);
    assert_int_equal(late->status, BL_RPC_UNAVAILABLE);
    assert_int_equal(scene->drains, 0);
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    assert_int_equal(running->status, BL_RPC_OK);
    assert_int_equal(scene->drains, 1);
}

/* Nobody watches them: whoever asks hears what became of them, and that they may be sent again. */
static void site__a_drain_drops_no_detached_job_silently(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *call;

    scene->options.admission.memory_bytes = 256 * BL_MIB; /* of one case */
    site_scene_open(scene);
    (void)site_scene_job(scene, "Executor/Run", "runs", 1, true);
    call = site_scene_job(scene, "Executor/Watch", "waits", 1, true);
    site_scene_cancel(scene, call);
    bl_site_drain(scene->site, 3600 * BL_NS_PER_S, on_drained, scene);
    site_scene_settle(scene);
    call = site_scene_ref(scene, "Executor/Result", "waits");
    assert_int_equal(call->status, BL_RPC_UNAVAILABLE);
    assert_non_null(strstr(call->text, "waits"));
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    assert_int_equal(bl_metrics_get(&scene->site->metrics, BL_METRIC_JOBS, BL_METRIC_END_DRAINED),
                     1);
    assert_int_equal(scene->drains, 1);
}

static void site__a_lost_job_that_is_sent_again_is_run(void **state)
{
    struct site_scene *scene = *state;
    struct scene_call *call;
    size_t max_bytes;

    site_scene_open(scene);
    call = site_scene_job(scene, "Executor/Watch", "a", 1, true);
    site_scene_cancel(scene, call);
    bl_event_log_settle(&scene->site->tasks->log, 0);
    max_bytes = scene->site->events.max_bytes;
    scene->site->events.max_bytes = scene->site->events.used_bytes; /* others have taken it all */
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    scene->site->events.max_bytes = max_bytes;
    call = site_scene_ref(scene, "Executor/Result", "a");
    assert_int_equal(call->status, BL_RPC_RESOURCE_EXHAUSTED);
    call = site_scene_job(scene, "Executor/Run", "a", 1, true);
    assert_int_equal(scene->work_count, 2);
    site_scene_done(scene, &scene->works[1], BL_JOB_COMPLETED);
    assert_int_equal(call->status, BL_RPC_OK);
}

static void site__is_freed_with_whatever_goes_on(void **state)
{
    struct site_scene *scene = *state;

    site_scene_open(scene);
    for (unsigned i = 0; i < 8; i++)
        (void)site_scene_job(scene, i % 2 ? "Executor/Run" : "Executor/Watch", "", 5, i % 3 == 0);
    site_scene_done(scene, &scene->works[0], BL_JOB_COMPLETED);
    site_scene_close(scene); /* which looks for what is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(site__tells_each_event_to_each_watcher),
        site_test(site__kills_what_nobody_watches),
        site_test(site__keeps_nothing_that_nobody_can_ask_for),
        site_test(site__a_start_that_fails_is_told),
        site_test(site__gives_cases_more_places_until_somebody_waits),
        site_test(site__events_that_can_not_be_kept_end_the_job),
        site_test(site__forgets_the_oldest_for_a_new_one),
        site_test(site__drains_when_the_last_job_is_over),
        site_test(site__a_drain_drops_no_detached_job_silently),
        site_test(site__a_lost_job_that_is_sent_again_is_run),
        site_test(site__is_freed_with_whatever_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
