/* What is handed out with a start: slots and memory, and who may overtake whom for lack of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <string.h>

#include "bailiff/own.h"
#include "bailiff/units.h"
#include "tests/unit/admission_scene.h"

static void ask(struct admission_scene *scene, struct scene_job *job, uint32_t slots,
                uint64_t memory_bytes)
{
    struct bl_admission_job request = scene_request(job);

    request.slots = slots;
    request.memory_bytes = memory_bytes;
    scene_ask(scene, &request);
}

static unsigned count_slots(const struct bl_slot_set *set)
{
    unsigned count = 0;

    for (unsigned slot = 0; slot < BL_SLOTS_MAX; slot++)
        count += bl_slot_set_has(set, slot);
    return count;
}

static void slots__are_handed_out_once(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(70, BL_GIB);
    struct scene_job jobs[5] = {{.tenant = "a", .takes_ns = 1},
                                {.tenant = "a", .takes_ns = 2},
                                {.tenant = "a", .takes_ns = 3},
                                {.tenant = "a", .takes_ns = 3},
                                {.tenant = "a", .takes_ns = 3}};
    static const uint32_t wanted[5] = {1, 64, 5, 1, 70};
    struct bl_slot_set all = {{0}};
    struct admission_scene scene;

    (void)state;
    options.overtakes_max = 0;
    admission_scene_init(&scene, &options);
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++)
        ask(&scene, &jobs[i], wanted[i], 1);
    assert_int_equal(scene_pump(&scene), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(count_slots(&jobs[i].slots), wanted[i]);
        for (size_t word = 0; word < BL_ARRAY_LEN(all.bits); word++) {
            assert_int_equal(all.bits[word] & jobs[i].slots.bits[word], 0);
            all.bits[word] |= jobs[i].slots.bits[word];
        }
    }
    assert_int_equal(count_slots(&all), 70);
    assert_false(bl_slot_set_has(&all, 70));
    assert_true(scene_step(&scene)); /* the first job's slot goes to the fourth */
    assert_memory_equal(&jobs[3].slots, &jobs[0].slots, sizeof(all));
    while (scene_step(&scene))
        ;
    assert_int_equal(count_slots(&jobs[4].slots), 70);
    admission_scene_release(&scene);
}

static void memory__sum_of_limits_stays_below_the_budget(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(8, 1000);
    struct scene_job jobs[4] = {{.tenant = "a", .takes_ns = 5},
                                {.tenant = "a", .takes_ns = 9},
                                {.tenant = "a", .takes_ns = 9},
                                {.tenant = "a", .takes_ns = 9}};
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    ask(&scene, &jobs[0], 1, 600);
    ask(&scene, &jobs[1], 1, 400);
    ask(&scene, &jobs[2], 1, 1);
    ask(&scene, &jobs[3], 1, 1000);
    assert_int_equal(scene_pump(&scene), 2);
    assert_int_equal(bl_admission_stats(scene.admission).memory_used_bytes, 1000);
    assert_true(scene_step(&scene));
    assert_int_equal(jobs[2].starts, 1);
    assert_int_equal(jobs[3].starts, 0);
    while (scene_step(&scene))
        ;
    assert_int_equal(jobs[3].ends, 1);
    admission_scene_release(&scene);
}

/* "big" wants both slots, while one-slot jobs of another tenant come without end. */
static void overtaking__ends_and_the_big_one_starts(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(2, BL_GIB);
    struct scene_job big = {.tenant = "big", .takes_ns = BL_NS_PER_S};
    static struct scene_job small[200];
    struct admission_scene scene;
    size_t asked = 2;

    (void)state;
    options.overtakes_max = 3;
    memset(small, 0, sizeof(small));
    for (size_t i = 0; i < BL_ARRAY_LEN(small); i++)
        small[i] =
            (struct scene_job){.tenant = "small", .takes_ns = (1 + i % 3) * 10 * BL_NS_PER_MS};
    admission_scene_init(&scene, &options);
    ask(&scene, &small[0], 1, 1);
    ask(&scene, &small[1], 1, 1);
    assert_int_equal(scene_pump(&scene), 2);
    ask(&scene, &big, 2, 1);
    while (big.starts == 0 && asked < BL_ARRAY_LEN(small)) {
        ask(&scene, &small[asked++], 1, 1);
        assert_true(scene_step(&scene));
    }
    assert_int_equal(big.starts, 1);
    assert_in_range(big.order, 3, 2 + 3 + 1); /* at most three went before it */
    admission_scene_release(&scene);
}

