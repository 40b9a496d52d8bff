/* test_requests.c - requests that are themselves the attack: the program, folder, inputs, outputs
 * and streams that are asked for lead out of the sandbox, or mean something to a shell. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/hostile/scene.h"

enum { DESCRIPTORS = 80 };

/* Not refused beforehand, and not executed. */
static void expect_not_executed(struct bl_trial *trial, enum bl_step step)
{
    struct bl_outcome outcome;

    scene_run(trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_EXEC_FAILED);
    assert_int_equal(outcome.result.error.step, step);
    bl_outcome_release(&outcome);
}

/* runc CVE-2024-21626: a working directory by a descriptor that the launching process still has. */
static void request__no_descriptor_is_a_way_out(void **state)
{
    static const unsigned threads = 2; /* /proc/self and /proc/thread-self */
    struct bl_rig *rig = scene_rig();
    const unsigned profiles[] = {rig->standard, rig->open};
    char path[64];

    (void)state;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        for (unsigned i = 0; i < BL_ARRAY_LEN(profiles) * threads; i++) {
            struct bl_trial trial;
            (void)snprintf(path, sizeof(path), "/proc/%sself/fd/%d", i & 1 ? "thread-" : "", fd);
            bl_trial_init(&trial, rig, "hello", NULL);
            trial.spec.profile = profiles[i / threads];
            trial.spec.workdir = path;
            expect_not_executed(&trial, BL_STEP_WORKDIR);
        }
}

static void request__no_folder_is_a_way_out(void **state)
{
    static const char *const folders[] = {
        "/proc/1/cwd",      "/proc/1/root",        "/proc/self/fd/3/..", "/proc/self/task/1/root",
        "/proc/self/exe",   "/proc/self/ns/mnt",   "/nowhere",           "/proc/2/fd/63/..",
        "/proc/1/root/tmp", "/proc/self/fdinfo/0", "/dev/stdin",         "/dev/null",
    };

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++) {
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "hello", NULL);
        trial.spec.workdir = folders[i];
        expect_not_executed(&trial, BL_STEP_WORKDIR);
    }
}

/* The folders that it may name: wherever they lead, the secret is not there. */
static void request__every_folder_is_inside(void **state)
{
    static const char *const folders[] = {
        "/",   "/proc/self/root",      "/proc/self/cwd", "/proc/thread-self/root/../..",
        "/..", "/proc/self/map_files", "/usr/../../..",  "/box/../../../../..",
    };
    const struct bl_bait *bait = scene_bait();

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "crime_secret", bait->path + 1, bait->nekot,
                      bait->abstract, bait->port, NULL);
        trial.spec.workdir = folders[i];
        scene_run(&trial, &outcome);
        bl_outcome_expect(&outcome, BL_VERDICT_OK);
        assert_null(strstr(outcome.out, ": succeeded"));
        assert_non_null(strstr(outcome.out, "open: refused"));
        bl_outcome_release(&outcome);
    }
}

/* CVE-2019-5736 and kin: a program that is the launching process's own, or its descriptor. */
static void request__the_launching_process_is_no_program(void **state)
{
    static const char *const programs[] = {"/proc/self/exe", "/proc/thread-self/exe",
                                           "/proc/1/exe",    "/proc/self/root",
                                           "/proc/self/mem", "/dev/null"};
    char path[64];

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(programs) + DESCRIPTORS; i++) {
        struct bl_trial trial;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)(i - BL_ARRAY_LEN(programs)));
        bl_trial_init(&trial, scene_rig(), i < BL_ARRAY_LEN(programs) ? programs[i] : path, NULL);
        expect_not_executed(&trial, BL_STEP_EXEC);
    }
}

