/* test_residue.c - what one program leaves for the next of another tenant: nothing that could be
 * seen. Two prints of a sandbox's state, taken one right after the other, tell what the machine
 * goes on counting by itself; in all the rest a third must be the same, after programs that left
 * whatever they could. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "executor/base/error.h"
#include "tests/hostile/scene.h"

enum { LINES_MAX = 8192 };

struct print {
    char *text;
    char *lines[LINES_MAX];
    size_t count;
};

static void take_print(struct print *print, unsigned profile)
{
    struct bl_outcome outcome;
    struct bl_trial trial;
    char *rest = NULL;

    bl_trial_init(&trial, scene_rig(), "fingerprint", NULL);
    trial.spec.profile = profile;
    bl_rig_run(scene_rig(), &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    print->text = bl_take(&outcome.out);
    print->count = 0;
    for (char *line = strtok_r(print->text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        assert_true(print->count < LINES_MAX);
        print->lines[print->count++] = line;
    }
    bl_outcome_release(&outcome);
}

/* What it comes to does not matter here: it is to leave as much as it can. */
static void leave(unsigned profile, const char *program, const char *how, const char *argument)
{
    struct bl_outcome outcome;
    struct bl_trial trial;
    struct bl_err err;
    char text[BL_ERROR_TEXT_MAX];
    /* An emulated machine needs some of it before the program is executed. */
    const struct bl_attack short_one = {.limits = getenv("RUN_IN_VM")
                                                      ? "cpu-time=3s wall-time=5s"
                                                      : "cpu-time=300ms wall-time=500ms"};

    bl_trial_init(&trial, scene_rig(), program, how, argument, NULL);
    trial.spec.profile = profile;
    assert_int_equal(bl_attack_limits(&short_one, &trial.spec.limits, &err), 0);
    bl_rig_run(scene_rig(), &trial, &outcome);
    assert_false(outcome.refused);
    if (outcome.result.verdict == BL_VERDICT_SANDBOX_ERROR)
        fail_msg("%s %s: %s", program, how ? how : "", bl_error_text(&outcome.result.error, text));
    bl_outcome_release(&outcome);
}

static void leave_everything(unsigned profile)
{
    static const struct {
        const char *program, *how, *argument;
    } programs[] = {
        {"residue", "leave", NULL},   {"crime_carry", "plant", NULL},
        {"maze", "names", NULL},      {"maze", "links", NULL},
        {"crime_fill", "/tmp", NULL}, {"exhaust", "timers", NULL},
        {"exhaust", "signals", NULL}, {"exhaust", "queues", NULL},
        {"exhaust", "keys", NULL},    {"exhaust", "messages", NULL},
        {"exhaust", "sockets", NULL}, {"crime_kernel", NULL, NULL},
        {"crime_covert", NULL, NULL}, {"stuck", "orphans", NULL},
        {"burn", "daemons", NULL},    {"eat", "pages", "300"},
        {"flood", "1", "0"},          {"crime_refused", "kinds", NULL},
        {"streams", "shrink", NULL},  {"balloon", "sysv", "20"},
    };

    for (size_t i = 0; i < BL_ARRAY_LEN(programs); i++)
        leave(profile, programs[i].program, programs[i].how, programs[i].argument);
}

static void expect_the_same(unsigned leaving, unsigned looking)
{
    static struct print one, two, after;
    size_t moving = 0, differ = 0;

    take_print(&one, looking);
    take_print(&two, looking);
    leave_everything(leaving);
    take_print(&after, looking);
    assert_int_equal(one.count, two.count);
    for (size_t i = 0; i < one.count && i < after.count; i++) {
        if (strcmp(one.lines[i], two.lines[i]) != 0) {
            moving++;
        } else if (strcmp(one.lines[i], after.lines[i]) != 0) {
            print_error("was: %.300s\nis:  %.300s\n", one.lines[i], after.lines[i]);
            differ++;
        }
    }
    assert_int_equal(one.count, after.count);
    assert_true(one.count > 300);
    assert_true(moving < one.count / 10);
    assert_int_equal(differ, 0);
    free(one.text);
    free(two.text);
    free(after.text);
}

static void residue__none_under_the_default_policy(void **state)
{
    (void)state;
    expect_the_same(scene_rig()->standard, scene_rig()->standard);
}

static void residue__none_of_compilations(void **state)
{
    (void)state;
    expect_the_same(scene_rig()->compile, scene_rig()->standard);
}

static void residue__none_where_every_call_is_allowed(void **state)
{
    (void)state;
    expect_the_same(scene_rig()->open, scene_rig()->open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residue__none_under_the_default_policy),
        cmocka_unit_test(residue__none_of_compilations),
        cmocka_unit_test(residue__none_where_every_call_is_allowed),
    };

    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