static void overtaking__can_be_forbidden(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(2, BL_GIB);
    struct scene_job first = {.tenant = "a", .takes_ns = 100};
    struct scene_job big = {.tenant = "b", .takes_ns = 100}, small = {.tenant = "c"};
    struct admission_scene scene;

    (void)state;
    options.overtakes_max = 0;
    admission_scene_init(&scene, &options);
    ask(&scene, &first, 1, 1);
    assert_int_equal(scene_pump(&scene), 1);
    ask(&scene, &big, 2, 1);
    ask(&scene, &small, 1, 1);
    assert_int_equal(scene_pump(&scene), 0);
    /* Who stands in the way leaves: the next one need not wait for him. */
    assert_true(bl_admission_cancel(scene.admission, big.ticket, scene.now_ns));
    assert_int_equal(scene_pump(&scene), 1);
    assert_int_equal(small.starts, 1);
    admission_scene_release(&scene);
}

/* "b" owes, so that whoever is new comes before it in turn; but it has waited for long enough. */
static void overtaking__none_comes_before_one_that_stands_at_the_barrier(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(2, BL_GIB);
    struct scene_job used = {.tenant = "b", .takes_ns = 10 * BL_NS_PER_S};
    struct scene_job first = {.tenant = "a", .takes_ns = 100};
    struct scene_job big = {.tenant = "b", .takes_ns = 100}, small = {.tenant = "c"};
    struct admission_scene scene;

    (void)state;
    options.overtakes_max = 0;
    admission_scene_init(&scene, &options);
    ask(&scene, &used, 1, 1);
    assert_int_equal(scene_pump(&scene), 1);
    assert_true(scene_step(&scene));
    ask(&scene, &first, 1, 1);
    assert_int_equal(scene_pump(&scene), 1);
    ask(&scene, &big, 2, 1);
    assert_int_equal(scene_pump(&scene), 0);
    ask(&scene, &small, 1, 1);
    assert_int_equal(scene_pump(&scene), 0);
    assert_true(scene_step(&scene));
    assert_int_equal(big.starts, 1);
    admission_scene_release(&scene);
}

static void extra__takes_only_what_nobody_waits_for(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(3, BL_GIB);
    struct scene_job job = {.tenant = "a", .takes_ns = 100}, other = {.tenant = "b"};
    struct bl_admission_job request = scene_request(&job), big = scene_request(&other);
    struct bl_ticket *one, *two;
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns)); /* nothing runs */
    scene_ask(&scene, &request);
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns)); /* it waits itself */
    assert_int_equal(scene_pump(&scene), 1);
    one = bl_admission_extra(scene.admission, &request, scene.now_ns);
    two = bl_admission_extra(scene.admission, &request, scene.now_ns);
    assert_non_null(one);
    assert_non_null(two);
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns)); /* no slot is free */
    assert_int_equal(count_slots(bl_ticket_slots(one)), 1);
    assert_memory_not_equal(bl_ticket_slots(one), bl_ticket_slots(two), sizeof(struct bl_slot_set));
    bl_admission_done(scene.admission, two, 0, scene.now_ns);
    big.slots = 3;
    scene_ask(&scene, &big);
    assert_true(bl_admission_is_wanted(scene.admission));
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns));
    bl_admission_done(scene.admission, one, 0, scene.now_ns);
    while (scene_step(&scene))
        ;
    assert_int_equal(other.ends, 1);
    assert_int_equal(bl_admission_stats(scene.admission).extra, 2);
    assert_int_equal(bl_admission_stats(scene.admission).done, 4);
    admission_scene_release(&scene);
}

