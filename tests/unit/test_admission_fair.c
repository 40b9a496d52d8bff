/* Shares of tenants, and that nobody starves: whole days of a worker, in milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/units.h"
#include "tests/unit/admission_scene.h"

enum { TENANTS_MAX = 100, JOBS_MAX = 20000 };

/* Tenants that always have `backlog` jobs waiting, each of 1 to `longest_ms`. */
struct crowd {
    unsigned tenants;
    unsigned backlog;
    uint32_t weights[TENANTS_MAX];
    uint64_t longest_ms[TENANTS_MAX];
    uint32_t slots[TENANTS_MAX];
    uint64_t memory_bytes[TENANTS_MAX];
};

struct day {
    struct admission_scene scene;
    struct crowd crowd;
    char names[TENANTS_MAX][16];
    struct scene_job *jobs;
    size_t asked;
    uint64_t seed;
};

static void ask_one(struct day *day, unsigned tenant)
{
    struct scene_job *job = &day->jobs[day->asked++];
    struct bl_admission_job request;

    assert_in_range(day->asked, 1, JOBS_MAX);
    job->tenant = day->names[tenant];
    job->takes_ns = (1 + scene_random(&day->seed) % day->crowd.longest_ms[tenant]) * BL_NS_PER_MS;
    request = scene_request(job);
    request.weight = day->crowd.weights[tenant];
    request.slots = day->crowd.slots[tenant];
    request.memory_bytes = day->crowd.memory_bytes[tenant];
    scene_ask(&day->scene, &request);
}

static struct bl_admission_tenant account(const struct day *day, unsigned tenant)
{
    struct bl_admission_tenant found = {0};

    (void)bl_admission_tenant(day->scene.admission, day->names[tenant], &found);
    return found;
}

/* All alike: weight 1, one slot, hardly any memory. */
static struct crowd crowd_of(unsigned tenants, unsigned backlog, uint64_t longest_ms)
{
    struct crowd crowd = {.tenants = tenants, .backlog = backlog};

    for (unsigned i = 0; i < tenants; i++) {
        crowd.weights[i] = crowd.slots[i] = 1;
        crowd.memory_bytes[i] = 1;
        crowd.longest_ms[i] = longest_ms;
    }
    return crowd;
}

static void open_day(struct day *day, const struct crowd *crowd, unsigned slots)
{
    struct bl_admission_options options = bl_admission_default_options(slots, BL_GIB);

    memset(day, 0, sizeof(*day));
    day->crowd = *crowd;
    day->seed = 7;
    day->jobs = calloc(JOBS_MAX, sizeof(*day->jobs));
    assert_non_null(day->jobs);
    admission_scene_init(&day->scene, &options);
    for (unsigned i = 0; i < crowd->tenants; i++)
        (void)snprintf(day->names[i], sizeof(day->names[i]), "t%u", i);
}

static void close_day(struct day *day)
{
    admission_scene_release(&day->scene);
    free(day->jobs);
}

/* Everybody always has something waiting, for `steps` ends of jobs. */
static void work(struct day *day, unsigned steps)
{
    for (unsigned step = 0; step < steps; step++) {
        for (unsigned i = 0; i < day->crowd.tenants; i++) {
            while (account(day, i).queued < day->crowd.backlog)
                ask_one(day, i);
        }
        (void)scene_pump(&day->scene);
        assert_true(scene_step(&day->scene));
    }
}

/* Held time over weight must be alike, but for some jobs' lengths. */
static void assert_alike(const struct day *day, unsigned one, unsigned other, uint64_t scale_one,
                         uint64_t scale_other, uint64_t most_apart_ms)
{
    uint64_t a = account(day, one).held_ns * scale_one,
             b = account(day, other).held_ns * scale_other;
    uint64_t apart = a > b ? a - b : b - a;

    if (apart > most_apart_ms * BL_NS_PER_MS)
        fail_msg("tenants %u and %u are %llu ms apart (%llu, %llu)", one, other,
                 (unsigned long long)(apart / BL_NS_PER_MS), (unsigned long long)(a / BL_NS_PER_MS),
                 (unsigned long long)(b / BL_NS_PER_MS));
}

