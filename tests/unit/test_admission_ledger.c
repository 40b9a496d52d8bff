/* Whatever is asked in whatever order: each ticket ends exactly once, and slots and memory are
 * never given twice. A ledger beside the queue keeps count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "executor/base/loop.h"
#include "tests/unit/admission_scene.h"

enum { SEEDS = 60, OPERATIONS = 4000, NAMES = 12, SLOTS = 7, MEMORY = 1000 };

struct ledger {
    struct admission_scene scene;
    uint64_t seed;
    struct scene_job jobs[OPERATIONS];
    uint64_t memory_bytes[OPERATIONS];
    bool cancelled[OPERATIONS];
    size_t asked;
    uint64_t refused;
    bool draining;
};

static const char *const names[NAMES] = {"a", "b", "c", "d", "e", "f",
                                         "g", "h", "i", "j", "k", "l"};

static uint64_t up_to(struct ledger *ledger, uint64_t most)
{
    return scene_random(&ledger->seed) % (most + 1);
}

/* Some of these are refused, for every reason there is. */
static void ask(struct ledger *ledger)
{
    struct scene_job *job = &ledger->jobs[ledger->asked];
    struct bl_admission_job request;
    struct bl_err err;

    *job = (struct scene_job){.tenant = names[up_to(ledger, NAMES - 1)],
                              .takes_ns = up_to(ledger, 100),
                              .asked_ns = ledger->scene.now_ns};
    request = scene_request(job);
    request.weight = 1 + (uint32_t)up_to(ledger, 3);
    request.priority = (int32_t)up_to(ledger, 20) - 10;
    request.slots = 1 + (uint32_t)up_to(ledger, up_to(ledger, SLOTS));
    request.memory_bytes = 1 + up_to(ledger, up_to(ledger, MEMORY));
    request.held_bytes = up_to(ledger, 50);
    if (up_to(ledger, 3) == 0)
        request.deadline_ns = ledger->scene.now_ns + up_to(ledger, 300);
    if (bl_admission_enqueue(ledger->scene.admission, &request, ledger->scene.now_ns, &job->ticket,
                             &err) != 0) {
        ledger->refused++;
        return;
    }
    assert_false(ledger->draining);
    ledger->memory_bytes[ledger->asked++] = request.memory_bytes;
}

static void cancel(struct ledger *ledger)
{
    size_t i = ledger->asked ? up_to(ledger, ledger->asked - 1) : 0;
    struct scene_job *job = &ledger->jobs[i];

    if (ledger->asked == 0 || !job->ticket)
        return;
    assert_true(bl_ticket_is_running(job->ticket) == (job->starts > job->ends));
    if (bl_admission_cancel(ledger->scene.admission, job->ticket, ledger->scene.now_ns)) {
        assert_int_equal(job->starts, 0);
        ledger->cancelled[i] = true;
        job->ticket = NULL;
    }
}

/* What runs, added up from the ledger, is what the admission thinks. */
static void check_resources(const struct ledger *ledger)
{
    struct bl_admission_stats stats = bl_admission_stats(ledger->scene.admission);
    struct bl_slot_set all = {{0}};
    uint64_t memory_bytes = 0;
    unsigned slots = 0;

    for (unsigned i = 0; i < ledger->scene.running_count; i++) {
        const struct scene_job *job = ledger->scene.running[i].job;

        memory_bytes += ledger->memory_bytes[job - ledger->jobs];
        for (unsigned slot = 0; slot < BL_SLOTS_MAX; slot++) {
            if (!bl_slot_set_has(&job->slots, slot))
                continue;
            assert_in_range(slot, 0, SLOTS - 1);
            assert_false(bl_slot_set_has(&all, slot));
            bl_slot_set_put(&all, slot);
            slots++;
        }
    }
    assert_in_range(memory_bytes, 0, MEMORY);
    assert_int_equal(memory_bytes, stats.memory_used_bytes);
    assert_int_equal(slots, stats.slots_used);
    assert_int_equal(ledger->scene.running_count, stats.running);
    assert_int_equal(stats.enqueued, stats.started + stats.expired + stats.cancelled +
                                         stats.drained + stats.queued);
    assert_int_equal(stats.started, stats.done + stats.running);
}

static void check_outcomes(const struct ledger *ledger)
{
    struct bl_admission_stats stats = bl_admission_stats(ledger->scene.admission);

    for (size_t i = 0; i < ledger->asked; i++) {
        const struct scene_job *job = &ledger->jobs[i];
        unsigned outcomes = job->starts + job->expired + job->drained + ledger->cancelled[i];

        assert_int_equal(outcomes, 1);
        assert_int_equal(job->starts, job->ends);
        assert_null(job->ticket);
    }
    assert_int_equal(stats.enqueued, ledger->asked);
    assert_int_equal(stats.refused_full + stats.refused_capacity + stats.refused_draining,
                     ledger->refused);
    assert_int_equal(stats.queued_bytes, 0);
    assert_true(bl_admission_is_idle(ledger->scene.admission));
}

