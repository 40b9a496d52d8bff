/* test_wall_start.c - what a program is when it starts: its ids, rights, descriptors, signals,
 * limits, and nothing that it inherited. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"
#include "tests/support/pair.h"

enum { VALUE_MAX = 256 };

static void expect_lines(const char *said, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!bl_lines_has(said, lines[i]))
            fail_msg("no line \"%s\" in:\n%s", lines[i], said);
}

/* The program's host id, out of its "0 HOST 1 1000 HOST 1"; the file's first line is init's. */
static long host_id(const char *said, const char *map)
{
    char value[VALUE_MAX];
    unsigned long inside, outside, count;

    assert_int_equal(sscanf(bl_lines_value(said, map, value, sizeof(value)), "%lu %lu %lu", &inside,
                            &outside, &count),
                     3);
    assert_int_equal(inside, BL_INSIDE_INIT_ID);
    assert_int_equal(count, 1);
    return (long)outside + 1;
}

static void ids__are_the_programs_own_and_no_groups(void **state)
{
    static const char *const lines[] = {"status Uid: 1000 1000 1000 1000",
                                        "status Gid: 1000 1000 1000 1000", "status Groups: "};
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    expect_lines(said, lines, BL_ARRAY_LEN(lines));
}

/* Two ids are mapped, each alone, init's and the program's; all from the range that is ours. */
static void ids__on_the_host_are_of_the_range(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "/bin/cat", "/proc/self/uid_map");
    bl_autofree char *groups = bl_lines_of(rig, rig->standard, "/bin/cat", "/proc/self/gid_map");
    unsigned long map[6];
    int used = 0;

    assert_string_equal(said, groups);
    assert_int_equal(sscanf(said, "%lu %lu %lu %lu %lu %lu %n", &map[0], &map[1], &map[2], &map[3],
                            &map[4], &map[5], &used),
                     6);
    assert_int_equal(said[used], '\0');
    assert_true(map[0] == 0 && map[2] == 1 && map[3] == 1000 && map[5] == 1);
    assert_true(map[1] >= BL_PLAN_FIRST_ID);
    assert_int_equal(map[4], map[1] + 1);
}

static void ids__differ_between_two_sandboxes(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_trial stays, comes;
    char *first, *second;

    bl_trial_init(&stays, rig, "look_around", "stay", NULL);
    bl_trial_init(&comes, rig, "look_around", NULL);
    bl_pair_run(rig, &stays, &comes, &first, &second);
    assert_true(labs(host_id(first, "uid map") - host_id(second, "uid map")) >= 2);
    assert_true(labs(host_id(first, "gid map") - host_id(second, "gid map")) >= 2);
    free(first);
    free(second);
}

static void start__every_capability_set_is_empty(void **state)
{
    static const char *const lines[] = {"status CapInh: 0000000000000000",
                                        "status CapPrm: 0000000000000000",
                                        "status CapEff: 0000000000000000",
                                        "status CapBnd: 0000000000000000",
                                        "status CapAmb: 0000000000000000",
                                        "status NoNewPrivs: 1",
                                        "status Seccomp: 2"};
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    expect_lines(said, lines, BL_ARRAY_LEN(lines));
}

/* A descriptor of this process without close-on-exec, as a careless caller may have, is not seen.
 */
static void start__three_descriptors_and_none_more(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autoclose int careless = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bl_autoclose int high = fcntl(careless, F_DUPFD, 200); /* without CLOEXEC */

    assert_true(high >= 200);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);
    assert_true(bl_lines_has(said, "fds: 0 1 2"));
}

static void start__environment_is_what_was_asked_for(void **state)
{
    static const char *const wanted[] = {"A=1", "B=two words", NULL};
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;
    unsigned count = 0;

    assert_int_equal(setenv("BAILIFF_TEST_SECRET", "inherited", 1), 0);
    bl_trial_init(&trial, rig, "look_around", NULL);
    trial.spec.env = wanted;
    bl_rig_run(rig, &trial, &outcome);
    (void)unsetenv("BAILIFF_TEST_SECRET");
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    for (const char *at = outcome.out; (at = strstr(at, "\nenvironment: ")); at++)
        count++;
    assert_int_equal(count, 2);
    assert_true(bl_lines_has(outcome.out, "environment: A=1"));
    assert_true(bl_lines_has(outcome.out, "environment: B=two words"));
    bl_outcome_release(&outcome);
}

static void start__signals_are_as_new(void **state)
{
    static const char *const lines[] = {
        "status SigBlk: 0000000000000000", "status SigIgn: 0000000000000000",
        "status SigPnd: 0000000000000000", "status ShdPnd: 0000000000000000",
        "signals not default: 0"};
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    expect_lines(said, lines, BL_ARRAY_LEN(lines));
}

static void start__session_is_its_own_without_terminal(void **state)
{
    static const char *const lines[] = {"session: own",        "group: own",
                                        "terminal: none",      "parent: 1",
                                        "status Umask: 0022",  "working directory: /box",
                                        "status TracerPid: 0", "OOM score: 1000"};
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    expect_lines(said, lines, BL_ARRAY_LEN(lines));
}

static void start__rlimits_are_exact(void **state)
{
    static const char *const lines[] = {"limit cpu: 12 13",
                                        "limit fsize: 1234567 1234567",
                                        "limit stack: 8388608 8388608",
                                        "limit nofile: 100 100",
                                        "limit memlock: 65536 65536",
                                        "limit rtprio: 0 0",
                                        "limit nice: 0 0",
                                        "limit msgqueue: 65536 65536",
                                        "limit sigpending: 1024 1024",
                                        "limit as: -1 -1",
                                        "limit data: -1 -1",
                                        "limit nproc: 32768 32768",
                                        "limit rttime: -1 -1"};
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_outcome outcome;
    struct bl_trial trial;

    bl_trial_init(&trial, rig, "look_around", NULL);
    trial.spec.limits.cpu_time_ns = 2 * BL_NS_PER_S + 1;
    trial.spec.limits.file_size_bytes = 1234567;
    trial.spec.limits.stack_bytes = 8 * BL_MIB;
    trial.spec.limits.open_files = 100;
    bl_rig_run(rig, &trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    expect_lines(outcome.out, lines, BL_ARRAY_LEN(lines));
    const char *core = bl_rig_core_limit() ? "limit core: 1 1" : "limit core: 0 0";
    expect_lines(outcome.out, &core, 1);
    bl_outcome_release(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids__are_the_programs_own_and_no_groups),
        cmocka_unit_test(ids__on_the_host_are_of_the_range),
        cmocka_unit_test(ids__differ_between_two_sandboxes),
        cmocka_unit_test(start__every_capability_set_is_empty),
        cmocka_unit_test(start__three_descriptors_and_none_more),
        cmocka_unit_test(start__environment_is_what_was_asked_for),
        cmocka_unit_test(start__signals_are_as_new),
        cmocka_unit_test(start__session_is_its_own_without_terminal),
        cmocka_unit_test(start__rlimits_are_exact),
    };

    /* Before the warden starts: what a parent ignored is inherited through every exec. */
    (void)signal(SIGUSR1, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
