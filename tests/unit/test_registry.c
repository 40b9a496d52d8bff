#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "executor/server/registry.h"

static void registry__tenants_have_ids_of_their_own(void **state)
{
    struct bl_registry registry;
    struct bl_known a = {.tenant = "a", .id = "1"}, b = {.tenant = "b", .id = "1"};
    struct bl_err err;

    (void)state;
    bl_registry_init(&registry, 10);
    assert_null(bl_registry_find(&registry, "a", "1"));
    assert_int_equal(bl_registry_add(&registry, &a, &err), 0);
    assert_null(bl_registry_find(&registry, "b", "1"));
    assert_int_equal(bl_registry_add(&registry, &b, &err), 0);
    assert_ptr_equal(bl_registry_find(&registry, "a", "1"), &a);
    assert_ptr_equal(bl_registry_find(&registry, "b", "1"), &b);
    bl_registry_forget(&registry, &a);
    assert_null(bl_registry_find(&registry, "a", "1"));
    assert_ptr_equal(bl_registry_find(&registry, "b", "1"), &b);
    bl_registry_forget(&registry, &b);
    bl_registry_forget(&registry, &b);
    assert_int_equal(registry.count, 0);
}

static void registry__takes_no_more_than_its_most(void **state)
{
    struct bl_registry registry;
    struct bl_known known[3] = {
        {.tenant = "t", .id = "0"}, {.tenant = "t", .id = "1"}, {.tenant = "t", .id = "2"}};
    struct bl_err err;

    (void)state;
    bl_registry_init(&registry, 2);
    assert_int_equal(bl_registry_add(&registry, &known[0], &err), 0);
    assert_int_equal(bl_registry_add(&registry, &known[1], &err), 0);
    assert_int_equal(bl_registry_add(&registry, &known[2], &err), -1);
    assert_int_equal(err.step, BL_STEP_QUEUE_FULL);
    assert_null(bl_registry_find(&registry, "t", "2"));
    bl_registry_forget(&registry, &known[2]); /* was never in it */
    assert_int_equal(registry.count, 2);
    bl_registry_forget(&registry, &known[0]);
    assert_int_equal(bl_registry_add(&registry, &known[2], &err), 0);
    bl_registry_forget(&registry, &known[1]);
    bl_registry_forget(&registry, &known[2]);
}

static void registry__a_name_given_free_is_another_ones(void **state)
{
    struct bl_registry registry;
    struct bl_known first = {.tenant = "t", .id = "x"}, second = first;
    struct bl_err err;

    (void)state;
    bl_registry_init(&registry, 2);
    assert_int_equal(bl_registry_add(&registry, &first, &err), 0);
    bl_registry_unname(&registry, &first);
    assert_null(bl_registry_find(&registry, "t", "x"));
    assert_int_equal(bl_registry_add(&registry, &second, &err), 0);
    bl_registry_unname(&registry, &first); /* the name is not its any more */
    bl_registry_forget(&registry, &first);
    assert_ptr_equal(bl_registry_find(&registry, "t", "x"), &second);
    bl_registry_forget(&registry, &second);
}

/* Whatever is taken out, the line stays in order of the ends. */
static void registry__forgets_in_the_order_of_the_ends(void **state)
{
    enum { COUNT = 100 };
    static char ids[COUNT][8];
    static struct bl_known known[COUNT];
    struct bl_registry registry;
    struct bl_err err;
    uint64_t last_ns = 0;
    unsigned seen = 0;

    (void)state;
    bl_registry_init(&registry, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(ids[i], sizeof(ids[i]), "%u", i);
        known[i] = (struct bl_known){.tenant = "t", .id = ids[i]};
        assert_int_equal(bl_registry_add(&registry, &known[i], &err), 0);
    }
    assert_null(bl_registry_oldest(&registry));
    for (unsigned i = 0; i < COUNT; i++)
        bl_registry_end(&registry, &known[i * 37 % COUNT], 10 + i);
    for (unsigned i = 0; i < COUNT; i += 3)
        bl_registry_forget(&registry, &known[i]);
    for (struct bl_known *at; (at = bl_registry_oldest(&registry)); seen++) {
        assert_true(at->over_ns > last_ns);
        last_ns = at->over_ns;
        assert_ptr_equal(bl_registry_find(&registry, "t", at->id), at);
        bl_registry_forget(&registry, at);
    }
    assert_int_equal(seen, COUNT - (COUNT + 2) / 3);
    assert_int_equal(registry.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry__tenants_have_ids_of_their_own),
        cmocka_unit_test(registry__takes_no_more_than_its_most),
        cmocka_unit_test(registry__a_name_given_free_is_another_ones),
        cmocka_unit_test(registry__forgets_in_the_order_of_the_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