static void hold__nobody_starts_and_whoever_is_alone_pays(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(4, BL_GIB);
    struct scene_job jobs[] = {{.tenant = "a", .takes_ns = 100}, {.tenant = "a"}, {.tenant = "b"}};
    struct bl_admission_job request = scene_request(&jobs[0]);
    struct admission_scene scene;

    (void)state;
    admission_scene_init(&scene, &options);
    scene_ask(&scene, &request);
    assert_int_equal(scene_pump(&scene), 1);
    bl_admission_hold(scene.admission, true);
    for (size_t i = 1; i < 3; i++) {
        struct bl_admission_job other = scene_request(&jobs[i]);

        other.slots = 3;
        scene_ask(&scene, &other);
    }
    assert_int_equal(scene_pump(&scene), 0);
    assert_null(bl_admission_extra(scene.admission, &request, scene.now_ns));
    bl_admission_surcharge(scene.admission, jobs[0].ticket, 60 * BL_NS_PER_S, scene.now_ns);
    bl_admission_hold(scene.admission, false);
    assert_int_equal(scene_pump(&scene), 1);
    assert_int_equal(jobs[2].starts, 1); /* it came last, but the other tenant has had its share */
    while (scene_step(&scene))
        ;
    assert_int_equal(jobs[1].ends, 1);
    admission_scene_release(&scene);
}

/* ---- when to come again ---- */

static void retry__follows_the_rate_of_starts(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(1, BL_GIB);
    static struct scene_job jobs[100];
    struct admission_scene scene;
    uint64_t hint_ns;

    (void)state;
    memset(jobs, 0, sizeof(jobs));
    admission_scene_init(&scene, &options);
    assert_int_equal(bl_admission_retry_ns(scene.admission, NULL, scene.now_ns), BL_NS_PER_S);
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++) {
        jobs[i] = (struct scene_job){.tenant = i % 2 ? "a" : "b", .takes_ns = 200 * BL_NS_PER_MS};
        ask(&scene, &jobs[i], 1, 1);
    }
    (void)scene_pump(&scene);
    for (int i = 0; i < 60; i++)
        assert_true(scene_step(&scene));
    /* 39 wait, one leaves each 0.2 s: an eighth and one more takes a second. */
    hint_ns = bl_admission_retry_ns(scene.admission, NULL, scene.now_ns);
    assert_in_range(hint_ns, 900 * BL_NS_PER_MS, 1000 * BL_NS_PER_MS);
    /* 20 of them are his, and leave half as often. */
    hint_ns = bl_admission_retry_ns(scene.admission, "a", scene.now_ns);
    assert_in_range(hint_ns, 1100 * BL_NS_PER_MS, 1200 * BL_NS_PER_MS);
    /* Nothing leaves any more. */
    hint_ns = bl_admission_retry_ns(scene.admission, NULL, scene.now_ns + 5 * BL_NS_PER_S);
    assert_int_equal(hint_ns, 25 * BL_NS_PER_S);
    hint_ns = bl_admission_retry_ns(scene.admission, NULL, UINT64_MAX);
    assert_int_equal(hint_ns, 60 * BL_NS_PER_S);
    admission_scene_release(&scene);
}

static void ahead__counts_a_turn_of_each_tenant(void **state)
{
    struct bl_admission_options options = bl_admission_default_options(1, BL_GIB);
    static struct scene_job jobs[13];
    struct admission_scene scene;

    (void)state;
    memset(jobs, 0, sizeof(jobs));
    admission_scene_init(&scene, &options);
    for (size_t i = 0; i < BL_ARRAY_LEN(jobs); i++) {
        jobs[i].tenant = i < 10 ? "a" : "b";
        ask(&scene, &jobs[i], 1, 1);
    }
    assert_int_equal(bl_admission_ahead(scene.admission, jobs[12].ticket), 5);
    assert_int_equal(bl_admission_ahead(scene.admission, jobs[9].ticket), 12);
    assert_int_equal(scene_pump(&scene), 1);
    assert_int_equal(bl_admission_ahead(scene.admission, jobs[0].ticket), 0);
    admission_scene_release(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots__are_handed_out_once),
        cmocka_unit_test(memory__sum_of_limits_stays_below_the_budget),
        cmocka_unit_test(overtaking__ends_and_the_big_one_starts),
        cmocka_unit_test(overtaking__can_be_forbidden),
        cmocka_unit_test(overtaking__none_comes_before_one_that_stands_at_the_barrier),
        cmocka_unit_test(extra__takes_only_what_nobody_waits_for),
        cmocka_unit_test(hold__nobody_starts_and_whoever_is_alone_pays),
        cmocka_unit_test(ahead__counts_a_turn_of_each_tenant),
        cmocka_unit_test(retry__follows_the_rate_of_starts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
