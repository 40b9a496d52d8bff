/* test_quota.c - executor/rpc/quota.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/rpc/quota.h"

enum { ALL = 32 << 20, SHARE = 4096, MANY = 200 };

static void quota__gives_back_what_was_taken(void **state)
{
    struct bl_quota all = {.max_bytes = 100}, one = {.max_bytes = 60, .parent = &all};

    (void)state;
    assert_true(bl_quota_take(&one, 60));
    assert_false(bl_quota_take(&one, 1));
    assert_int_equal(all.used_bytes, 60);
    bl_quota_give(&one, 60);
    assert_int_equal(one.used_bytes, 0);
    assert_int_equal(all.used_bytes, 0);
    assert_false(bl_quota_take(&one, SIZE_MAX));
}

/* As much as it gets, by ever smaller pieces. */
static void take_all(struct bl_quota *quota)
{
    for (size_t bytes = quota->max_bytes; bytes > 0; bytes /= 2)
        while (bl_quota_take(quota, bytes))
            ;
}

static void quota__lets_one_have_all_but_the_others_shares(void **state)
{
    struct bl_quota all = {
        .max_bytes = ALL, .assured_bytes = SHARE, .reserved_bytes = (size_t)SHARE * MANY};
    struct bl_quota one = {.max_bytes = ALL, .parent = &all};

    (void)state;
    take_all(&one);
    assert_int_equal(one.used_bytes, ALL - (MANY - 1) * SHARE);
    bl_quota_give(&one, one.used_bytes);
    assert_int_equal(all.common_bytes, 0);
}

static void quota__assures_each_of_its_share(void **state)
{
    struct bl_quota all = {
        .max_bytes = ALL, .assured_bytes = SHARE, .reserved_bytes = (size_t)SHARE * MANY};
    struct bl_quota hogs[MANY];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        hogs[i] = (struct bl_quota){.max_bytes = ALL / 4, .parent = &all};
        take_all(&hogs[i]);
        assert_in_range(hogs[i].used_bytes, SHARE, ALL / 4);
    }
    assert_int_equal(all.used_bytes, ALL);
    assert_false(bl_quota_take(&hogs[0], 1));
    bl_quota_give(&hogs[MANY - 1], SHARE);
    assert_false(bl_quota_take(&hogs[0], 1)); /* that was another's share */
    assert_true(bl_quota_take(&hogs[MANY - 1], SHARE));
    for (unsigned i = 0; i < MANY; i++)
        bl_quota_give(&hogs[i], hogs[i].used_bytes);
    assert_int_equal(all.used_bytes, 0);
    assert_int_equal(all.common_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota__gives_back_what_was_taken),
        cmocka_unit_test(quota__lets_one_have_all_but_the_others_shares),
        cmocka_unit_test(quota__assures_each_of_its_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