static void fair__short_jobs_get_as_much_time_as_long_ones(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 20, 1000);

    (void)state;
    crowd.longest_ms[0] = 10;
    open_day(&day, &crowd, 4);
    work(&day, 10000);
    assert_true(account(&day, 0).held_ns > 20 * BL_NS_PER_S);
    assert_alike(&day, 0, 1, 1, 1, 4 * 1000 + 4 * 10);
    close_day(&day);
}

static void fair__one_that_floods_gets_no_more(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 0, 100);

    (void)state;
    open_day(&day, &crowd, 2);
    for (int i = 0; i < 5000; i++)
        ask_one(&day, 0);
    for (int step = 0; step < 2000; step++) {
        while (account(&day, 1).queued < 2)
            ask_one(&day, 1);
        (void)scene_pump(&day.scene);
        assert_true(scene_step(&day.scene));
    }
    assert_alike(&day, 0, 1, 1, 1, 2 * 100 * 2);
    close_day(&day);
}

/* While one floods, another that comes now and then hardly waits: each slot's present job, and no
 * more than one further of the other's in between. */
static void fair__one_that_comes_seldom_does_not_wait_long(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 0, 100);

    (void)state;
    open_day(&day, &crowd, 2);
    for (int i = 0; i < 5000; i++)
        ask_one(&day, 0);
    (void)scene_pump(&day.scene);
    for (int step = 0; step < 2000; step++) {
        if (step % 20 == 10) {
            ask_one(&day, 1);
            (void)scene_pump(&day.scene);
        }
        assert_true(scene_step(&day.scene));
    }
    for (size_t i = 5000; i < day.asked; i++) {
        struct scene_job *job = &day.jobs[i];

        assert_int_equal(job->starts, 1);
        assert_in_range(job->started_ns - job->asked_ns, 0, 200 * BL_NS_PER_MS);
    }
    close_day(&day);
}

static void fair__shares_go_by_weight(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(3, 10, 50);

    (void)state;
    crowd.weights[1] = 2;
    crowd.weights[2] = 4;
    open_day(&day, &crowd, 3);
    work(&day, 7000);
    assert_alike(&day, 0, 1, 4, 2, 4 * 3 * 50 * 2);
    assert_alike(&day, 0, 2, 4, 1, 4 * 3 * 50 * 2);
    close_day(&day);
}

/* Half of the memory is worth half of the slots, however few of them it holds. */
static void fair__memory_counts_where_it_is_the_larger_share(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 20, 50);

    (void)state;
    crowd.memory_bytes[0] = BL_GIB / 4;
    open_day(&day, &crowd, 8); /* a quarter of the memory: two slots' worth */
    work(&day, 7000);
    assert_alike(&day, 0, 1, 2, 1, 2 * 8 * 50 * 2);
    close_day(&day);
}

static void fair__a_hundred_tenants_share_alike(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(100, 2, 100);

    (void)state;
    for (unsigned i = 0; i < crowd.tenants; i++) {
        crowd.longest_ms[i] = 1 + i;
        crowd.slots[i] = 1 + i % 2;
    }
    open_day(&day, &crowd, 4);
    work(&day, 8000);
    for (unsigned i = 1; i < crowd.tenants; i++)
        assert_alike(&day, 0, i, 1, 1, 4 * 100 * 2);
    close_day(&day);
}

/* Eight slots at one moment: the one that has used a little less does not get them all. */
static void fair__slots_that_become_free_together_are_divided(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(3, 0, 10);

    (void)state;
    crowd.slots[2] = 8;
    open_day(&day, &crowd, 8);
    ask_one(&day, 0);
    (void)scene_pump(&day.scene);
    assert_true(scene_step(&day.scene));
    ask_one(&day, 2);
    (void)scene_pump(&day.scene);
    for (int i = 0; i < 20; i++)
        ask_one(&day, (unsigned)i % 2);
    assert_true(scene_step(&day.scene)); /* the one that held all of them is over */
    assert_in_range(account(&day, 0).running, 3, 5);
    assert_in_range(account(&day, 1).running, 3, 5);
    close_day(&day);
}