static void request__loader_variables_are_text(void **state)
{
    const char *env[] = {"LD_PRELOAD=/box/evil.so",
                         "LD_LIBRARY_PATH=/box",
                         "LD_AUDIT=/box/evil.so",
                         "PATH=/box:/usr/bin",
                         "IFS=/",
                         "ENV=/etc/shadow",
                         "BASH_ENV=/etc/shadow",
                         "GCONV_PATH=/box",
                         NULL};
    struct bl_outcome outcome;
    struct bl_trial trial;

    (void)state;
    bl_trial_init(&trial, scene_rig(), "/usr/bin/env", NULL);
    trial.spec.env = env;
    scene_run(&trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    for (size_t i = 0; env[i]; i++)
        assert_non_null(strstr(outcome.out, env[i]));
    bl_outcome_release(&outcome);
}

/* Judge0: fields that reach a shell. */
static void request__words_of_a_shell_are_text(void **state)
{
    static const char *const words[] = {"$(touch /box/left)",
                                        "`reboot`",
                                        "; reboot",
                                        "| reboot",
                                        "&& reboot",
                                        "a\nreboot\n",
                                        "a\\",
                                        "'\"",
                                        "*",
                                        "~root",
                                        "%n%s%x",
                                        "\x1b[2J"};
    struct bl_outcome outcome;
    struct bl_trial trial;
    char expected[256] = "";

    (void)state;
    bl_trial_init(&trial, scene_rig(), "hello", NULL);
    for (size_t i = 0; i < BL_ARRAY_LEN(words); i++) {
        trial.argv[i + 1] = words[i];
        (void)strcat(strcat(expected, words[i]), "\n");
    }
    bl_trial_add_output(&trial, "left", false);
    scene_run(&trial, &outcome);
    bl_outcome_expect(&outcome, BL_VERDICT_OK);
    assert_string_equal(outcome.out, expected);
    assert_int_equal(outcome.result.file_count, 0);
    bl_outcome_release(&outcome);
}

static void expect_refused(struct bl_trial *trial, enum bl_step step)
{
    struct bl_outcome outcome;

    bl_rig_run(scene_rig(), trial, &outcome);
    assert_true(outcome.refused);
    assert_int_equal(outcome.refusal.step, step);
    bl_outcome_release(&outcome);
}

static void request__inputs_stand_in_their_places(void **state)
{
    static const char *const names[] = {
        "/proc/self/exe",
        "/proc/sys/kernel/core_pattern",
        "/dev/null",
        "/dev/shm/x",
        "/box",
        "/tmp",
        "/tmp/x",
        "../x",
        "a/../../x",
        "./x",
        "a//b",
        "/",
        "",
        "/sys/x",
        "/../etc/x",
        "a/",
    };
    bl_autoclose int file = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(names); i++) {
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "hello", NULL);
        bl_trial_add_input(&trial, file, names[i]);
        expect_refused(&trial, BL_STEP_FIELD);
    }
}

static void request__outputs_are_below_the_box(void **state)
{
    static const char *const globs[] = {"/etc/shadow", "../x", "a/../../x", "", "./x", "a//b"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(globs); i++) {
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "hello", NULL);
        bl_trial_add_output(&trial, globs[i], false);
        expect_refused(&trial, BL_STEP_FIELD);
    }
}

/* What a maze of links, names and folders makes of "everything". */
static void request__everything_is_regular_files_of_the_box(void **state)
{
    static const char *const mazes[] = {"deep", "wide", "links", "names", "locked"};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(mazes); i++) {
        struct bl_outcome outcome;
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "maze", mazes[i], scene_bait()->path, NULL);
        bl_trial_add_output(&trial, "**", false);
        trial.spec.limits.memory_bytes = 512 * BL_MIB;
        trial.spec.limits.cpu_time_ns = 120 * BL_NS_PER_S; /* where the machine is emulated */
        trial.spec.limits.wall_time_ns = 600 * BL_NS_PER_S;
        bl_rig_run(scene_rig(), &trial, &outcome);
        assert_false(outcome.refused);
        if (outcome.result.verdict != BL_VERDICT_FILE_ERROR)
            bl_outcome_expect(&outcome, BL_VERDICT_OK);
        for (unsigned f = 0; f < outcome.result.file_count; f++) {
            char bytes[64];
            ssize_t length = pread(outcome.result.files[f].fd, bytes, sizeof(bytes), 0);
            assert_true(length >= 0);
            assert_null(memmem(bytes, (size_t)length, "bailiff-secret-", 15));
        }
        bl_outcome_release(&outcome);
    }
}

/* By a folder's descriptor the program would be outside of its root. */
static void request__no_stream_is_a_folder(void **state)
{
    bl_autoclose int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bl_autoclose int path = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int folders[] = {folder, path};

    (void)state;
    for (size_t i = 0; i < BL_ARRAY_LEN(folders) * 3; i++) {
        struct bl_trial trial;
        bl_trial_init(&trial, scene_rig(), "hello", NULL);
        trial.streams[i / 2] = (struct bl_stream){BL_STREAM_HAND, folders[i % 2]};
        expect_refused(&trial, BL_STEP_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request__no_descriptor_is_a_way_out),
        cmocka_unit_test(request__no_folder_is_a_way_out),
        cmocka_unit_test(request__every_folder_is_inside),
        cmocka_unit_test(request__the_launching_process_is_no_program),
        cmocka_unit_test(request__loader_variables_are_text),
        cmocka_unit_test(request__words_of_a_shell_are_text),
        cmocka_unit_test(request__inputs_stand_in_their_places),
        cmocka_unit_test(request__outputs_are_below_the_box),
        cmocka_unit_test(request__everything_is_regular_files_of_the_box),
        cmocka_unit_test(request__no_stream_is_a_folder),
    };

    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
