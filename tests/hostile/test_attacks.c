/* test_attacks.c - every row of the table of attacks (executor/attack), each as a test of its own:
 * it comes to what the row says, an honest program is served right after, and nothing is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/attack/suite.h"
#include "tests/support/host_print.h"
#include "tests/support/rig.h"

enum { TESTS_MAX = 1024, TITLE_MAX = 120 };

struct attack_test {
    const struct bl_attack *attack;
    enum bl_attack_policy policy;
    char title[TITLE_MAX];
};

static struct bl_bait bait;
static struct bl_suite *suite;
static struct bl_host_print before;
static void *rig_state;

static int set_up(void **state)
{
    struct bl_err err;

    if (bl_bait_plant(&bait, &err) < 0) /* before the warden: it may inherit it */
        return -1;
    (void)setenv("BAILIFF_SELFTEST", BAILIFF_BINARY_DIR "/bin/bailiff-selftest", 0);
    if (bl_rig_setup(&rig_state) != 0)
        return -1;
    bl_host_print_take(&before);
    (void)state; /* each test has its own */
    return 0;
}

static int tear_down(void **state)
{
    bl_suite_free(&suite);
    bl_bait_release(&bait);
    (void)state;
    return bl_rig_teardown(&rig_state);
}

static struct bl_suite *suite_of(struct bl_rig *rig)
{
    const struct bl_suite_order order = {
        .loop = rig->loop,
        .warden = rig->warden,
        .bait = &bait,
        .profiles.of = {[BL_ATTACK_DEFAULT] = rig->standard,
                        [BL_ATTACK_STRICT] = rig->strict,
                        [BL_ATTACK_COMPILE] = rig->compile,
                        [BL_ATTACK_NONE] = rig->open,
                        [BL_ATTACK_LOOPBACK] = rig->loopback},
    };
    struct bl_err err;

    if (!suite)
        assert_int_equal(bl_suite_new(&suite, &order, &err), 0);
    return suite;
}

static void try_one(void **state)
{
    const struct attack_test *test = *state;
    struct bl_rig *rig = bl_rig_of(&rig_state);
    struct bl_suite_finding finding;
    struct bl_footprint footprint;

    (void)suite_of(rig);
    bl_footprint_take(rig, &footprint);
    if (!bl_suite_try(suite, test->attack, test->policy, &finding))
        fail_msg("%s: %s", test->title, finding.why);
    bl_footprint_expect(rig, &footprint);
}

/* The last of all. */
static void attacks__the_host_is_as_it_was(void **state)
{
    (void)state;
    (void)bl_rig_of(&rig_state);
    bl_host_print_expect(&before);
}

int main(void)
{
    static struct attack_test rows[TESTS_MAX];
    static struct CMUnitTest tests[TESTS_MAX + 1];
    size_t count, used = 0;
    const struct bl_attack *const *attacks = bl_attacks(&count);

    for (size_t i = 0; i < count; i++)
        for (int p = 0; p < BL_ATTACK_POLICY_COUNT && used < TESTS_MAX; p++) {
            struct attack_test *row = &rows[used];
            if (!(attacks[i]->policies & (1U << p)))
                continue;
            row->attack = attacks[i];
            row->policy = (enum bl_attack_policy)p;
            (void)snprintf(row->title, sizeof(row->title), "%s | %s | %s: %s", attacks[i]->lines,
                           attacks[i]->wall, bl_attack_policy_name(row->policy), attacks[i]->title);
            tests[used++] =
                (struct CMUnitTest){.name = row->title, .test_func = try_one, .initial_state = row};
        }
    tests[used++] = (struct CMUnitTest)cmocka_unit_test(attacks__the_host_is_as_it_was);
    return _cmocka_run_group_tests("attacks", tests, used, set_up, tear_down);
}