static void tenants__are_forgotten_when_others_have_used_as_much(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 1, 10);
    struct bl_admission_tenant account_of_0;

    (void)state;
    crowd.longest_ms[0] = 1000;
    open_day(&day, &crowd, 1);
    ask_one(&day, 0);
    (void)scene_pump(&day.scene);
    assert_true(scene_step(&day.scene));
    assert_true(bl_admission_tenant(day.scene.admission, day.names[0], &account_of_0));
    assert_true(account_of_0.held_ns > 0);
    for (int i = 0; i < 1000; i++) {
        ask_one(&day, 1);
        (void)scene_pump(&day.scene);
        assert_true(scene_step(&day.scene));
    }
    assert_false(bl_admission_tenant(day.scene.admission, day.names[0], &account_of_0));
    assert_int_equal(bl_admission_stats(day.scene.admission).tenants, 1);
    close_day(&day);
}

/* What a tenant did not use while it was away is not owed to it. */
static void fair__idling_saves_nothing_up(void **state)
{
    static struct day day;
    struct crowd crowd = crowd_of(2, 10, 50);
    uint64_t before;

    (void)state;
    open_day(&day, &crowd, 2);
    ask_one(&day, 1); /* known, then away */
    day.crowd.tenants = 1;
    work(&day, 3000);
    before = account(&day, 0).held_ns;
    day.crowd.tenants = 2;
    work(&day, 1000);
    before = account(&day, 0).held_ns - before;
    assert_in_range(account(&day, 1).held_ns, before - 400 * BL_NS_PER_MS,
                    before + 400 * BL_NS_PER_MS);
    close_day(&day);
}

/* One job of the least priority, among urgent ones of its own tenant that never cease. */
static void starvation__the_least_urgent_starts_when_it_has_aged(void **state)
{
    static struct day day;
    struct crowd crowd = {
        .tenants = 1, .weights = {1}, .longest_ms = {100}, .slots = {1}, .memory_bytes = {1}};
    struct scene_job low = {.tenant = "t0", .takes_ns = 1};
    struct bl_admission_job request = scene_request(&low);
    uint64_t came_ns;

    (void)state;
    open_day(&day, &crowd, 1);
    request.priority = -20;
    scene_ask(&day.scene, &request);
    came_ns = day.scene.now_ns;
    while (low.starts == 0) {
        while (account(&day, 0).queued < 4) {
            struct scene_job *job = &day.jobs[day.asked++];

            assert_in_range(day.asked, 1, JOBS_MAX);
            *job = (struct scene_job){.tenant = "t0", .takes_ns = 99 * BL_NS_PER_MS};
            request = scene_request(job);
            request.priority = 10;
            scene_ask(&day.scene, &request);
        }
        (void)scene_pump(&day.scene);
        assert_true(scene_step(&day.scene));
    }
    /* 30 steps of a second, and one job that was running. */
    assert_in_range(low.started_ns - came_ns, 29 * BL_NS_PER_S, 31 * BL_NS_PER_S);
    close_day(&day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fair__short_jobs_get_as_much_time_as_long_ones),
        cmocka_unit_test(fair__one_that_floods_gets_no_more),
        cmocka_unit_test(fair__one_that_comes_seldom_does_not_wait_long),
        cmocka_unit_test(fair__shares_go_by_weight),
        cmocka_unit_test(fair__memory_counts_where_it_is_the_larger_share),
        cmocka_unit_test(fair__a_hundred_tenants_share_alike),
        cmocka_unit_test(fair__slots_that_become_free_together_are_divided),
        cmocka_unit_test(tenants__are_forgotten_when_others_have_used_as_much),
        cmocka_unit_test(fair__idling_saves_nothing_up),
        cmocka_unit_test(starvation__the_least_urgent_starts_when_it_has_aged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
