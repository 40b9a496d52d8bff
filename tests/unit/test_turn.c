/* Whose job is next: fair between tenants, urgent first within one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "executor/feeder/turn.h"

static struct bl_queue_lane lane_of(const char *tenant, enum bl_queue_class class)
{
    struct bl_queue_lane lane = {.class = class};

    (void)snprintf(lane.tenant, sizeof(lane.tenant), "%s", tenant);
    return lane;
}

static void add(struct bl_turn *turn, const char *tenant, enum bl_queue_class class,
                uint32_t weight)
{
    const struct bl_queue_lane lane = lane_of(tenant, class);
    struct bl_err err;

    assert_int_equal(bl_turn_add(turn, &lane, weight, &err), 0);
}

static int set_up(void **state)
{
    struct bl_err err;

    return bl_turn_new((struct bl_turn **)state, &err);
}

static int tear_down(void **state)
{
    bl_turn_free((struct bl_turn **)state);
    return 0;
}

/* How many of `rounds` go to the tenant. */
static unsigned share(struct bl_turn *turn, const char *tenant, unsigned rounds)
{
    struct bl_queue_lane lane;
    unsigned got = 0;

    for (unsigned i = 0; i < rounds; i++) {
        assert_true(bl_turn_next(turn, &lane));
        got += strcmp(lane.tenant, tenant) == 0;
    }
    return got;
}

static void turn__is_nobodys_where_nothing_is_known(void **state)
{
    struct bl_queue_lane lane;

    assert_false(bl_turn_next(*state, &lane));
    assert_false(bl_turn_idle(*state, &lane));
}

static void turn__shares_by_weight(void **state)
{
    add(*state, "flood", BL_QUEUE_NORMAL, 1);
    add(*state, "small", BL_QUEUE_NORMAL, 1);
    add(*state, "large", BL_QUEUE_NORMAL, 2);
    assert_in_range(share(*state, "large", 4000), 1999, 2001);
    assert_in_range(share(*state, "small", 4000), 999, 1001);
}

static void turn__takes_the_urgent_first_within_a_tenant(void **state)
{
    const struct bl_queue_lane high = lane_of("a", BL_QUEUE_HIGH);
    struct bl_queue_lane lane;

    add(*state, "a", BL_QUEUE_LOW, 1);
    add(*state, "a", BL_QUEUE_HIGH, 1);
    assert_true(bl_turn_next(*state, &lane));
    assert_int_equal(lane.class, BL_QUEUE_HIGH);
    bl_turn_empty(*state, &high);
    assert_true(bl_turn_next(*state, &lane));
    assert_int_equal(lane.class, BL_QUEUE_LOW);
}

/* Who was idle for long gets its share from now on, and no more. */
static void turn__does_not_let_anybody_save_up(void **state)
{
    const struct bl_queue_lane late = lane_of("late", BL_QUEUE_NORMAL);

    add(*state, "late", BL_QUEUE_NORMAL, 1);
    bl_turn_empty(*state, &late);
    add(*state, "busy", BL_QUEUE_NORMAL, 1);
    (void)share(*state, "busy", 10000);
    add(*state, "late", BL_QUEUE_NORMAL, 1);
    assert_in_range(share(*state, "late", 100), 49, 51);
}

static void turn__charges_only_what_was_given(void **state)
{
    struct bl_queue_lane lane;
    unsigned got[2] = {0, 0};

    add(*state, "gives", BL_QUEUE_NORMAL, 1);
    add(*state, "fails", BL_QUEUE_NORMAL, 1);
    for (unsigned i = 0; i < 300; i++) {
        bool fails;

        assert_true(bl_turn_next(*state, &lane));
        fails = strcmp(lane.tenant, "fails") == 0;
        got[fails]++;
        if (fails && got[1] <= 100)
            bl_turn_refund(*state, &lane);
    }
    assert_true(got[1] > got[0]);
}

static void turn__waits_at_every_lane_in_turn(void **state)
{
    bool seen[3] = {false};
    struct bl_queue_lane lane;

    add(*state, "0", BL_QUEUE_NORMAL, 1);
    add(*state, "1", BL_QUEUE_LOW, 1);
    add(*state, "2", BL_QUEUE_HIGH, 1);
    assert_int_equal(bl_turn_lanes(*state), 3);
    for (int i = 0; i < 3; i++) {
        bl_turn_empty(*state, &(struct bl_queue_lane){.tenant = "0", .class = BL_QUEUE_NORMAL});
        assert_true(bl_turn_idle(*state, &lane));
        seen[lane.tenant[0] - '0'] = true;
    }
    assert_true(seen[0] && seen[1] && seen[2]);
}

static void turn__knows_a_bounded_number_of_tenants(void **state)
{
    struct bl_queue_lane lane;
    struct bl_err err;
    char name[16];

    for (int i = 0; i < BL_TURN_TENANTS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        add(*state, name, BL_QUEUE_NORMAL, 1);
    }
    lane = lane_of("one-more", BL_QUEUE_NORMAL);
    assert_int_equal(bl_turn_add(*state, &lane, 1, &err), -1);
    assert_int_equal(err.step, BL_STEP_QUEUE_FULL);
    add(*state, "t7", BL_QUEUE_HIGH, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turn__is_nobodys_where_nothing_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turn__shares_by_weight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turn__takes_the_urgent_first_within_a_tenant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(turn__does_not_let_anybody_save_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turn__charges_only_what_was_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turn__waits_at_every_lane_in_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turn__knows_a_bounded_number_of_tenants, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
