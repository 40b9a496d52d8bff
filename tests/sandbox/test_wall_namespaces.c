/* test_wall_namespaces.c - every namespace of a program is its own: not the host's, and no other
 * program's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bailiff/own.h"
#include "tests/support/lines.h"
#include "tests/support/pair.h"

enum { VALUE_MAX = 256 };

static const char *const kinds[] = {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup", "time"};

static void namespaces__are_not_the_hosts(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        char path[64], name[64], theirs[VALUE_MAX], ours[VALUE_MAX];
        ssize_t length;

        (void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
        (void)snprintf(name, sizeof(name), "ns %s", kinds[i]);
        length = readlink(path, ours, sizeof(ours) - 1);
        assert_true(length > 0);
        ours[length] = '\0';
        bl_lines_value(said, name, theirs, sizeof(theirs));
        assert_true(strncmp(theirs, kinds[i], strlen(kinds[i])) == 0);
        assert_string_not_equal(theirs, ours);
    }
}

/* Both live at once: the numbers of namespaces that are gone are given out again. */
static void namespaces__are_never_shared_by_two_sandboxes(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    struct bl_trial stays, comes;
    char *first, *second;

    bl_trial_init(&stays, rig, "look_around", "stay", NULL);
    bl_trial_init(&comes, rig, "look_around", NULL);
    bl_pair_run(rig, &stays, &comes, &first, &second);
    for (size_t i = 0; i < BL_ARRAY_LEN(kinds); i++) {
        char name[64], one[VALUE_MAX], other[VALUE_MAX];

        (void)snprintf(name, sizeof(name), "ns %s", kinds[i]);
        assert_string_not_equal(bl_lines_value(first, name, one, sizeof(one)),
                                bl_lines_value(second, name, other, sizeof(other)));
    }
    free(first);
    free(second);
}

static void namespaces__host_name_is_the_sandboxs(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);

    assert_true(bl_lines_has(said, "host name: bailiff"));
}

/* Its cgroup is the root of all it can see: no path of the host's. */
static void namespaces__cgroup_path_is_hidden(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "/bin/cat", "/proc/self/cgroup");
    const char *at = said;

    assert_true(*at != '\0');
    for (; *at; at += strcspn(at, "\n") + 1) { /* "4:memory:/", where the group is ours */
        const char *path = strrchr(strndupa(at, strcspn(at, "\n")), ':') + 1;
        assert_null(strstr(path, "bailiff"));
        if (strncmp(at, "0:", 2) != 0 && strstr(strndupa(at, strcspn(at, "\n")), "memory"))
            assert_string_equal(path, "/");
    }
}

static time_t host_uptime(void)
{
    struct timespec up;

    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &up), 0);
    return up.tv_sec;
}

/* Seconds since boot begin with the sandbox: neither clock tells how long the host is up. */
static void namespaces__uptime_of_the_host_is_hidden(void **state)
{
    struct bl_rig *rig = bl_rig_of(state);
    const time_t before = host_uptime();
    bl_autofree char *said = bl_lines_of(rig, rig->standard, "look_around", NULL);
    const time_t at_most = host_uptime() - before + 1; /* offsets are whole seconds */
    char value[VALUE_MAX];

    assert_true(before > at_most); /* else this proves nothing */
    assert_true(atoi(bl_lines_value(said, "monotonic seconds", value, sizeof(value))) <= at_most);
    assert_true(atoi(bl_lines_value(said, "uptime", value, sizeof(value))) <= at_most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces__are_not_the_hosts),
        cmocka_unit_test(namespaces__are_never_shared_by_two_sandboxes),
        cmocka_unit_test(namespaces__host_name_is_the_sandboxs),
        cmocka_unit_test(namespaces__cgroup_path_is_hidden),
        cmocka_unit_test(namespaces__uptime_of_the_host_is_hidden),
    };

    return cmocka_run_group_tests(tests, bl_rig_setup, bl_rig_teardown);
}
