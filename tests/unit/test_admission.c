/* Who may wait, who starts, and how each ticket ends: one rule at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/job.h"
#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/admission_scene.h"

static struct bl_admission_options small_options(unsigned slots)
{
    struct bl_admission_options options = bl_admission_default_options(slots, BL_GIB);

    options.ageing_ns = BL_NS_PER_S;
    return options;
}

/* ---- refusals ---- */

static enum bl_step refusal(struct admission_scene *scene, const struct bl_admission_job *request)
{
    struct bl_ticket *ticket = NULL;
    struct bl_err err = {.step = BL_STEP_NONE};

    assert_int_equal(bl_admission_enqueue(scene->admission, request, scene->now_ns, &ticket, &err),
                     -1);
    assert_null(ticket);
    assert_true(err.detail[0] != '\0');
    return err.step;
}

static void enqueue__refuses_what_is_out_of_bounds(void **state)
{
    struct bl_admission_options options = small_options(2);
    struct admission_scene scene;
    struct scene_job job = {.tenant = "a"};
    char name[BL_JOB_TENANT_MAX + 2] = "";
    struct bl_admission_job request;

    (void)state;
    admission_scene_init(&scene, &options);
    memset(name, 'a', BL_JOB_TENANT_MAX + 1);
#define REFUSED(field, value, step)                        \
    do {                                                   \
        request = scene_request(&job);                     \
        request.field = value;                             \
        assert_int_equal(refusal(&scene, &request), step); \
    } while (0)
    REFUSED(tenant, "", BL_STEP_FIELD);
    REFUSED(tenant, name, BL_STEP_FIELD);
    REFUSED(priority, BL_JOB_PRIORITY_MAX + 1, BL_STEP_FIELD);
    REFUSED(priority, INT32_MIN, BL_STEP_FIELD);
    REFUSED(weight, 0, BL_STEP_FIELD);
    REFUSED(weight, BL_TENANT_WEIGHT_MOST + 1, BL_STEP_FIELD);
    REFUSED(slots, 0, BL_STEP_FIELD);
    REFUSED(memory_bytes, 0, BL_STEP_FIELD);
    REFUSED(slots, 3, BL_STEP_CAPACITY);
    REFUSED(slots, UINT32_MAX, BL_STEP_CAPACITY);
    REFUSED(memory_bytes, BL_GIB + 1, BL_STEP_CAPACITY);
    REFUSED(memory_bytes, UINT64_MAX, BL_STEP_CAPACITY);
    REFUSED(held_bytes, options.tenant_bytes_max + 1, BL_STEP_CAPACITY);
    REFUSED(held_bytes, UINT64_MAX, BL_STEP_CAPACITY);
#undef REFUSED
    assert_int_equal(bl_admission_stats(scene.admission).refused_capacity, 6);
    assert_int_equal(bl_admission_stats(scene.admission).tenants, 0);
    assert_true(bl_admission_is_idle(scene.admission));
    admission_scene_release(&scene);
}

static void options__are_held_to_their_bounds(void **state)
{
    struct bl_admission *admission;
    struct bl_err err;

    (void)state;
#define REFUSED(field, value)                                               \
    do {                                                                    \
        struct bl_admission_options options = small_options(2);             \
        options.field = value;                                              \
        assert_int_equal(bl_admission_new(&admission, &options, &err), -1); \
        assert_int_equal(err.step, BL_STEP_FIELD);                          \
    } while (0)
    REFUSED(slots, 0);
    REFUSED(slots, BL_SLOTS_MAX + 1);
    REFUSED(memory_bytes, 0);
    REFUSED(queue_jobs_max, 0);
    REFUSED(queue_jobs_max, BL_QUEUE_JOBS_MOST + 1);
    REFUSED(tenant_jobs_max, 0);
    REFUSED(queue_bytes_max, 0);
    REFUSED(tenant_bytes_max, 0);
    REFUSED(tenants_max, 0);
    REFUSED(ageing_ns, UINT64_MAX);
#undef REFUSED
}

