/* test_wall_root.c - what a program finds at "/": nothing of the host but what it may read, nothing
 * to write but its own folders, and no way back out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"

/* The only mounts that can be written to, and the devices, which swallow it. */
static const char *const writable[] = {"/box",      "/tmp",      "/dev/shm",    "/dev/null",
                                       "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

static bool is_writable(const char *line)
{
    size_t length = strcspn(line, ":");

    for (size_t i = 0; i < BL_ARRAY_LEN(writable); i++)
        if (strlen(writable[i]) == length && strncmp(writable[i], line, length) == 0)
            return true;
    return false;
}

/* Every line of the text must say `told`, but those that `other` holds for: these "succeeded".
 * Returns how many lines there are. */
static unsigned expect_all(const char *text, const char *told, bool (*other)(const char *line))
{
    unsigned count = 0;

    for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
        const char *line = strndupa(at, strcspn(at, "\n"));
        const char *wanted = other && other(line) ? ": succeeded" : told;
        count++;
        if (!strstr(line, wanted))
            fail_msg("\"%s\" must be%s", line, wanted);
    }
    return count;
}

static void expect_refused(struct bl_rig *rig, const char *kind, const char *told,
                           bool (*other)(const char *line), unsigned least)
{
    const unsigned profiles[] = {rig->standard, rig->open};

    for (size_t i = 0; i < BL_ARRAY_LEN(profiles); i++) {
        bl_autofree char *said = bl_lines_of(rig, profiles[i], "crime_files", kind);
        assert_true(expect_all(said, told, other) >= least);
    }
}

static void root__only_own_folders_can_be_written_to(void **state)
{
    expect_refused(bl_rig_of(state), "mounts", ": refused ", is_writable, 20);
}

static void root__nothing_of_the_host_is_there(void **state)
{
    expect_refused(bl_rig_of(state), "host", ": refused ENOENT", NULL, 28);
}

static void root__proc_tells_nothing_of_the_host_and_changes_nothing(void **state)
{
    expect_refused(bl_rig_of(state), "proc", ": refused ", NULL, 36);
}

static void root__readable_files_cannot_be_changed(void **state)
{
    expect_refused(bl_rig_of(state), "change", ": refused ", NULL, 14);
}

static void root__cannot_be_left(void **state)
{
    expect_refused(bl_rig_of(state), "leave", ": refused ", NULL, 6);
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The names in a folder, sorted, each with a blank behind it. */
static void list(struct bl_rig *rig, const char *folder, char *names, size_t room)
{
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "/bin/ls", folder);
    char *lines[64];
    unsigned count = 0;

    for (char *at = strtok(said, "\n"); at && count < BL_ARRAY_LEN(lines); at = strtok(NULL, "\n"))
        lines[count++] = at;
    qsort(lines, count, sizeof(lines[0]), by_text);
    names[0] = '\0';
    for (unsigned i = 0; i < count; i++)
        (void)snprintf(names + strlen(names), room - strlen(names), "%s ", lines[i]);
}

static void root__devices_are_the_harmless_ones(void **state)
{
    char names[512];

    list(bl_rig_of(state), "/dev", names, sizeof(names));
    assert_string_equal(names, "fd full null random shm stderr stdin stdout urandom zero ");
}

static void root__folders_of_its_own_are_empty(void **state)
{
    static const char *const folders[] = {"/box", "/tmp", "/dev/shm", "/run"};
    char names[512];

    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++) {
        list(bl_rig_of(state), folders[i], names, sizeof(names));
        assert_string_equal(names, "");
    }
}

/* Users and groups are the sandbox's own: those of the host are not told. */
static void root__users_are_the_sandboxs_own(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "/bin/cat", "/etc/passwd");

    assert_string_equal(said, "root:x:0:0:root:/:/usr/sbin/nologin\n"
                              "program:x:1000:1000::/box:/bin/sh\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root__only_own_folders_can_be_written_to),
        cmocka_unit_test(root__nothing_of_the_host_is_there),
        cmocka_unit_test(root__proc_tells_nothing_of_the_host_and_changes_nothing),
        cmocka_unit_test(root__readable_files_cannot_be_changed),
        cmocka_unit_test(root__cannot_be_left),
        cmocka_unit_test(root__devices_are_the_harmless_ones),
        cmocka_unit_test(root__folders_of_its_own_are_empty),
        cmocka_unit_test(root__users_are_the_sandboxs_own),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