static void play(struct ledger *ledger, uint64_t seed, bool drain_early)
{
    struct bl_admission_options options = bl_admission_default_options(SLOTS, MEMORY);

    memset(ledger, 0, sizeof(*ledger));
    ledger->seed = seed * 977 + 1;
    options.queue_jobs_max = 60;
    options.tenant_jobs_max = 20;
    options.queue_bytes_max = 1500;
    options.tenant_bytes_max = 600;
    options.tenants_max = 10; /* fewer than names */
    options.ageing_ns = 10;
    options.overtakes_max = (uint32_t)(seed % 5);
    admission_scene_init(&ledger->scene, &options);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint64_t what = up_to(ledger, 9);

        if (what < 5)
            ask(ledger);
        else if (what < 6)
            cancel(ledger);
        else
            (void)scene_step(&ledger->scene);
        ledger->scene.now_ns += up_to(ledger, 3);
        (void)scene_pump(&ledger->scene);
        check_resources(ledger);
        if (drain_early && i == OPERATIONS * 3 / 4) {
            bl_admission_drain(ledger->scene.admission, BL_DRAIN_REFUSE_QUEUED);
            ledger->draining = true;
            (void)scene_pump(&ledger->scene);
        }
    }
    while (scene_step(&ledger->scene))
        check_resources(ledger);
    check_outcomes(ledger);
    admission_scene_release(&ledger->scene);
}

static void ledger__each_ticket_ends_exactly_once(void **state)
{
    struct ledger *ledger = malloc(sizeof(*ledger));
    uint64_t started = 0, refused = 0;

    (void)state;
    assert_non_null(ledger);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play(ledger, seed, seed % 2);
        refused += ledger->refused;
        for (size_t i = 0; i < ledger->asked; i++)
            started += ledger->jobs[i].starts;
    }
    assert_true(started > 10000); /* the game was worth playing */
    assert_true(refused > 1000);
    free(ledger);
}

/* What a whole life costs is told, not judged: how work grows is test_admission_heap.c's. */
static uint64_t cost_of(unsigned jobs)
{
    struct scene_job *all = calloc(jobs, sizeof(*all));
    struct bl_admission_options options = bl_admission_default_options(4, BL_GIB);
    struct admission_scene scene;
    char tenants[100][16];
    uint64_t seed = 3, begun_ns;

    assert_non_null(all);
    options.queue_jobs_max = options.tenant_jobs_max = BL_QUEUE_JOBS_MOST;
    options.queue_bytes_max = options.tenant_bytes_max = UINT64_MAX;
    admission_scene_init(&scene, &options);
    for (unsigned i = 0; i < 100; i++)
        (void)snprintf(tenants[i], sizeof(tenants[i]), "t%u", i);
    begun_ns = bl_now_ns();
    for (unsigned i = 0; i < jobs; i++) {
        struct bl_admission_job request;

        all[i] = (struct scene_job){.tenant = tenants[scene_random(&seed) % 100],
                                    .takes_ns = 1 + scene_random(&seed) % 1000};
        request = scene_request(&all[i]);
        request.priority = (int32_t)(scene_random(&seed) % 2001) - 1000;
        request.deadline_ns = scene.now_ns + (1 + scene_random(&seed) % 1000) * BL_NS_PER_S;
        scene_ask(&scene, &request);
    }
    (void)scene_pump(&scene);
    while (scene_step(&scene))
        ;
    begun_ns = bl_now_ns() - begun_ns;
    for (unsigned i = 0; i < jobs; i++)
        assert_int_equal(all[i].ends + all[i].expired, 1);
    admission_scene_release(&scene);
    free(all);
    return begun_ns;
}

static void ledger__ten_thousand_queued_jobs_all_end(void **state)
{
    uint64_t spent_ns = cost_of(10000);

    (void)state;
    print_message("10,000 jobs of 100 tenants: %llu ns each\n",
                  (unsigned long long)spent_ns / 10000);
    spent_ns = cost_of(160000);
    print_message("160,000 jobs of 100 tenants: %llu ns each\n",
                  (unsigned long long)spent_ns / 160000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger__each_ticket_ends_exactly_once),
        cmocka_unit_test(ledger__ten_thousand_queued_jobs_all_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