static void enqueue__full_queue_is_busy(void **state)
{
    static const struct {
        uint32_t jobs, tenant_jobs; /* at most */
        uint64_t bytes, tenant_bytes;
        uint32_t tenants;
        const char *third; /* its tenant; the first two are "a"'s; 1000 bytes each */
        bool taken;
    } rows[] = {
        {2, 9, 9000, 9000, 9, "b", false}, {9, 2, 9000, 9000, 9, "a", false},
        {9, 2, 9000, 9000, 9, "b", true},  {9, 9, 2999, 2999, 9, "b", false},
        {9, 9, 9000, 2999, 9, "a", false}, {9, 9, 9000, 2999, 9, "b", true},
        {9, 9, 3000, 3000, 1, "b", false}, {9, 9, 3000, 3000, 1, "a", true},
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(rows); i++) {
        struct bl_admission_options options = {.slots = 1,
                                               .memory_bytes = BL_GIB,
                                               .queue_jobs_max = rows[i].jobs,
                                               .tenant_jobs_max = rows[i].tenant_jobs,
                                               .queue_bytes_max = rows[i].bytes,
                                               .tenant_bytes_max = rows[i].tenant_bytes,
                                               .tenants_max = rows[i].tenants};
        struct scene_job jobs[3] = {{.tenant = "a"}, {.tenant = "a"}, {.tenant = rows[i].third}};
        struct bl_admission_job request;
        struct admission_scene scene;

        admission_scene_init(&scene, &options);
        for (int j = 0; j < 2; j++) {
            request = scene_request(&jobs[j]);
            scene_ask(&scene, &request);
        }
        request = scene_request(&jobs[2]);
        if (rows[i].taken)
            scene_ask(&scene, &request);
        else
            assert_int_equal(refusal(&scene, &request), BL_STEP_QUEUE_FULL);
        assert_int_equal(bl_admission_stats(scene.admission).refused_full, !rows[i].taken);
        admission_scene_release(&scene);
    }
}

/* ---- order within a tenant ---- */

static void ask(struct admission_scene *scene, struct scene_job *job, int32_t priority)
{
    struct bl_admission_job request = scene_request(job);

    request.priority = priority;
    scene_ask(scene, &request);
}

static void turn__equal_priority_is_first_come_first_served(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job jobs[50];
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++) {
        jobs[i] = (struct scene_job){.tenant = "a", .takes_ns = 1};
        ask(&scene, &jobs[i], 0);
    }
    while (scene_step(&scene) || scene_pump(&scene) > 0)
        ;
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++)
        assert_int_equal(jobs[i].order, i + 1);
    admission_scene_release(&scene);
}

static void turn__priority_goes_first_until_the_other_has_aged(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job running = {.tenant = "a", .takes_ns = 20 * BL_NS_PER_S};
    struct scene_job low = {.tenant = "a", .takes_ns = 1}, high = low, later = low;
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    ask(&scene, &running, 0);
    assert_int_equal(scene_pump(&scene), 1);
    ask(&scene, &low, 0);
    scene.now_ns += 4 * BL_NS_PER_S;
    ask(&scene, &high, 5); /* comes 4 s later, counts as 1 s earlier */
    scene.now_ns += 2 * BL_NS_PER_S;
    ask(&scene, &later, 5); /* as 1 s later */
    while (scene_step(&scene))
        ;
    assert_int_equal(high.order, 2);
    assert_int_equal(low.order, 3);
    assert_int_equal(later.order, 4);
    admission_scene_release(&scene);
}

/* ---- how tickets end ---- */

static void ticket__expires_while_it_waits(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job running = {.tenant = "a", .takes_ns = 100};
    struct scene_job late = {.tenant = "a"}, patient = {.tenant = "a"}, past = {.tenant = "a"};
    struct bl_admission_job request;
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    assert_int_equal(bl_admission_next_ns(scene.admission), UINT64_MAX);
    ask(&scene, &running, 0);
    assert_int_equal(scene_pump(&scene), 1);
    request = scene_request(&late);
    request.deadline_ns = scene.now_ns + 50;
    scene_ask(&scene, &request);
    ask(&scene, &patient, 0);
    request = scene_request(&past);
    request.deadline_ns = scene.now_ns;
    scene_ask(&scene, &request);
    (void)scene_pump(&scene);
    assert_int_equal(past.expired, 1);
    assert_int_equal(late.expired, 0);
    assert_int_equal(bl_admission_next_ns(scene.admission), scene.now_ns + 50);
    assert_true(scene_step(&scene));
    assert_int_equal(late.expired, 1);
    assert_true(scene_step(&scene));
    assert_int_equal(patient.starts, 1);
    assert_int_equal(late.starts + past.starts, 0);
    assert_int_equal(bl_admission_stats(scene.admission).expired, 2);
    admission_scene_release(&scene);
}

static void ticket__is_cancelled_only_while_it_waits(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job running = {.tenant = "a", .takes_ns = 100}, waiting = {.tenant = "a"};
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    ask(&scene, &running, 0);
    assert_int_equal(scene_pump(&scene), 1);
    ask(&scene, &waiting, 0);
    assert_true(bl_ticket_is_running(running.ticket));
    assert_false(bl_ticket_is_running(waiting.ticket));
    assert_false(bl_admission_cancel(scene.admission, running.ticket, scene.now_ns));
    assert_true(bl_admission_is_wanted(scene.admission));
    assert_true(bl_admission_cancel(scene.admission, waiting.ticket, scene.now_ns));
    assert_false(bl_admission_is_wanted(scene.admission));
    while (scene_step(&scene))
        ;
    assert_int_equal(running.ends, 1);
    assert_int_equal(waiting.starts + waiting.expired + waiting.drained, 0);
    assert_int_equal(bl_admission_stats(scene.admission).cancelled, 1);
    admission_scene_release(&scene);
}

static void drain__refuses_new_ones_and_runs_the_queued(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job jobs[3] = {{.tenant = "a"}, {.tenant = "b"}, {.tenant = "a"}};
    struct bl_admission_job request = scene_request(&jobs[2]);
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    ask(&scene, &jobs[0], 0);
    ask(&scene, &jobs[1], 0);
    bl_admission_drain(scene.admission, BL_DRAIN_FINISH_QUEUED);
    assert_int_equal(refusal(&scene, &request), BL_STEP_DRAINING);
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns));
    assert_false(bl_admission_is_idle(scene.admission));
    (void)scene_pump(&scene);
    while (scene_step(&scene))
        ;
    assert_true(bl_admission_is_idle(scene.admission));
    assert_int_equal(jobs[0].ends + jobs[1].ends, 2);
    admission_scene_release(&scene);
}

static void drain__tells_each_of_the_queued(void **state)
{
    struct bl_admission_options options = small_options(1);
    struct scene_job jobs[4] = {
        {.tenant = "a", .takes_ns = 9}, {.tenant = "b"}, {.tenant = "a"}, {.tenant = "c"}};
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++)
        ask(&scene, &jobs[i], 0);
    assert_int_equal(scene_pump(&scene), 1);
    bl_admission_drain(scene.admission, BL_DRAIN_FINISH_QUEUED);
    bl_admission_drain(scene.admission, BL_DRAIN_REFUSE_QUEUED);
    assert_int_equal(scene_pump(&scene), 0);
    for (size_t i = 1; i < BL_ARRAY_LEN(jobs); i++)
        assert_int_equal(jobs[i].drained, 1);
    assert_false(bl_admission_is_idle(scene.admission));
    while (scene_step(&scene))
        ;
    assert_int_equal(jobs[0].ends, 1);
    assert_true(bl_admission_is_idle(scene.admission));
    assert_int_equal(bl_admission_stats(scene.admission).drained, 3);
    admission_scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enqueue__refuses_what_is_out_of_bounds),
        cmocka_unit_test(options__are_held_to_their_bounds),
        cmocka_unit_test(enqueue__full_queue_is_busy),
        cmocka_unit_test(turn__equal_priority_is_first_come_first_served),
        cmocka_unit_test(turn__priority_goes_first_until_the_other_has_aged),
        cmocka_unit_test(ticket__expires_while_it_waits),
        cmocka_unit_test(ticket__is_cancelled_only_while_it_waits),
        cmocka_unit_test(drain__refuses_new_ones_and_runs_the_queued),
        cmocka_unit_test(drain__tells_each_of_the_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
